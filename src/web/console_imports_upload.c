/*
 * Bringing a file: `POST /imports` (a form) and `POST /v1/imports` (the bytes themselves, also in
 * several requests). The body goes to the database in parts of a line or more, one transaction
 * each, so that nothing waits for it but whoever sent it.
 */
#include "base/utf8.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/bodies.h"
#include "web/console_imports.h"
#include "web/form.h"

void serve_imports_upload(struct request *r);
void serve_imports_upload_form(struct request *r);
void serve_imports_page(struct request *r);

enum {
	BODY_MOST = 100 << 20, /* of one request */
	FORM_ROOM = 64 << 10,
	SMALL_BODY = 1 << 20, /* not counted among those that a worker can hold few of */
	UPLOADS_MOST = 2,     /* at the same time in a worker */
	PART_MOST = 1 << 20,
	NAME_MOST = 200, /* characters */
};

static unsigned uploads;

/* One body on its way; in the request's arena. */
struct upload {
	struct slice rest, name;
	int64_t id, part;
	bool more; /* other requests bring the rest */
};

/* --- letting bodies in --------------------------------------------------------------------- */

static size_t most(void)
{
	return BODY_MOST + FORM_ROOM;
}

static int enter(const struct client_address *client, uint64_t length)
{
	(void)client;
	if (length <= SMALL_BODY)
		return 0;
	if (uploads == UPLOADS_MOST)
		return 503;
	uploads++;
	return 0;
}

static void leave(const struct client_address *client, uint64_t length)
{
	(void)client;
	if (length > SMALL_BODY)
		uploads--;
}

static void too_large(struct api_call *call)
{
	api_problem_members(call, 413,
			    json_pack("{s:s,s:s,s:i}", "member", "file", "code", "import_too_large",
				      "limit", BODY_MOST),
			    message_words("import_too_large"));
}

static void refuse(struct request *r, int status)
{
	if (status == 413)
		api_enter(r, API_BODY_NONE, too_large);
	else
		page_problem(r, status, MESSAGE_upload_busy);
}

static void refuse_form(struct request *r, int status)
{
	if (status == 413)
		api_enter_face(r, &page_face, API_BODY_NONE, too_large);
	else
		refuse(r, status);
}

const struct body_rule imports_body = { most, enter, leave, refuse };
const struct body_rule imports_form_body = { most, enter, leave, refuse_form };

/* --- parts --------------------------------------------------------------------------------- */

/*
 * Up to the end of the last line in it; else up to a byte that is never inside of a character of
 * UTF-8 or GB18030; else all.
 */
static size_t part_length(struct slice rest)
{
	size_t end = PART_MOST;

	if (rest.length <= PART_MOST)
		return rest.length;
	while (end > 0 && rest.data[end - 1] != '\n')
		end--;
	if (end > 0)
		return end;
	for (end = PART_MOST; end > 0; end--)
		if ((unsigned char)rest.data[end - 1] < 0x30)
			return end;
	return PART_MOST;
}

/* Signs of several bytes that are UTF-8, and bytes that are not. */
static void count_signs(struct slice part, int64_t *ret_good, int64_t *ret_bad)
{
	*ret_good = *ret_bad = 0;
	while (part.length > 0) {
		size_t valid = utf8_valid_length(part);

		for (size_t i = 0; i < valid; i++)
			*ret_good += (unsigned char)part.data[i] >= 0xc0;
		if (valid == part.length)
			return;
		(*ret_bad)++;
		part = slice_from(part, valid + 1);
	}
}

static void send_part(struct api_call *call);

static void answer_made(struct api_call *call, struct slice json)
{
	const struct upload *u = call->own;
	char path[64];

	(void)snprintf(path, sizeof(path), "/v1/imports/%lld", (long long)u->id);
	api_answer_made(call, 201, slice_of(path), json);
}

static void ended(struct api_call *call, const PGresult *rows)
{
	answer_made(call, db_text_in(rows, 0, 0));
}

static void part_is_here(struct api_call *call, const PGresult *rows)
{
	struct upload *u = call->own;

	u->part = db_i64_in(rows, 0, 0);
	send_part(call);
}

static void end_upload(struct api_call *call)
{
	struct upload *u = call->own;
	struct db_parameters p = { .count = 0 };
	char json[64];

	if (u->more) {
		(void)snprintf(json, sizeof(json), "{\"id\":%lld}\n", (long long)u->id);
		answer_made(call, slice_of(json));
		return;
	}
	db_add_i64(&p, u->id);
	api_ask(call, &sql_console_imports_end, &p, ended);
}

static void send_part(struct api_call *call)
{
	struct upload *u = call->own;
	struct db_parameters p = { .count = 0 };
	struct slice part = u->rest;
	int64_t good, bad;

	if (u->rest.length == 0) {
		end_upload(call);
		return;
	}
	part.length = part_length(u->rest);
	u->rest = slice_from(u->rest, part.length);
	count_signs(part, &good, &bad);
	db_add_i64(&p, u->id);
	db_add_i64(&p, u->part);
	db_add_text(&p, part);
	db_add_i64(&p, good);
	db_add_i64(&p, bad);
	api_ask(call, &sql_console_imports_part, &p, part_is_here);
}

static void begun(struct api_call *call, const PGresult *rows)
{
	struct upload *u = call->own;

	u->id = db_i64_in(rows, 0, 0);
	/* Who is refused knows no id to go on with. */
	call->take_back = &sql_console_imports_remove;
	call->take_back_id = u->id;
	send_part(call);
}

static void resumed(struct api_call *call, const PGresult *rows)
{
	struct upload *u = call->own;

	if (PQntuples(rows) == 0) {
		api_problem(call, 409, MESSAGE_wrong_part, "offset", NULL,
			    "There is no unfinished import with this id and so many bytes.");
		return;
	}
	u->part = db_i64_in(rows, 0, 0);
	send_part(call);
}

/* --- what it is ---------------------------------------------------------------------------- */

static void refuse_file(struct api_call *call, const char *code)
{
	message_refuse(call, 400, "file", code);
}

/* Archives (and so spreadsheets), old spreadsheets, gzip, PDF, UTF-16. */
static bool is_something_else(struct slice body)
{
	static const struct slice starts[] = { SLICE("PK\x03\x04"),	 SLICE("\xd0\xcf\x11\xe0"),
					       SLICE("\x1f\x8b"),	 SLICE("%PDF"),
					       SLICE("\xff\xfe"),	 SLICE("\xfe\xff"),
					       SLICE("7z\xbc\xaf"),	 SLICE("BZh"),
					       SLICE("\x28\xb5\x2f\xfd") };

	for (size_t i = 0; i < COUNT_OF(starts); i++)
		if (slice_starts(body, starts[i]))
			return true;
	return false;
}

/* A file's name for records' source: its last part, without what cannot be shown. */
static struct slice clean_name(struct api_call *call, struct slice name)
{
	char text[NAME_MOST + 1];
	size_t length = 0;

	for (size_t i = 0; i < name.length; i++)
		if (name.data[i] == '/' || name.data[i] == '\\')
			name = slice_from(name, i + 1), i = (size_t)-1;
	name = utf8_prefix(slice_trim(name), NAME_MOST);
	for (size_t i = 0; i < name.length; i++)
		if ((unsigned char)name.data[i] >= 0x20 && name.data[i] != 0x7f)
			text[length++] = name.data[i];
	if (length == 0)
		return S("upload.csv");
	return arena_copy(&call->request->arena, (struct slice){ text, length });
}

/* False: answered. */
static bool take_body(struct api_call *call, struct slice body, struct slice name,
		      struct upload **ret_upload)
{
	struct upload *u;

	if (body.length == 0) {
		refuse_file(call, "file_empty");
		return false;
	}
	if (is_something_else(body)) {
		refuse_file(call, "file_not_csv");
		return false;
	}
	u = api_own(call, sizeof(*u));
	if (u == NULL)
		return false;
	*u = (struct upload){ .rest = body, .name = clean_name(call, name) };
	*ret_upload = u;
	return true;
}

static void begin(struct api_call *call, const struct upload *u)
{
	struct db_parameters p = { .count = 0 };

	db_add_text(&p, u->name);
	api_ask(call, &sql_console_imports_begin, &p, begun);
}

static void resume(struct api_call *call, uint64_t offset)
{
	const struct upload *u = call->own;
	struct db_parameters p = { .count = 0 };

	db_add_i64(&p, u->id);
	db_add_i64(&p, (int64_t)offset);
	api_ask(call, &sql_console_imports_resume, &p, resumed);
}

static void upload(struct api_call *call)
{
	struct request *r = call->request;
	uint64_t id, offset, more;
	struct upload *u;

	if (!api_query_number(call, "import", 1, INT64_MAX, 0, &id) ||
	    !api_query_number(call, "offset", 0, INT64_MAX, 0, &offset) ||
	    !api_query_number(call, "more", 0, 1, 0, &more))
		return;
	if (request_header(r, "content-encoding").length > 0) {
		api_problem(call, 415, MESSAGE_body_unreadable, "Content-Encoding", "none",
			    "The file must come as it is.");
		return;
	}
	if (!take_body(call, r->body, request_query(r, "name"), &u))
		return;
	u->id = (int64_t)id;
	u->more = more == 1;
	if (id > 0)
		resume(call, offset);
	else
		begin(call, u);
}

void serve_imports_upload(struct request *r)
{
	api_enter(r, API_BODY_ANY, upload);
}

/* The file of the form; its name is said by the form, or it has a usual one. */
static void upload_form(struct api_call *call)
{
	struct slice body = { NULL, 0 };
	struct upload *u;

	for (unsigned i = 0; i < call->file_count; i++)
		if (slice_equal(call->files[i].name, S("file")))
			body = call->files[i].body;
	if (take_body(call, body, form_text(call, "name"), &u))
		begin(call, u);
}

void import_list_again(struct api_call *call);

void serve_imports_upload_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_UPLOAD, upload_form, import_list_again);
}
