/*
 * `/v1/print-checks` and `/packing/print-checks`: what a camera, or somebody with a scanner, read
 * on labels, and what was read so far that should not have been there.
 */
#include "model/access_key.h"
#include "store/sql.h"
#include "web/packing.h"
#include "web/packing_form.h"

void serve_print_checks(struct request *r);
void serve_print_check_list(struct request *r);
void serve_print_checks_page(struct request *r);
void serve_print_checks_form(struct request *r);

enum { SHOWN = 100, FINGERPRINT_MOST = 8 << 20 };

/* --- reading: the API ---------------------------------------------------------------------- */

/* A request that is asked once, whether its answer arrives or not. */
struct once {
	struct slice key; /* Idempotency-Key; {NULL, 0}: none */
	char fingerprint[SHA256_HEX_SIZE];
};

static void show_json(struct api_call *call, const PGresult *rows)
{
	const struct code_reading *reading = call->own;

	api_answer_json(call, 200, db_text_in(rows, 0, reading->single ? 1 : 0));
}

static void ask_checks(struct api_call *call, struct code_reading *reading)
{
	const struct once *once = reading->own;
	struct db_parameters p = { .count = 0 };

	code_reading_add(reading, &p);
	code_reading_add_serials(reading, &p);
	db_add_text_or_null(&p, once->key);
	db_add_text(&p, slice_of(once->fingerprint));
	api_ask(call, &sql_api_code_checks, &p, show_json);
}

/*
 * Blanks and the order of members make no other request of it; of lines, the GTIN of the query is a
 * part. False: answered.
 */
static bool fingerprint(struct api_call *call, struct once *once)
{
	struct buf b;
	bool ok;

	buf_init(&b, FINGERPRINT_MOST);
	if (call->body != NULL) {
		char *text = json_dumps(call->body, JSON_COMPACT | JSON_SORT_KEYS);

		b.failed = text == NULL;
		buf_add_string(&b, text == NULL ? "" : text);
		free(text);
	} else {
		buf_add_slice(&b, request_query(call->request, "gtin"));
		buf_add_char(&b, '\n');
		buf_add_slice(&b, call->request->body);
	}
	ok = buf_ok(&b);
	if (ok)
		sha256_hex(buf_slice(&b), once->fingerprint);
	else
		api_no_memory(call);
	buf_release(&b);
	return ok;
}

/* In the request's arena. NULL: answered. */
static struct once *read_once(struct api_call *call)
{
	struct once *once = arena_alloc(&call->request->arena, sizeof(*once));

	if (once == NULL) {
		api_no_memory(call);
		return NULL;
	}
	if (request_header(call->request, "idempotency-key").data == NULL)
		return once;
	return api_idempotency_key(call, &once->key) && fingerprint(call, once) ? once : NULL;
}

static void post_checks(struct api_call *call)
{
	static const char *const members[] = { "code", "codes", "gtin", NULL };
	struct code_reading *reading;
	struct once *once;

	if (call->body != NULL && !api_only(call, members))
		return;
	once = read_once(call);
	reading = once == NULL ? NULL : code_reading_new(call);
	if (reading == NULL)
		return;
	reading->own = once;
	code_reading_run(reading, ask_checks);
}

/* text/plain brings a code a line, everything else must be JSON. */
void serve_print_checks(struct request *r)
{
	bool lines = slice_equal_nocase(request_media_type(r), S("text/plain"));

	api_enter(r, lines ? API_BODY_ANY : API_BODY_JSON, post_checks);
}

/* --- what was read so far ------------------------------------------------------------------ */

/* The batch of the query, or empty. False: answered. */
static bool read_batch(struct api_call *call, struct slice *ret_batch)
{
	struct slice batch = request_query(call->request, "batch");

	if (batch.length > 0 && !api_is_uuid(batch)) {
		message_refuse(call, 404, "batch", "pack_no_batch");
		return false;
	}
	*ret_batch = batch.length == 0 ? S("") : batch;
	return true;
}

static void list(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct api_list *asked;
	struct slice batch;
	uint64_t behind;

	if (!read_batch(call, &batch) ||
	    !api_query_number(call, "cursor", 1, INT64_MAX, 0, &behind))
		return;
	asked = api_list_new(call, "misreads");
	if (asked == NULL)
		return;
	asked->path = S("print-checks");
	asked->kept_name = batch.length > 0 ? "batch" : NULL;
	asked->kept = batch;
	db_add_text(&p, batch);
	db_add_i64(&p, (int64_t)behind);
	api_list_add(asked, &p);
	api_ask(call, &sql_console_packing_misreads, &p, api_list_show);
}

void serve_print_check_list(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

/* --- the page ------------------------------------------------------------------------------ */

static const struct form_field fields[] = {
	{ "codes", TEXT_packing_checks_text, TEXT_packing_checks_text_hint, .kind = FORM_LINES,
	  .most = PACKING_TEXT_MOST, .scanned = true, .required = true },
	{ "gtin", TEXT_packing_codes_gtin, TEXT_packing_codes_gtin_hint, .kind = FORM_TEXT,
	  .most = 14 },
	{ "batch", TEXT_console_batch, .kind = FORM_HIDDEN, .most = 36 },
};
static const struct form form = { "/packing/print-checks", TEXT_packing_checks_read, fields,
				  COUNT_OF(fields), .upload = true };

/* The batch that the page is about: of the query, or of the form. */
static struct slice batch_of(struct api_call *call)
{
	struct slice batch = call->request->method == METHOD_POST
				 ? form_text(call, "batch")
				 : request_query(call->request, "batch");

	return api_is_uuid(batch) ? batch : S("");
}

static void send_page(struct page *p, struct view_console_print_checks *view,
		      const struct packing_products *products)
{
	struct view_console_form *shown = form_show(p, &form, NULL, NULL);
	struct slice batch = batch_of(p->call);

	packing_offer(shown, products);
	form_input(shown, "batch")->value = batch;
	if (view->answer != NULL) /* further labels are mostly of the same product */
		packing_keep(p, shown, "gtin");
	view->head = &p->head;
	view->batch = batch;
	if ((p->call->roles & ROLES_PACK) != 0)
		view->form = shown;
	template_console_print_checks(&p->writer, view);
	page_send(p, 200);
}

static struct slice result_words(struct page *p, struct slice result)
{
	static const struct {
		const char *name;
		enum text text;
	} words[] = {
		{ "duplicate", TEXT_packing_checks_duplicate },
		{ "refused", TEXT_packing_checks_refused },
		{ "never_issued", TEXT_packing_checks_never_issued },
	};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_equal(result, slice_of(words[i].name)))
			return text_in(p->writer.language, words[i].text);
	return result;
}

static void fill_misread(struct page *p, const PGresult *rows, int i,
			 struct view_packing_misread *to)
{
	struct slice text = db_text_in(rows, i, 0), batch;
	json_t *m = json_loadb(text.data, text.length, 0, NULL);
	uint64_t gtin = 0;

	batch = page_member(p, m, "batch");
	*to = (struct view_packing_misread){
		.serial = page_member(p, m, "serial"),
		.gtin = page_member(p, m, "gtin"),
		.words = result_words(p, page_member(p, m, "result")),
		.state = page_state(p, page_member(p, m, "state")),
		.place = page_member(p, m, "place"),
		.times = page_member(p, m, "times"),
		.first = db_text_in(rows, i, 2),
		.last = db_text_in(rows, i, 3),
		.by = page_who(p, page_member(p, m, "by")),
	};
	if (batch.length > 0)
		to->batch_link = page_format(p, "/batches/%.*s", SLICE_ARG(batch));
	if (to->state.length > 0 && slice_to_u64(to->gtin, &gtin))
		to->link = packing_code_path(p, gtin, to->serial);
	json_decref(m);
}

static void show_list(struct api_call *call, const PGresult *rows)
{
	int count = PQntuples(rows), shown = count > SHOWN ? SHOWN : count;
	struct view_packing_misread *misreads =
	    arena_array(&call->request->arena, (size_t)shown + 1, sizeof(*misreads));
	struct view_console_print_checks view = { .misreads = misreads,
						  .misreads_count = (size_t)shown };
	const struct packing_products *products = call->own;
	struct page p;

	if (misreads == NULL) {
		api_no_memory(call);
		return;
	}
	page_init(&p, call, call->request, TEXT_packing_checks_title);
	for (int i = 0; i < shown; i++)
		fill_misread(&p, rows, i, &misreads[i]);
	if (shown < count) {
		struct slice batch = batch_of(call), last = db_text_in(rows, shown - 1, 1);

		view.next =
		    page_format(&p, "/packing/print-checks?before=%.*s%s%.*s", SLICE_ARG(last),
				batch.length > 0 ? "&batch=" : "", SLICE_ARG(batch));
	}
	view.listed = true;
	send_page(&p, &view, products);
}

static void ask_list(struct api_call *call, struct packing_products *products)
{
	struct db_parameters p = { .count = 0 };
	uint64_t before;

	(void)products;
	if (!api_query_number(call, "before", 1, INT64_MAX, 0, &before))
		return;
	db_add_text(&p, batch_of(call));
	db_add_i64(&p, (int64_t)before);
	db_add_i64(&p, SHOWN + 1);
	api_ask(call, &sql_console_packing_misreads, &p, show_list);
}

static void page(struct api_call *call)
{
	packing_ask_products(call, ask_list);
}

static void get_page(struct api_call *call)
{
	struct slice batch;

	if (read_batch(call, &batch))
		page(call);
}

void serve_print_checks_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get_page);
}

/* --- the form ------------------------------------------------------------------------------ */

static bool is_printed(const PGresult *rows, int i)
{
	return slice_equal(db_text_in(rows, i, PACKING_FOUND), S("printed"));
}

static const struct packing_kinds kinds = { is_printed, TEXT_packing_checks_printed,
					    TEXT_packing_checks_wrong, TEXT_packing_checks_more };

static void show_answer(struct api_call *call, const PGresult *rows)
{
	const struct code_reading *reading = call->own;
	struct view_console_print_checks view = { .listed = false };
	struct page p;

	page_init(&p, call, call->request, TEXT_packing_checks_title);
	view.answer = packing_answer(&p, reading, rows, &kinds);
	send_page(&p, &view, reading->own);
}

static void ask_form(struct api_call *call, struct code_reading *reading)
{
	struct db_parameters p = { .count = 0 };

	code_reading_add(reading, &p);
	code_reading_add_serials(reading, &p);
	api_ask(call, &sql_console_packing_read, &p, show_answer);
}

static void read_form(struct api_call *call, struct packing_products *products)
{
	packing_read_codes(call, products, ask_form);
}

static void post_form(struct api_call *call)
{
	if (form_check(call, &form))
		packing_ask_products(call, read_form);
}

void serve_print_checks_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_UPLOAD, post_form, page);
}
