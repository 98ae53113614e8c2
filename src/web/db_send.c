/* Sends queries through the pipeline: what is owed an answer, one Sync a turn, deadlines. */
#include "web/db_parts.h"

#include <assert.h>

#include "web/metrics.h"

/* --- the ring of what is owed --------------------------------------------------------------- */

void db_slot_push(struct db *db, enum db_slot_kind kind, struct db_query *query)
{
	struct db_slot *slot = db_slot_at(db, db->tail++);

	assert(db->tail - db->head <= db->ring_size);
	*slot = (struct db_slot){ .kind = kind, .query = query, .sent_ms = loop_now_ms() };
	db->queries += kind == SLOT_QUERY;
	metric_add(METRIC_DATABASE_IN_FLIGHT, kind == SLOT_QUERY);
	metric_add(METRIC_DATABASE_QUERIES, kind == SLOT_QUERY);
	if (query != NULL)
		query->slot = slot;
}

static void count_failure(enum db_result result)
{
	static const enum metric metrics[] = {
		[DB_DOWN] = METRIC_DATABASE_DOWN,
		[DB_TIMEOUT] = METRIC_DATABASE_LATE,
		[DB_BUSY] = METRIC_DATABASE_BUSY,
		[DB_ERROR] = METRIC_DATABASE_REFUSED,
	};

	if (result != DB_OK)
		metric_add(metrics[result], 1);
}

static void slot_answer(struct db_slot *slot, enum db_result result, const PGresult *rows)
{
	struct db_query *query = slot->query;

	if (query == NULL)
		return;
	slot->query = NULL;
	query->slot = NULL;
	count_failure(result);
	query->done(query->arg, result, rows);
}

void db_slot_pop(struct db *db, enum db_result result, const PGresult *rows)
{
	/* Off the ring first: `done` may send, and a slot that is written anew is another's. */
	struct db_slot slot = *db_slot_at(db, db->head);

	db_slot_at(db, db->head++)->query = NULL;
	db->queries -= slot.kind == SLOT_QUERY;
	metric_sub(METRIC_DATABASE_IN_FLIGHT, slot.kind == SLOT_QUERY);
	slot_answer(&slot, result, rows);
}

/* --- queries that cannot be sent ------------------------------------------------------------ */

void db_tell_refused(void *query)
{
	struct db_query *q = query;

	q->done(q->arg, q->refusal, NULL);
}

static void refuse(struct db *db, struct db_query *q, enum db_result why)
{
	q->refusal = why;
	count_failure(why);
	refused_add(&db->refused, &q->refused, q);
}

/* --- sending -------------------------------------------------------------------------------- */

void db_pipeline_flush(struct db *db)
{
	int left = PQflush(db->pg);

	if (left < 0) {
		db_go_down(db, PQerrorMessage(db->pg));
		return;
	}
	if ((left == 1) == db->writing)
		return;
	db->writing = left == 1;
	watch_change(&db->watch, WATCH_READ | (db->writing ? WATCH_WRITE : 0));
}

/* False: the connection is broken. */
static bool end_pipeline(struct db *db)
{
	if (db->broken || (db->unsynced && !PQpipelineSync(db->pg)))
		return false;
	if (db->unsynced)
		db_slot_push(db, SLOT_SYNC, NULL);
	db->unsynced = false;
	return true;
}

void db_pipeline_sync(void *arg)
{
	struct db *db = arg;

	if (end_pipeline(db))
		db_pipeline_flush(db);
	else
		db_go_down(db, PQerrorMessage(db->pg));
}

/* What fails here shows at the end of the turn, where callbacks may be called. */
void db_flush(struct db *db)
{
	if (timer_running(&db->flush) && end_pipeline(db) && PQflush(db->pg) == 0)
		timer_stop(&db->flush);
}

/*
 * A connection on which nothing at all was heard since a query expired is hung: it is given up.
 * One that merely is slow goes on, its late answers are dropped.
 */
static void expire(void *arg)
{
	struct db *db = arg;
	uint64_t now = loop_now_ms(), limit = db->options.deadline_ms;

	if (db->options.patient && db->heard_ms + limit > now) {
		timer_start(&db->deadline, db->heard_ms + limit - now, expire, db);
		return;
	}
	for (size_t i = db->head; i != db->tail && db_slot_at(db, i)->sent_ms + limit <= now; i++)
		slot_answer(db_slot_at(db, i), DB_TIMEOUT, NULL);
	if (db->head == db->tail)
		return;
	if (db_slot_at(db, db->head)->sent_ms + limit <= now && db->heard_ms + limit <= now) {
		db_go_down(db, "no answer within the deadline");
		return;
	}
	for (size_t i = db->head; i != db->tail; i++) {
		uint64_t due = db_slot_at(db, i)->sent_ms + limit;

		if (due > now) {
			timer_start(&db->deadline, due - now, expire, db);
			return;
		}
	}
	timer_start(&db->deadline, db->heard_ms + limit - now, expire, db);
}

/* Whether a query can be sent now; else it is refused. */
static bool accept(struct db *db, struct db_query *q)
{
	assert(q->slot == NULL && q->refused.list == NULL);
	if (db->state != STATE_UP || db->broken)
		refuse(db, q, DB_DOWN);
	else if (db->queries >= db->options.most_in_flight)
		refuse(db, q, DB_BUSY);
	else
		return true;
	return false;
}

/* False: the connection is broken, and the next turn starts over. */
static bool send_one(struct db *db, const struct sql_query *sql, const struct db_parameters *p,
		     struct db_query *q)
{
	static const int binary[DB_PARAMETERS] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

	assert((unsigned)p->count == sql->parameters);
	if (!timer_running(&db->flush))
		timer_start(&db->flush, 0, db_pipeline_sync, db);
	if (!PQsendQueryPrepared(db->pg, sql->name, p->count, p->values, p->lengths, binary, 1)) {
		db->broken = true;
		return false;
	}
	db->unsynced = true;
	db_slot_push(db, SLOT_QUERY, q);
	if (!timer_running(&db->deadline))
		timer_start(&db->deadline, db->options.deadline_ms, expire, db);
	return true;
}

/* PostgreSQL commits at the Sync: not before its answer is anything true that was said. */
static void end_transaction(struct db *db, struct db_query *q)
{
	if (!PQpipelineSync(db->pg)) {
		db->broken = true;
		refuse(db, q, DB_DOWN);
		return;
	}
	db_slot_push(db, SLOT_SYNC, q);
	db->unsynced = false;
}

void db_send(struct db *db, const struct sql_query *sql, const struct db_parameters *p,
	     struct db_query *q)
{
	if (!accept(db, q))
		return;
	if (!send_one(db, sql, p, db->options.apart ? NULL : q))
		refuse(db, q, DB_DOWN);
	else if (db->options.apart)
		end_transaction(db, q);
}

void db_send_after(struct db *db, const struct sql_query *first,
		   const struct db_parameters *first_p, const struct sql_query *sql,
		   const struct db_parameters *p, struct db_query *q)
{
	assert(db->options.apart);
	if (!accept(db, q))
		return;
	if (!send_one(db, first, first_p, NULL) || !send_one(db, sql, p, NULL))
		refuse(db, q, DB_DOWN);
	else
		end_transaction(db, q);
}

unsigned db_in_flight(const struct db *db)
{
	return db->queries;
}

void db_forget(struct db_query *q)
{
	if (q->slot != NULL)
		q->slot->query = NULL;
	q->slot = NULL;
	refused_forget(&q->refused);
}
