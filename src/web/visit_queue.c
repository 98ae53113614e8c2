/* Rings of what was counted, and their way into the inbox. */
#include "web/visit_queue.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "store/sql.h"
#include "web/db_array.h"
#include "web/orders.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/worker_log.h"

enum {
	RING = 8192,	/* a power of two */
	PIECE = 1024,	/* looks in one row of the inbox, as many as it takes */
	TEXT_MOST = 24, /* bytes of what stands there of one, at most */
	LOOK_BACK = 16, /* rows that a sum is looked for in */
	FLUSH_MS = 500,
	LOG_MS = 60000,
	FINISH_MS = 1000,     /* the longest an orderly end waits for a database that hangs */
	TIMES_MOST = 1000000, /* as the table takes */
};

/* Parameters of sql_visit_add. */
enum column { AGE, GTIN, SERIAL, LOT_HANDLE, VISITOR, KIND, COUNTRY, TIMES, COLUMNS };

struct ring {
	/* Counted up for ever: rows from `tail` to `head` wait, each at its number % RING. */
	_Atomic uint64_t head, tail;
	struct visit_row rows[RING];
};

const struct sql_query *const visit_queue_sql = &sql_visit_add;

static struct ring *rings;

static struct {
	struct ring *ring;
	struct db *db;
	struct db_query query;
	struct timer timer;
	struct db_array arrays[COLUMNS];
	uint64_t sending; /* rows from the tail on that are on their way */
	uint64_t lost;	  /* since the log last told */
	uint64_t told_ms;
	uint64_t finish_ms; /* when to give up; 0: nobody wants to end */
} queue;

/* --- the ring --- */

static uint64_t load(const _Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static uint64_t waiting(void)
{
	return load(&queue.ring->head) - load(&queue.ring->tail);
}

static struct visit_row *row_at(uint64_t number)
{
	return &queue.ring->rows[number % RING];
}

/* One for each worker there may be; pages that nobody touches take no memory. */
bool visit_queue_new(void)
{
	void *at = mmap(NULL, ORDERS_WORKERS * sizeof(*rings), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return false;
	rings = at;
	return true;
}

void visit_queue_free(void)
{
	if (rings != NULL)
		(void)munmap(rings, ORDERS_WORKERS * sizeof(*rings));
	rings = NULL;
}

/* --- sending --- */

static void lose(enum metric why, uint64_t count)
{
	metric_add(why, count);
	queue.lost += count;
	if (queue.told_ms != 0 && loop_now_ms() - queue.told_ms < LOG_MS)
		return;
	worker_log("warning", "visits: %llu were lost on the way to the database%s",
		   (unsigned long long)queue.lost,
		   why == METRIC_VISITS_LOST ? ", which is away or slow" : ", which refused them");
	queue.lost = 0;
	queue.told_ms = loop_now_ms();
}

static void add_row(struct db_array to[COLUMNS], const struct visit_row *row, uint64_t now_ms)
{
	static const char *const kinds[] = { "visit", "never_issued", "mistyped", "robot" };
	uint64_t age_ms = now_ms - row->at_ms;

	db_array_add_i32(&to[AGE], age_ms < INT32_MAX ? (int32_t)age_ms : INT32_MAX);
	db_array_add_i64(&to[GTIN], (int64_t)row->gtin);
	db_array_add_text(&to[SERIAL], slice_of(row->serial));
	db_array_add_text(&to[LOT_HANDLE], slice_of(row->lot_handle));
	if (row->kind == VISIT_PERSON)
		db_array_add_i64(&to[VISITOR], (int64_t)row->visitor);
	else
		db_array_add_null(&to[VISITOR]);
	db_array_add_text(&to[KIND], slice_of(kinds[row->kind % COUNT_OF(kinds)]));
	db_array_add_text(&to[COUNTRY], slice_of(row->country));
	db_array_add_i32(&to[TIMES], (int32_t)row->times);
}

/* False: no memory now. */
static bool fill_arrays(uint64_t tail, uint64_t count)
{
	bool ok = true;

	for (unsigned i = 0; i < COLUMNS; i++)
		db_array_clear(&queue.arrays[i]);
	for (uint64_t i = 0; i < count; i++)
		add_row(queue.arrays, row_at(tail + i), loop_now_ms());
	for (unsigned i = 0; i < COLUMNS; i++)
		ok = ok && db_array_ok(&queue.arrays[i]);
	return ok;
}

static void send_piece(void)
{
	struct db_parameters p = { .count = 0 };
	uint64_t tail = load(&queue.ring->tail), count = waiting();

	if (queue.sending > 0 || count == 0 || !db_is_up(queue.db))
		return;
	if (count > PIECE)
		count = PIECE;
	if (!fill_arrays(tail, count))
		return; /* later, or lost when the ring is full */
	queue.sending = count;
	for (unsigned i = 0; i < COLUMNS; i++)
		db_add_text(&p, db_array_wire(&queue.arrays[i]));
	db_send(queue.db, visit_queue_sql, &p, &queue.query);
}

static void take_out(uint64_t count)
{
	uint64_t tail = load(&queue.ring->tail);

	atomic_store_explicit(&queue.ring->tail, tail + count, memory_order_release);
	metric_set(METRIC_VISITS_WAITING, waiting());
}

static void on_sent(void *arg, enum db_result result, const PGresult *rows)
{
	uint64_t count = queue.sending;

	(void)arg;
	(void)rows;
	queue.sending = 0;
	if (result == DB_ERROR)
		lose(METRIC_VISITS_REFUSED, count);
	if (result != DB_OK && result != DB_ERROR)
		return; /* it may or may not be there: once more, later */
	take_out(count);
	if (waiting() >= PIECE || queue.finish_ms != 0)
		send_piece();
}

static void flush(void *arg)
{
	(void)arg;
	send_piece();
	timer_start(&queue.timer, FLUSH_MS, flush, NULL);
}

/* --- adding --- */

static bool same_sum(const struct visit_row *a, const struct visit_row *b)
{
	return a->kind == b->kind && a->gtin == b->gtin && a->times < TIMES_MOST &&
	       strcmp(a->country, b->country) == 0 && strcmp(a->lot_handle, b->lot_handle) == 0;
}

/* Among the latest rows that are not on their way already. */
static bool add_to_sum(const struct visit_row *row)
{
	uint64_t head = load(&queue.ring->head), first = load(&queue.ring->tail) + queue.sending;

	for (uint64_t i = head; i > first && head - i < LOOK_BACK; i--)
		if (same_sum(row_at(i - 1), row)) {
			row_at(i - 1)->times += row->times;
			return true;
		}
	return false;
}

void visit_queue_add(const struct visit_row *row)
{
	uint64_t head;

	if (queue.ring == NULL || (row->kind != VISIT_PERSON && add_to_sum(row)))
		return;
	if (waiting() >= RING) {
		lose(METRIC_VISITS_LOST, row->times);
		return;
	}
	head = load(&queue.ring->head);
	*row_at(head) = *row;
	atomic_store_explicit(&queue.ring->head, head + 1, memory_order_release);
	metric_set(METRIC_VISITS_WAITING, waiting());
	if (waiting() >= PIECE)
		send_piece();
}

bool visit_queue_finish(void)
{
	uint64_t now = loop_now_ms();

	if (queue.ring == NULL || waiting() == 0 || !db_is_up(queue.db))
		return true;
	if (queue.finish_ms == 0)
		queue.finish_ms = now + FINISH_MS;
	send_piece();
	return now >= queue.finish_ms;
}

/* --- the worker's --- */

/* Whoever was killed while writing may have left anything: what cannot be is dropped. */
static void check_ring(void)
{
	if (waiting() > RING)
		atomic_store(&queue.ring->tail, load(&queue.ring->head));
}

static void init_arrays(void)
{
	static const enum db_element elements[COLUMNS] = {
		[AGE] = DB_ELEMENT_I32,	     [GTIN] = DB_ELEMENT_I64,
		[SERIAL] = DB_ELEMENT_TEXT,  [LOT_HANDLE] = DB_ELEMENT_TEXT,
		[VISITOR] = DB_ELEMENT_I64,  [KIND] = DB_ELEMENT_TEXT,
		[COUNTRY] = DB_ELEMENT_TEXT, [TIMES] = DB_ELEMENT_I32,
	};

	for (unsigned i = 0; i < COLUMNS; i++)
		db_array_init(&queue.arrays[i], elements[i], PIECE, TEXT_MOST);
}

void visit_queue_start(struct db *db, unsigned worker)
{
	queue.ring = &rings[worker % ORDERS_WORKERS];
	queue.db = db;
	queue.query.done = on_sent;
	init_arrays();
	check_ring();
	metric_set(METRIC_VISITS_WAITING, waiting());
	timer_start(&queue.timer, FLUSH_MS, flush, NULL);
}

void visit_queue_stop(void)
{
	timer_stop(&queue.timer);
	db_forget(&queue.query);
	for (unsigned i = 0; i < COLUMNS; i++)
		db_array_release(&queue.arrays[i]);
	queue.ring = NULL;
	queue.db = NULL;
}
