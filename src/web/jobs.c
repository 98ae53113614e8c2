/* `/v1/jobs` and `/v1/batches/{id}/labels`: long work is ordered, watched and stopped. */
#include "model/access_key.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/api_list.h"
#include "web/label_door.h"

void serve_labels_order(struct request *r);
void serve_job_list(struct request *r);
void serve_job(struct request *r);
void serve_job_cancel(struct request *r);
void serve_job_manifest(struct request *r);

enum { LABEL_MOST = 16384 };

/* --- one ----------------------------------------------------------------------------------- */

static void no_job(struct api_call *call)
{
	api_problem(call, 404, MESSAGE_pack_no_job, NULL, NULL,
		    "There is no job with this number.");
}

/* The number in the address; what is none is 404, as an unknown one would be. */
static bool read_id(struct api_call *call, int64_t *ret_id)
{
	uint64_t id;

	if (slice_to_u64(call->request->captures[0], &id) && id > 0 && id <= INT64_MAX) {
		*ret_id = (int64_t)id;
		return true;
	}
	no_job(call);
	return false;
}

static void ask_about(struct api_call *call, const struct sql_query *sql,
		      void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!read_id(call, &id))
		return;
	db_add_i64(&p, id);
	api_ask(call, sql, &p, on_rows);
}

static void show(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		no_job(call);
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void get(struct api_call *call)
{
	ask_about(call, &sql_job_show, show);
}

void serve_job(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

static void cancelled(struct api_call *call, const PGresult *rows)
{
	(void)rows;
	get(call);
}

static void cancel(struct api_call *call)
{
	ask_about(call, &sql_console_job_cancel, cancelled);
}

void serve_job_cancel(struct request *r)
{
	api_enter(r, API_BODY_NONE, cancel);
}

static void no_manifest(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		no_job(call);
	else
		api_problem(call, 409, MESSAGE_not_done_yet, "state", NULL,
			    "The manifest is there once the job is done, and as long as its files "
			    "are kept.");
}

static void show_manifest(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		ask_about(call, &sql_job_show, no_manifest);
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void manifest(struct api_call *call)
{
	ask_about(call, &sql_job_manifest, show_manifest);
}

void serve_job_manifest(struct request *r)
{
	api_enter(r, API_BODY_NONE, manifest);
}

/* --- the list ------------------------------------------------------------------------------ */

/* Absent: {NULL, 0}. False: answered. */
static bool read_batch(struct api_call *call, struct api_list *list, struct slice *ret_batch)
{
	*ret_batch = request_query(call->request, "batch");
	if (ret_batch->data == NULL)
		return true;
	if (!api_is_uuid(*ret_batch)) {
		api_problem(call, 400, MESSAGE_pack_no_batch, "batch", "the id of a batch",
			    "batch: must be the id of a batch.");
		return false;
	}
	list->kept_name = "batch";
	list->kept = *ret_batch;
	return true;
}

static void list(struct api_call *call)
{
	struct api_list *page = api_list_new(call, "jobs");
	struct db_parameters p = { .count = 0 };
	struct slice batch;
	uint64_t before;

	if (page == NULL || !read_batch(call, page, &batch) ||
	    !api_query_number(call, "cursor", 1, INT64_MAX, 0, &before))
		return;
	db_add_i64(&p, (int64_t)before);
	db_add_text_or_null(&p, batch);
	api_list_add(page, &p);
	api_ask(call, &sql_api_jobs, &p, api_list_show);
}

void serve_job_list(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

/* --- ordering labels ----------------------------------------------------------------------- */

/* In the request's arena. */
struct order {
	struct slice key; /* Idempotency-Key */
	struct slice batch;
	struct slice label; /* JSON, members sorted */
	struct slice asked; /* the same, as it was asked for: a design's name may mean another
			       tomorrow */
	int64_t job;
};

static void show_ordered(struct api_call *call, const PGresult *rows)
{
	const struct order *o = call->own;
	char room[64];

	(void)snprintf(room, sizeof(room), "/v1/jobs/%lld", (long long)o->job);
	api_answer_made(call, 202, slice_of(room),
			PQntuples(rows) == 0 ? S("{}") : db_text_in(rows, 0, 0));
}

static void ordered(struct api_call *call, const PGresult *rows)
{
	struct db_parameters p = { .count = 0 };
	struct order *o = call->own;

	o->job = db_i64_in(rows, 0, 0);
	db_add_i64(&p, o->job);
	api_ask(call, &sql_job_show, &p, show_ordered);
}

/* Blanks and the order of members make no other request of it. */
static void fingerprint(const struct order *o, char ret_hex[SHA256_HEX_SIZE])
{
	struct buf b;

	buf_init(&b, LABEL_MOST + 512);
	buf_add_format(&b, "labels %.*s %.*s", SLICE_ARG(o->batch), SLICE_ARG(o->asked));
	if (!buf_ok(&b))
		abort(); /* every part has a limit below the room */
	sha256_hex(buf_slice(&b), ret_hex);
	buf_release(&b);
}

static void ask_for_labels(struct api_call *call, const struct order *o)
{
	struct db_parameters p = { .count = 0 };
	char hex[SHA256_HEX_SIZE];

	fingerprint(o, hex);
	db_add_text(&p, o->key);
	db_add_text(&p, slice_of(hex));
	db_add_text(&p, o->batch);
	db_add_text(&p, o->label);
	api_ask(call, &sql_api_labels_order, &p, ordered);
}

/* Copies the body's text into the arena; false: answered. */
static bool write_label(struct api_call *call, struct slice *ret_label)
{
	char *text = json_dumps(call->body, JSON_COMPACT | JSON_SORT_KEYS);
	size_t length = text == NULL ? 0 : strlen(text);

	if (length > 0 && length <= LABEL_MOST)
		*ret_label = arena_copy(&call->request->arena, (struct slice){ text, length });
	free(text);
	if (length > LABEL_MOST)
		api_problem(call, 400, MESSAGE_too_long, "label",
			    "an object of at most 16384 bytes",
			    "A label order has at most 16384 bytes.");
	else if (ret_label->data == NULL)
		api_no_memory(call);
	return ret_label->data != NULL;
}

/* The design that is named; an own one stands in the order itself. {NULL, 0}: none. */
static bool read_design(struct api_call *call, struct slice *ret_id)
{
	const json_t *design = json_object_get(call->body, "design");

	*ret_id = (struct slice){ NULL, 0 };
	if (!json_is_string(design))
		return true;
	*ret_id = slice_of(json_string_value(design));
	if (api_is_uuid(*ret_id))
		return true;
	api_problem(call, 400, MESSAGE_no_such_thing, "design", "the id of a design",
		    "design: must be the id of a design, or an object.");
	return false;
}

/*
 * The design's own order with what was asked beside it: from then on the version is pinned. A sheet
 * or a size asked for is instead of the design's.
 */
static bool take_design(struct api_call *call, const PGresult *rows)
{
	struct slice text = db_text_in(rows, 0, 7);
	json_t *whole;

	if (!json_is_string(json_object_get(call->body, "design")))
		return true;
	if (text.length == 0) {
		api_problem(call, 404, MESSAGE_no_such_thing, "design", NULL,
			    "design: there is none with this id.");
		return false;
	}
	whole = json_loadb(text.data, text.length, 0, NULL);
	if (api_has(call, "sheet") || api_has(call, "label") || api_has(call, "grid")) {
		(void)json_object_del(whole, "sheet");
		(void)json_object_del(whole, "label");
		(void)json_object_del(whole, "grid");
	}
	(void)json_object_del(call->body, "design");
	if (whole == NULL || json_object_update_missing(call->body, whole) != 0) {
		json_decref(whole);
		api_no_memory(call);
		return false;
	}
	json_decref(whole);
	return true;
}

static void check_labels(struct api_call *call, const PGresult *rows)
{
	struct label_text text = { .product = db_text_in(rows, 0, 3) };
	char serial[LABEL_SAMPLE_MOST], gtin[GTIN_TEXT_SIZE];
	struct order *o = call->own;
	struct batch batch;

	if (PQntuples(rows) == 0) {
		api_problem(call, 404, MESSAGE_pack_no_batch, NULL, NULL,
			    "There is no batch with this id.");
		return;
	}
	batch = (struct batch){ .gtin = (uint64_t)db_i64_in(rows, 0, 0),
				.length = (unsigned)db_i64_in(rows, 0, 1),
				.stem = db_text_in(rows, 0, 2) };
	if (!take_design(call, rows))
		return;
	label_door_sample(batch.length, serial);
	gtin_format(batch.gtin, gtin);
	text.gtin = slice_of(gtin);
	text.serial = slice_of(serial);
	text.lot = db_text_in(rows, 0, 4);
	text.produced = db_text_in(rows, 0, 5);
	text.expiry = db_text_in(rows, 0, 6);
	if (label_door_check_text(call, call->body, &batch, &text) && write_label(call, &o->label))
		ask_for_labels(call, o);
}

static void order_labels(struct api_call *call)
{
	struct order *o = api_own(call, sizeof(*o));
	struct db_parameters p = { .count = 0 };
	struct slice design;

	if (o == NULL || !api_uuid(call, 0, &o->batch) || !api_idempotency_key(call, &o->key) ||
	    !write_label(call, &o->asked))
		return;
	if (!read_design(call, &design))
		return;
	db_add_text(&p, o->batch);
	db_add_text_or_null(&p, design);
	api_ask(call, &sql_api_label_batch, &p, check_labels);
}

void serve_labels_order(struct request *r)
{
	api_enter(r, API_BODY_JSON, order_labels);
}
