/* What a camera read, and what became of a code, in words or JSON lines. */
#include "cli/code_check.h"

#include "cli/database.h"
#include "cli/json_line.h"
#include "store/sql.h"

struct check {
	struct command_context *context;
	const struct code_source *source;
	uint64_t printed, other;
};

/* `query` takes the columns of a list, or these and the serials. */
static PGresult *ask(const struct sql_query *query, struct db *db, const struct code_list *list)
{
	struct db_value values[CODE_LIST_COLUMNS + 1];

	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		values[i] = db_text(list->columns[i].data);
	values[CODE_LIST_COLUMNS] = db_text(list->serials.data);
	return db_query(db, query, query->parameters, values);
}

/* Members of a row that are there, by name. */
static void add_members(json_t *object, const PGresult *rows, int row, int first,
			const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++) {
		const char *text = PQgetvalue(rows, row, first + i);

		if (PQgetisnull(rows, row, first + i))
			continue;
		json_object_set_new(object, names[i],
				    strcmp(names[i], "place") == 0
					? json_integer(db_number_at(rows, row, first + i))
					: json_string(text));
	}
}

static json_t *line_object(const struct code_line *line)
{
	json_t *object = json_object();

	if (line->number > 0)
		json_object_set_new(object, "line", json_integer((json_int_t)line->number));
	json_object_set_new(object, "code", json_string(line->text));
	return object;
}

/* --- print check --- */

static PGresult *ask_check(void *user, struct db *db, const struct code_list *list)
{
	(void)user;
	return ask(&sql_code_checks, db, list);
}

static void check_json(const struct code_line *line, const PGresult *rows, int row)
{
	static const char *const names[] = { "result", "state",	  "batch",	"place",
					     "lot",    "seen_at", "seen_until", NULL };
	json_t *object = line_object(line);

	add_members(object, rows, row, 1, names);
	if (line->reason != NULL)
		json_object_set_new(object, "reason", json_string(line->reason));
	json_line_print(object);
}

static void check_complain(const struct check *check, const struct code_line *line,
			   const PGresult *rows, int row)
{
	const char *result = PQgetvalue(rows, row, 1), *state = PQgetvalue(rows, row, 2);

	if (strcmp(result, "duplicate") == 0)
		code_line_complain(check->context, check->source, line,
				   "seen before, at %s; it is %s", PQgetvalue(rows, row, 6), state);
	else if (strcmp(result, "refused") == 0)
		code_line_complain(check->context, check->source, line,
				   "not to be printed: it is %s", state);
	else if (strcmp(result, "malformed") == 0)
		code_line_complain(check->context, check->source, line, "%s", line->reason);
	else if (strcmp(result, "not_yours") == 0)
		code_line_complain(check->context, check->source, line,
				   "nobody here owns its GTIN");
	else
		code_line_complain(check->context, check->source, line,
				   "this code was never issued");
}

static void checked(void *user, const struct code_line *line, const PGresult *rows, int row)
{
	struct check *check = user;
	bool printed = strcmp(PQgetvalue(rows, row, 1), "printed") == 0;

	check->printed += printed;
	check->other += !printed;
	if (check->context->json)
		check_json(line, rows, row);
	else if (!printed)
		check_complain(check, line, rows, row);
	else if (line->number == 0)
		printf("%s: printed, place %s of batch %s%s%s\n", line->text,
		       PQgetvalue(rows, row, 4), PQgetvalue(rows, row, 3),
		       PQgetisnull(rows, row, 5) ? "" : ", lot ", PQgetvalue(rows, row, 5));
}

static int run_question(struct command_context *context, const struct code_source *source,
			const struct code_question *question)
{
	struct db db = { 0 };
	int status = command_open(context, &db);

	if (status == EXIT_OK)
		status = code_lines_run(context, &db, source, question);
	db_close(&db);
	return status;
}

int code_check(struct command_context *context, const struct code_source *source)
{
	struct check check = { .context = context, .source = source };
	struct code_question question = { ask_check, checked, &check };
	int status = run_question(context, source, &question);

	if (status != EXIT_OK)
		return status;
	if (context->json)
		json_line_print(json_pack("{s:I,s:I}", "printed", (json_int_t)check.printed,
					  "other", (json_int_t)check.other));
	else if (source->path != NULL)
		printf("%llu printed, %llu not\n", (unsigned long long)check.printed,
		       (unsigned long long)check.other);
	if (check.other == 0)
		return EXIT_OK;
	return check.printed > 0 ? EXIT_REJECTED : EXIT_FAILED;
}

/* --- the story of a code --- */

enum { STAND_COLUMNS = 8 };

static void print_step(const PGresult *rows, int row)
{
	const char *lot = PQgetvalue(rows, row, 9), *until = PQgetvalue(rows, row, 11);

	printf("  %s", PQgetvalue(rows, row, 10));
	if (strcmp(until, PQgetvalue(rows, row, 10)) != 0)
		printf(" to %s", until);
	printf("  %s%s  %s", lot[0] != '\0' ? "lot " : PQgetvalue(rows, row, 8), lot,
	       PQgetvalue(rows, row, 12));
	printf("%s%s\n", PQgetisnull(rows, row, 13) ? "" : "  ", PQgetvalue(rows, row, 13));
}

static void show_words(const char *text, const PGresult *rows)
{
	printf("%s: %s since %s", text, PQgetvalue(rows, 0, 5), PQgetvalue(rows, 0, 6));
	if (!PQgetisnull(rows, 0, 2))
		printf(", place %s of batch %s", PQgetvalue(rows, 0, 3), PQgetvalue(rows, 0, 2));
	if (!PQgetisnull(rows, 0, 4))
		printf(", lot %s", PQgetvalue(rows, 0, 4));
	putchar('\n');
	for (int row = 0; row < PQntuples(rows); row++)
		if (!PQgetisnull(rows, row, 10))
			print_step(rows, row);
}

static void show_json(const char *text, const PGresult *rows)
{
	static const char *const stand[] = { "found", "gtin",  "batch",	 "place", "lot",
					     "state", "since", "reason", NULL };
	static const char *const step[] = { "state", "lot", "at", "until", "by", "reason", NULL };
	json_t *object = json_object(), *steps = json_array();

	json_object_set_new(object, "code", json_string(text));
	add_members(object, rows, 0, 0, stand);
	for (int row = 0; row < PQntuples(rows); row++) {
		json_t *one = json_object();

		if (PQgetisnull(rows, row, 10)) {
			json_decref(one);
			continue;
		}
		add_members(one, rows, row, STAND_COLUMNS, step);
		json_array_append_new(steps, one);
	}
	json_object_set_new(object, "steps", steps);
	json_line_print(object);
}

static int show_one(struct command_context *context, struct db *db, const char *text,
		    const struct code_list *list)
{
	PGresult *rows = ask(&sql_code_story, db, list);
	bool known;

	if (rows == NULL)
		return command_fail_store(context, db, text);
	known = !PQgetisnull(rows, 0, 5);
	if (known && context->json)
		show_json(text, rows);
	else if (known)
		show_words(text, rows);
	PQclear(rows);
	return known ? EXIT_OK
		     : command_fail(context, EXIT_FAILED, "%s: this code was never issued", text);
}

static int show_all(struct command_context *context, struct db *db, struct keyring *ring,
		    const struct code_source *source)
{
	int status = EXIT_OK;

	for (int i = 0; i < source->words.count && status != EXIT_BUSY; i++) {
		const char *text = source->words.words[i];
		struct printed_code code;
		struct code_list list;
		int shown;

		printed_code_read(ring, slice_of(text), source->gtin, &code);
		code_list_init(&list);
		code_list_add(&list, &code);
		if (code.result == PRINTED_MALFORMED)
			shown = command_fail(context, EXIT_FAILED, "%s: %s", text, code.reason);
		else if (!code_list_finish(&list))
			shown = command_fail(context, EXIT_FAILED, "out of memory");
		else
			shown = show_one(context, db, text, &list);
		code_list_release(&list);
		status = shown == EXIT_OK ? status : shown;
	}
	return status;
}

int code_show(struct command_context *context, const struct code_source *source)
{
	struct keyring ring;
	struct db db = { 0 };
	int status = command_open(context, &db);

	keyring_init(&ring);
	if (status == EXIT_OK)
		status = command_load_keys(context, &db, &ring);
	if (status == EXIT_OK)
		status = show_all(context, &db, &ring, source);
	keyring_release(&ring);
	db_close(&db);
	return status;
}
