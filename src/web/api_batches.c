/* `/v1/batches`: somebody asks for codes, and finds again what was asked for. */
#include "model/batch.h"
#include "model/gs1.h"
#include "model/access_key.h"
#include "store/sql.h"
#include "web/label_door.h"
#include "web/module.h"
#include "web/packing.h"
#include "web/pages.h"
#include "web/router.h"

void serve_batches(struct request *r);
void serve_batch_list(struct request *r);
void serve_batch(struct request *r);
void serve_batch_events(struct request *r);

enum { LABEL_MOST = 4096 };

static const char *const members[] = { "gtin", "lot", "quantity", "serial_length", "label", NULL };

/* What a line asks for. */
struct order {
	struct slice key; /* Idempotency-Key */
	uint64_t gtin, quantity, length;
	struct slice lot;
	char *label; /* JSON, or NULL; freed by order_release() */
	struct buf stem;
};

static void order_release(struct order *o)
{
	free(o->label);
	buf_release(&o->stem);
}

/* --- asking for a batch -------------------------------------------------------------------- */

static bool read_label(struct api_call *call, struct order *o)
{
	const json_t *label = json_object_get(call->body, "label");

	if (!api_has(call, "label"))
		return true;
	if (json_is_object(label))
		o->label = json_dumps(label, JSON_COMPACT | JSON_SORT_KEYS);
	if (o->label != NULL && strlen(o->label) <= LABEL_MOST)
		return true;
	api_problem(call, 400, MESSAGE_wrong_shape, "label", "an object of at most 4096 bytes",
		    "label: must be an object, as `POST /v1/batches/ID/labels` takes it.");
	return false;
}

static bool read_order(struct api_call *call, struct order *o)
{
	o->length = (uint64_t)app_settings()->serial_length;
	return api_idempotency_key(call, &o->key) && api_only(call, members) &&
	       api_gtin(call, "gtin", &o->gtin) && api_lot(call, "lot", &o->lot) &&
	       api_number(call, "quantity", 1, BATCH_QUANTITY_MOST, &o->quantity) &&
	       (!api_has(call, "serial_length") ||
		api_number(call, "serial_length", SERIAL_LENGTH_LEAST, SERIAL_LENGTH_MOST,
			   &o->length)) &&
	       read_label(call, o);
}

/*
 * What the request means, not how it is written: blanks and the order of members make no other
 * request of it.
 */
static void fingerprint(const struct order *o, char ret_hex[SHA256_HEX_SIZE])
{
	struct buf b;

	buf_init(&b, LABEL_MOST + 512);
	buf_add_format(&b, "batch %llu %llu %llu %.*s %s", (unsigned long long)o->gtin,
		       (unsigned long long)o->quantity, (unsigned long long)o->length,
		       SLICE_ARG(o->lot), o->label == NULL ? "" : o->label);
	if (!buf_ok(&b))
		abort(); /* every part has a limit below the room */
	sha256_hex(buf_slice(&b), ret_hex);
	buf_release(&b);
}

/* The batch as it is shown: the answer is the same now and when it is asked again. */
static void show_made(struct api_call *call, const PGresult *rows)
{
	struct slice json = db_text_in(rows, 0, 0), id = slice_of(call->own), location;
	char room[64];

	(void)snprintf(room, sizeof(room), "/v1/batches/%.*s", SLICE_ARG(id));
	location = slice_of(room);
	api_answer_made(call, 201, location, json);
}

static void made(struct api_call *call, const PGresult *rows)
{
	struct db_parameters p = { .count = 0 };
	struct slice id = arena_copy(&call->request->arena, db_text_in(rows, 0, 0));

	if (id.data == NULL) {
		api_no_memory(call); /* asked again with the same key, it is found */
		return;
	}
	call->own = (void *)id.data;
	db_add_text(&p, id);
	db_add_i64(&p, db_i64_in(rows, 0, 1));
	api_ask(call, &sql_api_batch_made, &p, show_made);
}

static void ask(struct api_call *call, const struct order *o)
{
	struct db_parameters p = { .count = 0 };
	char hex[SHA256_HEX_SIZE];

	fingerprint(o, hex);
	db_add_text(&p, o->key);
	db_add_text(&p, slice_of(hex));
	db_add_i64(&p, (int64_t)o->gtin);
	db_add_text_or_null(&p, o->lot);
	db_add_i64(&p, (int64_t)o->length);
	db_add_text(&p, buf_slice(&o->stem));
	db_add_i64(&p, (int64_t)o->quantity);
	db_add_i64(&p, (int64_t)serial_counters_most((unsigned)o->length));
	db_add_text_or_null(&p, slice_of(o->label));
	db_add_i64(&p, (int64_t)app_settings()->person_codes_per_day);
	api_ask(call, &sql_api_batch_make, &p, made);
}

/* Before codes are taken: labels that cannot be made are refused here, not by the job. */
static bool label_fits(struct api_call *call, const struct order *o)
{
	const struct batch batch = { .gtin = o->gtin,
				     .length = (unsigned)o->length,
				     .stem = buf_slice(&o->stem) };

	return o->label == NULL ||
	       label_door_check(call, json_object_get(call->body, "label"), &batch);
}

static void post(struct api_call *call)
{
	struct order o = { .quantity = 0 };

	buf_init(&o.stem, 512);
	if ((call->face == NULL || packing_form_ok(call)) && read_order(call, &o)) {
		batch_print_stem(slice_of(app_settings()->link_stem), &o.stem);
		if (label_fits(call, &o))
			ask(call, &o);
	}
	order_release(&o);
}

void serve_batches(struct request *r)
{
	if (slice_starts(slice_of(r->route->pattern), S("/v1/")))
		api_enter(r, API_BODY_JSON, post);
	else
		api_enter_form(r, &page_face, API_BODY_FORM, post, packing_page);
}

/* --- one ----------------------------------------------------------------------------------- */

static void show(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		api_problem(call, 404, MESSAGE_pack_no_batch, NULL, NULL,
			    "There is no batch with this id.");
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void get(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (!api_uuid(call, 0, &id))
		return;
	db_add_text(&p, id);
	api_ask(call, &sql_api_batch, &p, show);
}

void serve_batch(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

/* --- the list ------------------------------------------------------------------------------ */

static void list(struct api_call *call)
{
	packing_ask(call, "cursor", api_list_show);
}

void serve_batch_list(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

/* --- what happened to its codes ------------------------------------------------------------ */

static void events(struct api_call *call)
{
	struct api_list *page = api_list_new(call, "events");
	struct db_parameters p = { .count = 0 };
	uint64_t cursor;
	struct slice id;
	char name[64];

	if (page == NULL || !api_uuid(call, 0, &id) ||
	    !api_query_number(call, "cursor", 1, INT64_MAX, 0, &cursor))
		return;
	(void)snprintf(name, sizeof(name), "batches/%.*s/events", SLICE_ARG(id));
	page->path = arena_copy(&call->request->arena, slice_of(name));
	db_add_text(&p, id);
	db_add_i64(&p, (int64_t)cursor);
	api_list_add(page, &p);
	api_ask(call, &sql_console_batches_events, &p, api_list_show);
}

void serve_batch_events(struct request *r)
{
	api_enter(r, API_BODY_NONE, events);
}
