/* Printed codes read, collected into slices and asked about. */
#include "cli/code_lines.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>

#include "cli/database.h"
#include "cli/lines.h"
#include "cli/plain_text.h"
#include "job/csv_file.h"

enum {
	LINE_MAXIMUM = DL_URI_MAX + 48,
	TEXTS_MAXIMUM = CODE_LIST_MOST * (LINE_MAXIMUM + DL_ERROR_MAX + 2)
};

struct slot {
	size_t text, reason; /* in `texts` */
	uint64_t number;
};

struct run {
	const struct command_context *context;
	struct db *db;
	const struct code_source *source;
	const struct code_question *question;
	struct keyring ring;
	struct code_list list;
	struct buf texts; /* NUL-terminated each */
	struct slot *slots;
	struct progress progress;
	uint64_t done; /* codes asked about */
};

/* --- a slice --- */

static void hand_out(struct run *run, const PGresult *rows)
{
	for (size_t i = 0; i < run->list.count; i++) {
		const struct slot *slot = &run->slots[i];
		const char *reason = run->texts.data + slot->reason;
		struct code_line line = { .text = run->texts.data + slot->text,
					  .number = slot->number,
					  .reason = *reason == '\0' ? NULL : reason };

		run->question->answered(run->question->user, &line, rows, (int)i);
	}
}

static int ask(struct run *run)
{
	char where[64] = "nothing was done";
	PGresult *rows;

	if (run->list.count == 0)
		return EXIT_OK;
	if (!code_list_finish(&run->list) || !buf_ok(&run->texts))
		return command_fail(run->context, EXIT_FAILED, "out of memory");
	rows = run->question->ask(run->question->user, run->db, &run->list);
	if (rows == NULL) {
		if (run->done > 0)
			(void)snprintf(where, sizeof(where), "the first %llu codes are done",
				       (unsigned long long)run->done);
		return command_fail_store(run->context, run->db, where);
	}
	assert(PQntuples(rows) == (int)run->list.count);
	hand_out(run, rows);
	PQclear(rows);
	run->done += run->list.count;
	progress_to(&run->progress, run->done);
	code_list_clear(&run->list);
	buf_clear(&run->texts);
	return EXIT_OK;
}

/* What is told is told as text: to the first NUL. */
static size_t keep(struct run *run, struct slice text)
{
	size_t offset = run->texts.length;

	buf_add(&run->texts, text.data, slice_find(text, '\0'));
	buf_add_char(&run->texts, '\0');
	return offset;
}

static int add_read(struct run *run, struct slice text, uint64_t number,
		    const struct printed_code *code)
{
	struct slot *slot = &run->slots[run->list.count];

	slot->number = number;
	slot->text = keep(run, text);
	slot->reason = keep(run, slice_of(code->reason));
	code_list_add(&run->list, code);
	return run->list.count == CODE_LIST_MOST ? ask(run) : EXIT_OK;
}

static int add(struct run *run, struct slice text, uint64_t number)
{
	struct printed_code code;

	printed_code_read(&run->ring, text, run->source->gtin, &code);
	return add_read(run, text, number, &code);
}

static int add_faulty(struct run *run, struct slice text, uint64_t number, const char *reason)
{
	struct printed_code code = { .result = PRINTED_MALFORMED };

	(void)snprintf(code.reason, sizeof(code.reason), "%s", reason);
	return add_read(run, text, number, &code);
}

/* --- sources --- */

static int read_words(struct run *run)
{
	int status = EXIT_OK;

	for (int i = 0; i < run->source->words.count && status == EXIT_OK; i++)
		status = add(run, slice_of(run->source->words.words[i]), 0);
	return status;
}

static int read_failed(const struct run *run)
{
	return command_fail(run->context, EXIT_FAILED, "%s: reading failed: %s", run->source->path,
			    strerror(errno));
}

/* A code a line; empty lines are none. */
static int read_lines(struct run *run, FILE *in)
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
			status = read_failed(run);
		else if (result == LINE_TOO_LONG)
			status = add_faulty(run, S("…"), number, "the line is too long");
		else if (slice_trim(text).length > 0)
			status = add(run, text, number);
	}
	buf_release(&line);
	return status;
}

static int find_column(const struct run *run, const struct csv *csv, size_t *ret_column)
{
	if (csv_find(csv, slice_of(run->source->column), ret_column))
		return EXIT_OK;
	return command_fail(run->context, EXIT_FAILED, "%s: the first line names no column \"%s\"",
			    run->source->path, run->source->column);
}

static int read_column(struct run *run, FILE *in)
{
	struct csv_file file;
	enum csv_file_result result;
	size_t column = 0;
	int status = EXIT_OK;

	if (!csv_file_init(&file, in, ',', CSV_CELL_STANDARD))
		return command_fail(run->context, EXIT_FAILED, "out of memory");
	result = csv_file_next(&file);
	status =
	    result == CSV_FILE_FAILED ? read_failed(run) : find_column(run, &file.csv, &column);
	while (status == EXIT_OK && (result = csv_file_next(&file)) != CSV_FILE_END) {
		if (result == CSV_FILE_FAILED)
			status = read_failed(run);
		else if (file.csv.fault != CSV_FINE)
			status = add_faulty(run, S("…"), file.csv.fault_line,
					    csv_fault_reason(file.csv.fault));
		else
			status = add(run, csv_text(&file.csv, column), file.csv.first_line);
	}
	csv_file_release(&file);
	return status;
}

static int read_file(struct run *run)
{
	bool standard = strcmp(run->source->path, "-") == 0;
	FILE *in = standard ? stdin : fopen(run->source->path, "re");
	int status;

	if (in == NULL)
		return command_fail(run->context, EXIT_FAILED, "%s: %s", run->source->path,
				    strerror(errno));
	progress_start(&run->progress, run->context, "codes", 0);
	status = run->source->column == NULL ? read_lines(run, in) : read_column(run, in);
	if (status == EXIT_OK)
		status = ask(run);
	progress_end(&run->progress);
	if (!standard)
		(void)fclose(in);
	return status;
}

int code_lines_run(const struct command_context *context, struct db *db,
		   const struct code_source *source, const struct code_question *question)
{
	struct run run = { .context = context, .db = db, .source = source, .question = question };
	int status;

	keyring_init(&run.ring);
	code_list_init(&run.list);
	buf_init(&run.texts, TEXTS_MAXIMUM);
	run.slots = calloc(CODE_LIST_MOST, sizeof(run.slots[0]));
	status = run.slots == NULL ? command_fail(context, EXIT_FAILED, "out of memory")
				   : command_load_keys(context, db, &run.ring);
	if (status == EXIT_OK && source->path != NULL)
		status = read_file(&run);
	else if (status == EXIT_OK)
		status = read_words(&run);
	if (status == EXIT_OK)
		status = ask(&run);
	free(run.slots);
	buf_release(&run.texts);
	code_list_release(&run.list);
	keyring_release(&run.ring);
	return status;
}

void code_line_complain(const struct command_context *context, const struct code_source *source,
			const struct code_line *line, const char *format, ...)
{
	char text[512];
	va_list args;

	if (context->json)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (line->number == 0) {
		(void)command_fail(context, EXIT_FAILED, "%s: %s", line->text, text);
		return;
	}
	plain_text_print(stderr, slice_of(source->path));
	fprintf(stderr, ":%llu: ", (unsigned long long)line->number);
	plain_text_print(stderr, slice_of(text));
	fputc('\n', stderr);
}
