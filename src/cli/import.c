/* `suyuan import`: reads a file by a mapping profile into a brand's trace data. */
#include "cli/command.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "job/import.h"
#include "store/projection.h"

extern const struct command command_import;

enum { SHOWN_VALUE = 60, PROFILE_MEMORY = 8 * 1024 * 1024 };

struct import_call {
	struct command_context *context;
	const char *brand, *profile_path, *report_path, *file_path;
	struct word_list files; /* one */
	const char *file_name;	/* the last part of file_path, shortened; "-" for standard input */
	bool dry_run, all_or_nothing;
	uint64_t cell_kb;

	FILE *report; /* standard error, or the file of --report */
	bool report_csv, report_json;
	bool by_bytes; /* the file's size is known */
	struct progress progress;
	struct import_counts counts;
};

/* --- the command line --- */

static const struct option_rule rules[] = {
	OPTION(TEXT, "brand", struct import_call, brand, .required = true),
	OPTION(TEXT, "profile", struct import_call, profile_path, .required = true),
	OPTION(TEXT, "report", struct import_call, report_path),
	OPTION(NUMBER, "cell-kb", struct import_call, cell_kb, .least = 1, .most = 1024),
	OPTION(FLAG, "dry-run", struct import_call, dry_run),
	OPTION(FLAG, "all-or-nothing", struct import_call, all_or_nothing),
	OPTION(OPERANDS, "FILE", struct import_call, files, .least = 1, .most = 1),
	OPTIONS_END,
};

/* What records name as their source: the last part of the path. */
static void name_file(struct import_call *call)
{
	const char *slash = strrchr(call->file_path, '/');

	call->file_name = slash == NULL ? call->file_path : slash + 1;
	if (strcmp(call->file_path, "-") == 0)
		call->file_name = "stdin";
}

static int read_profile(const struct import_call *call, struct arena *arena, struct profile *ret_p)
{
	const char *path = call->profile_path;
	int status = EXIT_OK;
	struct buf text;
	char why[512];

	buf_init(&text, PROFILE_TEXT_MAX);
	if (!file_read(path, &text))
		status =
		    errno == EFBIG
			? command_fail(call->context, EXIT_USAGE, "%s: larger than %d bytes", path,
				       PROFILE_TEXT_MAX)
			: command_fail(call->context, EXIT_USAGE, "%s: %s", path, strerror(errno));
	else if (!profile_parse(ret_p, buf_slice(&text), path, arena, why, sizeof(why)))
		status = command_fail(call->context, EXIT_USAGE, "%s", why);
	buf_release(&text);
	return status;
}

/* --- the report --- */

static void add_csv_cell(struct buf *out, struct slice text)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.data[i]);
	}
	buf_add_char(out, '"');
}

static struct slice shown(struct buf *room, struct slice text, size_t maximum)
{
	buf_clear(room);
	value_add_shown(room, text, maximum);
	return buf_slice(room);
}

static void add_json_member(struct buf *out, const char *name, struct slice text)
{
	buf_add_format(out, ",\"%s\":", name);
	value_add_json(out, text);
}

static void add_json_line(struct buf *out, struct buf *room, const char *file,
			  const struct import_refusal *r)
{
	buf_add_string(out, "{\"file\":");
	value_add_json(out, shown(room, slice_of(file), 200));
	buf_add_format(out, ",\"line\":%llu,\"column\":", (unsigned long long)r->line);
	if (r->column > 0)
		buf_add_u64(out, r->column);
	else
		buf_add_string(out, "null");
	add_json_member(out, "header", shown(room, r->header, SHOWN_VALUE));
	add_json_member(out, "field", r->field);
	add_json_member(out, "value", shown(room, r->value, SHOWN_VALUE));
	add_json_member(out, "code", r->code);
	add_json_member(out, "reason", r->reason);
	buf_add_char(out, '}');
}

static void add_csv_line(struct buf *out, struct buf *room, const char *file,
			 const struct import_refusal *r)
{
	add_csv_cell(out, shown(room, slice_of(file), 200));
	buf_add_format(out, ",%llu,", (unsigned long long)r->line);
	if (r->column > 0)
		buf_add_u64(out, r->column);
	buf_add_char(out, ',');
	add_csv_cell(out, shown(room, r->header, SHOWN_VALUE));
	buf_add_char(out, ',');
	add_csv_cell(out, r->field);
	buf_add_char(out, ',');
	add_csv_cell(out, shown(room, r->value, SHOWN_VALUE));
	buf_add_char(out, ',');
	add_csv_cell(out, r->code);
	buf_add_char(out, ',');
	add_csv_cell(out, r->reason);
}

/* products.csv:12: column "gtin": "123" is not a GTIN: … */
static void add_text_line(struct buf *out, struct buf *room, const char *file,
			  const struct import_refusal *r)
{
	buf_add_slice(out, shown(room, slice_of(file), 200));
	buf_add_format(out, ":%llu: ", (unsigned long long)r->line);
	if (r->header.length > 0) {
		buf_add_string(out, "column \"");
		buf_add_slice(out, shown(room, r->header, SHOWN_VALUE));
		buf_add_string(out, "\": ");
	} else if (r->column > 0) {
		buf_add_format(out, "column %zu: ", r->column);
	} else if (r->field.length > 0) {
		buf_add_format(out, "%.*s: ", SLICE_ARG(r->field));
	}
	if (r->value.length > 0) {
		buf_add_char(out, '"');
		buf_add_slice(out, shown(room, r->value, SHOWN_VALUE));
		buf_add_string(out, "\": ");
	}
	buf_add_slice(out, r->reason);
}

static void refused(void *user, const struct import_refusal *refusal)
{
	struct import_call *call = user;
	struct buf line, room;

	buf_init(&line, 16384);
	buf_init(&room, 4096);
	if (call->report_json)
		add_json_line(&line, &room, call->file_name, refusal);
	else if (call->report_csv)
		add_csv_line(&line, &room, call->file_name, refusal);
	else
		add_text_line(&line, &room, call->file_name, refusal);
	if (call->report == stderr && call->progress.on)
		fputs("\r\033[K", stderr);
	fprintf(call->report, "%.*s\n", SLICE_ARG(buf_slice(&line)));
	buf_release(&line);
	buf_release(&room);
}

/* A report over the file that is being read would be the end of both. */
static bool is_file(const char *path, FILE *file)
{
	struct stat one, other;

	return stat(path, &one) == 0 && fstat(fileno(file), &other) == 0 && S_ISREG(one.st_mode) &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static int open_report(struct import_call *call, FILE *in)
{
	call->report = stderr;
	call->report_json = call->context->json;
	if (call->report_path == NULL)
		return EXIT_OK;
	if (is_file(call->report_path, in)) {
		call->report = NULL;
		return command_fail(call->context, EXIT_USAGE, "%s: is the file to be read",
				    call->report_path);
	}
	call->report = fopen(call->report_path, "we");
	if (call->report == NULL)
		return command_fail(call->context, EXIT_USAGE, "%s: %s", call->report_path,
				    strerror(errno));
	call->report_csv = !call->report_json;
	if (call->report_csv)
		fputs("file,line,column,header,field,value,code,reason\n", call->report);
	return EXIT_OK;
}

/* A report that could not be written whole is a failure, whatever the import did. */
static int close_report(struct import_call *call, int status)
{
	bool bad;

	if (call->report == NULL || call->report == stderr)
		return status;
	bad = ferror(call->report) != 0;
	if (fclose(call->report) != 0 || bad)
		return command_fail(call->context, EXIT_FAILED, "%s: %s", call->report_path,
				    errno == 0 ? "could not be written" : strerror(errno));
	return status;
}

static void print_summary(const struct import_call *call, bool kept)
{
	const struct import_counts *c = &call->counts;

	if (call->context->json) {
		printf("{\"records\":%llu,\"rows\":%llu,\"added\":%llu,\"corrected\":%llu,"
		       "\"unchanged\":%llu,\"refused\":%llu,\"dry_run\":%s,\"recorded\":%s}\n",
		       (unsigned long long)c->records, (unsigned long long)c->rows,
		       (unsigned long long)c->added, (unsigned long long)c->corrected,
		       (unsigned long long)c->unchanged, (unsigned long long)c->refused,
		       call->dry_run ? "true" : "false", kept ? "true" : "false");
		return;
	}
	printf("%llu records read", (unsigned long long)c->records);
	if (c->rows > c->records)
		printf(", %llu rows", (unsigned long long)c->rows);
	printf(": %llu new, %llu corrected, %llu unchanged, %llu refused%s\n",
	       (unsigned long long)c->added, (unsigned long long)c->corrected,
	       (unsigned long long)c->unchanged, (unsigned long long)c->refused,
	       kept	       ? ""
	       : call->dry_run ? " (dry run: nothing was kept)"
			       : "; nothing was kept");
}

/* --- progress --- */

static bool progress_read(void *user, uint64_t bytes, uint64_t records)
{
	struct import_call *call = user;

	progress_to(&call->progress, call->by_bytes ? bytes : records);
	return true;
}

static void progress_recording(void *user)
{
	struct import_call *call = user;

	progress_end(&call->progress);
	progress_start(&call->progress, call->context, "recording", 1);
}

static void progress_documents(void *user, uint64_t documents)
{
	struct import_call *call = user;

	progress_to(&call->progress, documents);
}

static void start_progress(struct import_call *call, FILE *in)
{
	struct stat about;

	call->by_bytes =
	    fstat(fileno(in), &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0;
	progress_start(&call->progress, call->context, "reading",
		       call->by_bytes ? (uint64_t)about.st_size : 0);
}

/* --- the work --- */

/* Makes the public documents of so many GTINs anew at a time. */
static bool project(struct db *db, struct projection *p, const struct import_touched *touched)
{
	enum { AT_ONCE = 10000 };

	for (size_t done = 0; done < touched->count; done += AT_ONCE) {
		size_t count = touched->count - done;

		if (!projection_run(db, p, touched->gtins + done,
				    count < AT_ONCE ? count : AT_ONCE))
			return false;
	}
	return true;
}

static int publish(struct import_call *call, struct db *db, const struct import_touched *touched)
{
	struct projection projection = { .progress = progress_documents, .context = call };
	bool ok;

	progress_start(&call->progress, call->context, "public documents", 0);
	ok = project(db, &projection, touched);
	progress_end(&call->progress);
	if (ok)
		return EXIT_OK;
	return command_fail_store(call->context, db,
				  "the records are kept, but their public documents are not made "
				  "anew yet: run the same import again");
}

static int conclude(struct import_call *call, struct db *db, enum import_result result,
		    const struct import_touched *touched, const char *why)
{
	int status;

	switch (result) {
	case IMPORT_NO_BRAND:
	case IMPORT_BAD_FILE:
		return command_fail(call->context, EXIT_FAILED, "%s; nothing was kept", why);
	case IMPORT_NO_MEMORY:
		return command_fail(call->context, EXIT_FAILED, "out of memory; nothing was kept");
	case IMPORT_DATABASE:
		return command_fail_store(
		    call->context, db,
		    "import (running it again is safe: what is recorded stays as it is)");
	case IMPORT_REFUSED:
		print_summary(call, false);
		return EXIT_REJECTED;
	case IMPORT_STOPPED: /* nobody here says so */
	case IMPORT_DONE:
		break;
	}
	status = publish(call, db, touched);
	print_summary(call, !call->dry_run);
	if (status != EXIT_OK)
		return status;
	return call->counts.refused > 0 ? EXIT_REJECTED : EXIT_OK;
}

static int import(struct import_call *call, struct db *db, FILE *in, struct profile *profile)
{
	struct import_options options = { .brand = call->brand,
					  .file_name = call->file_name,
					  .cell_maximum = (size_t)call->cell_kb * 1024,
					  .dry_run = call->dry_run,
					  .all_or_nothing = call->all_or_nothing,
					  .refused = refused,
					  .progress = progress_read,
					  .recording = progress_recording,
					  .user = call };
	struct import_touched touched;
	enum import_result result;
	char why[768];
	int status;

	start_progress(call, in);
	result = import_file(db, in, profile, &options, &call->counts, &touched, why, sizeof(why));
	progress_end(&call->progress);
	status = conclude(call, db, result, &touched, why);
	import_touched_release(&touched);
	return status;
}

static int with_files(struct import_call *call, struct profile *profile)
{
	bool is_stdin = strcmp(call->file_path, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(call->file_path, "re");
	struct db db = { .connection = NULL };
	int status;

	if (in == NULL)
		return command_fail(call->context, EXIT_FAILED, "%s: %s", call->file_path,
				    strerror(errno));
	status = open_report(call, in);
	if (status == EXIT_OK)
		status = command_open(call->context, &db);
	if (status == EXIT_OK)
		status = import(call, &db, in, profile);
	status = close_report(call, status);
	db_close(&db);
	if (!is_stdin)
		(void)fclose(in);
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct import_call call = { .context = context };
	struct profile profile;
	struct arena arena;
	int status;

	if (!arguments_read(&command_import, rules, argc, argv, &call))
		return EXIT_USAGE;
	call.file_path = call.files.words[0];
	name_file(&call);
	arena_init(&arena, PROFILE_MEMORY);
	status = read_profile(&call, &arena, &profile);
	if (status == EXIT_OK)
		status = with_files(&call, &profile);
	arena_release(&arena);
	return status;
}

const struct command command_import = {
	.name = "import",
	.arguments =
	    "--brand SLUG --profile FILE [--dry-run] [--all-or-nothing] [--report FILE] FILE|-",
	.summary = "read a CSV file into a brand's trace data",
	.help =
	    "Every row is checked; good ones are recorded, bad ones are reported with file, line,\n"
	    "column and reason. The same file again changes nothing; a row with other content is\n"
	    "recorded as a correction. Nothing is recorded before the whole file has been read.\n\n"
	    "  --profile FILE     which column is which field (conf/profiles has one a record)\n"
	    "  --dry-run          check everything, keep nothing\n"
	    "  --all-or-nothing   keep nothing if any row is refused\n"
	    "  --report FILE      refused rows as CSV there (JSON lines with --json) instead of "
	    "as\n"
	    "                     text on standard error\n"
	    "  --cell-kb N        longest cell in KiB, 1 to 1024 (64)\n\n"
	    "Exit status: 0 all rows are in, 3 some were refused, 4 try again later.\n\n"
	    "A profile:\n\n"
	    "  table          = product       # product facility supplier material lot "
	    "material_lot\n"
	    "                                 # lot_input step inspection document\n"
	    "  delimiter      = semicolon     # one sign, or comma semicolon tab space bar\n"
	    "  header         = yes           # else columns are #1, #2 ...\n"
	    "  decimal        = ,             # 12,5\n"
	    "  time_zone      = Asia/Shanghai # of times without their own\n"
	    "  gtin           = column EAN trim\n"
	    "  name.zh-CN     = column 品名   # text by language; without one: und\n"
	    "  name.en        = column \"Product name\"\n"
	    "  origin_country = constant CN\n\n"
	    "Sources: column NAME, column #3, constant TEXT, template \"{lot}-{#2}-{record}\", "
	    "record\n"
	    "(its number, count_from = 1), and with \"each = columns #2..#591\" (one row for every "
	    "such\n"
	    "column) each value, each name, each number. Behind a source: trim,\n"
	    "date %d/%m/%Y %H:%M:%S (%Y %m %d %H %M %S %f %z; else ISO 8601; %y%m%d: GS1's "
	    "YYMMDD),\n"
	    "map -1=pass 1=fail \"\"=missing *=information. Parameters of a step:\n"
	    "parameters.temp = column t label.en Temperature label.zh-CN 温度 unit °C\n",
	.run = run,
};
