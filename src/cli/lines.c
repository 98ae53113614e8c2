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

enum line_result line_read_text(FILE *in, struct buf *line, uint64_t *number,
				struct slice *ret_text)
{
	static const struct slice mark = SLICE("\xef\xbb\xbf");
	enum line_result result = line_read(in, line);

	if (result == LINE_END)
		return LINE_END;
	*ret_text = (struct slice){ line->data, line->length };
	if ((*number)++ == 0 && slice_starts(*ret_text, mark))
		*ret_text = slice_from(*ret_text, mark.length);
	return result;
}
