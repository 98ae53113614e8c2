/* From a batch or printed codes to the step they take, and what came of it in words. */
#include "cli/steps.h"

#include "cli/database.h"
#include "cli/json_line.h"
#include "store/sql.h"

struct db_value steps_place(uint64_t place)
{
	return place == 0 ? db_text(NULL) : db_number((int64_t)place);
}

/* What SQL refuses in words for people (SQLSTATE SYnnn) needs no word of ours before it. */
int steps_fail(const struct command_context *context, const struct db *db, const char *what)
{
	if (strncmp(db->error.sqlstate, "SY", 2) == 0)
		return command_fail(context, EXIT_FAILED, "%s", db->error.text);
	return command_fail_store(context, db, what);
}

/* Freed by the caller; NULL where there is no reason. False: memory is out. */
static bool reason_text(const struct step_order *order, char **ret_text)
{
	*ret_text = NULL;
	if (json_object_size(order->reason) == 0)
		return true;
	*ret_text = json_dumps(order->reason, JSON_COMPACT);
	return *ret_text != NULL;
}

/* --- a batch --- */

static int report_batch(struct command_context *context, const struct step_order *order,
			const PGresult *rows)
{
	uint64_t changed = (uint64_t)db_number_at(rows, 0, 0);
	uint64_t refused = (uint64_t)db_number_at(rows, 0, 1);
	const char *refusing = PQgetvalue(rows, 0, 2);

	if (context->json)
		json_line_print(json_pack("{s:s,s:s,s:I,s:I,s:I,s:s}", "batch", order->batch,
					  "state", order->state, "changed", (json_int_t)changed,
					  "already", (json_int_t)db_number_at(rows, 0, 3),
					  "refused", (json_int_t)refused, "refusing", refusing));
	else
		printf("%s: %llu now %s\n", order->batch, (unsigned long long)changed,
		       order->state);
	if (refused == 0)
		return EXIT_OK;
	return command_fail(context, EXIT_REJECTED, "%s: %llu cannot become %s: they are %s",
			    order->batch, (unsigned long long)refused, order->state, refusing);
}

static int step_batch(struct command_context *context, struct db *db,
		      const struct step_order *order, const char *reason)
{
	PGresult *rows =
	    db_query(db, &sql_change_batch,
		     DB_VALUES(db_text(order->batch), db_text(order->state), db_text(reason),
			       steps_place(order->from), steps_place(order->to)));
	int status;

	if (rows == NULL)
		return steps_fail(context, db, order->batch);
	status = report_batch(context, order, rows);
	PQclear(rows);
	return status;
}

/* --- single codes --- */

struct tally {
	struct command_context *context;
	const struct step_order *order;
	const char *reason;
	uint64_t changed, already, refused, unknown;
};

static PGresult *ask(void *user, struct db *db, const struct code_list *list)
{
	const struct tally *tally = user;
	struct db_value values[CODE_LIST_COLUMNS + 2];

	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		values[i] = db_text(list->columns[i].data);
	values[CODE_LIST_COLUMNS] = db_text(tally->order->state);
	values[CODE_LIST_COLUMNS + 1] = db_text(tally->reason);
	return db_query(db, &sql_code_steps, COUNT_OF(values), values);
}

static void print_line(const struct code_line *line, const struct step_order *order,
		       const PGresult *rows, int row)
{
	json_t *object = json_object();

	if (line->number > 0)
		json_object_set_new(object, "line", json_integer((json_int_t)line->number));
	json_object_set_new(object, "code", json_string(line->text));
	json_object_set_new(object, "result", json_string(PQgetvalue(rows, row, 1)));
	if (!PQgetisnull(rows, row, 2)) {
		json_object_set_new(object, "was", json_string(PQgetvalue(rows, row, 2)));
		json_object_set_new(object, "to", json_string(order->state));
	}
	if (!PQgetisnull(rows, row, 3)) {
		json_object_set_new(object, "batch", json_string(PQgetvalue(rows, row, 3)));
		json_object_set_new(object, "place", json_integer(db_number_at(rows, row, 4)));
	}
	if (!PQgetisnull(rows, row, 5))
		json_object_set_new(object, "lot", json_string(PQgetvalue(rows, row, 5)));
	if (line->reason != NULL)
		json_object_set_new(object, "reason", json_string(line->reason));
	json_line_print(object);
}

static void complain(const struct tally *tally, const struct code_line *line, const char *result,
		     const char *was)
{
	const struct code_source *source = &tally->order->source;

	if (strcmp(result, "refused") == 0)
		code_line_complain(tally->context, source, line, "cannot become %s: it is %s",
				   tally->order->state, was);
	else if (strcmp(result, "malformed") == 0)
		code_line_complain(tally->context, source, line, "%s", line->reason);
	else if (strcmp(result, "not_yours") == 0)
		code_line_complain(tally->context, source, line, "nobody here owns its GTIN");
	else
		code_line_complain(tally->context, source, line, "this code was never issued");
}

static void answered(void *user, const struct code_line *line, const PGresult *rows, int row)
{
	struct tally *tally = user;
	const char *result = PQgetvalue(rows, row, 1);
	bool changed = strcmp(result, "changed") == 0, already = strcmp(result, "already") == 0;

	tally->changed += changed;
	tally->already += already;
	tally->refused += strcmp(result, "refused") == 0;
	tally->unknown += !changed && !already && strcmp(result, "refused") != 0;
	if (tally->context->json)
		print_line(line, tally->order, rows, row);
	else if (!changed && !already)
		complain(tally, line, result, PQgetvalue(rows, row, 2));
	else if (line->number == 0)
		printf("%s: %s %s\n", line->text, changed ? "now" : "was already",
		       tally->order->state);
}

static int report_codes(const struct tally *t)
{
	uint64_t bad = t->refused + t->unknown;

	if (t->context->json)
		json_line_print(json_pack("{s:s,s:I,s:I,s:I,s:I}", "state", t->order->state,
					  "changed", (json_int_t)t->changed, "already",
					  (json_int_t)t->already, "refused", (json_int_t)t->refused,
					  "unknown", (json_int_t)t->unknown));
	else if (t->order->source.path != NULL)
		printf("%llu now %s, %llu were already, %llu refused, %llu not known\n",
		       (unsigned long long)t->changed, t->order->state,
		       (unsigned long long)t->already, (unsigned long long)t->refused,
		       (unsigned long long)t->unknown);
	if (bad == 0)
		return EXIT_OK;
	return t->changed + t->already > 0 ? EXIT_REJECTED : EXIT_FAILED;
}

static int step_codes(struct command_context *context, struct db *db,
		      const struct step_order *order, const char *reason)
{
	struct tally tally = { .context = context, .order = order, .reason = reason };
	struct code_question question = { ask, answered, &tally };
	int status = code_lines_run(context, db, &order->source, &question);

	return status == EXIT_OK ? report_codes(&tally) : status;
}

int steps_take(struct command_context *context, const struct step_order *order)
{
	struct db db = { 0 };
	char *reason;
	int status;

	if (!reason_text(order, &reason))
		return command_fail(context, EXIT_FAILED, "out of memory");
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = order->batch != NULL ? step_batch(context, &db, order, reason)
					      : step_codes(context, &db, order, reason);
	db_close(&db);
	free(reason);
	return status;
}
