/* Lets uploads in, hands them over and waits for word of them, without holding a worker up. */
#include "web/console_papers_upload.h"

#include "model/picture_kind.h"
#include "store/sql.h"
#include "web/api_form.h"
#include "web/api_problem.h"
#include "web/loop.h"
#include "web/module.h"

enum {
	FORM_ROOM = 64 << 10, /* of an upload beside its file */
	UPLOADS_MOST = 4,     /* a worker holds at the same time */
	UPLOADS_AN_ADDRESS = 2,
	ASK_FIRST_MS = 20, /* between two looks, doubled … */
	ASK_MOST_MS = 300, /* … up to this */
	WAIT_MS = 12000,   /* then the answer is where to look */
};

void serve_upload(struct request *r);
void serve_upload_page(struct request *r);

/* --- how many at a time ---------------------------------------------------------------------- */

static struct {
	size_t file_bytes;
	struct client_address uploads[UPLOADS_MOST]; /* whose are coming or being worked on */
	unsigned count;
} house;

static size_t body_most_bytes(void)
{
	return house.file_bytes + FORM_ROOM;
}

static unsigned uploads_of(const struct client_address *client, unsigned *ret_last)
{
	unsigned count = 0;

	for (unsigned i = 0; i < house.count; i++) {
		if (client_address_equal(&house.uploads[i], client)) {
			*ret_last = i;
			count++;
		}
	}
	return count;
}

/* Small bodies are held for every address; these are not. */
static bool is_large(uint64_t length)
{
	return length > FORM_ROOM;
}

static int enter(const struct client_address *client, uint64_t length)
{
	unsigned last = 0;

	if (!is_large(length))
		return 0;
	if (uploads_of(client, &last) >= UPLOADS_AN_ADDRESS)
		return 429;
	if (house.count == UPLOADS_MOST)
		return 503;
	house.uploads[house.count++] = *client;
	return 0;
}

static void leave(const struct client_address *client, uint64_t length)
{
	unsigned last = 0;

	if (is_large(length) && uploads_of(client, &last) > 0)
		house.uploads[last] = house.uploads[--house.count];
}

static void refuse(struct request *r, int status)
{
	page_problem(r, status, status == 413 ? MESSAGE_file_too_large : MESSAGE_upload_busy);
}

const struct body_rule paper_body = {
	.most = body_most_bytes,
	.enter = enter,
	.leave = leave,
	.refuse = refuse,
};

static void start(const struct settings *s)
{
	house.file_bytes = (size_t)s->paper_mb << 20;
}

static void stop(void)
{
	house.count = 0;
}

const struct module module_console_papers = {
	.name = "console_papers",
	.programs = PROGRAM_CONSOLE,
	.start = start,
	.stop = stop,
};

/* --- waiting --------------------------------------------------------------------------------- */

/* As call->own from when the file is stored. */
struct wait {
	struct api_call *call;
	struct timer timer;
	char handle[40];
	uint64_t until_ms, pause_ms;
	struct slice answer; /* what to answer when it is done; empty: what became of it */
};

static void wait_end(struct api_call *call)
{
	struct wait *w = call->own;

	timer_stop(&w->timer);
}

static void on_state(struct api_call *call, const PGresult *rows);

static void ask(void *arg)
{
	struct wait *w = arg;
	struct db_parameters p = { .count = 0 };

	db_add_text(&p, slice_of(w->handle));
	api_ask(w->call, &sql_console_papers_state, &p, on_state);
}

static void refuse_file(struct api_call *call, int status, struct slice code)
{
	char word[64];

	(void)snprintf(word, sizeof(word), "%.*s", SLICE_ARG(code));
	message_refuse(call, status, "file", word);
}

static void answer_later(struct api_call *call, const struct wait *w, struct slice json)
{
	char at[80];

	(void)snprintf(at, sizeof(at), "/v1/uploads/%s", w->handle);
	api_answer_made(call, 202, arena_copy(&call->request->arena, slice_of(at)), json);
}

static void on_state(struct api_call *call, const PGresult *rows)
{
	struct wait *w = call->own;
	struct slice state = PQntuples(rows) == 0 ? S("") : db_text_in(rows, 0, 0);

	if (slice_equal(state, S("done")))
		api_answer_json(call, w->answer.length > 0 ? 200 : 201,
				w->answer.length > 0 ? w->answer : db_text_in(rows, 0, 3));
	else if (slice_equal(state, S("refused")))
		refuse_file(call, slice_equal(db_text_in(rows, 0, 1), S("no_room")) ? 507 : 422,
			    db_text_in(rows, 0, 1));
	else if (state.length == 0)
		message_refuse(call, 404, NULL, "no_such_thing");
	else if (loop_now_ms() >= w->until_ms)
		answer_later(call, w, db_text_in(rows, 0, 2));
	else
		timer_start(&w->timer, w->pause_ms, ask, w);
	/* Not after an answer: the call has ended. */
	if (w->pause_ms < ASK_MOST_MS)
		w->pause_ms *= 2;
}

static void wait_for(struct api_call *call, struct slice handle, struct slice answer)
{
	struct wait *w = api_own(call, sizeof(*w));

	if (w == NULL)
		return;
	w->call = call;
	w->pause_ms = ASK_FIRST_MS;
	w->until_ms = loop_now_ms() + WAIT_MS;
	w->answer = answer;
	(void)snprintf(w->handle, sizeof(w->handle), "%.*s", SLICE_ARG(handle));
	call->on_end = wait_end;
	ask(w);
}

void upload_await(struct api_call *call, const PGresult *rows)
{
	struct slice text = db_text_in(rows, 0, 0);
	json_t *document = json_loadb(text.data, text.length, 0, NULL);
	const char *handle = json_string_value(json_object_get(document, "upload"));

	if (handle == NULL)
		api_answer_json(call, 200, text);
	else
		wait_for(call, slice_of(handle), arena_copy(&call->request->arena, text));
	json_decref(document);
}

/* --- taking ---------------------------------------------------------------------------------- */

bool upload_read(struct api_call *call)
{
	return call->face != NULL || api_read_upload(call);
}

static const struct multipart_part *file_of(const struct api_call *call)
{
	for (unsigned i = 0; i < call->file_count; i++)
		if (slice_equal(call->files[i].name, S("file")) && call->files[i].body.length > 0)
			return &call->files[i];
	return NULL;
}

/* XML is never a picture of ours: what it shows is up to whoever opens it. */
static bool is_markup(struct slice file)
{
	struct slice head = { file.data, file.length < 4096 ? file.length : 4096 };

	return memmem(head.data, head.length, "<svg", 4) != NULL ||
	       memmem(head.data, head.length, "<?xml", 5) != NULL ||
	       memmem(head.data, head.length, "<!DOCTYPE", 9) != NULL;
}

/* What its first bytes say is enough to refuse it; to take it they are not. NULL: look at it. */
static const char *fault_of(const char *kind, struct slice file)
{
	bool pdf = slice_starts(file, S("%PDF-"));

	if (file.length > house.file_bytes)
		return "file_too_large";
	if (pdf && strcmp(kind, "paper") == 0)
		return NULL;
	if (picture_kind_of(file) != PICTURE_KIND_NONE)
		return NULL;
	if (is_markup(file))
		return "file_markup";
	return strcmp(kind, "paper") == 0 ? "file_unknown" : "picture_unknown";
}

static void taken(struct api_call *call, const PGresult *rows)
{
	wait_for(call, db_text_in(rows, 0, 0), S(""));
}

static void send(struct api_call *call, const char *kind, const json_t *target, struct slice file)
{
	char *text = json_dumps(target, JSON_COMPACT);
	struct db_parameters p = { .count = 0 };

	if (text == NULL) {
		api_no_memory(call);
		return;
	}
	db_add_text(&p, slice_of(kind));
	db_add_text(&p, slice_of(text));
	db_add_text(&p, file);
	api_ask(call, &sql_console_papers_upload, &p, taken);
	free(text);
}

void upload_take(struct api_call *call, const char *kind, json_t *target)
{
	const struct multipart_part *file = file_of(call);
	const char *fault = file == NULL ? "required" : fault_of(kind, file->body);

	if (fault != NULL)
		refuse_file(call, strcmp(fault, "file_too_large") == 0 ? 413 : 422,
			    slice_of(fault));
	else
		send(call, kind, target, file->body);
	json_decref(target);
}

/* --- looking after one ----------------------------------------------------------------------- */

static void show_upload(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		message_refuse(call, 404, NULL, "no_such_thing");
	else
		api_answer_json(call, 200,
				slice_equal(db_text_in(rows, 0, 0), S("done")) ||
					slice_equal(db_text_in(rows, 0, 0), S("refused"))
				    ? db_text_in(rows, 0, 3)
				    : db_text_in(rows, 0, 2));
}

static void print_upload(struct api_call *call, const PGresult *rows)
{
	struct view_console_upload view = { .head = NULL };
	struct slice state;
	struct page p;

	if (PQntuples(rows) == 0) {
		message_refuse(call, 404, NULL, "no_such_thing");
		return;
	}
	state = db_text_in(rows, 0, 0);
	page_init(&p, call, call->request, TEXT_papers_upload);
	view.head = &p.head;
	view.is_done = slice_equal(state, S("done"));
	view.is_refused = slice_equal(state, S("refused"));
	view.reason = message_text(p.writer.language, db_text_in(rows, 0, 1));
	template_console_upload(&p.writer, &view);
	page_send(&p, 200);
}

static void look_after(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (!api_uuid(call, 0, &id))
		return;
	db_add_text(&p, id);
	api_ask(call, &sql_console_papers_state, &p,
		call->face == NULL ? show_upload : print_upload);
}

void serve_upload(struct request *r)
{
	api_enter(r, API_BODY_NONE, look_after);
}

void serve_upload_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, look_after);
}
