/* Keeps one connection to PostgreSQL: connecting, the pipeline, deadlines, starting over. */
#include "web/db.h"

#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

#include "web/loop.h"
#include "web/metrics.h"

enum {
	CONNECT_DEADLINE_MS = 1000,
	RETRY_LEAST_MS = 50,
	RETRY_MOST_MS = 1000,
};

enum state {
	STATE_WAITING,	  /* for the next try */
	STATE_CONNECTING, /* libpq is at work */
	STATE_PREPARING,  /* connected; statements are on their way */
	STATE_UP,
};

enum slot_kind { SLOT_QUERY, SLOT_PREPARE, SLOT_SYNC };

/* What PostgreSQL owes us an answer for, in order. */
struct db_slot {
	enum slot_kind kind;
	struct db_query *query; /* NULL: nobody waits any more */
	uint64_t sent_ms;
};

struct db {
	struct db_options options;
	enum state state;
	PGconn *pg;
	int fd; /* our own duplicate of libpq's socket, which libpq closes when it likes; or -1 */
	struct watch watch;
	bool writing;
	struct timer retry, connect_deadline, deadline, flush;
	unsigned backoff_ms;
	bool broken;	  /* found while sending; the next turn starts over */
	PGresult *result; /* being handed out; NULL: somebody keeps it */
	/* Of a transaction apart: the first refusal, else the last rows; handed out at its Sync. */
	PGresult *outcome;
	bool unsynced; /* something was sent since the last Sync */
	uint64_t heard_ms;

	struct db_slot *ring;
	size_t ring_size;  /* a power of two */
	size_t head, tail; /* counted up for ever; the slot is at & (ring_size - 1) */
	unsigned queries;  /* of kind SLOT_QUERY in the ring */

	struct refused_list refused; /* waiting for their bad news */
};

static void connect_start(void *arg);
static void go_down(struct db *db, const char *why);

/* --- the ring of what is owed --------------------------------------------------------------- */

static struct db_slot *slot_at(struct db *db, size_t index)
{
	return &db->ring[index & (db->ring_size - 1)];
}

static void slot_push(struct db *db, enum slot_kind kind, struct db_query *query)
{
	struct db_slot *slot = slot_at(db, db->tail++);

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

static void slot_pop(struct db *db, enum db_result result, const PGresult *rows)
{
	/* Off the ring first: `done` may send, and a slot that is written anew is another's. */
	struct db_slot slot = *slot_at(db, db->head);

	slot_at(db, db->head++)->query = NULL;
	db->queries -= slot.kind == SLOT_QUERY;
	metric_sub(METRIC_DATABASE_IN_FLIGHT, slot.kind == SLOT_QUERY);
	slot_answer(&slot, result, rows);
}

/* --- queries that cannot be sent ------------------------------------------------------------ */

static void tell_refused(void *query)
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

static void on_ready(void *arg, unsigned ready);

static void pipeline_flush(struct db *db)
{
	int left = PQflush(db->pg);

	if (left < 0) {
		go_down(db, PQerrorMessage(db->pg));
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
		slot_push(db, SLOT_SYNC, NULL);
	db->unsynced = false;
	return true;
}

static void pipeline_sync(void *arg)
{
	struct db *db = arg;

	if (end_pipeline(db))
		pipeline_flush(db);
	else
		go_down(db, PQerrorMessage(db->pg));
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
	for (size_t i = db->head; i != db->tail && slot_at(db, i)->sent_ms + limit <= now; i++)
		slot_answer(slot_at(db, i), DB_TIMEOUT, NULL);
	if (db->head == db->tail)
		return;
	if (slot_at(db, db->head)->sent_ms + limit <= now && db->heard_ms + limit <= now) {
		go_down(db, "no answer within the deadline");
		return;
	}
	for (size_t i = db->head; i != db->tail; i++) {
		uint64_t due = slot_at(db, i)->sent_ms + limit;

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
		timer_start(&db->flush, 0, pipeline_sync, db);
	if (!PQsendQueryPrepared(db->pg, sql->name, p->count, p->values, p->lengths, binary, 1)) {
		db->broken = true;
		return false;
	}
	db->unsynced = true;
	slot_push(db, SLOT_QUERY, q);
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
	slot_push(db, SLOT_SYNC, q);
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

/* --- receiving ------------------------------------------------------------------------------ */

static void prepared(struct db *db)
{
	db->state = STATE_UP;
	metric_add(METRIC_DATABASE_CONNECTIONS, 1);
	metric_add(METRIC_DATABASE_CONNECTS, 1);
	db->backoff_ms = 0;
	timer_stop(&db->connect_deadline);
	if (db->options.on_up != NULL)
		db->options.on_up(db->options.arg);
}

/* Whether this can be what the oldest slot waits for. */
static bool is_in_step(enum slot_kind kind, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		return kind == SLOT_SYNC;
	case PGRES_TUPLES_OK:
		return kind == SLOT_QUERY;
	case PGRES_COMMAND_OK:
		/* One with columns is a torn SELECT, see receive(). */
		return kind != SLOT_SYNC && PQnfields(result) == 0;
	default:
		return kind != SLOT_SYNC;
	}
}

static bool is_refusal(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

/* The result of a query apart: kept until its transaction is over. */
static void keep_outcome(struct db *db)
{
	if (db->outcome == NULL || !is_refusal(db->outcome)) {
		PQclear(db->outcome);
		db->outcome = db->result;
		db->result = NULL;
	}
	slot_pop(db, DB_OK, NULL); /* nobody waits for this one */
}

/* The Sync was answered: whoever waits for the transaction before it learns what became of it. */
static void synced(struct db *db)
{
	PQclear(db->result);
	db->result = db->outcome;
	db->outcome = NULL;
	slot_pop(db, db->result != NULL && is_refusal(db->result) ? DB_ERROR : DB_OK, db->result);
	if (db->state == STATE_PREPARING)
		prepared(db);
}

/* False: the connection is of no more use, and `why` says it. */
static bool take_result(struct db *db, const PGresult *result, const char **ret_why)
{
	enum slot_kind kind = slot_at(db, db->head)->kind;
	ExecStatusType status = PQresultStatus(result);

	if (!is_in_step(kind, result)) {
		*ret_why = "the pipeline is out of step";
		return false;
	}
	if (db->options.apart && kind == SLOT_QUERY && PQstatus(db->pg) != CONNECTION_BAD) {
		keep_outcome(db);
		return true;
	}
	switch (status) {
	case PGRES_PIPELINE_SYNC:
		synced(db);
		return true;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		slot_pop(db, DB_OK, result);
		return true;
	default:
		if (kind == SLOT_PREPARE) {
			*ret_why = PQresultErrorMessage(result);
			return false;
		}
		/* "terminating connection" comes as the answer to a query. */
		if (PQstatus(db->pg) == CONNECTION_BAD)
			slot_pop(db, DB_DOWN, NULL);
		else
			slot_pop(db, DB_ERROR, result);
		return true;
	}
}

static bool take_results(struct db *db, const char **ret_why)
{
	unsigned gaps = 0; /* a NULL stands between the results of two queries */

	while (db->head != db->tail && PQstatus(db->pg) == CONNECTION_OK && !PQisBusy(db->pg)) {
		PGresult *result = PQgetResult(db->pg);
		bool ok;

		if (result == NULL) {
			if (++gaps > 1)
				break;
			continue;
		}
		gaps = 0;
		db->result = result;
		ok = take_result(db, result, ret_why);
		if (!ok) /* the text may belong to the result: go down before it is gone */
			go_down(db, *ret_why);
		PQclear(db->result);
		db->result = NULL;
		if (!ok || db->pg == NULL)
			return false;
	}
	return true;
}

PGresult *db_keep_rows(struct db *db, const PGresult *rows)
{
	PGresult *kept = db->result;

	assert(kept == rows);
	db->result = NULL;
	return kept;
}

static void take_notices(struct db *db)
{
	PGnotify *notice;

	while ((notice = PQnotifies(db->pg)) != NULL) {
		if (db->options.on_notify != NULL)
			db->options.on_notify(db->options.arg, notice->relname);
		PQfreemem(notice);
	}
}

/*
 * When a connection is lost libpq forgets what was asked and goes on parsing what it has read: the
 * first half of a SELECT then comes out as a command that succeeded, without rows. So nothing is
 * taken from a connection once it is lost.
 */
static void receive(struct db *db)
{
	const char *why = "";

	if (!PQconsumeInput(db->pg)) {
		go_down(db, PQerrorMessage(db->pg));
		return;
	}
	db->heard_ms = loop_now_ms();
	if (!take_results(db, &why))
		return; /* it went down there */
	take_notices(db);
	if (PQstatus(db->pg) == CONNECTION_BAD)
		go_down(db, PQerrorMessage(db->pg));
}

/* --- connecting ----------------------------------------------------------------------------- */

static void ignore_notice(void *arg, const PGresult *notice)
{
	(void)arg;
	(void)notice;
}

/* A plan made while a table was empty reads it by its index, too. */
static const char *const one_plan[] = { "SET plan_cache_mode = force_generic_plan",
					"SET enable_seqscan = off" };

/* The server's own limit, so that it does not work on for nobody. */
static bool send_setup(struct db *db)
{
	char set[64];

	(void)snprintf(set, sizeof(set), "SET statement_timeout = %u",
		       db->options.deadline_ms * (db->options.patient ? 60 : 2));
	if (!PQsendQueryParams(db->pg, set, 0, NULL, NULL, NULL, NULL, 1))
		return false;
	slot_push(db, SLOT_PREPARE, NULL);
	for (unsigned i = 0; db->options.one_plan && i < COUNT_OF(one_plan); i++) {
		if (!PQsendQueryParams(db->pg, one_plan[i], 0, NULL, NULL, NULL, NULL, 1))
			return false;
		slot_push(db, SLOT_PREPARE, NULL);
	}
	for (unsigned i = 0; i < db->options.query_count; i++) {
		const struct sql_query *sql = db->options.queries[i];

		if (!PQsendPrepare(db->pg, sql->name, sql->text, 0, NULL))
			return false;
		slot_push(db, SLOT_PREPARE, NULL);
	}
	return true;
}

static void unwatch(struct db *db)
{
	watch_stop(&db->watch);
	if (db->fd >= 0)
		(void)close(db->fd);
	db->fd = -1;
}

static bool watch_socket(struct db *db, unsigned wanted)
{
	unwatch(db);
	db->fd = fcntl(PQsocket(db->pg), F_DUPFD_CLOEXEC, 0);
	if (db->fd < 0) {
		go_down(db, "no file descriptor left");
		return false;
	}
	watch_start(&db->watch, db->fd, wanted, on_ready, db);
	return true;
}

static void connected(struct db *db)
{
	db->state = STATE_PREPARING;
	if (PQsetnonblocking(db->pg, 1) != 0 || !PQenterPipelineMode(db->pg) || !send_setup(db)) {
		go_down(db, PQerrorMessage(db->pg));
		return;
	}
	db->writing = false;
	db->unsynced = true;
	if (watch_socket(db, WATCH_READ))
		pipeline_sync(db);
}

static void connect_step(struct db *db)
{
	switch (PQconnectPoll(db->pg)) {
	case PGRES_POLLING_OK:
		connected(db);
		break;
	case PGRES_POLLING_READING:
		(void)watch_socket(db, WATCH_READ);
		break;
	case PGRES_POLLING_WRITING:
		(void)watch_socket(db, WATCH_WRITE);
		break;
	default:
		go_down(db, PQerrorMessage(db->pg));
		break;
	}
}

static void on_ready(void *arg, unsigned ready)
{
	struct db *db = arg;

	if (db->state == STATE_CONNECTING) {
		connect_step(db);
		return;
	}
	if (ready & (WATCH_READ | WATCH_ERROR))
		receive(db);
	if (db->pg != NULL && (ready & WATCH_WRITE) != 0)
		pipeline_flush(db);
}

static void connect_expired(void *arg)
{
	go_down(arg, "no connection within the deadline");
}

static void connect_start(void *arg)
{
	struct db *db = arg;
	/* What the connection string says outranks what stands before it. */
	static const char *const names[] = { "fallback_application_name", "gssencmode", "dbname",
					     NULL };
	const char *const values[] = { "suyuand", "disable", db->options.connection, NULL };

	db->state = STATE_CONNECTING;
	db->broken = false;
	timer_start(&db->connect_deadline, CONNECT_DEADLINE_MS, connect_expired, db);
	db->pg = PQconnectStartParams(names, values, 1);
	if (db->pg == NULL || PQstatus(db->pg) == CONNECTION_BAD) {
		go_down(db, db->pg == NULL ? "out of memory" : PQerrorMessage(db->pg));
		return;
	}
	(void)PQsetNoticeReceiver(db->pg, ignore_notice, NULL);
	(void)watch_socket(db, WATCH_WRITE);
}

/* --- starting over -------------------------------------------------------------------------- */

static void disconnect(struct db *db)
{
	unwatch(db);
	timer_stop(&db->connect_deadline);
	timer_stop(&db->deadline);
	timer_stop(&db->flush);
	PQfinish(db->pg);
	PQclear(db->outcome);
	db->outcome = NULL;
	db->pg = NULL;
	db->unsynced = false;
	metric_sub(METRIC_DATABASE_CONNECTIONS, db->state == STATE_UP);
	db->state = STATE_WAITING;
}

/* Half to one and a half of the pause, so that many workers do not come back at once. */
static unsigned next_pause(struct db *db)
{
	db->backoff_ms = db->backoff_ms == 0 ? RETRY_LEAST_MS : db->backoff_ms * 2;
	if (db->backoff_ms > RETRY_MOST_MS)
		db->backoff_ms = RETRY_MOST_MS;
	return db->backoff_ms / 2 + (unsigned)(random() % db->backoff_ms);
}

static void go_down(struct db *db, const char *why)
{
	char reason[200];
	size_t length;

	/* The text belongs to the connection that goes now. */
	(void)snprintf(reason, sizeof(reason), "%s", why);
	length = strcspn(reason, "\n");
	reason[length] = '\0';
	disconnect(db);
	metric_add(METRIC_DATABASE_FAILURES, 1);
	timer_start(&db->retry, next_pause(db), connect_start, db);
	while (db->head != db->tail)
		slot_pop(db, DB_DOWN, NULL);
	if (db->options.on_down != NULL)
		db->options.on_down(db->options.arg, reason);
}

struct db *db_new(const struct db_options *options)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		return NULL;
	db->options = *options;
	db->fd = -1;
	refused_init(&db->refused, tell_refused);
	/* Each query may have a Sync of its own and one before it; the setup comes on top. */
	db->ring_size = 64;
	while (db->ring_size <
	       3 * (options->most_in_flight + options->query_count + COUNT_OF(one_plan) + 2))
		db->ring_size *= 2;
	db->ring = calloc(db->ring_size, sizeof(*db->ring));
	if (db->ring == NULL) {
		free(db);
		return NULL;
	}
	metric_add(METRIC_DATABASE_WANTED, 1);
	connect_start(db);
	return db;
}

void db_free(struct db *db)
{
	if (db == NULL)
		return;
	for (; db->head != db->tail; db->head++)
		if (slot_at(db, db->head)->query != NULL)
			slot_at(db, db->head)->query->slot = NULL;
	refused_clear(&db->refused);
	disconnect(db);
	timer_stop(&db->retry);
	free(db->ring);
	free(db);
}

bool db_is_up(const struct db *db)
{
	return db->state == STATE_UP && !db->broken;
}
