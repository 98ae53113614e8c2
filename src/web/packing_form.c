/* Takes pasted and uploaded codes in, and tells line by line what became of them. */
#include "web/packing_form.h"

#include "base/utf8.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/json_text.h"
#include "web/packing.h"

enum {
	FILE_MOST = 4 << 20,
	FORM_ROOM = 64 << 10,
	SMALL_BODY = 1 << 20, /* not counted among those that a worker can hold few of */
	UPLOADS_MOST = 2,     /* at the same time in a worker */
	TEXT_SHOWN = 120,     /* characters of a line */
	CLOSINGS = 100,
};

/* --- letting bodies in --------------------------------------------------------------------- */

static unsigned uploads;

static size_t most(void)
{
	return FILE_MOST + FORM_ROOM;
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
				      "limit", FILE_MOST),
			    message_words("import_too_large"));
}

static void busy(struct api_call *call)
{
	message_refuse(call, 503, NULL, "upload_busy");
}

static void refuse_to(struct request *r, int status, void (*again)(struct api_call *call))
{
	if (status == 413)
		api_enter_form(r, &page_face, API_BODY_NONE, too_large, again);
	else
		api_enter_face(r, &page_face, API_BODY_NONE, busy);
}

static void refuse_codes(struct request *r, int status)
{
	refuse_to(r, status, packing_codes_page);
}

static void refuse_serials(struct request *r, int status)
{
	refuse_to(r, status, packing_serials_page);
}

const struct body_rule packing_codes_body = { most, enter, leave, refuse_codes };
const struct body_rule packing_serials_body = { most, enter, leave, refuse_serials };

/* --- products to choose from --------------------------------------------------------------- */

static void got_products(struct api_call *call, const PGresult *rows)
{
	struct packing_products *products = call->own;

	products->count = packing_options(&call->request->arena, rows, &products->options);
	products->then(call, products);
}

void packing_ask_products(struct api_call *call,
			  void (*then)(struct api_call *call, struct packing_products *products))
{
	struct packing_products *products;
	struct db_parameters p = { .count = 0 };

	code_reading_forget(call); /* of a form that was refused */
	products = api_own(call, sizeof(*products));
	if (products == NULL)
		return;
	products->then = then;
	db_add_text(&p, page_language(call->request));
	api_ask(call, &sql_console_batches_products, &p, got_products);
}

void packing_offer(struct view_console_form *form, const struct packing_products *products)
{
	struct view_console_input *gtin = form_input(form, "gtin");

	gtin->suggestions = products->options;
	gtin->suggestions_count = products->count;
}

/* --- what was sent ------------------------------------------------------------------------- */

static struct slice file_of(const struct api_call *call)
{
	for (unsigned i = 0; i < call->file_count; i++)
		if (slice_equal(call->files[i].name, S("file")))
			return call->files[i].body;
	return S("");
}

bool packing_text(struct api_call *call, const char *pasted, struct slice *ret_text,
		  const char **ret_member)
{
	struct slice text = form_text(call, pasted), file = file_of(call);
	struct slice gtin = form_text(call, "gtin");
	uint64_t number;

	if (gtin.length > 0 && gtin_parse(gtin, &number) != GTIN_OK) {
		message_refuse(call, 400, "gtin", "pack_no_gtin");
		return false;
	}
	if (text.length == 0 && file.length == 0) {
		message_refuse(call, 400, pasted, "required");
		return false;
	}
	if (text.length > 0 && file.length > 0) {
		message_refuse(call, 400, "file", "codes_both");
		return false;
	}
	*ret_text = file.length > 0 ? file : text;
	*ret_member = file.length > 0 ? "file" : pasted;
	return true;
}

/* Columns that hold codes, the most telling first. */
static const char *const columns[] = { "url",	 "uri",	    "link", "digital link", "hri",
				       "code",	 "codes",   "编码", "网址",	    "serial",
				       "序列号", "serials", NULL };

void packing_read_codes(struct api_call *call, struct packing_products *products,
			void (*then)(struct api_call *call, struct code_reading *reading))
{
	struct code_reading *reading;
	const char *member;
	struct slice text;

	if (!packing_text(call, "codes", &text, &member))
		return;
	reading = code_reading_new(call);
	if (reading == NULL)
		return;
	reading->keep = true;
	reading->own = products;
	code_reading_run_column(reading, text, member, columns, then);
}

void packing_keep(struct page *p, struct view_console_form *form, const char *name)
{
	struct slice text = form_text(p->call, name);

	form_input(form, name)->value = form_lines(&p->request->arena, text);
}

/* --- answers ------------------------------------------------------------------------------- */

struct slice packing_code_path(struct page *p, uint64_t gtin, struct slice serial)
{
	char digits[GTIN_TEXT_SIZE];
	struct slice path;
	struct buf b;

	gtin_format(gtin, digits);
	buf_init(&b, 256);
	buf_add_format(&b, "/packing/serials/%s/", digits);
	digital_link_add_escaped(&b, serial);
	path = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return path;
}

static bool is_malformed(struct slice found)
{
	return slice_equal(found, S("malformed"));
}

/* Of what the database finds, or why a line cannot be read. */
static const struct {
	const char *word;
	enum text text;
} troubles[] = {
	{ "never_issued", TEXT_message_pack_never_issued },
	{ "not_yours", TEXT_packing_code_not_yours },
	{ "refused", TEXT_packing_code_not_to_print },
	{ "duplicate", TEXT_packing_code_duplicate },
	{ "empty", TEXT_packing_code_empty },
	{ "no_gtin", TEXT_packing_code_no_gtin },
	{ "bad_link", TEXT_packing_code_bad_link },
	{ "no_item", TEXT_packing_code_no_item },
	{ "bad_serial", TEXT_packing_code_bad_serial },
};

struct slice packing_trouble(struct page *p, const struct code_reading *reading,
			     const PGresult *rows, int i)
{
	struct slice word = db_text_in(rows, i, PACKING_FOUND);
	bool malformed = is_malformed(word);

	if (malformed)
		word = slice_of(code_reading_fault(reading, (size_t)i));
	for (size_t n = 0; n < COUNT_OF(troubles); n++)
		if (slice_equal(word, slice_of(troubles[n].word)))
			return text_in(p->writer.language, troubles[n].text);
	return malformed ? message_text(p->writer.language, word) : S("");
}

static void fill_line(struct page *p, const struct code_reading *reading, const PGresult *rows,
		      int i, struct view_packing_line *to)
{
	const struct code_read *read = &reading->read[i];
	struct slice batch = db_text_in(rows, i, PACKING_BATCH), text = reading->texts[i].text;
	struct slice state = db_text_in(rows, i, PACKING_STATE);

	*to = (struct view_packing_line){
		.number = page_format(p, "%llu", (unsigned long long)reading->texts[i].line),
		.text = utf8_prefix(text, TEXT_SHOWN),
		.words = packing_trouble(p, reading, rows, i),
	};
	if (to->text.length < text.length)
		to->text = page_format(p, "%.*s…", SLICE_ARG(to->text));
	if (state.length == 0)
		return;
	to->serial = slice_of(read->serial);
	to->told = !slice_equal(text, to->serial);
	to->link = packing_code_path(p, read->gtin, to->serial);
	to->gtin = db_text_in(rows, i, PACKING_GTIN);
	to->lot = db_text_in(rows, i, PACKING_LOT);
	to->place = db_text_in(rows, i, PACKING_PLACE);
	to->state = page_state(p, state);
	to->since = db_text_in(rows, i, PACKING_LOCAL);
	if (batch.length > 0)
		to->batch_link = page_format(p, "/batches/%.*s", SLICE_ARG(batch));
}

/* Up to PACKING_LINES_SHOWN of `count` that are good, or are not. */
static struct view_packing_line *lines_of(struct page *p, const struct code_reading *reading,
					  const PGresult *rows, const struct packing_kinds *kinds,
					  bool good, size_t *count)
{
	size_t most = *count > PACKING_LINES_SHOWN ? PACKING_LINES_SHOWN : *count, at = 0;
	struct view_packing_line *lines = arena_array(&p->request->arena, most + 1, sizeof(*lines));

	for (int i = 0; lines != NULL && at < most; i++)
		if (kinds->good(rows, i) == good)
			fill_line(p, reading, rows, i, &lines[at++]);
	*count = at;
	return lines;
}

const struct view_packing_answer *packing_answer(struct page *p, const struct code_reading *reading,
						 const PGresult *rows,
						 const struct packing_kinds *kinds)
{
	struct view_packing_answer *to = arena_alloc(&p->request->arena, sizeof(*to));
	int count = PQntuples(rows), good = 0;

	if (to == NULL)
		abort(); /* page_init() has kept room for it */
	for (int i = 0; i < count; i++)
		good += kinds->good(rows, i);
	*to = (struct view_packing_answer){
		.read = page_format(p, "%d", count),
		.good = page_format(p, "%d", good),
		.bad = page_format(p, "%d", count - good),
		.good_title = text_in(p->writer.language, kinds->good_title),
		.wrong_title = text_in(p->writer.language, kinds->wrong_title),
		.more = good > PACKING_LINES_SHOWN || count - good > PACKING_LINES_SHOWN
			    ? text_in(p->writer.language, kinds->more)
			    : S(""),
		.lines_count = (size_t)good,
		.wrong_count = (size_t)(count - good),
	};
	to->lines = lines_of(p, reading, rows, kinds, true, &to->lines_count);
	to->wrong = lines_of(p, reading, rows, kinds, false, &to->wrong_count);
	return to;
}

/* Texts of the rest; numbers as they are, what is NULL left out. */
static const struct {
	enum packing_column column;
	const char *name;
	bool number;
} members[] = {
	{ PACKING_GTIN, "gtin", false },   { PACKING_BATCH, "batch", false },
	{ PACKING_PLACE, "place", true },  { PACKING_LOT, "lot", false },
	{ PACKING_STATE, "state", false }, { PACKING_SINCE, "since", false },
};

static void add_member(struct buf *out, const char *name, struct slice text, bool number)
{
	buf_add_format(out, ",\"%s\":", name);
	if (number)
		buf_add_slice(out, text);
	else
		json_add_text(out, text);
}

void packing_add_json(struct buf *out, const struct code_reading *reading, const PGresult *rows,
		      int i, const char *name)
{
	struct slice found = db_text_in(rows, i, PACKING_FOUND);
	size_t n = (size_t)i;

	buf_add_format(out, "%s{\"line\":%llu", i == 0 ? "" : ",",
		       (unsigned long long)reading->texts[n].line);
	add_member(out, name, found, false);
	if (is_malformed(found)) {
		add_member(out, "code", slice_of(code_reading_fault(reading, n)), false);
		add_member(out, "reason", code_reading_reason(reading, n), false);
	} else {
		add_member(out, "serial", slice_of(reading->read[n].serial), false);
	}
	for (size_t m = 0; m < COUNT_OF(members); m++)
		if (!PQgetisnull(rows, i, (int)members[m].column))
			add_member(out, members[m].name,
				   db_text_in(rows, i, (int)members[m].column), members[m].number);
	buf_add_char(out, '}');
}

/* --- closings ------------------------------------------------------------------------------ */

const struct view_console_closing *packing_closings(struct page *p, const json_t *list,
						    size_t *ret_count)
{
	size_t count = json_array_size(list) > CLOSINGS ? CLOSINGS : json_array_size(list);
	struct view_console_closing *to = arena_array(&p->request->arena, count + 1, sizeof(*to));

	for (size_t i = 0; to != NULL && i < count; i++) {
		const json_t *c = json_array_get(list, i);

		to[i] = (struct view_console_closing){
			.when = page_member(p, c, "local"),
			.who = page_who(p, page_member(p, c, "by")),
			.from = page_member(p, c, "from"),
			.to = page_member(p, c, "to"),
			.voided = page_member(p, c, "voided"),
		};
	}
	*ret_count = to == NULL ? 0 : count;
	return to;
}
