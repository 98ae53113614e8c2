/* `suyuan recall`: tells everyone who looks up an item of a lot or product to stop using it. */
#include "cli/command.h"

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/plain_text.h"
#include "store/sql.h"

extern const struct command command_recall;

struct recall_arguments {
	uint64_t gtin;
	const char *lot; /* "": every lot */
	const char *evidence;
	json_t *reason;
};

static const struct option_rule rules[] = {
	OPTION(GTIN, "gtin", struct recall_arguments, gtin, .required = true),
	OPTION(LOT, "lot", struct recall_arguments, lot),
	OPTION(WORDS, "reason", struct recall_arguments, reason),
	OPTION(TEXT, "evidence", struct recall_arguments, evidence),
	OPTIONS_END,
};

/* Runs a query that gives a row where it did something; 1, 0, or -1 for an error. */
static int rows_of(struct db *db, const struct sql_query *query, unsigned count,
		   const struct db_value *values)
{
	PGresult *rows = db_query(db, query, count, values);
	int found = rows == NULL ? -1 : PQntuples(rows);

	PQclear(rows);
	return found;
}

static bool touch_and_commit(struct db *db, uint64_t gtin)
{
	char array[32];

	(void)snprintf(array, sizeof(array), "{%llu}", (unsigned long long)gtin);
	return db_run(db, &sql_gtin_know, DB_VALUES(db_text(array))) &&
	       db_run(db, &sql_touch, DB_VALUES(db_text(array))) && db_commit(db);
}

/* A recall of a mistyped lot would reach nobody: the lot must be one there is. */
static int check_lot(struct command_context *context, struct db *db,
		     const struct recall_arguments *a)
{
	PGresult *rows;
	bool known;

	if (a->lot[0] == '\0')
		return EXIT_OK;
	rows = db_query(db, &sql_recall_lot_known,
			DB_VALUES(db_number((int64_t)a->gtin), db_text(a->lot)));
	if (rows == NULL)
		return command_fail_store(context, db, "recall");
	known = db_bool_at(rows, 0, 0);
	PQclear(rows);
	if (known)
		return EXIT_OK;
	return command_fail(context, EXIT_FAILED,
			    "neither records nor codes know a lot %s of this GTIN", a->lot);
}

static int start(struct command_context *context, struct db *db, const struct recall_arguments *a)
{
	char *reason = json_dumps(a->reason, JSON_COMPACT);
	int done = -1;

	if (reason != NULL)
		done = rows_of(db, &sql_recall_start,
			       DB_VALUES(db_number((int64_t)a->gtin), db_text(a->lot),
					 db_text(reason), db_text(a->evidence)));
	free(reason);
	if (done == 0)
		return command_fail(context, EXIT_FAILED, "no brand owns this GTIN");
	if (done < 0 && store_error_is(&db->error, "23505"))
		return command_fail(context, EXIT_FAILED, "this recall runs already");
	if (done < 0 || !touch_and_commit(db, a->gtin))
		return command_fail_store(context, db, "the recall was not started");
	return EXIT_OK;
}

static int end(struct command_context *context, struct db *db, const struct recall_arguments *a)
{
	int done =
	    rows_of(db, &sql_recall_end, DB_VALUES(db_number((int64_t)a->gtin), db_text(a->lot)));

	if (done == 0)
		return command_fail(context, EXIT_FAILED, "no such recall runs");
	if (done < 0 || !touch_and_commit(db, a->gtin))
		return command_fail_store(context, db, "the recall was not ended");
	return EXIT_OK;
}

static void print_recall(const PGresult *rows, int i, bool json)
{
	const char *lot = PQgetvalue(rows, i, 1), *ended = PQgetvalue(rows, i, 3);

	if (json) {
		json_line_print(
		    json_pack("{s:s,s:s,s:s,s:s,s:o,s:s,s:s}", "gtin", PQgetvalue(rows, i, 0),
			      "lot", lot, "started_at", PQgetvalue(rows, i, 2), "ended_at", ended,
			      "reason", json_loads(PQgetvalue(rows, i, 4), 0, NULL), "evidence",
			      PQgetvalue(rows, i, 5), "decided_by", PQgetvalue(rows, i, 6)));
	} else {
		printf("%s  %-20s  %s  %-20s  ", PQgetvalue(rows, i, 0),
		       lot[0] == '\0' ? "every lot" : lot, PQgetvalue(rows, i, 2),
		       ended[0] == '\0' ? "runs" : ended);
		plain_text_print(stdout, db_slice_at(rows, i, 4));
		putchar('\n');
	}
}

static int list(struct command_context *context)
{
	struct db db = { 0 };
	int status = command_open(context, &db);

	if (status == EXIT_OK)
		status = command_list(context, &db, "the recalls cannot be read", print_recall,
				      &sql_recall_list, DB_NO_VALUES);
	db_close(&db);
	return status;
}

static int start_or_end(struct command_context *context, const struct recall_arguments *a,
			bool starting)
{
	struct db db = { 0 };
	int status = command_open(context, &db);

	if (status == EXIT_OK && starting)
		status = check_lot(context, &db, a);
	if (status == EXIT_OK && !db_begin(&db))
		status = command_fail_store(context, &db, "recall");
	if (status == EXIT_OK)
		status = starting ? start(context, &db, a) : end(context, &db, a);
	db_rollback(&db);
	db_close(&db);
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool starting = strcmp(verb, "start") == 0;
	struct recall_arguments a = { .lot = "", .evidence = "", .reason = json_object() };
	int status = EXIT_USAGE;

	if (strcmp(verb, "list") == 0 && argc == 2)
		status = list(context);
	else if (!starting && strcmp(verb, "end") != 0)
		(void)command_usage(&command_recall, "say start, end or list");
	else if (!arguments_read(&command_recall, rules, argc - 1, argv + 1, &a))
		status = EXIT_USAGE;
	else if (starting && json_object_size(a.reason) == 0)
		(void)command_usage(&command_recall,
				    "give the --reason: what is wrong and what to do");
	else
		status = start_or_end(context, &a, starting);
	json_decref(a.reason);
	return status;
}

const struct command command_recall = {
	.name = "recall",
	.arguments = "start | end --gtin GTIN [--lot LOT] [--reason LANGUAGE=TEXT]... | list",
	.summary = "recall a lot or a product, and end a recall",
	.help =
	    "  --lot LOT               one lot; without it, every lot of the GTIN\n"
	    "  --reason LANGUAGE=TEXT  what is wrong and what to do, shown on every page; once a "
	    "language\n"
	    "  --evidence TEXT         kept with the recall, not shown\n\n"
	    "Every affected page says so within a second.\n",
	.run = run,
};
