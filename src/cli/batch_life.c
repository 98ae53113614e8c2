/* Reconciling a batch, closing it, and giving codes their lot after printing. */
#include "cli/batch_life.h"

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/plain_text.h"
#include "cli/steps.h"
#include "model/batch.h"
#include "model/gs1.h"
#include "store/sql.h"

struct life_arguments {
	struct word_list words; /* id, and what the verb wants besides */
	uint64_t from, to;
};

#define PLACES                                                          \
	OPTION(NUMBER, "from", struct life_arguments, from, .least = 1, \
	       .most = BATCH_QUANTITY_MOST),                            \
	    OPTION(NUMBER, "to", struct life_arguments, to, .least = 1, \
		   .most = BATCH_QUANTITY_MOST)

static const struct option_rule batch_rules[] = {
	PLACES,
	OPTION(OPERANDS, "the batch", struct life_arguments, words, .least = 1, .most = 1),
	OPTIONS_END,
};
static const struct option_rule lot_rules[] = {
	PLACES,
	OPTION(OPERANDS, "the batch and the lot", struct life_arguments, words, .least = 2,
	       .most = 2),
	OPTIONS_END,
};

/* Asks, and hands the rows on; the exit status. */
static int ask(struct command_context *context, const char *id, const struct sql_query *query,
	       unsigned count, const struct db_value *values,
	       void (*report)(const struct command_context *context, const char *id,
			      const PGresult *rows))
{
	struct db db = { 0 };
	PGresult *rows = NULL;
	int status = command_open(context, &db);

	if (status != EXIT_OK)
		return status;
	rows = db_query(&db, query, count, values);
	if (rows == NULL)
		status = steps_fail(context, &db, id);
	else
		report(context, id, rows);
	PQclear(rows);
	db_close(&db);
	return status;
}

/* --- reconcile --- */

static const char *const columns[] = { "issued",       "provisioned", "printed",
				       "commissioned", "consumed",    "decommissioned",
				       "blocked",      "void",	      "destroyed" };

static void report_counts(const struct command_context *context, const char *id,
			  const PGresult *rows)
{
	for (int row = 0; row < PQntuples(rows); row++) {
		const char *lot = PQgetvalue(rows, row, 0);
		json_t *object;

		if (!context->json) {
			printf("%s%s%s:", id, lot[0] == '\0' ? "" : " lot ", lot);
			for (int i = 0; i < (int)COUNT_OF(columns); i++)
				printf("%s %s %s",
				       i == 0	? ""
				       : i == 1 ? " ="
						: " +",
				       PQgetvalue(rows, row, i + 1), columns[i]);
			putchar('\n');
			continue;
		}
		object = json_pack("{s:s,s:s}", "batch", id, "lot", lot);
		for (int i = 0; i < (int)COUNT_OF(columns); i++)
			json_object_set_new(object, columns[i],
					    json_integer(db_number_at(rows, row, i + 1)));
		json_object_set_new(
		    object, "open",
		    json_integer(db_number_at(rows, row, 2) + db_number_at(rows, row, 3)));
		json_line_print(object);
	}
}

static int reconcile(struct command_context *context, const struct command *command, int argc,
		     char **argv)
{
	struct life_arguments a = { .from = 0 };

	if (!arguments_read(command, batch_rules, argc, argv, &a))
		return EXIT_USAGE;
	return ask(context, a.words.words[0], &sql_batch_reconcile,
		   DB_VALUES(db_text(a.words.words[0]), steps_place(a.from), steps_place(a.to)),
		   report_counts);
}

/* --- close --- */

static void report_closed(const struct command_context *context, const char *id,
			  const PGresult *rows)
{
	if (context->json)
		json_line_print(json_pack("{s:s,s:I,s:s}", "batch", id, "voided",
					  (json_int_t)db_number_at(rows, 0, 0), "closed_at",
					  PQgetvalue(rows, 0, 1)));
	else
		printf("%s: closed, %s open codes are now void\n", id, PQgetvalue(rows, 0, 0));
}

static int close_batch(struct command_context *context, const struct command *command, int argc,
		       char **argv)
{
	struct life_arguments a = { .from = 0 };

	if (!arguments_read(command, batch_rules, argc, argv, &a))
		return EXIT_USAGE;
	return ask(context, a.words.words[0], &sql_batch_close,
		   DB_VALUES(db_text(a.words.words[0]), steps_place(a.from), steps_place(a.to)),
		   report_closed);
}

/* --- lot --- */

static void report_lot(const struct command_context *context, const char *id, const PGresult *rows)
{
	if (context->json)
		json_line_print(json_pack("{s:s,s:I,s:I}", "batch", id, "changed",
					  (json_int_t)db_number_at(rows, 0, 0), "already",
					  (json_int_t)db_number_at(rows, 0, 1)));
	else
		printf("%s: %s codes have the lot now, %s had it already\n", id,
		       PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 1));
}

static int give_lot(struct command_context *context, const struct command *command, int argc,
		    char **argv)
{
	struct life_arguments a = { .from = 0 };

	if (!arguments_read(command, lot_rules, argc, argv, &a))
		return EXIT_USAGE;
	if (!gs1_lot_ok(slice_of(a.words.words[1])))
		return command_usage(command, "a lot is 1 to 20 characters of GS1's set 82");
	return ask(context, a.words.words[0], &sql_batch_lot,
		   DB_VALUES(db_text(a.words.words[0]), steps_place(a.from), steps_place(a.to),
			     db_text(a.words.words[1])),
		   report_lot);
}

static const struct {
	const char *word;
	batch_verb *verb;
} verbs[] = { { "reconcile", reconcile }, { "close", close_batch }, { "lot", give_lot } };

batch_verb *batch_verb_named(const char *word)
{
	for (size_t i = 0; word != NULL && i < COUNT_OF(verbs); i++)
		if (strcmp(word, verbs[i].word) == 0)
			return verbs[i].verb;
	return NULL;
}
