/* Opens the connections that lookups read through, and logs when one comes or goes. */
#include "web/lookup_backends.h"

#include "store/sql.h"
#include "web/lookup_ask.h"
#include "web/module.h"
#include "web/worker_log.h"

enum { IN_FLIGHT = 4096, WRITES_IN_FLIGHT = 256 };

static const struct sql_query *const queries[] = { &sql_lookup_items, &sql_lookup_foreign,
						   &sql_lookup_documents,
						   &sql_lookup_links };
static const struct sql_query *const writes[] = { &sql_pin_try };

/* A backend and whether the log knows that it is away: each loss is one line. */
struct backend {
	const char *name;
	bool away;
};

static struct backend database = { .name = "database" }, cache = { .name = "redis" },
		      writing = { .name = "database, to write to" };
static struct db *db, *writer;
static struct redis *redis;
static struct redis_place place;

struct db *lookup_db(void)
{
	return db;
}

struct db *lookup_writer(void)
{
	return writer;
}

struct redis *lookup_redis(void)
{
	return redis;
}

static void on_up(void *arg)
{
	struct backend *b = arg;

	b->away = false;
	worker_log("info", "%s: connected", b->name);
}

static void on_down(void *arg, const char *why)
{
	struct backend *b = arg;

	if (!b->away)
		worker_log("warning", "%s: not reachable: %s", b->name, why);
	b->away = true;
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	char reason[128];

	if (s->redis_url[0] == '\0' ||
	    redis_place_parse(s->redis_url, &place, reason, sizeof(reason)))
		return true;
	(void)snprintf(why, why_size, "redis_url: %s", reason);
	return false;
}

static void start_db(const struct settings *s)
{
	const struct db_options options = {
		.connection = s->public_database_url,
		.queries = queries,
		.query_count = COUNT_OF(queries),
		.deadline_ms = (unsigned)s->database_deadline_ms,
		.one_plan = true,
		.most_in_flight = IN_FLIGHT,
		.on_up = on_up,
		.on_down = on_down,
		.arg = &database,
	};

	db = db_new(&options);
	if (db == NULL || !lookup_ask_start(db))
		worker_fatal("out of memory");
}

static void start_writer(const struct settings *s)
{
	const struct db_options options = {
		.connection = s->public_database_url,
		.queries = writes,
		.query_count = COUNT_OF(writes),
		.deadline_ms = (unsigned)s->database_deadline_ms,
		.apart = true,
		.most_in_flight = WRITES_IN_FLIGHT,
		.on_up = on_up,
		.on_down = on_down,
		.arg = &writing,
	};

	writer = db_new(&options);
	if (writer == NULL)
		worker_fatal("out of memory");
}

static void start_redis(const struct settings *s)
{
	const struct redis_options options = {
		.place = &place,
		.deadline_ms = (unsigned)s->redis_deadline_ms,
		.most_in_flight = IN_FLIGHT,
		.value_most = DOCUMENTS_MOST,
		.on_up = on_up,
		.on_down = on_down,
		.arg = &cache,
	};

	redis = redis_new(&options);
	if (redis == NULL)
		worker_fatal("out of memory");
}

static void start(const struct settings *s)
{
	start_db(s);
	start_writer(s);
	if (place.owned != NULL)
		start_redis(s);
}

static bool is_loaded(void)
{
	return db_is_up(db);
}

static bool is_away(void)
{
	return database.away;
}

static void stop(void)
{
	redis_free(redis);
	lookup_ask_stop();
	db_free(db);
	db_free(writer);
	redis = NULL;
	db = writer = NULL;
	redis_place_release(&place);
}

const struct module module_lookup_backends = {
	.name = "lookup_backends",
	.programs = PROGRAM_LOOKUP,
	.prepare = prepare,
	.start = start,
	.is_loaded = is_loaded,
	.is_away = is_away,
	.stop = stop,
};
