/*
 * `/packing/serials/{gtin}/{serial}` and `/v1/serials/{gtin}/{serial}`: one code by what stands on
 * it, computed or made elsewhere, and what became of it.
 */
#include "web/code_story.h"

#include "model/batch.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/code_reading.h"
#include "web/console_records.h"

void serve_serial(struct request *r);
void serve_serial_page(struct request *r);

enum { STEPS = 100, URI_ROOM = 512 };

/* --- the page ------------------------------------------------------------------------------ */

void code_story_event(struct page *p, const json_t *event, struct slice local,
		      struct view_console_event *to)
{
	struct slice from = page_member(p, event, "from"), last = page_member(p, event, "to");

	*to = (struct view_console_event){
		.when = local,
		.who = page_who(p, page_member(p, event, "by")),
		.state = page_state(p, page_member(p, event, "state")),
		.lot = page_member(p, event, "lot"),
		.codes = page_member(p, event, "codes"),
		.places = slice_equal(from, last)
			      ? from
			      : page_format(p, "%.*s–%.*s", SLICE_ARG(from), SLICE_ARG(last)),
	};
}

static void fill_steps(struct page *p, const json_t *list, struct view_console_one_code *view)
{
	size_t count = json_array_size(list) > STEPS ? STEPS : json_array_size(list);
	struct view_console_event *steps =
	    arena_array(&p->request->arena, count + 1, sizeof(*steps));

	for (size_t i = 0; steps != NULL && i < count; i++) {
		const json_t *s = json_array_get(list, i);

		code_story_event(p, s, page_member(p, s, "local"), &steps[i]);
	}
	view->steps = steps;
	view->steps_count = steps == NULL ? 0 : count;
}

static struct slice place_path(struct page *p, const char *what, struct slice batch,
			       long long place)
{
	return page_format(p, "/batches/%.*s/%s?place=%lld", SLICE_ARG(batch), what, place);
}

/* Its neighbours tell further codes, and so only whom codes are given to. */
static void fill_place(struct page *p, const json_t *story, struct view_console_one_code *view)
{
	long long place = json_integer_value(json_object_get(story, "place"));
	long long quantity = json_integer_value(json_object_get(story, "quantity"));

	view->batch = page_member(p, story, "batch");
	view->place = page_member(p, story, "place");
	view->quantity = page_member(p, story, "quantity");
	if (view->batch.length == 0 || (p->call->roles & ROLES_PACK) == 0)
		return;
	view->picture = place_path(p, "code.svg", view->batch, place);
	if (place > 1)
		view->before = place_path(p, "code", view->batch, place - 1);
	if (place < quantity)
		view->next = place_path(p, "code", view->batch, place + 1);
}

void code_story_show(struct api_call *call, const json_t *story, struct slice serial,
		     struct slice address)
{
	struct view_console_one_code view = { .code = address, .serial = serial };
	struct page p;

	page_init(&p, call, call->request, TEXT_packing_one_code);
	view.head = &p.head;
	view.gtin = page_member(&p, story, "gtin");
	view.lot = page_member(&p, story, "lot");
	view.state = page_state(&p, page_member(&p, story, "state"));
	view.since = page_member(&p, story, "local");
	view.zone = page_member(&p, story, "zone");
	fill_place(&p, story, &view);
	view.elsewhere = view.batch.length == 0;
	fill_steps(&p, json_object_get(story, "steps"), &view);
	template_console_one_code(&p.writer, &view);
	page_send(&p, 200);
}

/* --- by what stands on it ------------------------------------------------------------------ */

static void unknown(struct api_call *call)
{
	message_refuse(call, 404, NULL, "pack_no_serial");
}

/* What the batch's labels say before the serial; empty for what was made elsewhere. */
static struct slice address_of(struct api_call *call, struct slice stem, uint64_t gtin,
			       struct slice serial)
{
	const struct batch b = { .gtin = gtin, .stem = stem };
	struct slice address;
	struct buf uri;

	if (stem.length == 0)
		return S("");
	buf_init(&uri, URI_ROOM);
	batch_uri_prefix(&b, &uri);
	buf_add_slice(&uri, serial);
	address = arena_copy(&call->request->arena, buf_slice(&uri));
	buf_release(&uri);
	return address;
}

static void show(struct api_call *call, const PGresult *rows)
{
	const struct code_reading *reading = call->own;
	struct slice found = db_text_in(rows, 0, 0), text = db_text_in(rows, 0, 1), serial;
	json_t *story;

	if (!slice_equal(found, S("yes")) && !slice_equal(found, S("elsewhere"))) {
		unknown(call);
		return;
	}
	if (call->face == NULL) {
		api_answer_json(call, 200, text);
		return;
	}
	serial = slice_of(reading->read[0].serial);
	story = json_loadb(text.data, text.length, 0, NULL);
	code_story_show(call, story, serial,
			address_of(call, db_text_in(rows, 0, 2), reading->read[0].gtin, serial));
	json_decref(story);
}

static void ask(struct api_call *call, struct code_reading *reading)
{
	struct db_parameters p = { .count = 0 };

	code_reading_add(reading, &p);
	db_add_text(&p, slice_of(reading->read[0].serial));
	api_ask(call, &sql_api_code_query, &p, show);
}

static void get(struct api_call *call)
{
	static const char host[] = "https://serial.invalid";
	const struct slice *captures = call->request->captures;
	char link[sizeof(host) + DL_ITEM_PATH_SIZE];
	struct code_reading *reading;
	uint64_t gtin;

	if (gtin_parse(captures[0], &gtin) != GTIN_OK || !gs1_serial_ok(captures[1])) {
		unknown(call);
		return;
	}
	/* As a link it is read as a serial and as nothing else, whatever it looks like. */
	memcpy(link, host, sizeof(host));
	digital_link_item_path(gtin, captures[1], link + sizeof(host) - 1);
	call->body = json_pack("{s:s}", "code", link);
	reading = code_reading_new(call);
	if (reading == NULL)
		return;
	reading->keep = true;
	code_reading_run(reading, ask);
}

void serve_serial(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

void serve_serial_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get);
}
