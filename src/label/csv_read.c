/* CSV back into records: a little machine of four states over the bytes. */
#include "label/csv.h"

enum state {
	AT_START, /* of a field */
	IN_FIELD, /* unquoted */
	IN_QUOTES,
	AT_QUOTE, /* a quote within quotes: the end, or the first of a doubled one */
};

void csv_reader_init(struct csv_reader *r, size_t maximum)
{
	*r = (struct csv_reader){ .line = 1 };
	buf_init(&r->text, maximum);
}

void csv_reader_release(struct csv_reader *r)
{
	if (r != NULL)
		buf_release(&r->text);
}

static enum csv_result end_field(struct csv_reader *r)
{
	if (r->fields == CSV_FIELDS_MOST)
		return CSV_TOO_MANY;
	r->ends[r->fields++] = r->text.length;
	r->state = AT_START;
	return CSV_MORE;
}

static enum csv_result end_record(struct csv_reader *r)
{
	enum csv_result result = end_field(r);

	return result == CSV_MORE ? CSV_OK : result;
}

static enum csv_result take_quote(struct csv_reader *r)
{
	switch (r->state) {
	case AT_START:
	case AT_QUOTE:
		if (r->state == AT_QUOTE)
			buf_add_char(&r->text, '"');
		r->state = IN_QUOTES;
		return CSV_MORE;
	case IN_QUOTES:
		r->state = AT_QUOTE;
		return CSV_MORE;
	default:
		return CSV_STRAY_QUOTE;
	}
}

/* A CR belongs to the line end only; one elsewhere outside quotes stays where it is. */
static void drop_carriage_return(struct csv_reader *r)
{
	if (r->state == IN_FIELD && buf_ok(&r->text) && r->text.data[r->text.length - 1] == '\r')
		r->text.length--;
}

static enum csv_result take(struct csv_reader *r, char c)
{
	if (c == '\0')
		return CSV_NUL;
	if (c == '\n')
		r->lines_ahead++;
	if (c == '"')
		return take_quote(r);
	if (r->state == IN_QUOTES) {
		buf_add_char(&r->text, c);
		return CSV_MORE;
	}
	if (c == ',')
		return end_field(r);
	if (c == '\n') {
		drop_carriage_return(r);
		return end_record(r);
	}
	if (r->state == AT_QUOTE)
		return c == '\r' ? CSV_MORE : CSV_STRAY_QUOTE;
	r->state = IN_FIELD;
	buf_add_char(&r->text, c);
	return CSV_MORE;
}

static void next_record(struct csv_reader *r)
{
	r->line += r->lines_ahead;
	r->lines_ahead = 0;
	r->fields = 0;
	r->complete = false;
	buf_clear(&r->text);
}

/* True while `c` belongs to a byte order mark; what only began like one is text. */
static bool in_mark(struct csv_reader *r, char c)
{
	static const char mark[] = "\xef\xbb\xbf";
	enum { MARK = 3, OVER = 4 };

	if (r->mark < MARK && c == mark[r->mark]) {
		r->mark++;
		return true;
	}
	if (r->mark < MARK && r->mark > 0) {
		buf_add(&r->text, mark, r->mark);
		r->state = IN_FIELD;
	}
	r->mark = OVER;
	return false;
}

enum csv_result csv_read(struct csv_reader *r, struct slice *rest)
{
	enum csv_result result = CSV_MORE;

	if (r->complete)
		next_record(r);
	while (result == CSV_MORE && rest->length > 0) {
		char c = rest->data[0];

		*rest = slice_from(*rest, 1);
		if (!in_mark(r, c))
			result = take(r, c);
	}
	if (!buf_ok(&r->text))
		return CSV_TOO_LONG;
	r->complete = result == CSV_OK;
	return result;
}

enum csv_result csv_read_end(struct csv_reader *r)
{
	enum csv_result result;

	if (r->complete || (r->state == AT_START && r->fields == 0))
		return CSV_END;
	if (r->state == IN_QUOTES)
		return CSV_OPEN_QUOTE;
	result = end_record(r);
	r->complete = true;
	return result;
}

struct slice csv_get(const struct csv_reader *r, unsigned i)
{
	struct slice none = { NULL, 0 };
	size_t start;

	if (i >= r->fields)
		return none;
	start = i == 0 ? 0 : r->ends[i - 1];
	if (r->ends[i] == start)
		return none;
	return (struct slice){ r->text.data + start, r->ends[i] - start };
}

const char *csv_reason(enum csv_result result)
{
	static const char *const reasons[] = {
		[CSV_OK] = "fine",
		[CSV_MORE] = "the record goes on",
		[CSV_END] = "no record left",
		[CSV_TOO_LONG] = "the record is too long",
		[CSV_TOO_MANY] = "the record has too many fields",
		[CSV_STRAY_QUOTE] =
		    "a quote where none may be; a field with quotes is quoted as a whole",
		[CSV_OPEN_QUOTE] = "the file ends inside a quoted field",
		[CSV_NUL] = "a NUL byte",
	};

	return reasons[result];
}
