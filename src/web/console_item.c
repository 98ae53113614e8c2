/*
 * `/items` and `/v1/items`: a code, link, serial number or lot, opened as the trace engineer sees
 * it, beside the public page of that very item.
 */
#include "model/gs1.h"
#include "store/sql.h"
#include "web/code_reading.h"
#include "web/console_keys.h"
#include "web/console_records.h"

void serve_items(struct request *r);
void serve_items_page(struct request *r);

enum { CODE_MOST = 500 };

/* --- asking -------------------------------------------------------------------------------- */

static struct slice asked_code(struct api_call *call)
{
	return slice_trim(request_query(call->request, "code"));
}

/* The serial number as it stands in the code: of what is computed, no table holds it. */
static struct slice typed_serial(struct api_call *call)
{
	struct printed_code code;
	uint64_t gtin = 0;

	(void)(gtin_parse(slice_trim(request_query(call->request, "gtin")), &gtin) == GTIN_OK);
	printed_code_read(console_keys(), asked_code(call), gtin, &code);
	return arena_copy(&call->request->arena, slice_of(code.serial));
}

static void ask(struct api_call *call, const struct code_reading *reading,
		void (*show)(struct api_call *, const PGresult *))
{
	struct db_parameters p = { .count = 0 };

	code_reading_add(reading, &p);
	db_add_text(&p, page_language(call->request));
	db_add_text(&p, asked_code(call));
	db_add_text(&p, typed_serial(call));
	api_ask(call, &sql_console_item_show, &p, show);
}

static void read_code(struct api_call *call,
		      void (*then)(struct api_call *call, struct code_reading *reading))
{
	struct slice code = asked_code(call),
		     gtin = slice_trim(request_query(call->request, "gtin"));
	struct code_reading *reading;

	if (code.length > CODE_MOST) {
		message_refuse(call, 400, "code", "too_long");
		return;
	}
	call->body = json_pack("{s:s%}", "code", code.data, code.length);
	if (gtin.length > 0)
		json_object_set_new(call->body, "gtin", json_stringn(gtin.data, gtin.length));
	reading = code_reading_new(call);
	if (reading != NULL)
		code_reading_run(reading, then);
}

static bool is_found(struct slice found)
{
	return slice_equal(found, S("yes")) || slice_equal(found, S("elsewhere"));
}

/* --- the API ------------------------------------------------------------------------------- */

static void show_json(struct api_call *call, const PGresult *rows)
{
	struct slice found = db_text_in(rows, 0, 0), item = db_text_in(rows, 0, 1);
	struct slice lots = db_text_in(rows, 0, 2);
	struct buf b;

	buf_init(&b, REQUEST_ARENA_MAXIMUM);
	buf_add_format(&b, "{\"found\":\"%.*s\",\"item\":", SLICE_ARG(found));
	buf_add_slice(&b, is_found(found) ? item : S("null"));
	buf_add_string(&b, ",\"lots\":");
	buf_add_slice(&b, lots);
	buf_add_string(&b, "}\n");
	if (buf_ok(&b))
		api_answer_json(call, 200, buf_slice(&b));
	else
		api_no_memory(call);
	buf_release(&b);
}

static void ask_json(struct api_call *call, struct code_reading *reading)
{
	ask(call, reading, show_json);
}

static void item(struct api_call *call)
{
	if (asked_code(call).length == 0)
		api_problem(call, 400, MESSAGE_required, "code",
			    "a code, link, serial number or lot", "code: say which one.");
	else
		read_code(call, ask_json);
}

void serve_items(struct request *r)
{
	api_enter(r, API_BODY_NONE, item);
}

/* --- the page ------------------------------------------------------------------------------ */

static struct view_records_event *events(struct page *p, const json_t *list, size_t *ret_count)
{
	struct view_records_event *to;

	*ret_count = json_array_size(list);
	to = arena_array(&p->request->arena, *ret_count + 1, sizeof(*to));
	if (to == NULL)
		*ret_count = 0;
	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *e = json_array_get(list, i);
		struct slice state = page_member(p, e, "state");

		to[i] = (struct view_records_event){
			.state = state.length > 0 ? page_state(p, state) : page_member(p, e, "lot"),
			.when = record_moment(p, e, "at"),
			.by = record_by(p, e),
			.reason = page_member(p, e, "reason"),
		};
	}
	return to;
}

static struct view_records_link *lots(struct page *p, struct slice text, size_t *ret_count)
{
	json_t *list = json_loadb(text.data, text.length, 0, NULL);
	struct view_records_link *to;

	*ret_count = json_array_size(list);
	to = arena_array(&p->request->arena, *ret_count + 1, sizeof(*to));
	if (to == NULL)
		*ret_count = 0;
	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *l = json_array_get(list, i);
		struct slice kind = page_member(p, l, "kind"), key = page_member(p, l, "key");

		to[i] = (struct view_records_link){
			.link = record_link(p, kind.data, json_object_get(l, "id")),
			.name = page_format(p, "%.*s · %.*s", SLICE_ARG(record_kind_words(p, kind)),
					    SLICE_ARG(key)),
		};
	}
	json_decref(list);
	return to;
}

static void fill_trace(struct page *p, const json_t *trace, struct view_console_item *v)
{
	v->has_lot = json_is_object(trace);
	v->lot_link = record_link(p, "lot", json_object_get(trace, "record"));
	v->codes = page_member(p, trace, "codes");
	v->fields = record_fields(p, trace, &v->fields_count);
	v->inputs = record_inputs(p, json_object_get(trace, "inputs"), &v->inputs_count);
	v->steps = record_rows(p, json_object_get(trace, "steps"), "step", &v->steps_count);
	v->inspections = record_rows(p, json_object_get(trace, "inspections"), "inspection",
				     &v->inspections_count);
}

/* Of this very item; the host does not matter. */
static struct slice item_link(struct page *p, const struct view_console_item *v)
{
	struct slice link;
	struct buf b;

	buf_init(&b, CODE_MOST);
	buf_add_format(&b, "https://example.com/01/%.14s/21/", v->gtin.data);
	query_add(&b, v->serial);
	link = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return link;
}

static void fill_item(struct page *p, const json_t *d, struct view_console_item *v)
{
	v->gtin = page_member(p, d, "gtin");
	v->serial = page_member(p, d, "serial");
	v->product = page_member(p, d, "product");
	v->product_link = page_format(p, "/products/%s", v->gtin.data);
	v->state = page_state(p, page_member(p, d, "state"));
	v->since = record_moment(p, d, "since");
	v->batch = page_member(p, d, "batch");
	if (v->batch.length > 0)
		v->batch_link = page_format(p, "/batches/%s", v->batch.data);
	v->place = page_member(p, d, "place");
	v->lot = page_member(p, d, "lot");
	v->visits = page_member(p, d, "visits");
	v->first_visit = record_moment(p, d, "first_visit");
	v->pin_tries = page_member(p, d, "pin_tries");
	v->pin_opened = record_moment(p, d, "pin_opened");
	v->recalls = record_recalls(p, json_object_get(d, "recalls"), &v->recalls_count);
	v->events = events(p, json_object_get(d, "steps"), &v->events_count);
	fill_trace(p, json_object_get(d, "trace"), v);
	/* As it is public now: no draft. */
	v->has_frame = v->gtin.length > 0 && v->serial.length > 0;
	v->frame = query_link(&p->request->arena, "/fields/preview",
			      (const struct query_pair[]){ { "gtin", v->gtin },
							   { "code", item_link(p, v) },
							   { "choices", S(",") },
							   { "in", p->head.lang },
							   { NULL, S("") } });
}

static struct slice error_of(struct page *p, struct slice found, bool any_lots)
{
	unsigned language = p->writer.language;

	if (is_found(found) || any_lots)
		return S("");
	if (slice_equal(found, S("never_issued")))
		return text_in(language, TEXT_records_item_never);
	if (slice_equal(found, S("not_yours")))
		return text_in(language, TEXT_records_item_not_yours);
	return text_in(language, TEXT_records_item_none);
}

static void send_page(struct page *p, struct view_console_item *v)
{
	v->head = &p->head;
	v->code = asked_code(p->call);
	v->gtin_asked = slice_trim(request_query(p->request, "gtin"));
	template_console_item(&p->writer, v);
	page_send(p, 200);
}

static void show_page(struct api_call *call, const PGresult *rows)
{
	struct slice found = db_text_in(rows, 0, 0), text = db_text_in(rows, 0, 1);
	struct view_console_item v = { .found = is_found(found) };
	json_t *d = json_loadb(text.data, text.length, 0, NULL);
	struct page p;

	page_init(&p, call, call->request, TEXT_items);
	v.lots = lots(&p, db_text_in(rows, 0, 2), &v.lots_count);
	v.error = error_of(&p, found, v.lots_count > 0);
	if (v.found)
		fill_item(&p, d, &v);
	send_page(&p, &v);
	json_decref(d);
}

static void ask_page(struct api_call *call, struct code_reading *reading)
{
	ask(call, reading, show_page);
}

static void item_page(struct api_call *call)
{
	struct view_console_item v = { .found = false };
	struct page p;

	if (asked_code(call).length > 0) {
		read_code(call, ask_page);
		return;
	}
	page_init(&p, call, call->request, TEXT_items);
	send_page(&p, &v);
}

void serve_items_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, item_page);
}
