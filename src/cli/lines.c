/* Bounded line reading. */
#include "cli/lines.h"

static enum line_result line_finish(struct buf *line)
{
	if (!buf_ok(line))
		return LINE_TOO_LONG;
	if (line->length > 0 && line->data[line->length - 1] == '\r')
		line->length--;
	return LINE_OK;
}

enum line_result line_read(FILE *in, struct buf *line)
{
	bool any = false;
	int c;

	buf_clear(line);
	while ((c = getc_unlocked(in)) != EOF) {
		any = true;
		if (c == '\n')
			return line_finish(line);
		buf_add_char(line, (char)c);
	}
	if (ferror(in))
		return LINE_FAILED;
	return any ? line_finish(line) : LINE_END;
}
