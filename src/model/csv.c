/* The CSV reader: a state machine over bytes, one record at a time, in bounded memory. */
#include "model/csv.h"

#include <assert.h>

#include "base/utf8.h"

enum state {
	AT_START,   /* before the first byte of a record */
	AT_CELL,    /* before the first byte of a further cell */
	IN_BARE,    /* in a cell without quotes */
	IN_QUOTES,  /* in a quoted cell */
	AT_QUOTE,   /* behind a quote in a quoted cell: its end, or the first of two */
	AFTER_TEXT, /* text behind the closing quote: skipped up to the cell's end */
	AT_RECORD,  /* a record has been given; the next call clears it */
};

static const struct {
	const char *code, *reason;
} faults[] = {
	[CSV_FINE] = { "fine", "nothing is wrong" },
	[CSV_CELL_TOO_LONG] = { "cell_too_long", "the cell is longer than the limit" },
	[CSV_RECORD_TOO_LONG] = { "record_too_long", "the record is longer than the limit" },
	[CSV_TOO_MANY_CELLS] = { "too_many_cells", "the record has more cells than the limit" },
	[CSV_NUL] = { "nul", "the cell holds a NUL byte" },
	[CSV_BAD_UTF8] = { "bad_utf8", "the cell is not valid UTF-8" },
	[CSV_TEXT_AFTER_QUOTE] = { "text_after_quote", "text follows the closing quote" },
	[CSV_OPEN_QUOTE] = { "open_quote", "the quote that starts the cell is never closed" },
};

const char *csv_fault_reason(enum csv_fault fault)
{
	return faults[fault].reason;
}

const char *csv_fault_code(enum csv_fault fault)
{
	return faults[fault].code;
}

void csv_init(struct csv *c, char delimiter, char *room, size_t room_size, struct csv_cell *cells,
	      size_t cells_size, size_t cell_maximum)
{
	assert(delimiter != '"' && delimiter != '\r' && delimiter != '\n' && delimiter != '\0');
	assert(cells_size > 0);
	*c = (struct csv){ .delimiter = delimiter,
			   .room = room,
			   .room_size = room_size,
			   .cells = cells,
			   .cells_size = cells_size,
			   .cell_maximum = cell_maximum,
			   .state = AT_START,
			   .line = 1,
			   .cell_line = 1 };
}

struct slice csv_text(const struct csv *c, size_t cell)
{
	if (cell >= c->count)
		return (struct slice){ NULL, 0 };
	return (struct slice){ c->room + c->cells[cell].offset, c->cells[cell].length };
}

bool csv_find(const struct csv *c, struct slice text, size_t *ret_cell)
{
	for (size_t i = 0; i < c->count; i++)
		if (slice_equal(csv_text(c, i), text)) {
			*ret_cell = i;
			return true;
		}
	return false;
}

/* The first fault is the one reported, but a quote never closed explains all before it. */
static void note(struct csv *c, enum csv_fault fault, size_t byte)
{
	if (c->fault != CSV_FINE && fault != CSV_OPEN_QUOTE)
		return;
	c->fault = fault;
	c->fault_cell = c->column;
	c->fault_line = c->cell_line;
	c->fault_byte = byte;
}

static void start_record(struct csv *c)
{
	c->used = 0;
	c->cell_length = 0;
	c->count = 0;
	c->column = 0;
	c->fault = CSV_FINE;
	c->fault_cell = 0;
	c->fault_line = 0;
	c->fault_byte = 0;
	c->state = AT_START;
}

static void start_cell(struct csv *c)
{
	c->cell_line = c->line;
	c->cell_length = 0;
	if (c->state == AT_START)
		c->first_line = c->line;
}

/* Of `length` more bytes of the cell, those before a limit is met. */
static size_t within_limits(const struct csv *c, size_t length)
{
	size_t room = c->room_size - c->used;
	size_t cell = c->cell_length < c->cell_maximum ? c->cell_maximum - c->cell_length : 0;

	if (length > cell)
		length = cell;
	return length > room ? room : length;
}

/*
 * Text of the cell; what exceeds a limit is forgotten. The bytes are looked at in their order, so
 * that the fault met first does not depend on how the input was cut.
 */
static void add(struct csv *c, const char *data, size_t length)
{
	size_t fits = within_limits(c, length);
	const char *nul = c->fault == CSV_FINE ? memchr(data, '\0', fits) : NULL;

	if (nul != NULL)
		note(c, CSV_NUL, c->cell_length + (size_t)(nul - data));
	else if (fits < length)
		note(c,
		     c->cell_length + fits == c->cell_maximum ? CSV_CELL_TOO_LONG
							      : CSV_RECORD_TOO_LONG,
		     0);
	if (c->fault == CSV_FINE) {
		memcpy(c->room + c->used, data, length);
		c->used += length;
	}
	c->cell_length += length;
}

static void check_text(struct csv *c, struct slice text)
{
	size_t valid = utf8_valid_length(text);

	if (valid < text.length)
		note(c, CSV_BAD_UTF8, valid);
}

static void end_cell(struct csv *c)
{
	if (c->column >= c->cells_size)
		note(c, CSV_TOO_MANY_CELLS, 0);
	if (c->fault == CSV_FINE) {
		struct csv_cell *cell = &c->cells[c->count++];

		*cell = (struct csv_cell){ c->used - c->cell_length, c->cell_length, c->cell_line };
		check_text(c, (struct slice){ c->room + cell->offset, cell->length });
	}
	c->column++;
	c->state = AT_CELL;
}

static enum csv_event end_record(struct csv *c)
{
	end_cell(c);
	c->record++;
	c->state = AT_RECORD;
	return CSV_RECORD;
}

/* One line end is CRLF, LF or CR; true when `byte` ends a line that CRLF has not ended already. */
static bool ends_line(struct csv *c, char byte)
{
	bool ends = byte == '\r' || (byte == '\n' && !c->last_was_cr);

	c->last_was_cr = byte == '\r';
	c->line += ends;
	return ends;
}

/* Bytes from the start of the piece that are plain text in this state. */
static size_t plain_length(const struct csv *c, struct slice piece)
{
	size_t n = 0;

	for (; n < piece.length; n++) {
		char byte = piece.data[n];

		if (byte == '\n' || byte == '\r')
			break;
		if (c->state == IN_QUOTES ? byte == '"' : byte == c->delimiter)
			break;
	}
	return n;
}

/* The byte after a cell's text: ends the cell or the record; 0 bytes of text are read here. */
static bool at_cell_end(struct csv *c, char byte, enum csv_event *ret_event)
{
	if (byte == c->delimiter) {
		end_cell(c);
		return false;
	}
	(void)ends_line(c, byte);
	*ret_event = end_record(c);
	return true;
}

/* One byte that is not in the run of plain text. True: a record is complete. */
static bool special(struct csv *c, char byte, enum csv_event *ret_event)
{
	switch ((enum state)c->state) {
	case IN_QUOTES:
		if (byte == '"') {
			c->state = AT_QUOTE;
			c->last_was_cr = false;
			return false;
		}
		(void)ends_line(c, byte);
		add(c, &byte, 1);
		return false;
	case AT_QUOTE:
		if (byte == '"') {
			add(c, &byte, 1);
			c->state = IN_QUOTES;
			return false;
		}
		if (byte == c->delimiter || byte == '\r' || byte == '\n')
			return at_cell_end(c, byte, ret_event);
		note(c, CSV_TEXT_AFTER_QUOTE, 0);
		c->state = AFTER_TEXT;
		return false;
	default:
		return at_cell_end(c, byte, ret_event);
	}
}

/* The first byte of a cell. True when it was used up. */
static bool begin(struct csv *c, char byte)
{
	if (c->state == AT_START && (byte == '\r' || byte == '\n')) {
		(void)ends_line(c, byte); /* an empty line, or the LF of a CRLF */
		return true;
	}
	c->last_was_cr = false;
	start_cell(c);
	c->state = byte == '"' ? IN_QUOTES : IN_BARE;
	return byte == '"';
}

/* Skips a byte order mark at the very start, however the pieces cut it. */
static void skip_mark(struct csv *c, struct slice *piece)
{
	static const char mark[] = "\xef\xbb\xbf";

	while (c->mark < 3 && piece->length > 0) {
		if (piece->data[0] != mark[c->mark]) {
			size_t seen = c->mark;

			c->mark = 3;
			if (seen > 0) { /* it was no mark: its bytes are text */
				start_cell(c);
				c->state = IN_BARE;
				add(c, mark, seen);
			}
			return;
		}
		c->mark++;
		*piece = slice_from(*piece, 1);
	}
}

static enum csv_event finish(struct csv *c)
{
	if (c->mark > 0 && c->mark < 3) { /* the whole input is a piece of a mark */
		start_cell(c);
		c->state = IN_BARE;
		add(c, "\xef\xbb", c->mark);
	}
	c->mark = 3;
	if (c->state == AT_START)
		return CSV_END;
	if (c->state == IN_QUOTES)
		note(c, CSV_OPEN_QUOTE, 0);
	else if (c->state == AT_CELL)
		start_cell(c);
	return end_record(c);
}

enum csv_event csv_next(struct csv *c, struct slice *piece, bool last)
{
	enum csv_event event = CSV_MORE;

	if (c->state == AT_RECORD)
		start_record(c);
	skip_mark(c, piece);
	while (piece->length > 0) {
		char byte = piece->data[0];
		size_t n;

		if (c->state == AT_START || c->state == AT_CELL) {
			if (begin(c, byte))
				*piece = slice_from(*piece, 1);
			continue;
		}
		n = c->state == AT_QUOTE ? 0 : plain_length(c, *piece);
		if (n > 0) {
			if (c->state != AFTER_TEXT)
				add(c, piece->data, n);
			c->last_was_cr = false;
			*piece = slice_from(*piece, n);
			continue;
		}
		*piece = slice_from(*piece, 1);
		if (special(c, byte, &event))
			return event;
	}
	return last ? finish(c) : CSV_MORE;
}
