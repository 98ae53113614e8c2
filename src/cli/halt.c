/* Recalls and holds from the command line: what is chosen, counted, decided. */
#include "cli/halt.h"

#include <errno.h>

#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/lines.h"
#include "cli/plain_text.h"
#include "cli/steps.h"
#include "model/gs1.h"
#include "store/code_list.h"
#include "store/sql.h"

struct halt_arguments {
	uint64_t gtin;
	struct word_list lots, numbers;
	const char *brand, *kind;
	const char *supplier, *material, *date, *from, *to, *instrument, *facility, *parameter,
	    *value;
	const char *codes, *first, *last;
	const char *evidence, *severity, *why;
	bool made_of, silent;
	json_t *reason, *advice;
};

#define TEXT_OPTION(name, member) OPTION(TEXT, name, struct halt_arguments, member)

static const struct option_rule rules[] = {
	OPTION(GTIN, "gtin", struct halt_arguments, gtin),
	OPTION(TEXTS, "lot", struct halt_arguments, lots),
	OPTION(FLAG, "made-of", struct halt_arguments, made_of),
	TEXT_OPTION("brand", brand),
	TEXT_OPTION("kind", kind),
	TEXT_OPTION("supplier", supplier),
	TEXT_OPTION("material", material),
	TEXT_OPTION("date", date),
	TEXT_OPTION("from", from),
	TEXT_OPTION("to", to),
	TEXT_OPTION("instrument", instrument),
	TEXT_OPTION("facility", facility),
	TEXT_OPTION("parameter", parameter),
	TEXT_OPTION("value", value),
	TEXT_OPTION("codes", codes),
	TEXT_OPTION("first", first),
	TEXT_OPTION("last", last),
	TEXT_OPTION("evidence", evidence),
	TEXT_OPTION("severity", severity),
	TEXT_OPTION("why", why),
	OPTION(FLAG, "silent", struct halt_arguments, silent),
	OPTION(WORDS, "reason", struct halt_arguments, reason),
	OPTION(WORDS, "advice", struct halt_arguments, advice),
	OPTION(OPERANDS, "the number", struct halt_arguments, numbers, .least = 0, .most = 1),
	OPTIONS_END,
};

/* One run of a command. */
struct halt_run {
	const struct halt_command *halt;
	struct command_context *context;
	struct halt_arguments a;
	struct db db;
	struct code_list list;
	uint64_t code_gtin; /* of the first code */
	int64_t id;
};

static int fail(struct halt_run *run)
{
	return steps_fail(run->context, &run->db, run->halt->word);
}

/* --- the choice ---------------------------------------------------------------------------- */

static const char *kind_of_choice(const struct halt_arguments *a)
{
	if (a->codes != NULL || a->first != NULL)
		return "codes";
	if (a->supplier != NULL || a->material != NULL || a->made_of)
		return "material";
	if (a->instrument != NULL || a->facility != NULL || a->parameter != NULL ||
	    a->value != NULL)
		return "machine";
	if (a->from != NULL || a->to != NULL)
		return "dates";
	return a->lots.count > 0 ? "lots" : "product";
}

static void add_text(json_t *choice, const char *name, const char *text)
{
	if (text != NULL)
		json_object_set_new(choice, name, json_string(text));
}

static json_t *choice_of(const struct halt_arguments *a)
{
	const char *by = kind_of_choice(a);
	json_t *choice = json_pack("{s:s}", "by", by), *lots = json_array();
	char gtin[GTIN_TEXT_SIZE];

	if (a->gtin != 0) {
		gtin_format(a->gtin, gtin);
		add_text(choice, "gtin", gtin);
	}
	for (int i = 0; i < a->lots.count; i++)
		json_array_append_new(lots, json_string(a->lots.words[i]));
	if (strcmp(by, "lots") == 0)
		json_object_set(choice, "lots", lots);
	else if (a->lots.count > 0)
		add_text(choice, "lot", a->lots.words[0]);
	json_decref(lots);
	add_text(choice, "supplier", a->supplier);
	add_text(choice, "material", a->material);
	add_text(choice, "date", a->date);
	add_text(choice, "from", a->from);
	add_text(choice, "to", a->to);
	add_text(choice, "instrument", a->instrument);
	add_text(choice, "facility", a->facility);
	add_text(choice, "parameter", a->parameter);
	add_text(choice, "value", a->value);
	if (a->first != NULL)
		json_object_set_new(choice, "ends", json_true());
	return choice;
}

static int too_many(struct halt_run *run)
{
	return command_fail(run->context, EXIT_FAILED, "%s: at most %d codes at once", run->a.codes,
			    CODE_LIST_MOST);
}

static void add_code(struct halt_run *run, struct keyring *ring, struct slice text)
{
	struct printed_code code;

	printed_code_read(ring, text, run->a.gtin, &code);
	code_list_add(&run->list, &code);
	if (run->code_gtin == 0)
		run->code_gtin = code.gtin;
}

static int read_lines(struct halt_run *run, struct keyring *ring, FILE *in)
{
	enum line_result result;
	uint64_t number = 0;
	struct slice text;
	struct buf line;
	int status = EXIT_OK;

	buf_init(&line, DL_URI_MAX + 48);
	while (status == EXIT_OK &&
	       (result = line_read_text(in, &line, &number, &text)) != LINE_END) {
		if (result != LINE_OK)
			status = command_fail(run->context, EXIT_FAILED, "%s: line %llu: %s",
					      run->a.codes, (unsigned long long)number,
					      "cannot be read");
		else if (run->list.count == CODE_LIST_MOST)
			status = too_many(run);
		else if (slice_trim(text).length > 0)
			add_code(run, ring, text);
	}
	buf_release(&line);
	return status;
}

static int read_file(struct halt_run *run, struct keyring *ring)
{
	bool standard = strcmp(run->a.codes, "-") == 0;
	FILE *in = standard ? stdin : fopen(run->a.codes, "re");
	int status;

	if (in == NULL)
		return command_fail(run->context, EXIT_FAILED, "%s: %s", run->a.codes,
				    strerror(errno));
	status = read_lines(run, ring, in);
	if (!standard)
		(void)fclose(in);
	return status;
}

static int read_codes(struct halt_run *run)
{
	struct keyring ring;
	int status;

	keyring_init(&ring);
	status = command_load_keys(run->context, &run->db, &ring);
	if (status == EXIT_OK && run->a.codes != NULL)
		status = read_file(run, &ring);
	if (status == EXIT_OK && run->a.first != NULL) {
		add_code(run, &ring, slice_of(run->a.first));
		add_code(run, &ring, slice_of(run->a.last == NULL ? run->a.first : run->a.last));
	}
	keyring_release(&ring);
	return status;
}

/* --- whose -------------------------------------------------------------------------------- */

static int find_brand(struct halt_run *run, int64_t *ret_brand)
{
	uint64_t gtin = run->a.gtin != 0 ? run->a.gtin : run->code_gtin;
	PGresult *rows;

	if (run->a.brand != NULL)
		return command_brand_id(run->context, &run->db, run->a.brand, ret_brand);
	if (gtin == 0)
		return command_usage(run->halt->command, "say --gtin, or whose it is: --brand");
	rows = db_query(&run->db, &sql_gtin_brand, DB_VALUES(db_number((int64_t)gtin)));
	if (rows == NULL)
		return fail(run);
	if (PQntuples(rows) == 0 || PQgetisnull(rows, 0, 0)) {
		PQclear(rows);
		return command_fail(run->context, EXIT_FAILED, "no brand owns this GTIN");
	}
	*ret_brand = db_number_at(rows, 0, 0);
	PQclear(rows);
	return EXIT_OK;
}

/* --- doing ---------------------------------------------------------------------------------- */

static int run_count(struct halt_run *run)
{
	char *choice;
	PGresult *rows;
	int64_t brand = 0;
	json_t *object;
	int status = EXIT_OK;

	if (strcmp(kind_of_choice(&run->a), "codes") == 0)
		status = read_codes(run);
	if (status == EXIT_OK)
		status = find_brand(run, &brand);
	if (status != EXIT_OK)
		return status;
	if (!code_list_finish(&run->list))
		return command_fail(run->context, EXIT_FAILED, "out of memory");
	object = choice_of(&run->a);
	choice = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	rows = db_query(
	    &run->db, &sql_recall_count,
	    DB_VALUES(db_number(brand), db_text(run->a.kind), db_text(choice),
		      db_text(run->list.columns[0].data), db_text(run->list.columns[1].data),
		      db_text(run->list.columns[2].data), db_text(run->list.columns[3].data),
		      db_text(run->list.columns[4].data)));
	free(choice);
	if (rows == NULL)
		return fail(run);
	run->id = db_number_at(rows, 0, 0);
	PQclear(rows);
	return EXIT_OK;
}

static int describe(struct halt_run *run)
{
	char *reason = json_dumps(run->a.reason, JSON_COMPACT);
	char *advice = json_dumps(run->a.advice, JSON_COMPACT);
	bool done = db_run(&run->db, &sql_recall_describe,
			   DB_VALUES(db_number(run->id), db_text(run->a.severity),
				     db_number(!run->a.silent), db_text(reason), db_text(advice),
				     db_text(run->a.evidence)));

	free(reason);
	free(advice);
	return done ? EXIT_OK : fail(run);
}

/* Asks for a decision; it tells in a word what came of it. */
static int decide(struct halt_run *run, const struct sql_query *query, const char *second)
{
	PGresult *rows = db_query(&run->db, query, DB_VALUES(db_number(run->id), db_text(second)));

	if (rows == NULL)
		return fail(run);
	if (run->context->json)
		json_line_print(json_pack("{s:I,s:s}", "id", (json_int_t)run->id, "result",
					  PQgetvalue(rows, 0, 0)));
	else
		printf("%s %lld: %s\n", run->halt->word, (long long)run->id,
		       PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return EXIT_OK;
}

static int show(struct halt_run *run)
{
	PGresult *rows = db_query(&run->db, &sql_recall_show, DB_VALUES(db_number(run->id)));
	json_t *sheet;

	if (rows == NULL)
		return fail(run);
	if (PQntuples(rows) == 0) {
		PQclear(rows);
		return command_fail(run->context, EXIT_FAILED, "there is no %s %lld",
				    run->halt->word, (long long)run->id);
	}
	sheet = json_loads(PQgetvalue(rows, 0, 0), 0, NULL);
	PQclear(rows);
	if (run->context->json) {
		json_line_print(sheet);
	} else {
		char *text = json_dumps(sheet, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

		plain_text_print(stdout, slice_of(text == NULL ? "" : text));
		putchar('\n');
		free(text);
		json_decref(sheet);
	}
	return EXIT_OK;
}

static int count_and_show(struct halt_run *run)
{
	int status = run_count(run);

	if (status == EXIT_OK)
		status = show(run);
	return status;
}

static bool has_number(const struct halt_run *run)
{
	return run->a.numbers.count > 0;
}

static int start(struct halt_run *run)
{
	int status = EXIT_OK;

	if (!has_number(run)) {
		if (run->halt->needs_reason && json_object_size(run->a.reason) == 0)
			return command_usage(run->halt->command,
					     "give the --reason: what is wrong and what to do");
		status = run_count(run);
	}
	if (status == EXIT_OK && (!has_number(run) || json_object_size(run->a.reason) > 0))
		status = describe(run);
	return status == EXIT_OK ? decide(run, &sql_recall_start, "") : status;
}

/* By its number, or by what was chosen. */
static int find_running(struct halt_run *run)
{
	PGresult *rows;

	if (has_number(run))
		return EXIT_OK;
	if (run->a.gtin == 0)
		return command_usage(run->halt->command, "say its number, or --gtin and --lot");
	rows = db_query(&run->db, &sql_recall_running,
			DB_VALUES(db_text(run->halt->kinds), db_number((int64_t)run->a.gtin),
				  db_text(run->a.lots.count > 0 ? run->a.lots.words[0] : "")));
	if (rows == NULL)
		return fail(run);
	if (PQntuples(rows) > 0)
		run->id = db_number_at(rows, 0, 0);
	PQclear(rows);
	return run->id != 0
		   ? EXIT_OK
		   : command_fail(run->context, EXIT_FAILED, "no such %s runs", run->halt->word);
}

static int end(struct halt_run *run)
{
	int status = find_running(run);

	return status == EXIT_OK ? decide(run, &sql_recall_lift, run->a.why) : status;
}

static int approve(struct halt_run *run)
{
	return decide(run, &sql_recall_approve, "");
}

static int decline(struct halt_run *run)
{
	return decide(run, &sql_recall_decline, run->a.why);
}

static int csv(struct halt_run *run)
{
	PGresult *rows = db_query(&run->db, &sql_recall_csv, DB_VALUES(db_number(run->id)));

	if (rows == NULL)
		return fail(run);
	if (PQntuples(rows) > 0)
		(void)fputs(PQgetvalue(rows, 0, 0), stdout);
	PQclear(rows);
	return EXIT_OK;
}

static void print_halt(const PGresult *rows, int i, bool json)
{
	const char *lot = PQgetvalue(rows, i, 4);

	if (json) {
		json_line_print(json_pack(
		    "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:I,s:o}", "id",
		    PQgetvalue(rows, i, 0), "kind", PQgetvalue(rows, i, 1), "state",
		    PQgetvalue(rows, i, 2), "gtin", PQgetvalue(rows, i, 3), "lot", lot,
		    "started_at", PQgetvalue(rows, i, 5), "ended_at", PQgetvalue(rows, i, 6),
		    "reason", json_loads(PQgetvalue(rows, i, 7), 0, NULL), "evidence",
		    PQgetvalue(rows, i, 8), "decided_by", PQgetvalue(rows, i, 9), "codes",
		    (json_int_t)db_number_at(rows, i, 10), "choice",
		    json_loads(PQgetvalue(rows, i, 11), 0, NULL)));
		return;
	}
	printf("%-5s  %-10s  %-8s  %10s codes  ", PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
	       PQgetvalue(rows, i, 2), PQgetvalue(rows, i, 10));
	plain_text_print(stdout, db_slice_at(rows, i, 11));
	printf("  %s  ", PQgetvalue(rows, i, 5));
	plain_text_print(stdout, db_slice_at(rows, i, 7));
	putchar('\n');
}

static int list(struct halt_run *run)
{
	return command_list(run->context, &run->db, "they cannot be read", print_halt,
			    &sql_recall_list, DB_VALUES(db_text(run->halt->kinds)));
}

/* --- the verbs ------------------------------------------------------------------------------ */

static const struct {
	const char *word;
	int (*run)(struct halt_run *run);
	bool numbered; /* wants the number */
} verbs[] = {
	{ "count", count_and_show, false },
	{ "start", start, false },
	{ "end", end, false },
	{ "approve", approve, true },
	{ "decline", decline, true },
	{ "list", list, false },
	{ "show", show, true },
	{ "csv", csv, true },
};

static int read_number(struct halt_run *run, bool wanted)
{
	uint64_t id;

	if (!has_number(run))
		return wanted ? command_usage(run->halt->command, "say its number") : EXIT_OK;
	if (!slice_to_u64(slice_of(run->a.numbers.words[0]), &id) || id > INT64_MAX)
		return command_usage(run->halt->command, "\"%s\" is no number",
				     run->a.numbers.words[0]);
	run->id = (int64_t)id;
	return EXIT_OK;
}

static int run_verb(struct halt_run *run, size_t verb)
{
	int status = read_number(run, verbs[verb].numbered);

	if (status == EXIT_OK && strcmp(verbs[verb].word, "start") == 0 && !has_number(run) &&
	    run->halt->needs_reason && json_object_size(run->a.reason) == 0)
		return command_usage(run->halt->command,
				     "give the --reason: what is wrong and what to do");
	if (status == EXIT_OK)
		status = command_open(run->context, &run->db);
	if (status != EXIT_OK)
		return status;
	if (!db_begin(&run->db))
		return fail(run);
	status = verbs[verb].run(run);
	if (status == EXIT_OK && !db_commit(&run->db))
		status = fail(run);
	db_rollback(&run->db);
	db_close(&run->db);
	return status;
}

int halt_command_run(const struct halt_command *h, struct command_context *context, int argc,
		     char **argv)
{
	struct halt_run run = { .halt = h,
				.context = context,
				.a = { .evidence = "",
				       .why = "ended by the operator",
				       .reason = json_object(),
				       .advice = json_object() } };
	size_t verb = 0, length = strcspn(h->kinds, ",");
	char kind[16];
	int status = EXIT_USAGE;

	(void)snprintf(kind, sizeof(kind), "%.*s", (int)length, h->kinds);
	run.a.kind = kind;
	code_list_init(&run.list);
	while (verb < COUNT_OF(verbs) && (argc < 2 || strcmp(argv[1], verbs[verb].word) != 0))
		verb++;
	if (verb == COUNT_OF(verbs))
		(void)command_usage(h->command,
				    "say count, start, end, approve, decline, list, show or csv");
	else if (arguments_read(h->command, rules, argc - 1, argv + 1, &run.a))
		status = run_verb(&run, verb);
	code_list_release(&run.list);
	free(run.a.lots.words);
	json_decref(run.a.reason);
	json_decref(run.a.advice);
	return status;
}
