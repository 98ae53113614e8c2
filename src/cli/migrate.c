/* `suyuan migrate`: brings the database to the schema this program needs, or says how far it is. */
#include "cli/command.h"

#include "cli/database.h"
#include "store/migrate.h"

extern const struct command command_migrate;

static void print_state(const struct migrate_state *s, bool json)
{
	const char *done = s->done_at[0] == '\0' ? NULL : s->done_at;

	if (!json)
		printf("%-28s %s\n", s->name, done == NULL ? "waits" : done);
	else if (done == NULL)
		printf("{\"number\":%u,\"name\":\"%s\",\"sha256\":\"%s\",\"applied_at\":null}\n",
		       s->number, s->name, s->sha256);
	else
		printf("{\"number\":%u,\"name\":\"%s\",\"sha256\":\"%s\",\"applied_at\":\"%s\"}\n",
		       s->number, s->name, s->sha256, done);
}

static void print_report(const struct migrate_report *report, bool json, bool status)
{
	if (status || json) {
		for (unsigned i = 0; i < report->count; i++)
			print_state(&report->states[i], json);
		return;
	}
	if (report->applied == 0)
		printf("nothing to do: %u migrations were applied before\n", report->count);
	else
		printf("%u of %u migrations applied\n", report->applied, report->count);
}

/* Also where standard error is no terminal: a run that a script began may wait for hours. */
static void tell_waiting(void *context, const char *name)
{
	const bool *json = context;

	if (*json)
		fprintf(stderr, "{\"waits\":\"%s\"}\n", name);
	else
		fprintf(stderr,
			"suyuan: %s waits for what another session of the database holds (a "
			"backup?); it is tried again every few seconds, and lookups go on\n",
			name);
}

static int migrate(struct command_context *context, struct db *db, bool status)
{
	struct migrate_report report = { 0 };
	const struct migrate_watcher watcher = { .waits = tell_waiting, .context = &context->json };
	enum migrate_result result = migrate_run(db, status ? NULL : &watcher, &report);
	int exit_status = EXIT_OK;

	if (result == MIGRATE_OK || status)
		print_report(&report, context->json, status);
	if (result == MIGRATE_CONNECTION)
		exit_status = command_fail_store(context, db, "migrate");
	else if (result != MIGRATE_OK)
		exit_status = command_fail(context, EXIT_FAILED, "%s", report.why);
	migrate_report_release(&report);
	return exit_status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct db db = { 0 };
	bool status = argc == 2 && strcmp(argv[1], "--status") == 0;
	int exit_status;

	if (argc > (status ? 2 : 1))
		return command_usage(&command_migrate, "unexpected argument: %s", argv[1]);
	exit_status = command_open(context, &db);
	if (exit_status == EXIT_OK)
		exit_status = migrate(context, &db, status);
	db_close(&db);
	return exit_status;
}

const struct command command_migrate = {
	.name = "migrate",
	.arguments = "[--status]",
	.summary = "bring the database to this program's schema",
	.help =
	    "Runs what is missing, each migration in a transaction of its own, as the owner\n"
	    "(database_url). May be repeated, interrupted and run twice at once. Refuses when a\n"
	    "migration that was applied has changed since.\n\n"
	    "A migration that needs a table which another session holds (a backup reads it) is\n"
	    "tried again every few seconds, without end, so that no lookup has to stand behind\n"
	    "it; standard error says which one waits.\n\n"
	    "  --status   only list the migrations and when each was applied\n",
	.run = run,
};
