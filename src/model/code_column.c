/* Finds the column of codes, or takes the lines as they are. */
#include "model/code_column.h"

#include "base/utf8.h"

enum {
	CELLS = 64,
	RECORD_ROOM = 16384,
	CELL_MOST = 4000,
	GS = 0x1d, /* FNC1 in what scanners read: element strings are text */
};

static bool is_blank(struct slice line)
{
	return slice_trim(line).length == 0;
}

static void add(struct code_cell *cells, size_t most, size_t *count, const struct code_cell *cell)
{
	if (cells != NULL && *count < most)
		cells[*count] = *cell;
	(*count)++;
}

size_t code_column_lines(struct slice text, struct code_cell *cells, size_t most)
{
	struct slice line;
	uint64_t number = 0;
	size_t count = 0;

	if (slice_starts(text, S("\xef\xbb\xbf")))
		text = slice_from(text, 3);
	while (slice_cut(&text, '\n', &line)) {
		number++;
		if (!is_blank(line))
			add(cells, most, &count,
			    &(struct code_cell){ slice_trim(line), number, 0 });
	}
	return count;
}

/* --- CSV ----------------------------------------------------------------------------------- */

struct reader {
	struct csv csv;
	char record[RECORD_ROOM];
	struct csv_cell cells[CELLS];
};

static void begin(struct reader *r, char delimiter)
{
	csv_init(&r->csv, delimiter, r->record, sizeof(r->record), r->cells, CELLS, CELL_MOST);
}

/* Whether the record names such a column. */
static bool names_one(const struct csv *record, const char *const *names, size_t *ret_cell)
{
	for (size_t n = 0; names[n] != NULL; n++)
		for (size_t i = 0; i < record->count; i++)
			if (slice_equal_nocase(slice_trim(csv_text(record, i)),
					       slice_of(names[n]))) {
				*ret_cell = i;
				return true;
			}
	return false;
}

/* The header is read with each delimiter there may be. */
static bool find_column(struct reader *r, struct slice text, const char *const *names,
			struct slice *ret_rest, size_t *ret_cell)
{
	static const char delimiters[] = { ',', '\t', ';' };

	for (size_t i = 0; i < COUNT_OF(delimiters); i++) {
		struct slice rest = text;

		begin(r, delimiters[i]);
		if (csv_next(&r->csv, &rest, true) == CSV_RECORD && r->csv.fault == CSV_FINE &&
		    names_one(&r->csv, names, ret_cell)) {
			*ret_rest = rest;
			return true;
		}
	}
	return false;
}

static size_t read_rows(struct reader *r, struct slice rest, size_t cell, char *room,
			struct code_cell *cells, size_t most)
{
	size_t count = 0, used = 0;

	while (csv_next(&r->csv, &rest, true) == CSV_RECORD) {
		struct slice text =
		    r->csv.fault == CSV_FINE ? slice_trim(csv_text(&r->csv, cell)) : S("");

		if (count < most)
			memcpy(room + used, text.length == 0 ? "" : text.data, text.length);
		add(cells, most, &count,
		    &(struct code_cell){
			{ room + used, text.length }, r->csv.first_line, r->csv.fault });
		if (count <= most)
			used += text.length;
	}
	return count;
}

/* --- */

static void replace_what_is_no_text(char *text, size_t length)
{
	struct slice rest = { text, length };
	size_t valid;

	while ((valid = utf8_valid_length(rest)) < rest.length) {
		text[length - rest.length + valid] = '?';
		rest = slice_from(rest, valid + 1);
	}
}

static bool has_control(struct slice text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != GS))
			return true;
	}
	return false;
}

enum code_column_result code_column_read(char *text, size_t length, const char *const *names,
					 char *room, struct code_cell *cells, size_t most,
					 size_t *ret_count)
{
	struct slice all = { text, length }, rest;
	struct reader r;
	size_t cell;

	if (has_control(all))
		return CODE_COLUMN_NO_TEXT;
	replace_what_is_no_text(text, length);
	*ret_count = find_column(&r, all, names, &rest, &cell)
			 ? read_rows(&r, rest, cell, room, cells, most)
			 : code_column_lines(all, cells, most);
	if (*ret_count == 0)
		return CODE_COLUMN_EMPTY;
	return *ret_count > most ? CODE_COLUMN_TOO_MANY : CODE_COLUMN_OK;
}
