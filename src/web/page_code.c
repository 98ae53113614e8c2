/*
 * One code of a batch, by its place: the address that is printed, its picture, and what became of
 * it.
 * `/batches/{id}/code?place=1`, its picture beside it, and both under /v1.
 */
#include "base/buf.h"
#include "model/batch.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/batch_keys.h"
#include "web/code_story.h"
#include "web/qr_picture.h"
#include "web/router.h"
#include "web/worker_log.h"

void serve_batch_code(struct request *r);
void serve_batch_code_picture(struct request *r);

enum { URI_ROOM = 512 };

/* The columns of console_batches_code.sql. */
enum column { GTIN, KEY_ID, LENGTH, STEM, FIRST, QUANTITY, WRAPPED, STORY };

/* What is told of it; in the request's arena. */
struct one_code {
	uint64_t place;
	struct slice uri, serial;
	bool picture;
};

/* --- computing it ----------------------------------------------------------------------------- */

static bool compute(struct api_call *call, const struct batch *b, struct one_code *c)
{
	char serial[SERIAL_LENGTH_MOST];
	struct buf uri;

	buf_init(&uri, URI_ROOM);
	batch_serials(b, c->place - 1, 1, serial);
	batch_uri_prefix(b, &uri);
	buf_add(&uri, serial, b->length);
	c->serial = arena_copy(&call->request->arena, (struct slice){ serial, b->length });
	c->uri = arena_copy(&call->request->arena, buf_slice(&uri));
	buf_release(&uri);
	return c->uri.data != NULL && c->serial.data != NULL;
}

/* False: answered. */
static bool read_code(struct api_call *call, const PGresult *rows, struct one_code *c)
{
	unsigned key_id = (unsigned)db_i64_in(rows, 0, KEY_ID);
	struct serial_key key;
	struct batch b = {
		.gtin = (uint64_t)db_i64_in(rows, 0, GTIN),
		.first = (uint64_t)db_i64_in(rows, 0, FIRST),
		.quantity = (uint64_t)db_i64_in(rows, 0, QUANTITY),
		.length = (unsigned)db_i64_in(rows, 0, LENGTH),
		.stem = db_text_in(rows, 0, STEM),
		.key = &key,
	};
	enum batch_result result = batch_check(&b);
	bool ok;

	if (result != BATCH_OK) {
		worker_log("error", "a batch's code: %s", batch_reason(result));
		api_problem(call, 500, MESSAGE_our_mistake, NULL, NULL,
			    "The batch cannot be computed; it was logged.");
		return false;
	}
	if (!batch_key_open(key_id, db_text_in(rows, 0, WRAPPED), &key)) {
		api_problem(call, 503, MESSAGE_keys_away, NULL, NULL,
			    "The key of this batch is not at hand.");
		return false;
	}
	ok = compute(call, &b, c);
	serial_key_release(&key);
	if (!ok)
		api_no_memory(call);
	return ok;
}

/* --- telling it ------------------------------------------------------------------------------- */

static void show_json(struct api_call *call, const struct one_code *c, json_t *story)
{
	char *text;

	(void)json_object_set_new(story, "code", json_stringn(c->uri.data, c->uri.length));
	(void)json_object_set_new(story, "serial", json_stringn(c->serial.data, c->serial.length));
	text = json_dumps(story, JSON_COMPACT);
	if (text == NULL)
		api_no_memory(call);
	else
		api_answer_json(call, 200, slice_of(text));
	free(text);
}

static void found(struct api_call *call, const PGresult *rows)
{
	struct slice text = db_text_in(rows, 0, STORY);
	struct one_code *c = call->own;
	json_t *story;

	if (!read_code(call, rows, c))
		return;
	if (c->picture) {
		qr_picture_answer(call, c->uri);
		return;
	}
	story = json_loadb(text.data, text.length, 0, NULL);
	if (call->face != NULL)
		code_story_show(call, story, c->serial, c->uri);
	else
		show_json(call, c, story);
	json_decref(story);
}

/* --- which one -------------------------------------------------------------------------------- */

static void ask(struct api_call *call, bool picture)
{
	struct one_code *c = api_own(call, sizeof(*c));
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (c == NULL || !api_uuid(call, 0, &id) ||
	    !api_query_number(call, "place", 1, BATCH_QUANTITY_MOST, 1, &c->place))
		return;
	c->picture = picture;
	db_add_text(&p, id);
	db_add_i64(&p, (int64_t)c->place);
	api_ask(call, &sql_console_batches_code, &p, found);
}

static void get(struct api_call *call)
{
	ask(call, false);
}

static void get_picture(struct api_call *call)
{
	ask(call, true);
}

static void enter(struct request *r, void (*handle)(struct api_call *call))
{
	if (slice_starts(slice_of(r->route->pattern), S("/v1/")))
		api_enter(r, API_BODY_NONE, handle);
	else
		api_enter_face(r, &page_face, API_BODY_NONE, handle);
}

void serve_batch_code(struct request *r)
{
	enter(r, get);
}

void serve_batch_code_picture(struct request *r)
{
	enter(r, get_picture);
}
