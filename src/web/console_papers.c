/* `/papers` and `/v1/papers`: certificates and reports of a brand's products and lots. */
#include "model/gs1.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_papers_upload.h"

void serve_papers(struct request *r);
void serve_papers_page(struct request *r);
void serve_paper(struct request *r);
void serve_paper_page(struct request *r);
void serve_paper_add(struct request *r);
void serve_paper_form(struct request *r);
void serve_paper_withdraw(struct request *r);
void serve_paper_withdraw_form(struct request *r);

enum { ROWS = 50, TITLE_MOST = 200 };

static const struct form_choice kinds[] = {
	{ "certificate", TEXT_papers_certificate },
	{ "report", TEXT_papers_report },
	{ "declaration", TEXT_papers_declaration },
	{ "manual", TEXT_papers_manual },
	{ "other", TEXT_papers_other },
};

static const struct form_field add_fields[] = {
	{ "gtin", TEXT_console_gtin, .hint = TEXT_form_gtin_hint, .kind = FORM_TEXT, .most = 14,
	  .required = true },
	{ "lot", TEXT_console_lot, .hint = TEXT_papers_lot_hint, .kind = FORM_TEXT, .most = 20 },
	{ "kind", TEXT_papers_kind, .kind = FORM_SELECT, .required = true, .choices = kinds,
	  .choice_count = COUNT_OF(kinds) },
	{ "title.zh-CN", TEXT_papers_title_zh, .kind = FORM_TEXT, .most = TITLE_MOST },
	{ "title.en", TEXT_papers_title_en, .kind = FORM_TEXT, .most = TITLE_MOST },
	{ "title.fr", TEXT_papers_title_fr, .kind = FORM_TEXT, .most = TITLE_MOST },
	{ "issuer", TEXT_papers_issued_by, .kind = FORM_TEXT, .most = 100 },
	{ "issued_on", TEXT_papers_issued_on, .kind = FORM_DATE },
	{ "code", TEXT_papers_code, .hint = TEXT_papers_code_hint, .kind = FORM_TEXT, .most = 100 },
	{ "file", TEXT_papers_the_file, .hint = TEXT_papers_file_hint, .kind = FORM_FILE,
	  .required = true },
};
static const struct form add_form = { "/papers", TEXT_papers_add, add_fields, COUNT_OF(add_fields),
				      .upload = true };

static const struct form_field replace_fields[] = {
	{ "replaces", TEXT_none, .kind = FORM_HIDDEN, .required = true },
	{ "issued_on", TEXT_papers_issued_on, .hint = TEXT_papers_as_before, .kind = FORM_DATE },
	{ "file", TEXT_papers_the_file, .hint = TEXT_papers_file_hint, .kind = FORM_FILE,
	  .required = true },
};
static const struct form replace_form = { "/papers", TEXT_papers_replace, replace_fields,
					  COUNT_OF(replace_fields), .upload = true };

/* --- the list -------------------------------------------------------------------------------- */

static bool ask_list(struct api_call *call,
		     void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	uint64_t gtin = 0, before;

	if (!api_query_number(call, "before", 0, INT64_MAX, 0, &before) ||
	    (request_query(call->request, "gtin").length > 0 &&
	     !api_query_gtin(call, "gtin", &gtin)))
		return false;
	db_add_i64(&p, (int64_t)gtin);
	db_add_i64(&p, (int64_t)before);
	db_add_text(&p, call->face == NULL ? S("") : page_language(call->request));
	api_ask(call, &sql_console_papers_list, &p, on_rows);
	return true;
}

static void show_json(struct api_call *call, const PGresult *rows)
{
	message_answer(call, rows, "no_such_thing");
}

static void list(struct api_call *call)
{
	(void)ask_list(call, show_json);
}

void serve_papers(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

static struct slice kind_of(struct page *p, const json_t *paper)
{
	struct slice kind = page_member(p, paper, "kind");

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (slice_equal(kind, slice_of(kinds[i].value)))
			return text_in(p->writer.language, kinds[i].text);
	return kind;
}

static void fill_paper(struct page *p, const json_t *paper, struct view_console_paper *v)
{
	struct slice shown = page_member(p, paper, "public");

	*v = (struct view_console_paper){
		.id = page_member(p, paper, "id"),
		.gtin = page_member(p, paper, "gtin"),
		.product = page_product(p, page_member(p, paper, "gtin")),
		.lot = page_member(p, paper, "lot"),
		.code = page_member(p, paper, "code"),
		.kind = kind_of(p, paper),
		.title = page_words(p, json_object_get(paper, "title")),
		.issuer = page_words(p, json_object_get(paper, "issuer")),
		.issued = page_member(p, paper, "issued_on"),
		.sha256 = page_member(p, paper, "sha256"),
		.bytes = page_member(p, paper, "bytes"),
		.recorded = page_when(p, page_member(p, paper, "recorded_at")),
		.by = page_who(p, page_member(p, paper, "recorded_by")),
		.withdrawn = json_is_true(json_object_get(paper, "withdrawn")),
		.shows_file = slice_equal(shown, S("file")),
		.shows_entry = slice_equal(shown, S("entry")),
	};
	if (v->bytes.length > 0)
		v->file_type =
		    slice_equal(page_member(p, paper, "media_type"), S("application/pdf"))
			? S("pdf")
			: S("jpg");
}

/* --- the pages ------------------------------------------------------------------------------- */

static void print_papers(struct page *p, const json_t *document)
{
	const json_t *papers = json_object_get(document, "papers"), *paper;
	struct view_console_paper rows[ROWS];
	struct view_console_papers view = { .head = &p->head, .papers = rows };
	size_t i;

	json_array_foreach(papers, i, paper)
	{
		if (i == ROWS)
			break;
		fill_paper(p, paper, &rows[view.papers_count++]);
	}
	view.next = page_member(p, document, "next");
	view.gtin = request_query(p->request, "gtin");
	view.may_record = (p->call->roles & ROLES_RECORD) != 0;
	view.form = form_show_for_product(p, &add_form, document);
	template_console_papers(&p->writer, &view);
}

static void show_page(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_papers_page, print_papers);
}

static void page(struct api_call *call)
{
	(void)ask_list(call, show_page);
}

void serve_papers_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, page);
}

static void print_paper(struct page *p, const json_t *document)
{
	const json_t *history = json_object_get(document, "history"), *entry;
	struct view_console_paper rows[ROWS], paper;
	struct view_console_paper_page view = { .head = &p->head, .history = rows };
	json_t *values = json_pack("{s:O?}", "replaces", json_object_get(document, "id"));
	size_t i;

	fill_paper(p, document, &paper);
	json_array_foreach(history, i, entry)
	{
		if (i == ROWS)
			break;
		fill_paper(p, entry, &rows[view.history_count++]);
	}
	view.paper = &paper;
	view.counts = json_is_true(json_object_get(document, "counts"));
	view.may_record = (p->call->roles & ROLES_RECORD) != 0;
	view.form = form_show(p, &replace_form, NULL, values);
	json_decref(values);
	template_console_paper_page(&p->writer, &view);
}

static void show_paper_page(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_papers_one, print_paper);
}

/* An id that is none is what an unknown one would be. */
static bool read_id(struct api_call *call, struct slice text, uint64_t *ret_id)
{
	if (slice_to_u64(text, ret_id) && *ret_id > 0 && *ret_id <= INT64_MAX)
		return true;
	message_refuse(call, 404, NULL, "no_such_thing");
	return false;
}

static void ask_one(struct api_call *call, struct slice id,
		    void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	uint64_t number;

	if (!read_id(call, id, &number))
		return;
	db_add_i64(&p, (int64_t)number);
	api_ask(call, &sql_console_papers_one, &p, on_rows);
}

static void one(struct api_call *call)
{
	ask_one(call, call->request->captures[0], call->face == NULL ? show_json : show_paper_page);
}

void serve_paper(struct request *r)
{
	api_enter(r, API_BODY_NONE, one);
}

void serve_paper_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, one);
}

/* --- bringing one ---------------------------------------------------------------------------- */

/* Where it is refused, the form that was sent is shown again. */
static void again(struct api_call *call)
{
	if (api_has(call, "replaces"))
		ask_one(call, form_text(call, "replaces"), show_paper_page);
	else
		page(call);
}

static void add(struct api_call *call)
{
	bool replaces;
	json_t *target;
	uint64_t gtin, id;
	struct slice lot;

	if (!upload_read(call))
		return;
	replaces = api_has(call, "replaces");
	if (!form_check(call, replaces ? &replace_form : &add_form))
		return;
	if (replaces ? !read_id(call, form_text(call, "replaces"), &id)
		     : !api_gtin(call, "gtin", &gtin) || !api_lot(call, "lot", &lot))
		return;
	target = json_deep_copy(call->body);
	/* Numbers in what is a text: a title may be "2026". */
	for (size_t i = 0; i < COUNT_OF(add_fields); i++) {
		struct slice text = form_text(call, add_fields[i].name);

		if (json_is_integer(json_object_get(target, add_fields[i].name)))
			json_object_set_new(target, add_fields[i].name,
					    json_stringn(text.data, text.length));
	}
	if (!replaces)
		json_object_set_new(target, "gtin", json_integer((json_int_t)gtin));
	upload_take(call, "paper", target);
}

void serve_paper_add(struct request *r)
{
	api_enter(r, API_BODY_ANY, add);
}

void serve_paper_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_UPLOAD, add, again);
}

/* --- taking one back ------------------------------------------------------------------------- */

static void withdraw(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t id;

	if (!read_id(call, call->request->captures[0], &id))
		return;
	db_add_i64(&p, (int64_t)id);
	api_ask(call, &sql_console_papers_withdraw, &p, upload_await);
}

void serve_paper_withdraw(struct request *r)
{
	api_enter(r, API_BODY_NONE, withdraw);
}

void serve_paper_withdraw_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_BUTTON, withdraw, one);
}
