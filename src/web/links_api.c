/* `/v1/links`: a brand's systems give links to GTINs, lots and serials, and take them away. */
#include "base/buf.h"
#include "model/digital_link.h"
#include "model/gs1.h"
#include "store/link_given.h"
#include "store/sql.h"
#include "web/api.h"
#include "web/api_list.h"

void serve_links(struct request *r);
void serve_links_put(struct request *r);
void serve_links_delete(struct request *r);

enum { LINKS_AT_ONCE = 200, ROW_MOST = 1 << 20, KEPT_MOST = 200 };

static void show_json(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

/* --- where ----------------------------------------------------------------------------------- */

/* Under what links stand; `data` NULL where it was not said. */
struct place {
	uint64_t gtin;
	struct slice lot, serial;
};

static bool check_place(struct api_call *call, const struct place *p)
{
	if (p->lot.length > 0 && !gs1_lot_ok(p->lot)) {
		api_problem(call, 400, MESSAGE_link_lot, "lot", "1 to 20 characters",
			    "lot: is not a lot, GS1 AI (10).");
		return false;
	}
	if (p->serial.length > 0 && !gs1_serial_ok(p->serial)) {
		api_problem(call, 400, MESSAGE_link_serial, "serial", "1 to 20 characters",
			    "serial: is not a serial, GS1 AI (21).");
		return false;
	}
	if (p->lot.length > 0 && p->serial.length > 0) {
		api_problem(
		    call, 400, MESSAGE_link_serial, "lot", NULL,
		    "lot: a serial's links stand under GTIN and serial; leave out the lot.");
		return false;
	}
	return true;
}

static bool place_of_query(struct api_call *call, struct place *ret)
{
	if (!api_query_gtin(call, "gtin", &ret->gtin))
		return false;
	if (ret->gtin == 0) {
		api_problem(call, 400, MESSAGE_required, "gtin", NULL,
			    "gtin: must be given in the query.");
		return false;
	}
	ret->lot = request_query(call->request, "lot");
	ret->serial = request_query(call->request, "serial");
	return check_place(call, ret);
}

static bool place_of_body(struct api_call *call, struct place *ret)
{
	*ret = (struct place){ .lot = S(""), .serial = S("") };
	return api_gtin(call, "gtin", &ret->gtin) &&
	       (!api_has(call, "lot") || api_text(call, "lot", GS1_LOT_MAX, &ret->lot)) &&
	       (!api_has(call, "serial") ||
		api_text(call, "serial", GS1_SERIAL_MAX, &ret->serial)) &&
	       check_place(call, ret);
}

/* --- list ------------------------------------------------------------------------------------ */

/* "09506000134352&lot=A%2FB", for the address of the next page. */
static struct slice kept_of(struct api_call *call, const struct place *p)
{
	struct slice kept;
	struct buf b;

	buf_init(&b, KEPT_MOST);
	buf_add_format(&b, "%014llu", (unsigned long long)p->gtin);
	if (p->lot.data != NULL) {
		buf_add_string(&b, "&lot=");
		digital_link_add_escaped(&b, p->lot);
	}
	if (p->serial.data != NULL) {
		buf_add_string(&b, "&serial=");
		digital_link_add_escaped(&b, p->serial);
	}
	kept = arena_copy(&call->request->arena, buf_slice(&b));
	buf_release(&b);
	return kept;
}

static void add_if_said(struct db_parameters *p, struct slice text)
{
	if (text.data == NULL)
		db_add_text_or_null(p, text);
	else
		db_add_text(p, text);
}

static void list(struct api_call *call)
{
	struct api_list *l = api_list_new(call, "links");
	struct db_parameters p = { .count = 0 };
	struct place place;
	uint64_t cursor;

	if (l == NULL || !place_of_query(call, &place) ||
	    !api_query_number(call, "cursor", 0, INT64_MAX, 0, &cursor))
		return;
	l->kept_name = "gtin";
	l->kept = kept_of(call, &place);
	db_add_i64(&p, (int64_t)place.gtin);
	add_if_said(&p, place.lot);
	add_if_said(&p, place.serial);
	db_add_i64(&p, (int64_t)cursor);
	api_list_add(l, &p);
	api_ask(call, &sql_api_links, &p, api_list_show);
}

void serve_links(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

/* --- put ------------------------------------------------------------------------------------- */

static bool bad_links(struct api_call *call)
{
	api_problem(call, 400, MESSAGE_wrong_shape, "links", "1 to 200 objects",
		    "links: must be a list of 1 to 200 objects.");
	return false;
}

static bool bad_link(struct api_call *call, size_t i, const struct link_fault *fault)
{
	api_problem(call, 400, MESSAGE_wrong_shape, fault->member, NULL, "links[%zu]: %s %s.", i,
		    fault->member, fault->reason);
	return false;
}

static bool is_default(const json_t *row)
{
	return strcmp(json_string_value(json_object_get(row, "role")), "default") == 0;
}

static bool is_always(const json_t *row)
{
	static const char *const ends[] = { "valid_from", "from_day", "valid_until", "until_day" };

	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (!json_is_null(json_object_get(row, ends[i])))
			return false;
	return true;
}

/* NULL: refused and answered. */
static json_t *read_links(struct api_call *call)
{
	const json_t *given = json_object_get(call->body, "links");
	size_t count = json_array_size(given), defaults = 0;
	json_t *rows = json_array();
	struct link_fault fault;

	if (count < 1 || count > LINKS_AT_ONCE) {
		json_decref(rows);
		(void)bad_links(call);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		json_t *row = link_given_read(json_array_get(given, i), &fault);

		if (row == NULL) {
			json_decref(rows);
			(void)bad_link(call, i, &fault);
			return NULL;
		}
		defaults += is_default(row) && is_always(row);
		(void)json_array_append_new(rows, row);
	}
	if (defaults > 1) {
		json_decref(rows);
		api_problem(call, 400, MESSAGE_choice, "default", NULL,
			    "default: only one link of a place can be \"one\".");
		return NULL;
	}
	return rows;
}

static void put(struct api_call *call)
{
	static const char *const members[] = { "gtin", "lot", "serial", "links", NULL };
	struct db_parameters p = { .count = 0 };
	struct place place;
	json_t *rows;
	char *text;

	if (!api_only(call, members) || !place_of_body(call, &place) ||
	    (rows = read_links(call)) == NULL)
		return;
	text = json_dumps(rows, JSON_COMPACT);
	json_decref(rows);
	if (text == NULL) {
		api_no_memory(call);
		return;
	}
	db_add_i64(&p, (int64_t)place.gtin);
	db_add_text(&p, place.lot);
	db_add_text(&p, place.serial);
	db_add_text(&p, slice_of(text));
	api_ask(call, &sql_api_links_put, &p, show_json);
	free(text);
}

void serve_links_put(struct request *r)
{
	api_enter(r, API_BODY_JSON, put);
}

/* --- delete ---------------------------------------------------------------------------------- */

struct filter {
	struct link_type_text type;
	struct link_list_text hreflang, context;
	struct link_media_text media;
};

static bool bad_filter(struct api_call *call, const char *member, const char *reason)
{
	api_problem(call, 400, MESSAGE_wrong_shape, member, NULL, "%s: %s.", member, reason);
	return false;
}

/* Texts as they are stored; a parameter that is absent leaves {NULL, 0}. */
static bool read_filter(struct api_call *call, struct filter *f, struct slice *ret_type,
			struct slice *ret_hreflang, struct slice *ret_media,
			struct slice *ret_context)
{
	enum link_type_result result;

	*ret_type = request_query(call->request, "link_type");
	*ret_hreflang = request_query(call->request, "hreflang");
	*ret_media = request_query(call->request, "media_type");
	*ret_context = request_query(call->request, "context");
	if (ret_type->data != NULL) {
		result = link_type_read(*ret_type, &f->type);
		if (result != LINK_TYPE_OK)
			return bad_filter(call, "link_type", link_type_reason(result));
		*ret_type = slice_of(f->type.text);
	}
	if (ret_hreflang->data != NULL) {
		if (!link_languages_read(*ret_hreflang, &f->hreflang))
			return bad_filter(call, "hreflang", "is not a list of language tags");
		*ret_hreflang = slice_of(f->hreflang.text);
	}
	if (ret_media->data != NULL) {
		if (!link_media_type_read(*ret_media, &f->media))
			return bad_filter(call, "media_type", "is not a media type");
		*ret_media = slice_of(f->media.text);
	}
	if (ret_context->data != NULL) {
		if (!link_contexts_read(*ret_context, &f->context))
			return bad_filter(call, "context", "is not a list of codes");
		*ret_context = slice_of(f->context.text);
	}
	return true;
}

static void take_away(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice type, hreflang, media, context;
	struct place place;
	struct filter f;

	if (!place_of_query(call, &place) ||
	    !read_filter(call, &f, &type, &hreflang, &media, &context))
		return;
	db_add_i64(&p, (int64_t)place.gtin);
	db_add_text(&p, place.lot);
	db_add_text(&p, place.serial);
	add_if_said(&p, type);
	add_if_said(&p, request_query(call->request, "href"));
	add_if_said(&p, hreflang);
	add_if_said(&p, media);
	add_if_said(&p, context);
	api_ask(call, &sql_api_links_remove, &p, show_json);
}

void serve_links_delete(struct request *r)
{
	api_enter(r, API_BODY_NONE, take_away);
}
