/* `suyuan report`: what people say of codes that look suspicious to them. */
#include "cli/command.h"

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/out_file.h"
#include "cli/plain_text.h"
#include "store/sql.h"

extern const struct command command_report;

struct report_arguments {
	const char *brand; /* slug, or NULL */
	bool all;
	const char *photo_out; /* NULL: not wanted */
	const char *note;
	struct word_list references;
};

static const struct option_rule list_rules[] = {
	OPTION(TEXT, "brand", struct report_arguments, brand),
	OPTION(FLAG, "all", struct report_arguments, all),
	OPTIONS_END,
};

static const struct option_rule show_rules[] = {
	OPTION(TEXT, "photo-out", struct report_arguments, photo_out),
	OPTION(OPERANDS, "REFERENCE", struct report_arguments, references, .least = 1, .most = 1),
	OPTIONS_END,
};

static const struct option_rule close_rules[] = {
	OPTION(TEXT, "note", struct report_arguments, note),
	OPTION(OPERANDS, "REFERENCE", struct report_arguments, references, .least = 1, .most = 1),
	OPTIONS_END,
};

/* --- printing --- */

/* The columns of report_list. */
enum {
	REFERENCE,
	AT,
	BRAND,
	GTIN,
	SERIAL,
	PLACE,
	NOTE,
	HAS_PHOTO,
	WIDTH,
	HEIGHT,
	PHOTO_NOTE,
	CLOSED_AT,
	CLOSED_BY,
	CLOSING_NOTE,
	PHOTO, /* of report_show */
};

static json_t *photo_json(const PGresult *rows, int i)
{
	if (!db_bool_at(rows, i, HAS_PHOTO))
		return json_null();
	return json_pack("{s:i,s:i}", "width", (int)db_number_at(rows, i, WIDTH), "height",
			 (int)db_number_at(rows, i, HEIGHT));
}

static void print_json(const PGresult *rows, int i)
{
	json_line_print(
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:s,s:s}", "reference",
		      PQgetvalue(rows, i, REFERENCE), "at", PQgetvalue(rows, i, AT), "brand",
		      PQgetvalue(rows, i, BRAND), "gtin", PQgetvalue(rows, i, GTIN), "serial",
		      PQgetvalue(rows, i, SERIAL), "place", PQgetvalue(rows, i, PLACE), "note",
		      PQgetvalue(rows, i, NOTE), "photo", photo_json(rows, i), "photo_note",
		      PQgetvalue(rows, i, PHOTO_NOTE), "closed_at", PQgetvalue(rows, i, CLOSED_AT),
		      "closed_by", PQgetvalue(rows, i, CLOSED_BY), "closing_note",
		      PQgetvalue(rows, i, CLOSING_NOTE)));
}

/* The first line of a text, which is a stranger's. */
static void print_first_line(const PGresult *rows, int i, int column)
{
	struct slice text = db_slice_at(rows, i, column), line = { "", 0 };

	(void)slice_cut(&text, '\n', &line);
	plain_text_print(stdout, line);
}

static void print_row_of_list(const PGresult *rows, int i, bool json)
{
	if (json) {
		print_json(rows, i);
		return;
	}
	printf("%s  %s  %s  %-20s  %-6s  %-5s  ", PQgetvalue(rows, i, REFERENCE),
	       PQgetvalue(rows, i, AT), PQgetvalue(rows, i, GTIN), PQgetvalue(rows, i, SERIAL),
	       PQgetvalue(rows, i, CLOSED_AT)[0] == '\0' ? "open" : "closed",
	       db_bool_at(rows, i, HAS_PHOTO) ? "photo" : "");
	print_first_line(rows, i, PLACE);
	printf(": ");
	print_first_line(rows, i, NOTE);
	putchar('\n');
}

static void print_line(const char *what, struct slice text)
{
	if (text.length == 0)
		return;
	printf("%-10s ", what);
	plain_text_print(stdout, text);
	putchar('\n');
}

static void print_whole(const PGresult *rows, int i)
{
	static const struct {
		const char *what;
		int column;
	} lines[] = {
		{ "reference", REFERENCE }, { "at", AT },
		{ "brand", BRAND },	    { "gtin", GTIN },
		{ "serial", SERIAL },	    { "place", PLACE },
		{ "note", NOTE },	    { "no photo", PHOTO_NOTE },
		{ "closed", CLOSED_AT },    { "by", CLOSED_BY },
		{ "found", CLOSING_NOTE },
	};

	for (size_t k = 0; k < COUNT_OF(lines); k++)
		print_line(lines[k].what, db_slice_at(rows, i, lines[k].column));
	if (db_bool_at(rows, i, HAS_PHOTO))
		printf("%-10s %s x %s\n", "photo", PQgetvalue(rows, i, WIDTH),
		       PQgetvalue(rows, i, HEIGHT));
}

/* --- verbs --- */

static int list(struct command_context *context, struct db *db, const struct report_arguments *a)
{
	int64_t brand;
	int status = EXIT_OK;

	if (a->brand != NULL)
		status = command_brand_id(context, db, a->brand, &brand);
	if (status == EXIT_OK)
		status = command_list(
		    context, db, "the reports cannot be read", print_row_of_list, &sql_report_list,
		    DB_VALUES(db_text(a->brand), db_text(a->all ? "true" : "false")));
	return status;
}

static int write_photo(struct command_context *context, const char *path, const PGresult *rows,
		       int i)
{
	struct out_file file = { .stream = NULL };
	size_t length = 0;
	unsigned char *bytes;
	char why[512] = "out of memory";
	int status = EXIT_OK;

	if (!db_bool_at(rows, i, HAS_PHOTO))
		return command_fail(context, EXIT_FAILED, "this report has no photo");
	bytes = PQunescapeBytea((const unsigned char *)PQgetvalue(rows, i, PHOTO), &length);
	if (bytes == NULL || !out_file_open(&file, path, why, sizeof(why)) ||
	    !out_file_write(&file, (struct slice){ (const char *)bytes, length }) ||
	    !out_file_finish(&file, why, sizeof(why)))
		status = command_fail(context, EXIT_FAILED, "%s: %s", path, why);
	out_file_release(&file);
	PQfreemem(bytes);
	return status;
}

static int no_such(struct command_context *context)
{
	return command_fail(context, EXIT_FAILED,
			    "there is no such report; one that was just sent is here as soon as "
			    "`suyuan jobs` has taken it");
}

static int show(struct command_context *context, struct db *db, const struct report_arguments *a)
{
	PGresult *rows = db_query(db, &sql_report_show, DB_VALUES(db_text(a->references.words[0])));
	int status = EXIT_OK;

	if (rows == NULL)
		return command_fail_store(context, db, "the report cannot be read");
	if (PQntuples(rows) == 0)
		status = no_such(context);
	for (int i = 0; i < PQntuples(rows); i++) {
		if (context->json)
			print_json(rows, i);
		else
			print_whole(rows, i);
	}
	if (status == EXIT_OK && a->photo_out != NULL)
		status = write_photo(context, a->photo_out, rows, 0);
	PQclear(rows);
	return status;
}

static int close_report(struct command_context *context, struct db *db,
			const struct report_arguments *a)
{
	PGresult *rows = db_query(db, &sql_report_close,
				  DB_VALUES(db_text(a->references.words[0]), db_text(a->note)));
	int status = EXIT_OK;

	if (rows == NULL)
		status = command_fail_store(context, db, "the report was not closed");
	else if (PQntuples(rows) == 0)
		status = no_such(context);
	PQclear(rows);
	return status;
}

/* --- the command line --- */

static const struct {
	const char *name;
	const struct option_rule *rules;
	int (*run)(struct command_context *context, struct db *db,
		   const struct report_arguments *a);
} verbs[] = {
	{ "list", list_rules, list },
	{ "show", show_rules, show },
	{ "close", close_rules, close_report },
};

static int run(struct command_context *context, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct report_arguments a = { .note = "" };
	struct db db = { 0 };
	int status;

	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (strcmp(verb, verbs[i].name) != 0)
			continue;
		if (!arguments_read(&command_report, verbs[i].rules, argc - 1, argv + 1, &a))
			return EXIT_USAGE;
		status = command_open(context, &db);
		if (status == EXIT_OK)
			status = verbs[i].run(context, &db, &a);
		db_close(&db);
		return status;
	}
	return command_usage(&command_report, "say list, show or close");
}

const struct command command_report = {
	.name = "report",
	.arguments =
	    "list [--brand SLUG] [--all] | show REFERENCE [--photo-out FILE] | close REFERENCE "
	    "[--note TEXT]",
	.summary = "what people report of suspicious codes",
	.help = "  --all            closed ones, too\n"
		"  --photo-out FILE the photo, a JPEG; - is standard output\n"
		"  --note TEXT      what was found, for your colleagues\n\n"
		"Reports come from the page's /report and are kept for report_days. Nothing tells "
		"who sent one;\n"
		"the reference is what its author was given to quote.\n",
	.run = run,
};
