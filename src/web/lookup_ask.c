/* Collects questions for items into statements, and hands the answers out. */
#include "web/lookup_ask.h"

#include <assert.h>
#include <stdlib.h>

#include "model/gs1.h"
#include "store/sql.h"
#include "web/db_array.h"
#include "web/loop.h"

enum {
	QUESTIONS = 128, /* of a batch; the more, the less the statement around them weighs */
	BATCHES = 64,	 /* more is DB_BUSY */
	AT_ONCE = 2,	 /* one that PostgreSQL works on and one that it takes next */
	HOLD_MS = 2,	 /* the longest a question waits for company */
};

enum column { GTIN, COUNTER, SERIAL, COLUMNS };

/* Questions that go together. */
struct lookup_batch {
	struct db_query query;
	struct lookup_batch *next; /* of those that are free */
	unsigned count;
	struct lookup_ask *asks[QUESTIONS]; /* NULL: nobody waits any more */
	struct db_array arrays[COLUMNS];
};

static struct {
	struct db *db;
	struct lookup_batch *batches; /* BATCHES of them */
	struct lookup_batch *free, *collecting;
	unsigned under_way; /* batches */
	struct timer timer;
	struct refused_list refused;
} asking;

/* --- batches --------------------------------------------------------------------------------- */

static struct lookup_batch *batch_take(void)
{
	struct lookup_batch *b = asking.free;

	for (unsigned i = 0; b != NULL && i < COLUMNS; i++) {
		db_array_clear(&b->arrays[i]);
		if (!db_array_prepare(&b->arrays[i]))
			return NULL;
	}
	if (b != NULL) {
		asking.free = b->next;
		b->count = 0;
	}
	return b;
}

static void batch_give_back(struct lookup_batch *b)
{
	b->next = asking.free;
	asking.free = b;
}

static void send_collected(void)
{
	struct db_parameters p = { .count = 0 };
	struct lookup_batch *b = asking.collecting;

	timer_stop(&asking.timer);
	if (b == NULL)
		return;
	asking.collecting = NULL;
	asking.under_way++;
	for (unsigned i = 0; i < COLUMNS; i++)
		db_add_text(&p, db_array_wire(&b->arrays[i]));
	db_send(asking.db, &sql_lookup_items, &p, &b->query);
	db_flush(asking.db);
}

static void on_time(void *arg)
{
	(void)arg;
	send_collected();
}

/* --- answers --------------------------------------------------------------------------------- */

static void tell(struct lookup_ask *a, enum db_result result, const struct lookup_item *item)
{
	a->batch = NULL;
	a->done(a->arg, result, item);
}

static void tell_all(struct lookup_batch *b, enum db_result result)
{
	for (unsigned i = 0; i < b->count; i++)
		if (b->asks[i] != NULL)
			tell(b->asks[i], result, NULL);
}

static void tell_found(struct lookup_batch *b, const PGresult *rows)
{
	struct lookup_item item;

	for (int row = 0; row < PQntuples(rows); row++) {
		uint64_t n = lookup_item_read(rows, row, &item);
		struct lookup_ask *a = n >= 1 && n <= b->count ? b->asks[n - 1] : NULL;

		if (a == NULL)
			continue;
		b->asks[n - 1] = NULL;
		tell(a, DB_OK, &item);
	}
}

/* PostgreSQL works on what was collected meanwhile, while the answers are written. */
static void on_rows(void *arg, enum db_result result, const PGresult *rows)
{
	struct lookup_batch *b = arg;

	asking.under_way--;
	send_collected();
	if (result == DB_OK)
		tell_found(b, rows);
	tell_all(b, result);
	batch_give_back(b);
}

/* --- questions ------------------------------------------------------------------------------- */

static void tell_refused(void *ask)
{
	tell(ask, DB_BUSY, NULL);
}

static void add(struct lookup_batch *b, struct lookup_ask *a, uint64_t gtin, uint64_t counter,
		struct slice serial)
{
	db_array_add_i64(&b->arrays[GTIN], (int64_t)gtin);
	db_array_add_i64(&b->arrays[COUNTER], (int64_t)counter);
	db_array_add_text(&b->arrays[SERIAL], serial);
	a->batch = b;
	a->place = b->count;
	b->asks[b->count++] = a;
}

void lookup_ask_send(struct lookup_ask *a, uint64_t gtin, uint64_t counter, struct slice serial)
{
	assert(a->batch == NULL && a->refused.list == NULL && serial.length <= GS1_SERIAL_MAX);
	if (asking.collecting == NULL && (asking.collecting = batch_take()) == NULL) {
		refused_add(&asking.refused, &a->refused, a);
		return;
	}
	add(asking.collecting, a, gtin, counter, serial);
	if (asking.collecting->count == QUESTIONS)
		send_collected();
	else if (!timer_running(&asking.timer))
		timer_start(&asking.timer, asking.under_way < AT_ONCE ? 0 : HOLD_MS, on_time, NULL);
}

void lookup_ask_forget(struct lookup_ask *a)
{
	/* While its batch is told it may be out of the list already. */
	if (a->batch != NULL && a->batch->asks[a->place] == a)
		a->batch->asks[a->place] = NULL;
	a->batch = NULL;
	refused_forget(&a->refused);
}

/* --- the worker's ---------------------------------------------------------------------------- */

static void batch_init(struct lookup_batch *b)
{
	b->query.done = on_rows;
	b->query.arg = b;
	db_array_init(&b->arrays[GTIN], DB_ELEMENT_I64, QUESTIONS, sizeof(int64_t));
	db_array_init(&b->arrays[COUNTER], DB_ELEMENT_I64, QUESTIONS, sizeof(int64_t));
	db_array_init(&b->arrays[SERIAL], DB_ELEMENT_TEXT, QUESTIONS, GS1_SERIAL_MAX);
	batch_give_back(b);
}

bool lookup_ask_start(struct db *db)
{
	asking.db = db;
	refused_init(&asking.refused, tell_refused);
	asking.batches = calloc(BATCHES, sizeof(*asking.batches));
	for (unsigned i = 0; asking.batches != NULL && i < BATCHES; i++)
		batch_init(&asking.batches[i]);
	return asking.batches != NULL;
}

void lookup_ask_stop(void)
{
	timer_stop(&asking.timer);
	refused_clear(&asking.refused);
	for (unsigned i = 0; asking.batches != NULL && i < BATCHES; i++) {
		db_forget(&asking.batches[i].query);
		for (unsigned n = 0; n < COLUMNS; n++)
			db_array_release(&asking.batches[i].arrays[n]);
	}
	free(asking.batches);
	asking.batches = NULL;
	asking.free = asking.collecting = NULL;
	asking.under_way = 0;
	asking.db = NULL;
}
