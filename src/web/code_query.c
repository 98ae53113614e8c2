/*
 * `/v1/codes/query` and `/packing/codes`: what became of a code, or of many at once, as a page,
 * JSON or CSV; one question to the database however many they are.
 */
#include "label/csv.h"
#include "store/sql.h"
#include "web/console_checks.h"
#include "web/packing.h"
#include "web/packing_form.h"

void serve_code_query(struct request *r);
void serve_codes_page(struct request *r);
void serve_codes_form(struct request *r);

enum { ANSWER_MOST = 16 << 20 /* 10,000 lines of 1600 bytes */ };

/* --- one ----------------------------------------------------------------------------------- */

static void show_story(struct api_call *call, const PGresult *rows)
{
	if (!code_refuse_unknown(call, db_text_in(rows, 0, 0)))
		api_answer_json(call, 200, db_text_in(rows, 0, 1));
}

static void ask_story(struct api_call *call, struct code_reading *reading)
{
	struct db_parameters p = { .count = 0 };

	if (reading->reason[0] != '\0') {
		api_problem(call, 400, MESSAGE_code_unread, "code",
			    "a GS1 Digital Link, or a serial with \"gtin\"", "code: %s.",
			    reading->reason);
		return;
	}
	code_reading_add(reading, &p);
	db_add_text(&p, slice_of(reading->read[0].serial));
	api_ask(call, &sql_api_code_query, &p, show_story);
}

/* --- many: the API ------------------------------------------------------------------------- */

static bool is_known(const PGresult *rows, int i)
{
	return !PQgetisnull(rows, i, PACKING_STATE);
}

static int count_known(const PGresult *rows)
{
	int known = 0;

	for (int i = 0; i < PQntuples(rows); i++)
		known += is_known(rows, i);
	return known;
}

static void show_json(struct api_call *call, const PGresult *rows)
{
	const struct code_reading *reading = call->own;
	int count = PQntuples(rows), known = count_known(rows);
	struct buf b;

	buf_init(&b, ANSWER_MOST);
	buf_add_format(&b, "{\"read\":%d,\"known\":%d,\"not_known\":%d,\"results\":[", count, known,
		       count - known);
	for (int i = 0; i < count; i++)
		packing_add_json(&b, reading, rows, i, "found");
	buf_add_string(&b, "]}\n");
	if (buf_ok(&b))
		api_answer_json(call, 200, buf_slice(&b));
	else
		api_no_memory(call);
	buf_release(&b);
}

/* A cell and what stands behind it. */
static void add_cell(struct buf *out, struct slice text, const char *end)
{
	static const struct code_form form = { .format = CODES_CSV, .spreadsheet = true };

	csv_field(&form, text, out);
	buf_add_string(out, end);
}

static void add_csv(struct page *p, struct buf *out, const struct code_reading *reading,
		    const PGresult *rows, int i)
{
	static const enum packing_column columns[] = {
		PACKING_GTIN,  PACKING_LOT,   PACKING_BATCH,
		PACKING_PLACE, PACKING_STATE, PACKING_SINCE
	};
	size_t n = (size_t)i;

	buf_add_format(out, "%llu,", (unsigned long long)reading->texts[n].line);
	add_cell(out, reading->texts[n].text, ",");
	add_cell(out, db_text_in(rows, i, PACKING_FOUND), ",");
	add_cell(out, is_known(rows, i) ? slice_of(reading->read[n].serial) : S(""), ",");
	for (size_t c = 0; c < COUNT_OF(columns); c++)
		add_cell(out, is_known(rows, i) ? db_text_in(rows, i, (int)columns[c]) : S(""),
			 ",");
	add_cell(out, packing_trouble(p, reading, rows, i), "\r\n");
}

/* Its last column speaks the reader's language, as a page would. */
static void show_csv(struct api_call *call, const PGresult *rows)
{
	const struct code_reading *reading = call->own;
	struct buf csv;
	struct page p;

	page_init(&p, call, call->request, TEXT_packing_codes_title);
	buf_init(&csv, ANSWER_MOST);
	buf_add_string(&csv, "\xef\xbb\xbf"
			     "line,text,found,serial,gtin,lot,batch,place,state,since,"
			     "reason\r\n");
	for (int i = 0; i < PQntuples(rows); i++)
		add_csv(&p, &csv, reading, rows, i);
	buf_release(&p.out);
	console_csv_answer(call, &csv, "codes.csv");
}

static void ask_many(struct api_call *call, const struct code_reading *reading,
		     void (*show)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };

	code_reading_add(reading, &p);
	api_ask(call, &sql_api_codes_found, &p, show);
}

static bool wants_csv(struct api_call *call)
{
	return slice_equal(request_query(call->request, "format"), S("csv"));
}

static void ask_list(struct api_call *call, struct code_reading *reading)
{
	ask_many(call, reading, wants_csv(call) ? show_csv : show_json);
}

/* False: answered. */
static bool format_ok(struct api_call *call)
{
	struct slice format = request_query(call->request, "format");

	if (format.data == NULL || slice_equal(format, S("json")) || wants_csv(call))
		return true;
	api_problem(call, 400, MESSAGE_choice, "format", "json or csv",
		    "format: must be json or csv.");
	return false;
}

static void post_query(struct api_call *call)
{
	static const char *const members[] = { "code", "codes", "gtin", NULL };
	struct code_reading *reading;
	bool single;

	if ((call->body != NULL && !api_only(call, members)) || !format_ok(call))
		return;
	reading = code_reading_new(call);
	if (reading == NULL)
		return;
	single = call->body != NULL && api_has(call, "code");
	reading->keep = true;
	code_reading_run(reading, single ? ask_story : ask_list);
}

/* text/plain brings a code a line, everything else must be JSON. */
void serve_code_query(struct request *r)
{
	bool lines = slice_equal_nocase(request_media_type(r), S("text/plain"));

	api_enter(r, lines ? API_BODY_ANY : API_BODY_JSON, post_query);
}

/* --- many: the page ------------------------------------------------------------------------ */

static const struct form_choice formats[] = {
	{ "page", TEXT_packing_codes_as_page },
	{ "csv", TEXT_packing_codes_as_csv },
};
static const struct form_field fields[] = {
	{ "codes", TEXT_packing_codes_text, TEXT_packing_codes_text_hint, .kind = FORM_LINES,
	  .most = PACKING_TEXT_MOST, .scanned = true },
	{ "file", TEXT_packing_codes_file, TEXT_packing_codes_file_hint, .kind = FORM_FILE },
	{ "gtin", TEXT_packing_codes_gtin, TEXT_packing_codes_gtin_hint, .kind = FORM_TEXT,
	  .most = 14 },
	{ "format", TEXT_packing_codes_as, .kind = FORM_SELECT, .required = true,
	  .choices = formats, .choice_count = COUNT_OF(formats) },
};
static const struct form form = { "/packing/codes", TEXT_packing_codes_ask, fields,
				  COUNT_OF(fields), .upload = true };

static void send_page(struct page *p, struct view_console_codes *view,
		      const struct packing_products *products)
{
	struct view_console_form *shown = form_show(p, &form, NULL, NULL);

	packing_offer(shown, products);
	if (view->answer != NULL) {
		packing_keep(p, shown, "codes");
		packing_keep(p, shown, "gtin");
	}
	view->head = &p->head;
	view->form = shown;
	template_console_codes(&p->writer, view);
	page_send(p, 200);
}

static void show_form(struct api_call *call, struct packing_products *products)
{
	struct view_console_codes view = { .answer = NULL };
	struct page p;

	page_init(&p, call, call->request, TEXT_packing_codes_title);
	send_page(&p, &view, products);
}

void packing_codes_page(struct api_call *call)
{
	packing_ask_products(call, show_form);
}

void serve_codes_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, packing_codes_page);
}

static const struct packing_kinds kinds = { is_known, TEXT_packing_codes_known,
					    TEXT_packing_codes_not_known, TEXT_packing_lines_more };

static void show_page(struct api_call *call, const PGresult *rows)
{
	const struct code_reading *reading = call->own;
	struct view_console_codes view = { .answer = NULL };
	struct page p;

	page_init(&p, call, call->request, TEXT_packing_codes_title);
	view.answer = packing_answer(&p, reading, rows, &kinds);
	send_page(&p, &view, reading->own);
}

/* One code alone is what somebody looks for: its page is the answer. */
static void show(struct api_call *call, const PGresult *rows)
{
	const struct code_reading *reading = call->own;
	struct page p = { .request = call->request };

	if (PQntuples(rows) == 1 && is_known(rows, 0))
		page_go_to(call, packing_code_path(&p, reading->read[0].gtin,
						   slice_of(reading->read[0].serial)));
	else
		show_page(call, rows);
}

static void ask_form(struct api_call *call, struct code_reading *reading)
{
	ask_many(call, reading, slice_equal(form_text(call, "format"), S("csv")) ? show_csv : show);
}

static void read_form(struct api_call *call, struct packing_products *products)
{
	packing_read_codes(call, products, ask_form);
}

/* The short form of `/packing` says no format. */
static void post_form(struct api_call *call)
{
	if (!api_has(call, "format"))
		json_object_set_new(call->body, "format", json_string("page"));
	if (form_check(call, &form))
		packing_ask_products(call, read_form);
}

void serve_codes_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_UPLOAD, post_form, packing_codes_page);
}
