/* Opens the console's connections; the statements they prepare are all those the console may run.
 */
#include "web/console_db.h"

#include "store/sql.h"
#include "web/module.h"
#include "web/worker_log.h"

enum { CONNECTIONS = 4, IN_FLIGHT = 256 };

static struct db *connections[CONNECTIONS];
static bool away;

static const struct sql_query *const queries[] = {
#define CONSOLE_SQL(name) &sql_##name,
#include "web/console_sql.def"
#undef CONSOLE_SQL
};

struct db *console_db(void)
{
	struct db *best = connections[0];

	for (unsigned i = 1; i < CONNECTIONS; i++)
		if (db_is_up(connections[i]) &&
		    (!db_is_up(best) || db_in_flight(connections[i]) < db_in_flight(best)))
			best = connections[i];
	return best;
}

static void on_up(void *arg)
{
	(void)arg;
	if (away)
		worker_log("info", "database: connected");
	away = false;
}

static void on_down(void *arg, const char *why)
{
	(void)arg;
	if (!away)
		worker_log("warning", "database: not reachable: %s", why);
	away = true;
}

static void start(const struct settings *s)
{
	const struct db_options options = {
		.connection = s->console_database_url,
		.queries = queries,
		.query_count = COUNT_OF(queries),
		.deadline_ms = (unsigned)s->console_deadline_ms,
		.apart = true,
		.most_in_flight = IN_FLIGHT,
		.on_up = on_up,
		.on_down = on_down,
	};

	for (unsigned i = 0; i < CONNECTIONS; i++) {
		connections[i] = db_new(&options);
		if (connections[i] == NULL)
			worker_fatal("out of memory");
	}
}

static bool is_loaded(void)
{
	return db_is_up(console_db());
}

static bool is_away(void)
{
	return away;
}

static void stop(void)
{
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		db_free(connections[i]);
		connections[i] = NULL;
	}
}

const struct module module_console_db = {
	.name = "console_db",
	.programs = PROGRAM_CONSOLE,
	.start = start,
	.is_loaded = is_loaded,
	.is_away = is_away,
	.stop = stop,
};
