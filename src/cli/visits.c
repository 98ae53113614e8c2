/* `suyuan visits`: how often codes were looked at. */
#include "cli/command.h"

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "model/gs1.h"
#include "model/printed_code.h"
#include "store/sql.h"

extern const struct command command_visits;

struct visits_arguments {
	uint64_t gtin;
	const char *lot, *from, *to, *by;
	struct word_list codes;
};

/* "2026-09-01"; PostgreSQL says whether there is such a day. */
static bool read_day(struct slice text, void *member)
{
	static const char pattern[] = "dddd-dd-dd";

	if (text.length != sizeof(pattern) - 1)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (pattern[i] == '-' ? text.data[i] != '-'
				      : text.data[i] < '0' || text.data[i] > '9')
			return false;
	*(const char **)member = text.data;
	return true;
}

static bool read_part(struct slice text, void *member)
{
	if (!slice_equal(text, S("day")) && !slice_equal(text, S("hour")) &&
	    !slice_equal(text, S("country")))
		return false;
	*(const char **)member = text.data;
	return true;
}

static const struct option_rule rules[] = {
	OPTION(GTIN, "gtin", struct visits_arguments, gtin),
	OPTION(LOT, "lot", struct visits_arguments, lot),
	OPTION(OTHER, "from", struct visits_arguments, from, .read = read_day,
	       .wants = "a day, as 2026-09-01"),
	OPTION(OTHER, "to", struct visits_arguments, to, .read = read_day,
	       .wants = "a day, as 2026-09-01"),
	OPTION(OTHER, "by", struct visits_arguments, by, .read = read_part,
	       .wants = "day, hour or country"),
	OPTION(OPERANDS, "a code", struct visits_arguments, codes, .least = 0,
	       .most = OPERANDS_ANY),
	OPTIONS_END,
};

/* --- of a GTIN or a lot --- */

static const char *part_name; /* of the first column */

static void print_sum(const PGresult *rows, int row, bool json)
{
	static const char *const names[] = { "visits", "never_issued", "mistyped", "robots" };
	const char *part = PQgetvalue(rows, row, 0);
	json_t *object;

	if (!json) {
		printf("%-17s %10s visits %10s never issued %10s mistyped %10s robots\n",
		       part[0] == '\0' ? "not known" : part, PQgetvalue(rows, row, 1),
		       PQgetvalue(rows, row, 2), PQgetvalue(rows, row, 3),
		       PQgetvalue(rows, row, 4));
		return;
	}
	object = json_pack("{s:s}", part_name, part);
	for (int i = 0; i < (int)COUNT_OF(names); i++)
		(void)json_object_set_new(object, names[i],
					  json_integer(db_number_at(rows, row, i + 1)));
	json_line_print(object);
}

static int show_sums(struct command_context *context, struct db *db,
		     const struct visits_arguments *a)
{
	part_name = a->by;
	return command_list(context, db, "visits", print_sum, &sql_visits_sum,
			    DB_VALUES(db_number((int64_t)a->gtin), db_text(a->lot),
				      db_text(a->from), db_text(a->to), db_text(a->by)));
}

/* --- of one code --- */

static void print_code(const char *text, int64_t visits, const char *first, bool json)
{
	if (json)
		json_line_print(json_pack("{s:s,s:I,s:s?}", "code", text, "visits",
					  (json_int_t)visits, "first_at", first));
	else
		printf("%s: %lld visits%s%s\n", text, (long long)visits,
		       first == NULL ? "" : ", first ", first == NULL ? "" : first);
}

static int show_code(struct command_context *context, struct db *db, const char *text,
		     uint64_t gtin)
{
	struct printed_code code;
	struct keyring none;
	PGresult *rows;
	bool found;

	keyring_init(&none); /* what the serial stands for does not matter here */
	printed_code_read(&none, slice_of(text), gtin, &code);
	keyring_release(&none);
	if (code.result == PRINTED_MALFORMED)
		return command_fail(context, EXIT_REJECTED, "%s: %s", text, code.reason);
	rows = db_query(db, &sql_visits_of_code,
			DB_VALUES(db_number((int64_t)code.gtin), db_text(code.serial)));
	if (rows == NULL)
		return command_fail_store(context, db, text);
	found = PQntuples(rows) > 0;
	print_code(text, found ? db_number_at(rows, 0, 0) : 0,
		   found && !PQgetisnull(rows, 0, 1) ? PQgetvalue(rows, 0, 1) : NULL,
		   context->json);
	PQclear(rows);
	return EXIT_OK;
}

static int show_codes(struct command_context *context, struct db *db,
		      const struct visits_arguments *a)
{
	int status = EXIT_OK;

	for (int i = 0; i < a->codes.count && (status == EXIT_OK || status == EXIT_REJECTED); i++) {
		int one = show_code(context, db, a->codes.words[i], a->gtin);

		if (one != EXIT_OK)
			status = one;
	}
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct visits_arguments a = { .lot = "", .from = "", .to = "", .by = "day" };
	struct db db = { 0 };
	int status;

	if (!arguments_read(&command_visits, rules, argc, argv, &a))
		return EXIT_USAGE;
	if (a.gtin == 0 && a.codes.count == 0)
		return command_usage(&command_visits, "give --gtin GTIN or codes");
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status =
		    a.codes.count > 0 ? show_codes(context, &db, &a) : show_sums(context, &db, &a);
	db_close(&db);
	return status;
}

const struct command command_visits = {
	.name = "visits",
	.arguments = "--gtin GTIN [--lot LOT] [--from DAY] [--to DAY] [--by day|hour|country] | "
		     "[--gtin GTIN] CODE...",
	.summary = "how often codes were looked at",
	.help =
	    "  --gtin GTIN   all its codes; or the product of codes that are serials alone\n"
	    "  --lot LOT     only those of a lot\n"
	    "  --from DAY    as 2026-09-01, UTC; the day itself counts\n"
	    "  --to DAY      the same\n"
	    "  --by PART     a line a day (standard), an hour or a country\n\n"
	    "A visit is a person's look at the page of an item, once in visit_minutes. Looks at "
	    "codes\nthat were never issued or are mistyped are counted apart, and so are robots "
	    "and link\npreviews; none of these is a visit. Sums are kept for check_days.\n",
	.run = run,
};
