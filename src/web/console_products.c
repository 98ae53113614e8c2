/* `/products` and `/v1/products`: the brand's GTINs, and one with all that belongs to it. */
#include "model/gs1.h"
#include "store/sql.h"
#include "web/api_list.h"
#include "web/console_records.h"

void serve_products(struct request *r);
void serve_products_page(struct request *r);
void serve_product(struct request *r);
void serve_product_page(struct request *r);

enum { QUERY_MOST = 100, GTIN_LENGTH = 14 };

/* --- the list ------------------------------------------------------------------------------ */

/* What was asked; texts in the request's arena. */
struct products {
	struct api_list list; /* first: api_list_show() finds it here */
	struct slice q;
	uint64_t after;
};

static struct products *read_query(struct api_call *call)
{
	struct request *r = call->request;
	struct api_list *list = api_list_new(call, "products");
	struct products *asked;

	if (list == NULL)
		return NULL;
	asked = api_own(call, sizeof(*asked));
	if (asked == NULL)
		return NULL;
	asked->list = *list;
	asked->q = slice_trim(request_query(r, "q"));
	if (asked->q.length > QUERY_MOST * 4) {
		message_refuse(call, 400, "q", "too_long");
		return NULL;
	}
	if (!api_query_number(call, "cursor", 1, INT64_MAX, 0, &asked->after))
		return NULL;
	if (asked->q.length > 0) {
		asked->list.kept_name = "q";
		asked->list.kept =
		    query_link(&r->arena, "",
			       (const struct query_pair[]){ { "", asked->q }, { NULL, S("") } });
		asked->list.kept = slice_from(asked->list.kept, 2); /* behind "?=" */
	}
	return asked;
}

static void ask_list(struct api_call *call, void (*show)(struct api_call *, const PGresult *))
{
	struct products *asked = read_query(call);
	struct db_parameters p = { .count = 0 };

	if (asked == NULL)
		return;
	db_add_text(&p, asked->q);
	db_add_i64(&p, (int64_t)asked->after);
	db_add_text(&p, page_language(call->request));
	api_list_add(&asked->list, &p);
	api_ask(call, &sql_console_products_list, &p, show);
}

static void list(struct api_call *call)
{
	ask_list(call, api_list_show);
}

static void fill_product(struct page *p, struct slice text, struct view_records_product *to)
{
	json_t *one = json_loadb(text.data, text.length, 0, NULL);
	json_int_t lots = json_integer_value(json_object_get(one, "lots"));
	struct slice gtin = page_member(p, one, "gtin");

	*to = (struct view_records_product){
		.link = page_format(p, "/products/%.14s", gtin.data == NULL ? "" : gtin.data),
		.gtin = gtin,
		.name = page_member(p, one, "name"),
		.lots = lots > 100 ? S("100+") : page_member(p, one, "lots"),
		.codes = page_member(p, one, "codes"),
		.recalls = json_integer_value(json_object_get(one, "recalls")) == 0
			       ? S("")
			       : page_member(p, one, "recalls"),
		.photo = json_is_true(json_object_get(one, "photo")),
		.is_public = json_is_true(json_object_get(one, "public")),
	};
	json_decref(one);
}

static void show_list(struct api_call *call, const PGresult *rows)
{
	const struct products *asked = call->own;
	size_t count = (size_t)PQntuples(rows), most = (size_t)asked->list.limit;
	size_t shown = count > most ? most : count;
	struct view_console_products view = { .q = asked->q, .products_count = shown };
	struct view_records_product *products =
	    arena_array(&call->request->arena, shown + 1, sizeof(*products));
	struct page p;

	if (products == NULL) {
		api_no_memory(call);
		return;
	}
	page_init(&p, call, call->request, TEXT_products);
	for (size_t i = 0; i < shown; i++)
		fill_product(&p, db_text_in(rows, (int)i, 0), &products[i]);
	if (shown < count)
		view.next = query_link(
		    &call->request->arena, "/products",
		    (const struct query_pair[]){ { "q", asked->q },
						 { "cursor", db_text_in(rows, (int)shown - 1, 1) },
						 { NULL, S("") } });
	view.head = &p.head;
	view.products = products;
	view.can_import = (call->roles & ROLES_RECORD) != 0;
	template_console_products(&p.writer, &view);
	page_send(&p, 200);
}

static void list_page(struct api_call *call)
{
	ask_list(call, show_list);
}

void serve_products(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

void serve_products_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, list_page);
}

/* --- one ----------------------------------------------------------------------------------- */

static void ask_one(struct api_call *call, void (*show)(struct api_call *, const PGresult *))
{
	struct slice text = call->request->captures[0];
	struct db_parameters p = { .count = 0 };
	uint64_t gtin;

	if (gtin_parse(text, &gtin) != GTIN_OK) {
		message_refuse(call, 404, NULL, "no_product");
		return;
	}
	db_add_i64(&p, (int64_t)gtin);
	db_add_text(&p, page_language(call->request));
	api_ask(call, &sql_console_products_show, &p, show);
}

static void show_json(struct api_call *call, const PGresult *rows)
{
	message_answer(call, rows, "no_product");
}

static void one(struct api_call *call)
{
	ask_one(call, show_json);
}

static struct view_records_batch *batches(struct page *p, const json_t *list, size_t *ret_count)
{
	struct view_records_batch *to;

	*ret_count = json_array_size(list);
	to = arena_array(&p->request->arena, *ret_count + 1, sizeof(*to));
	if (to == NULL)
		*ret_count = 0;
	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *b = json_array_get(list, i);

		to[i] = (struct view_records_batch){
			.link = page_format(p, "/batches/%.36s",
					    json_string_value(json_object_get(b, "id"))),
			.when = record_moment(p, b, "made_at"),
			.lot = page_member(p, b, "lot"),
			.quantity = page_member(p, b, "quantity"),
		};
	}
	return to;
}

/* On the product's own page its GTIN goes without saying, and what has a name goes by it. */
static struct view_records_row *own_rows(struct page *p, const json_t *d, const char *kind,
					 size_t *ret_count)
{
	char list[32];
	struct view_records_row *rows;

	(void)snprintf(list, sizeof(list), "%ss", kind);
	rows = record_rows(p, json_object_get(d, list), kind, ret_count);
	for (size_t i = 0; i < *ret_count; i++) {
		struct slice separator = S(" · "), key = rows[i].key;

		if (key.length > GTIN_LENGTH + separator.length)
			key = slice_from(key, GTIN_LENGTH + separator.length);
		rows[i].key = key;
	}
	if (record_has_name(slice_of(kind)))
		record_rows_by_name(rows, *ret_count);
	return rows;
}

static void print_product(struct page *p, const json_t *d)
{
	const json_t *record = json_object_get(d, "product");
	struct view_console_product view = {
		.head = &p->head,
		.gtin = page_member(p, d, "gtin"),
		.codes = page_member(p, d, "codes"),
		.is_public = json_is_true(json_object_get(d, "public")),
		.photo = json_is_string(json_object_get(d, "photo")),
		.has_record = json_is_object(record),
		.may_record = (p->call->roles & ROLES_RECORD) != 0,
		.record = record_link(p, "product", json_object_get(record, "id")),
	};

	if (json_is_string(json_object_get(d, "name")))
		p->head.title = page_member(p, d, "name");
	view.fields = record_fields(p, record, &view.fields_count);
	view.history = record_history(p, record, &view.history_count);
	view.lots = own_rows(p, d, "lot", &view.lots_count);
	view.all_lots = page_format(p, "/records?kind=lot&gtin=%.14s", view.gtin.data);
	view.materials = own_rows(p, d, "material", &view.materials_count);
	view.documents = own_rows(p, d, "document", &view.documents_count);
	view.batches = batches(p, json_object_get(d, "batches"), &view.batches_count);
	view.recalls = record_recalls(p, json_object_get(d, "recalls"), &view.recalls_count);
	template_console_product(&p->writer, &view);
}

static void show_page(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_products, print_product);
}

static void one_page(struct api_call *call)
{
	ask_one(call, show_page);
}

void serve_product(struct request *r)
{
	api_enter(r, API_BODY_NONE, one);
}

void serve_product_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, one_page);
}
