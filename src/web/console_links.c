/*
 * `/links`: where the GS1 resolver sends those who ask for a GTIN, a lot or an item: the list of
 * links and one of them. What changes them is console_links_change.c; machines that give many links
 * at once ask links_api.c.
 */
#include "web/console_links.h"

#include "base/buf.h"
#include "model/digital_link.h"
#include "model/link_type.h"
#include "store/link_given.h"
#include "store/sql.h"

void serve_links_page(struct request *r);
void serve_link_page(struct request *r);
void serve_link(struct request *r);

enum { ROWS = 50 };

/* --- the list -------------------------------------------------------------------------------- */

static const struct form_field filter_fields[] = {
	{ "gtin", TEXT_console_gtin, .kind = FORM_TEXT, .most = 14 },
	{ "lot", TEXT_console_lot, .kind = FORM_TEXT, .most = 20 },
	{ "serial", TEXT_links_serial, .kind = FORM_TEXT, .most = 20 },
	{ "link_type", TEXT_links_type, .kind = FORM_SELECT },
	{ "hreflang", TEXT_links_language, .kind = FORM_TEXT, .most = 35 },
};
static const struct form filter_form = { "/links", TEXT_links_filter, filter_fields,
					 COUNT_OF(filter_fields), .upload = false };

static void ask_page(struct api_call *call,
		     void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	struct slice wanted = request_query(call->request, "link_type");
	struct link_type_text type = { "" };
	uint64_t gtin = 0, before;

	if ((request_query(call->request, "gtin").length > 0 &&
	     !api_query_gtin(call, "gtin", &gtin)) ||
	    !api_query_number(call, "before", 0, INT64_MAX, 0, &before))
		return;
	if (wanted.length > 0 && link_type_read(wanted, &type) != LINK_TYPE_OK) {
		api_problem(call, 400, MESSAGE_link_link_type, "link_type", NULL,
			    "link_type: is no link type.");
		return;
	}
	db_add_i64(&p, (int64_t)gtin);
	db_add_text(&p, request_query(call->request, "lot").data == NULL
			    ? S("")
			    : request_query(call->request, "lot"));
	db_add_text(&p, request_query(call->request, "serial").data == NULL
			    ? S("")
			    : request_query(call->request, "serial"));
	db_add_text(&p, slice_of(type.text));
	db_add_text(&p, request_query(call->request, "hreflang").data == NULL
			    ? S("")
			    : request_query(call->request, "hreflang"));
	db_add_i64(&p, (int64_t)before);
	db_add_text(&p, call->face == NULL ? S("") : page_language(call->request));
	api_ask(call, &sql_console_links_page, &p, on_rows);
}

/* A day as it was given, a time by the brand's clock. */
static struct slice end_of(struct page *p, const json_t *link, const char *name)
{
	struct slice end = page_member(p, link, name);

	return slice_fits(end, "9999-99-99") ? end : page_minute(p, end);
}

static void fill_link(struct page *p, const json_t *link, struct view_console_link *v)
{
	*v = (struct view_console_link){
		.id = page_member(p, link, "id"),
		.gtin = page_member(p, link, "gtin"),
		.product = page_product(p, page_member(p, link, "gtin")),
		.lot = page_member(p, link, "lot"),
		.serial = page_member(p, link, "serial"),
		.type = links_type_text(p, page_member(p, link, "link_type")),
		.href = page_member(p, link, "href"),
		.title = page_member(p, link, "title"),
		.language = page_member(p, link, "hreflang"),
		.media = page_member(p, link, "media_type"),
		.from = end_of(p, link, "valid_from"),
		.until = end_of(p, link, "valid_until"),
		.is_default = slice_equal(page_member(p, link, "default"), S("one")),
		.is_multi = slice_equal(page_member(p, link, "default"), S("multi")),
		.is_private = json_is_false(json_object_get(link, "public")),
		.is_over = json_is_true(json_object_get(link, "over")),
		.is_to_come = json_is_true(json_object_get(link, "to_come")),
	};
}

/* "12-13" and nothing else: it goes into a form. */
static struct slice undo_of(struct page *p)
{
	struct slice records = request_query(p->request, "undo");

	for (size_t i = 0; i < records.length; i++)
		if (strchr("0123456789-", records.data[i]) == NULL || records.data[i] == '\0')
			return S("");
	return records.length > LINKS_UNDO_MOST ? S("") : records;
}

/* The filter's texts as they came, in the query. */
static json_t *filter_values(const struct page *p)
{
	json_t *values = json_object();

	for (size_t i = 0; i < COUNT_OF(filter_fields); i++) {
		struct slice text = request_query(p->request, filter_fields[i].name);

		if (text.length > 0)
			json_object_set_new(values, filter_fields[i].name,
					    json_stringn(text.data, text.length));
	}
	return values;
}

static struct slice next_of(struct page *p, const json_t *document)
{
	struct slice next = page_member(p, document, "next"), link;
	struct buf b;

	if (next.length == 0)
		return next;
	buf_init(&b, 4096);
	buf_add_format(&b, "/links?before=%.*s", SLICE_ARG(next));
	for (size_t i = 0; i < COUNT_OF(filter_fields); i++) {
		struct slice text = request_query(p->request, filter_fields[i].name);

		if (text.length == 0)
			continue;
		buf_add_format(&b, "&%s=", filter_fields[i].name);
		digital_link_add_escaped(&b, text);
	}
	link = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return link;
}

/* As a new link is, where nothing is said: public, with the query handed on. */
static struct view_console_form *new_form(struct page *p, json_t *values, const json_t *offered)
{
	struct view_console_form *f;

	json_object_del(values, "link_type");
	json_object_set_new(values, "forward_query", json_true());
	json_object_set_new(values, "public", json_true());
	f = form_show(p, &links_add_form, NULL, values);
	links_add_types(p, f, false);
	links_show_ends(p, f);
	form_offer_products(p, f, offered);
	return f;
}

static struct view_console_form *show_filter(struct page *p, const json_t *values)
{
	const struct api_refusal kept = p->call->refusal;
	struct view_console_form *f;

	/* What was refused is the other form. */
	p->call->refusal.status = 0;
	f = form_show(p, &filter_form, NULL, values);
	p->call->refusal = kept;
	links_add_types(p, f, true);
	return f;
}

static void print_links(struct page *p, const json_t *document)
{
	const json_t *links = json_object_get(document, "links"), *link;
	struct view_console_link rows[ROWS];
	struct view_console_links view = { .head = &p->head, .links = rows };
	json_t *values = filter_values(p);
	size_t i;

	json_array_foreach(links, i, link)
	{
		if (i == ROWS)
			break;
		fill_link(p, link, &rows[view.links_count++]);
	}
	view.is_filtered = json_object_size(values) > 0;
	view.next = next_of(p, document);
	view.redirects = json_is_true(json_object_get(document, "redirects"));
	view.may_edit = (p->call->roles & ROLES_EDIT) != 0;
	view.token = p->head.token;
	view.undo = undo_of(p);
	view.filter = show_filter(p, values);
	view.form = new_form(p, values, json_object_get(document, "offered"));
	template_console_links(&p->writer, &view);
	json_decref(values);
}

static void show_links(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_links, print_links);
}

void links_page(struct api_call *call)
{
	ask_page(call, show_links);
}

void serve_links_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, links_page);
}

/* --- one ------------------------------------------------------------------------------------- */

bool links_read_id(struct api_call *call, uint64_t *ret_id)
{
	if (slice_to_u64(call->request->captures[0], ret_id) && *ret_id > 0 && *ret_id <= INT64_MAX)
		return true;
	message_refuse(call, 404, NULL, "no_such_thing");
	return false;
}

/* Where a link stands it stays: elsewhere it is another. */
static void fix_place(struct view_console_form *f)
{
	static const char *const names[] = { "gtin", "lot", "serial" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct view_console_input *input = form_input(f, names[i]);

		input->is_hidden = true;
		input->is_line = false;
	}
}

static void print_link(struct page *p, const json_t *document)
{
	struct view_console_link link;
	struct view_console_link_page view = { .head = &p->head, .link = &link };
	json_t *values = json_deep_copy(document);
	struct view_console_form *form;
	struct link_type_text type =
	    link_type_short(json_string_value(json_object_get(document, "link_type")));
	char action[64];

	json_object_set_new(values, "link_type", json_string(type.text));
	fill_link(p, document, &link);
	(void)snprintf(action, sizeof(action), "/links/%.*s", SLICE_ARG(link.id));
	form = form_show(p, &links_edit_form, NULL, values);
	form->action = arena_copy(&p->request->arena, slice_of(action));
	links_add_types(p, form, false);
	links_show_ends(p, form);
	fix_place(form);
	view.form = form;
	view.may_edit = (p->call->roles & ROLES_EDIT) != 0;
	view.token = p->head.token;
	template_console_link_page(&p->writer, &view);
	json_decref(values);
}

static void show_one(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_show(call, rows, TEXT_links_one, print_link);
	else
		message_answer(call, rows, "no_such_thing");
}

void links_one(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t id;

	if (!links_read_id(call, &id))
		return;
	db_add_i64(&p, (int64_t)id);
	api_ask(call, &sql_console_links_one, &p, show_one);
}

void serve_link_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, links_one);
}

void serve_link(struct request *r)
{
	api_enter(r, API_BODY_NONE, links_one);
}
