/* `suyuan serials`: takes in serials made elsewhere, and shows them. */
#include "cli/command.h"

#include <errno.h>
#include <sys/stat.h>

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/lines.h"
#include "cli/plain_text.h"
#include "job/csv_file.h"
#include "job/foreign.h"
#include "model/gs1.h"
#include "store/sql.h"

extern const struct command command_serials;

enum {
	LINE_MAXIMUM = 1024, /* bytes: a longer one holds no serial anyway */
	SHOWN = 60,
	PROGRESS_EVERY = 4096, /* serials */
	PAGE = 10000,	       /* rows of a list at once */
};

struct serials_call {
	struct command_context *context;
	struct word_list words; /* the verb and, for import, FILE */
	uint64_t gtin;		/* 0: not given */
	const char *lot, *column, *state;
	bool dry_run;
	const char *file_name; /* the last part of FILE, or "stdin" */
	struct progress progress;
};

static const struct option_rule rules[] = {
	OPTION(GTIN, "gtin", struct serials_call, gtin),
	OPTION(LOT, "lot", struct serials_call, lot),
	OPTION(TEXT, "column", struct serials_call, column),
	OPTION(TEXT, "state", struct serials_call, state),
	OPTION(FLAG, "dry-run", struct serials_call, dry_run),
	OPTION(OPERANDS, "import, list or count", struct serials_call, words, .least = 1,
	       .most = 2),
	OPTIONS_END,
};

/* --- what is told --- */

static struct slice shortened(struct slice text)
{
	if (text.length > SHOWN)
		text.length = SHOWN;
	return text;
}

static void print_refusal_json(const struct serials_call *call, const struct foreign_refusal *r)
{
	fputs("{\"file\":", stderr);
	plain_text_print_json(stderr, slice_of(call->file_name));
	fprintf(stderr, ",\"line\":%llu,\"serial\":", (unsigned long long)r->line);
	plain_text_print_json(stderr, shortened(r->serial));
	fprintf(stderr, ",\"code\":\"%.*s\",\"reason\":", SLICE_ARG(r->code));
	plain_text_print_json(stderr, r->reason);
	fputs("}\n", stderr);
}

/* list.txt:12: "A B": character 2: … */
static void on_refused(void *user, const struct foreign_refusal *r)
{
	struct serials_call *call = user;

	if (call->progress.on)
		fputs("\r\033[K", stderr);
	if (call->context->json) {
		print_refusal_json(call, r);
		return;
	}
	plain_text_print(stderr, slice_of(call->file_name));
	fprintf(stderr, ":%llu: \"", (unsigned long long)r->line);
	plain_text_print(stderr, shortened(r->serial));
	fprintf(stderr, "\": %.*s\n", SLICE_ARG(r->reason));
}

static void on_progress(void *user, uint64_t taken)
{
	struct serials_call *call = user;

	progress_to(&call->progress, taken);
}

static int print_counts(const struct serials_call *call, const struct foreign_counts *c)
{
	if (call->context->json)
		json_line_print(json_pack("{s:I,s:I,s:I,s:I,s:I,s:b}", "read", (json_int_t)c->read,
					  "added", (json_int_t)c->added, "known",
					  (json_int_t)c->known, "repeated", (json_int_t)c->repeated,
					  "refused", (json_int_t)c->refused, "dry_run",
					  (int)call->dry_run));
	else
		printf("%llu serials read: %llu new, %llu known already, %llu repeated, %llu "
		       "refused%s\n",
		       (unsigned long long)c->read, (unsigned long long)c->added,
		       (unsigned long long)c->known, (unsigned long long)c->repeated,
		       (unsigned long long)c->refused,
		       call->dry_run ? " (dry run: nothing was kept)" : "");
	return c->refused > 0 ? EXIT_REJECTED : EXIT_OK;
}

/* --- reading the file --- */

static int read_failed(const struct serials_call *call)
{
	return command_fail(call->context, EXIT_FAILED, "%s: %s; nothing was kept", call->file_name,
			    strerror(errno));
}

static int store_failed(const struct serials_call *call, const struct foreign_intake *intake)
{
	return command_fail_store(call->context, intake->db,
				  "serials (taking them in again is safe)");
}

/* A serial a line; empty lines are none. */
static int read_plain(struct serials_call *call, struct foreign_intake *intake, FILE *in)
{
	enum line_result result;
	uint64_t number = 0;
	int status = EXIT_OK;
	struct slice text;
	struct buf line;

	buf_init(&line, LINE_MAXIMUM);
	while (status == EXIT_OK &&
	       (result = line_read_text(in, &line, &number, &text)) != LINE_END) {
		if (result == LINE_FAILED)
			status = read_failed(call);
		else if (text.length > 0 && !foreign_intake_add(intake, number, text))
			status = store_failed(call, intake);
		if (number % PROGRESS_EVERY == 0)
			progress_to(&call->progress, number);
	}
	buf_release(&line);
	return status;
}

static int bad_header(const struct serials_call *call)
{
	return command_fail(call->context, EXIT_FAILED, "%s: the first line names no column \"%s\"",
			    call->file_name, call->column);
}

static bool add_record(struct serials_call *call, struct foreign_intake *intake,
		       const struct csv *csv, size_t column)
{
	if (csv->fault == CSV_FINE)
		return foreign_intake_add(intake, csv->first_line, csv_text(csv, column));
	intake->counts.read++;
	intake->counts.refused++;
	on_refused(call,
		   &(struct foreign_refusal){ .line = csv->fault_line,
					      .code = slice_of(csv_fault_code(csv->fault)),
					      .reason = slice_of(csv_fault_reason(csv->fault)) });
	return true;
}

/* The named column of a CSV file with a header. */
static int read_csv(struct serials_call *call, struct foreign_intake *intake, FILE *in)
{
	struct csv_file file;
	enum csv_file_result result;
	size_t column = 0;
	int status = EXIT_OK;

	if (!csv_file_init(&file, in, ',', CSV_CELL_STANDARD))
		return command_fail(call->context, EXIT_FAILED, "out of memory");
	result = csv_file_next(&file);
	if (result == CSV_FILE_FAILED)
		status = read_failed(call);
	else if (result == CSV_FILE_END || file.csv.fault != CSV_FINE ||
		 !csv_find(&file.csv, slice_of(call->column), &column))
		status = bad_header(call);
	while (status == EXIT_OK && (result = csv_file_next(&file)) != CSV_FILE_END) {
		if (result == CSV_FILE_FAILED)
			status = read_failed(call);
		else if (!add_record(call, intake, &file.csv, column))
			status = store_failed(call, intake);
		if (intake->counts.read % PROGRESS_EVERY == 0)
			progress_to(&call->progress, intake->counts.read);
	}
	csv_file_release(&file);
	return status;
}

/* --- taking in --- */

static int take_in(struct serials_call *call, struct foreign_intake *intake, FILE *in)
{
	int status;

	progress_start(&call->progress, call->context, "reading", 0);
	status = call->column == NULL ? read_plain(call, intake, in) : read_csv(call, intake, in);
	progress_end(&call->progress);
	if (status != EXIT_OK)
		return status;
	progress_start(&call->progress, call->context, "taking in", intake->staged);
	if (!foreign_intake_record(intake, call->file_name, call->dry_run))
		status = store_failed(call, intake);
	progress_end(&call->progress);
	return status == EXIT_OK ? print_counts(call, &intake->counts) : status;
}

static int with_database(struct serials_call *call, FILE *in)
{
	struct foreign_options options = { .place = { .gtin = call->gtin, .lot = call->lot },
					   .refused = on_refused,
					   .progress = on_progress,
					   .user = call };
	struct foreign_intake intake = { .db = NULL };
	struct db db = { .connection = NULL };
	struct keyring ring;
	int status;

	keyring_init(&ring);
	status = command_open(call->context, &db);
	if (status == EXIT_OK)
		status = command_load_keys(call->context, &db, &ring);
	if (status != EXIT_OK)
		goto out;
	status = foreign_intake_init(&intake, &db, &ring, &options) ? take_in(call, &intake, in)
								    : store_failed(call, &intake);
out:
	foreign_intake_release(&intake);
	keyring_release(&ring);
	db_close(&db);
	return status;
}

static int import(struct serials_call *call)
{
	const char *path = call->words.words[1], *slash;
	bool is_stdin;
	FILE *in;
	int status;

	if (call->words.count != 2 || call->gtin == 0)
		return command_usage(&command_serials, "import takes --gtin GTIN and a FILE");
	is_stdin = strcmp(path, "-") == 0;
	slash = strrchr(path, '/');
	call->file_name = is_stdin ? "stdin" : slash == NULL ? path : slash + 1;
	in = is_stdin ? stdin : fopen(path, "re");
	if (in == NULL)
		return command_fail(call->context, EXIT_FAILED, "%s: %s", path, strerror(errno));
	status = with_database(call, in);
	if (!is_stdin)
		(void)fclose(in);
	return status;
}

/* --- showing --- */

static void print_serial(const PGresult *rows, int i, bool json)
{
	const char *serial = PQgetvalue(rows, i, 0), *state = PQgetvalue(rows, i, 1);
	const char *lot = PQgetvalue(rows, i, 2), *since = PQgetvalue(rows, i, 3);

	if (json)
		json_line_print(json_pack("{s:s,s:s,s:s,s:s}", "serial", serial, "state", state,
					  "lot", lot, "since", since));
	else
		printf("%-20s  %-14s  %-20s  %s\n", serial, state, lot, since);
}

static int list(struct serials_call *call, struct db *db)
{
	char after[GS1_SERIAL_MAX + 1] = "";
	int count = PAGE;

	if (call->gtin == 0)
		return command_usage(&command_serials, "list takes --gtin GTIN");
	while (count == PAGE) {
		PGresult *rows = db_query(db, &sql_foreign_list,
					  DB_VALUES(db_number((int64_t)call->gtin), db_text(after),
						    db_text(call->state == NULL ? "" : call->state),
						    db_number(PAGE)));

		if (rows == NULL)
			return command_fail_store(call->context, db, "the serials cannot be read");
		count = PQntuples(rows);
		for (int i = 0; i < count; i++)
			print_serial(rows, i, call->context->json);
		if (count > 0)
			(void)snprintf(after, sizeof(after), "%s", PQgetvalue(rows, count - 1, 0));
		PQclear(rows);
	}
	return EXIT_OK;
}

static void print_count(const PGresult *rows, int i, bool json)
{
	const char *gtin = PQgetvalue(rows, i, 0), *state = PQgetvalue(rows, i, 1);

	if (json)
		json_line_print(json_pack("{s:s,s:s,s:I}", "gtin", gtin, "state", state, "count",
					  (json_int_t)db_number_at(rows, i, 2)));
	else
		printf("%s  %-14s  %s\n", gtin, state, PQgetvalue(rows, i, 2));
}

static int count(struct serials_call *call, struct db *db)
{
	return command_list(call->context, db, "the serials cannot be read", print_count,
			    &sql_foreign_count, DB_VALUES(db_number((int64_t)call->gtin)));
}

static int show(struct serials_call *call, int (*what)(struct serials_call *call, struct db *db))
{
	struct db db = { .connection = NULL };
	int status = command_open(call->context, &db);

	if (status == EXIT_OK)
		status = what(call, &db);
	db_close(&db);
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct serials_call call = { .context = context };
	const char *verb;

	if (!arguments_read(&command_serials, rules, argc, argv, &call))
		return EXIT_USAGE;
	verb = call.words.words[0];
	if (strcmp(verb, "import") == 0)
		return import(&call);
	if (strcmp(verb, "list") == 0 && call.words.count == 1)
		return show(&call, list);
	if (strcmp(verb, "count") == 0 && call.words.count == 1)
		return show(&call, count);
	return command_usage(&command_serials, "say import, list or count");
}

const struct command command_serials = {
	.name = "serials",
	.arguments = "import --gtin GTIN [--lot LOT] [--column NAME] [--dry-run] FILE|- | "
		     "list --gtin GTIN [--state STATE] | count [--gtin GTIN]",
	.summary = "take in serials that were made elsewhere",
	.help =
	    "  import   FILE has one serial a line, up to 20 characters of GS1's set; each is\n"
	    "           checked, bad ones are reported with file, line and reason, the others\n"
	    "           become codes of the GTIN that start as provisioned. The same file again\n"
	    "           changes nothing. A serial that a key of this house reads as one of its "
	    "own\n"
	    "           codes is refused: nobody could tell the two apart\n"
	    "  list     the serials of a GTIN that were made elsewhere, in order\n"
	    "  count    how many there are, by GTIN and state\n\n"
	    "  --lot LOT      the lot the items belong to\n"
	    "  --column NAME  FILE is CSV with a header; the serials stand in this column\n"
	    "  --state STATE  only those\n"
	    "  --dry-run      check everything, keep nothing\n\n"
	    "Exit status: 0 all serials are in, 3 some were refused, 4 try again later.\n",
	.run = run,
};
