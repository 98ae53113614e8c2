/*
 * Reading input line by line without trusting its length: a line over the limit is
 * skipped to its end and reported, and reading goes on with the next one.
 */
#ifndef SUYUAN_CLI_LINES_H
#define SUYUAN_CLI_LINES_H

#include "base/buf.h"

enum line_result {
	LINE_OK,       /* `line` holds it, without its LF or CR LF; it may hold any other byte */
	LINE_TOO_LONG, /* longer than line->maximum; it was skipped */
	LINE_END,      /* no more input */
	LINE_FAILED,   /* reading failed; errno says why */
};

/* `line` is cleared first. The caller gave it its maximum with buf_init(). */
MUSTCHECK enum line_result line_read(FILE *in, struct buf *line);
/*
 * The same from a file of people's: `number`, 0 before the first line, counts them, and the first
 * loses its byte order mark. `ret_text` is what is read of the line, in `line`.
 */
MUSTCHECK enum line_result line_read_text(FILE *in, struct buf *line, uint64_t *number,
					  struct slice *ret_text);

#endif
