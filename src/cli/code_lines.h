/*
 * Printed codes from the command line or a file of any length, asked about in slices of which each
 * is one transaction, and an answer for each code.
 */
#ifndef SUYUAN_CLI_CODE_LINES_H
#define SUYUAN_CLI_CODE_LINES_H

#include "cli/arguments.h"
#include "cli/command.h"
#include "store/code_list.h"
#include "store/db.h"

/* Where the codes come from: `words`, or the file `path` ("-": standard input). */
struct code_source {
	struct word_list words;
	const char *path;   /* NULL: words */
	const char *column; /* of a CSV with a header; NULL: a code a line */
	uint64_t gtin;	    /* of codes that are bare serials; 0: there are none */
};

/* One of them, as it was given. */
struct code_line {
	const char *text;
	uint64_t number;    /* of the line; 0: a word */
	const char *reason; /* why it is malformed, or NULL */
};

/* What is asked and who hears the answers: row `row` of `rows` is about `line`. */
struct code_question {
	/* NULL: db->error. */
	PGresult *(*ask)(void *user, struct db *db, const struct code_list *list);
	void (*answered)(void *user, const struct code_line *line, const PGresult *rows, int row);
	void *user;
};

/*
 * EXIT_OK when every code was asked about, whatever the answers; else what was reported: a file
 * that cannot be read, a database that is away, with the last line whose step is done.
 */
MUSTCHECK int code_lines_run(const struct command_context *context, struct db *db,
			     const struct code_source *source,
			     const struct code_question *question);

/*
 * Says on standard error what is wrong with one code: "file:line: reason" or "code: reason", with
 * --json nothing, because the answer line says it.
 */
void code_line_complain(const struct command_context *context, const struct code_source *source,
			const struct code_line *line, const char *format, ...) PRINTF(4, 5);

#endif
