/* Rings of what was counted, and their way into the inbox. */
#include "web/visit_queue.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "store/sql.h"
#include "web/orders.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/worker_log.h"

enum {
	RING = 8192,	/* a power of two */
	PIECE = 1024,	/* rows in one statement: a few milliseconds of PostgreSQL's */
	ROW_TEXT = 192, /* bytes one takes there at most */
	LOOK_BACK = 16, /* rows that a sum is looked for in */
	FLUSH_MS = 500,
	LOG_MS = 60000,
	FINISH_MS = 1000,     /* the longest an orderly end waits for a database that hangs */
	TIMES_MOST = 1000000, /* as the table takes */
};

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
	struct buf text;
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

static void add_row(struct buf *text, const struct visit_row *row, uint64_t now_ms)
{
	static const char *const kinds[] = { "visit", "never_issued", "mistyped", "robot" };
	char visitor[24] = "";

	if (row->kind == VISIT_PERSON)
		(void)snprintf(visitor, sizeof(visitor), "%lld", (long long)row->visitor);
	buf_add_format(text, "%s%llu\t%llu\t%s\t%s\t%s\t%s\t%s\t%u", text->length > 0 ? "\n" : "",
		       (unsigned long long)(now_ms - row->at_ms), (unsigned long long)row->gtin,
		       row->serial, row->lot_handle, visitor, kinds[row->kind % COUNT_OF(kinds)],
		       row->country, row->times);
}

static void send_piece(void)
{
	struct db_parameters p = { .count = 0 };
	uint64_t tail = load(&queue.ring->tail), count = waiting(), now = loop_now_ms();

	if (queue.sending > 0 || count == 0 || !db_is_up(queue.db))
		return;
	if (count > PIECE)
		count = PIECE;
	buf_clear(&queue.text);
	for (uint64_t i = 0; i < count; i++)
		add_row(&queue.text, row_at(tail + i), now);
	if (!buf_ok(&queue.text))
		return; /* no memory now: later, or lost when the ring is full */
	queue.sending = count;
	db_add_text(&p, buf_slice(&queue.text));
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

void visit_queue_start(struct db *db, unsigned worker)
{
	queue.ring = &rings[worker % ORDERS_WORKERS];
	queue.db = db;
	queue.query.done = on_sent;
	buf_init(&queue.text, PIECE * ROW_TEXT);
	check_ring();
	metric_set(METRIC_VISITS_WAITING, waiting());
	timer_start(&queue.timer, FLUSH_MS, flush, NULL);
}

void visit_queue_stop(void)
{
	timer_stop(&queue.timer);
	db_forget(&queue.query);
	buf_release(&queue.text);
	queue.ring = NULL;
	queue.db = NULL;
}
