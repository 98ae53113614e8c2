/* Keeps one connection to PostgreSQL: connecting, preparing, losing it, starting over. */
#include "web/db_parts.h"

#include <fcntl.h>
#include <unistd.h>

#include "web/metrics.h"

enum {
	CONNECT_DEADLINE_MS = 1000,
	RETRY_LEAST_MS = 50,
	RETRY_MOST_MS = 1000,
};

static void connect_start(void *arg);

/* --- connecting ----------------------------------------------------------------------------- */

static void on_ready(void *arg, unsigned ready);

void db_prepared(struct db *db)
{
	db->state = STATE_UP;
	metric_add(METRIC_DATABASE_CONNECTIONS, 1);
	metric_add(METRIC_DATABASE_CONNECTS, 1);
	db->backoff_ms = 0;
	timer_stop(&db->connect_deadline);
	if (db->options.on_up != NULL)
		db->options.on_up(db->options.arg);
}

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
	db_slot_push(db, SLOT_PREPARE, NULL);
	for (unsigned i = 0; db->options.one_plan && i < COUNT_OF(one_plan); i++) {
		if (!PQsendQueryParams(db->pg, one_plan[i], 0, NULL, NULL, NULL, NULL, 1))
			return false;
		db_slot_push(db, SLOT_PREPARE, NULL);
	}
	for (unsigned i = 0; i < db->options.query_count; i++) {
		const struct sql_query *sql = db->options.queries[i];

		if (!PQsendPrepare(db->pg, sql->name, sql->text, 0, NULL))
			return false;
		db_slot_push(db, SLOT_PREPARE, NULL);
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
		db_go_down(db, "no file descriptor left");
		return false;
	}
	watch_start(&db->watch, db->fd, wanted, on_ready, db);
	return true;
}

static void connected(struct db *db)
{
	db->state = STATE_PREPARING;
	if (PQsetnonblocking(db->pg, 1) != 0 || !PQenterPipelineMode(db->pg) || !send_setup(db)) {
		db_go_down(db, PQerrorMessage(db->pg));
		return;
	}
	db->writing = false;
	db->unsynced = true;
	if (watch_socket(db, WATCH_READ))
		db_pipeline_sync(db);
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
		db_go_down(db, PQerrorMessage(db->pg));
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
		db_receive(db);
	if (db->pg != NULL && (ready & WATCH_WRITE) != 0)
		db_pipeline_flush(db);
}

static void connect_expired(void *arg)
{
	db_go_down(arg, "no connection within the deadline");
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
		db_go_down(db, db->pg == NULL ? "out of memory" : PQerrorMessage(db->pg));
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

void db_go_down(struct db *db, const char *why)
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
		db_slot_pop(db, DB_DOWN, NULL);
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
	refused_init(&db->refused, db_tell_refused);
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
		if (db_slot_at(db, db->head)->query != NULL)
			db_slot_at(db, db->head)->query->slot = NULL;
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
