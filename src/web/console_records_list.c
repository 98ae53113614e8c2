/* `/records` and `/v1/records/{kind}`: records of one kind, searched, a page at a time; and one of
 * them. */
#include "base/utf8.h"
#include "store/sql.h"
#include "web/api_list.h"
#include "web/console_records.h"

void serve_records(struct request *r);
void serve_records_page(struct request *r);
void serve_record(struct request *r);
void serve_record_page(struct request *r);

enum { QUERY_MOST = 400, CURSOR_MOST = 4100, TITLE_MOST = 200 };

/* --- the list ------------------------------------------------------------------------------ */

/* What was asked; texts in the request's arena. */
struct records {
	struct api_list list; /* first: api_list_show() finds it here */
	struct slice kind, q, gtin_text, state, cursor;
	uint64_t gtin;
};

static bool read_filters(struct api_call *call, struct records *asked)
{
	struct request *r = call->request;

	asked->q = slice_trim(request_query(r, "q"));
	asked->gtin_text = slice_trim(request_query(r, "gtin"));
	asked->state = request_query(r, "state");
	asked->cursor = request_query(r, "cursor");
	if (asked->q.length > QUERY_MOST || asked->cursor.length > CURSOR_MOST) {
		message_refuse(call, 400, asked->q.length > QUERY_MOST ? "q" : "cursor",
			       "too_long");
		return false;
	}
	/* A form sends its empty fields, too. */
	if (asked->gtin_text.length > 0 && !api_query_gtin(call, "gtin", &asked->gtin))
		return false;
	if (asked->state.length == 0)
		asked->state = S("current");
	return true;
}

static struct records *read_query(struct api_call *call, struct slice kind)
{
	struct api_list *list = api_list_new(call, "records");
	struct records *asked;

	if (list == NULL)
		return NULL;
	asked = api_own(call, sizeof(*asked));
	if (asked == NULL)
		return NULL;
	asked->list = *list;
	asked->kind = kind;
	return read_filters(call, asked) ? asked : NULL;
}

static void ask_list(struct api_call *call, struct records *asked,
		     void (*show)(struct api_call *, const PGresult *))
{
	struct db_parameters p = { .count = 0 };

	db_add_text(&p, asked->kind);
	db_add_text(&p, asked->q);
	db_add_i64(&p, (int64_t)asked->gtin);
	db_add_text(&p, asked->state);
	db_add_text(&p, asked->cursor);
	db_add_text(&p, page_language(call->request));
	api_list_add(&asked->list, &p);
	api_ask(call, &sql_console_records_list, &p, show);
}

/* The list's name is a path below /v1, and what it was asked with goes on with it. */
static void name_list(struct api_call *call, struct records *asked)
{
	struct slice kept = query_link(&call->request->arena, "",
				       (const struct query_pair[]){ { "kind", asked->kind },
								    { "q", asked->q },
								    { "gtin", asked->gtin_text },
								    { "state", asked->state },
								    { NULL, S("") } });

	asked->list.kept_name = "kind";
	asked->list.kept = slice_from(kept, strlen("?kind="));
}

static void list(struct api_call *call)
{
	struct slice kind = request_query(call->request, "kind");
	struct records *asked;

	if (!record_kind_known(kind)) {
		api_problem(call, 400, MESSAGE_no_such_kind, "kind",
			    "product, lot, material_lot, lot_input, material, step, inspection, "
			    "document, supplier or facility",
			    "kind: there is no such kind of record.");
		return;
	}
	asked = read_query(call, kind);
	if (asked == NULL)
		return;
	name_list(call, asked);
	ask_list(call, asked, api_list_show);
}

static struct view_records_link *kind_links(struct page *p, struct slice kind)
{
	struct view_records_link *to = arena_array(&p->request->arena, RECORD_KINDS, sizeof(*to));

	for (unsigned i = 0; to != NULL && i < RECORD_KINDS; i++)
		to[i] = (struct view_records_link){
			.link = page_format(p, "/records?kind=%s", record_kind_at(i)),
			.name = record_kind_words(p, slice_of(record_kind_at(i))),
			.current = slice_equal(kind, slice_of(record_kind_at(i))),
		};
	return to;
}

/* The rows of the answer as one JSON array. */
static json_t *rows_of(const PGresult *rows, size_t count)
{
	json_t *all = json_array();

	for (size_t i = 0; i < count; i++) {
		struct slice text = db_text_in(rows, (int)i, 0);

		json_array_append_new(all, json_loadb(text.data, text.length, 0, NULL));
		text = db_text_in(rows, (int)i, 2);
		(void)json_object_set_new(json_array_get(all, i), "product",
					  json_loadb(text.data, text.length, 0, NULL));
	}
	return all;
}

static void show_list(struct api_call *call, const PGresult *rows)
{
	const struct records *asked = call->own;
	size_t count = (size_t)PQntuples(rows), most = (size_t)asked->list.limit;
	size_t shown = count > most ? most : count;
	struct view_console_records view = { .kind = asked->kind,
					     .q = asked->q,
					     .gtin = asked->gtin_text };
	json_t *all = rows_of(rows, shown);
	struct page p;

	page_init(&p, call, call->request, TEXT_records);
	view.kinds = kind_links(&p, asked->kind);
	view.kinds_count = view.kinds == NULL ? 0 : RECORD_KINDS;
	view.withdrawn = slice_equal(asked->state, S("withdrawn"));
	view.rows = record_rows(&p, all, "lot", &view.rows_count);
	view.by_name = record_has_name(asked->kind);
	if (view.by_name)
		record_rows_by_name((struct view_records_row *)view.rows, view.rows_count);
	if (shown < count)
		view.next = query_link(
		    &call->request->arena, "/records",
		    (const struct query_pair[]){ { "kind", asked->kind },
						 { "q", asked->q },
						 { "gtin", asked->gtin_text },
						 { "state", asked->state },
						 { "cursor", db_text_in(rows, (int)shown - 1, 1) },
						 { NULL, S("") } });
	view.head = &p.head;
	view.can_import = (call->roles & ROLES_RECORD) != 0;
	view.about = record_kind_about(&p, asked->kind);
	if (view.can_import)
		view.add = query_link(
		    &call->request->arena,
		    page_format(&p, "/records/new/%.*s", SLICE_ARG(asked->kind)).data,
		    (const struct query_pair[]){ { "gtin", asked->gtin_text }, { NULL, S("") } });
	template_console_records(&p.writer, &view);
	json_decref(all);
	page_send(&p, 200);
}

static void list_page(struct api_call *call)
{
	struct slice kind = request_query(call->request, "kind");
	struct records *asked = read_query(call, kind.length == 0 ? S("lot") : kind);

	if (asked != NULL)
		ask_list(call, asked, show_list);
}

void serve_records(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

void serve_records_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, list_page);
}

/* --- one ----------------------------------------------------------------------------------- */

static void ask_one(struct api_call *call, void (*show)(struct api_call *, const PGresult *))
{
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!record_place(call, &id))
		return;
	db_add_text(&p, call->request->captures[0]);
	db_add_i64(&p, id);
	db_add_text(&p, page_language(call->request));
	api_ask(call, &sql_console_records_show, &p, show);
}

static void show_json(struct api_call *call, const PGresult *rows)
{
	message_answer(call, rows, "no_such_record");
}

static void one(struct api_call *call)
{
	ask_one(call, show_json);
}

static struct view_records_use *uses(struct page *p, const json_t *list, size_t *ret_count)
{
	struct view_records_use *to;

	*ret_count = json_array_size(list);
	to = arena_array(&p->request->arena, *ret_count + 1, sizeof(*to));
	if (to == NULL)
		*ret_count = 0;
	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *u = json_array_get(list, i);

		to[i] = (struct view_records_use){
			.link = record_link(p, "lot", json_object_get(u, "record")),
			.product = page_product(p, page_member(p, u, "gtin")),
			.key = page_format(p, "%.14s · %.60s",
					   json_string_value(json_object_get(u, "gtin")),
					   json_string_value(json_object_get(u, "lot"))),
			.quantity = page_format(p, "%.60s %.60s",
						json_string_value(json_object_get(u, "quantity")),
						json_string_value(json_object_get(u, "unit"))),
			.codes = page_member(p, u, "codes"),
		};
	}
	return to;
}

/* What may be entered of this kind beside the record at hand; empty where nobody may. */
static struct slice add_link(struct page *p, const char *kind, const struct query_pair *known)
{
	if ((p->call->roles & ROLES_RECORD) == 0)
		return S("");
	return query_link(&p->request->arena, page_format(p, "/records/new/%s", kind).data, known);
}

/* From a lot to the records that belong to it. */
static size_t of_lot(struct page *p, const struct query_pair *place, struct view_records_link *to)
{
	static const char *const kinds[] = { "inspection", "step", "lot_input", "material",
					     "document" };

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		to[i] = (struct view_records_link){
			.link =
			    query_link(&p->request->arena, "/records",
				       (const struct query_pair[]){ { "kind", slice_of(kinds[i]) },
								    { "gtin", place[0].value },
								    { "q", place[1].value },
								    { NULL, S("") } }),
			.add = add_link(p, kinds[i], place),
			.name = record_kind_words(p, slice_of(kinds[i])),
		};
	return COUNT_OF(kinds);
}

static struct slice says(struct page *p, const json_t *d, const char *column)
{
	const json_t *list = json_object_get(d, "fields");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *f = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(f, "name"));

		if (name != NULL && strcmp(name, column) == 0)
			return page_member(p, f, "value");
	}
	return S("");
}

/* What is entered after this record. */
static void add_next(struct page *p, const json_t *d, const char *kind,
		     struct view_records_link *to, size_t *count)
{
	const struct query_pair known[] = { { "supplier", says(p, d, "supplier") },
					    { "material", says(p, d, "material") },
					    { "input_lot", says(p, d, "lot") },
					    { NULL, S("") } };
	const struct query_pair supplier[] = { { "supplier", says(p, d, "code") },
					       { NULL, S("") } };

	if (strcmp(kind, "material_lot") == 0)
		to[(*count)++] = (struct view_records_link){
			.name = record_kind_words(p, S("lot_input")),
			.add = add_link(p, "lot_input", known),
		};
	if (strcmp(kind, "supplier") == 0)
		to[(*count)++] = (struct view_records_link){
			.name = record_kind_words(p, S("material_lot")),
			.add = add_link(p, "material_lot", supplier),
		};
}

static struct view_records_link *more(struct page *p, const json_t *d, const char *kind,
				      size_t *ret_count)
{
	enum { MOST = 8 };
	struct view_records_link *to = arena_array(&p->request->arena, MOST, sizeof(*to));
	bool is_lot = strcmp(kind, "lot") == 0, is_product = strcmp(kind, "product") == 0;
	const struct query_pair place[] = { { "gtin", page_member(p, d, "gtin") },
					    { "lot", is_product ? S("") : says(p, d, "lot") },
					    { NULL, S("") } };
	bool of_goods = place[0].value.length > 0;

	*ret_count = 0;
	if (to == NULL)
		return NULL;
	if (is_product || is_lot)
		to[(*ret_count)++] = (struct view_records_link){
			.name = record_kind_words(p, S("product")),
			.link = page_format(p, "/products/%.14s", place[0].value.data),
		};
	if (is_lot)
		*ret_count += of_lot(p, place, to + *ret_count);
	add_next(p, d, kind, to, ret_count);
	if (!is_product && !is_lot)
		to[(*ret_count)++] = (struct view_records_link){
			.name = record_kind_words(p, slice_of(kind)),
			.add = add_link(p, kind, of_goods ? place : &place[2]),
		};
	return to;
}

static void fill_ways(struct page *p, const json_t *d, struct view_console_record *view)
{
	struct slice here = record_link(p, view->kind.data, json_object_get(d, "id"));

	if ((p->call->roles & ROLES_RECORD) == 0 || view->replaced)
		return;
	view->correct = page_format(p, "%s/correct", here.data);
	if (!view->withdrawn)
		view->withdraw = page_format(p, "%s/withdraw", here.data);
	view->token = p->head.token;
	view->back = page_format(p, "/records?kind=%s&done=record_withdrawn_now", view->kind.data);
}

/* What the record is about: "Inspection: Moulds 40 CFU/g", "Lot: L-1". */
static struct slice title_of(struct page *p, const json_t *d, struct slice kind)
{
	bool lot = slice_equal(kind, S("lot")), input = slice_equal(kind, S("lot_input"));
	struct slice subject = lot     ? says(p, d, "lot")
			       : input ? says(p, d, "input_lot")
				       : page_member(p, d, "says");

	return page_format(p, "%.*s%.*s%.*s", SLICE_ARG(record_one_words(p, kind)),
			   SLICE_ARG(text_in(p->writer.language, TEXT_colon)),
			   SLICE_ARG(utf8_prefix(subject, TITLE_MOST)));
}

static void print_record(struct page *p, const json_t *d)
{
	const json_t *into = json_object_get(d, "went_into");
	struct slice state = page_member(p, d, "state");
	struct view_console_record view = {
		.head = &p->head,
		.kind = page_member(p, d, "kind"),
		.key = page_member(p, d, "key"),
		.product = slice_equal(page_member(p, d, "kind"), S("product"))
			       ? S("") /* its title says it */
			       : page_product(p, page_member(p, d, "gtin")),
		.when = record_moment(p, d, "recorded_at"),
		.by = record_by(p, d),
		.source = record_source(p, d),
		.replaced = slice_equal(state, S("replaced")),
		.withdrawn = json_is_true(json_object_get(d, "withdrawn")),
		.codes = page_member(p, d, "codes"),
		.use_lots = page_member(p, into, "lots"),
		.use_codes = page_member(p, into, "codes"),
	};

	p->head.title = title_of(p, d, view.kind);
	view.newest = record_link(p, view.kind.data, json_object_get(d, "newest"));
	view.fields = record_fields(p, d, &view.fields_count);
	view.history = record_history(p, d, &view.history_count);
	view.inputs = record_inputs(p, json_object_get(d, "inputs"), &view.inputs_count);
	view.uses = uses(p, json_object_get(into, "list"), &view.uses_count);
	if (!view.replaced && !view.withdrawn)
		view.more = more(p, d, view.kind.data, &view.more_count);
	fill_ways(p, d, &view);
	template_console_record(&p->writer, &view);
}

static void show_page(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_records, print_record);
}

static void one_page(struct api_call *call)
{
	ask_one(call, show_page);
}

void serve_record(struct request *r)
{
	api_enter(r, API_BODY_NONE, one);
}

void serve_record_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, one_page);
}
