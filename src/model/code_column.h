/*
 * The codes in what somebody pasted or uploaded: a code a line, or CSV whose first line names its
 * columns ("url", "serial", …), comma, semicolon or tab between them, as spreadsheets and label
 * programs give it. A line that names no column is itself a code: a serial may hold commas.
 */
#ifndef SUYUAN_MODEL_CODE_COLUMN_H
#define SUYUAN_MODEL_CODE_COLUMN_H

#include "model/csv.h"

struct code_cell {
	struct slice text;
	uint64_t line;	      /* where it stands, from 1 */
	enum csv_fault fault; /* of its record; else CSV_FINE */
};

enum code_column_result {
	CODE_COLUMN_OK,
	CODE_COLUMN_EMPTY,   /* no line holds anything */
	CODE_COLUMN_NO_TEXT, /* controls other than GS: a spreadsheet's own file, archive, UTF-16 */
	CODE_COLUMN_TOO_MANY, /* codes; *ret_count is how many there are */
};

/*
 * `names` (the list ends with NULL) are those of the column, in ASCII without regard to case, the
 * first that is there counts. Cells of CSV are written to `room` of text.length bytes, others stay
 * in `text`. Bytes that are no UTF-8 are replaced by '?' in `text`. Lines are counted, too, where
 * there are too many of them.
 */
MUSTCHECK enum code_column_result code_column_read(char *text, size_t length,
						   const char *const *names, char *room,
						   struct code_cell *cells, size_t most,
						   size_t *ret_count);
/* The lines of `text` that hold anything, whatever they hold; `cells` may be NULL. */
size_t code_column_lines(struct slice text, struct code_cell *cells, size_t most);

#endif
