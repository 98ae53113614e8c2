/*
 * Any profile with any file: the input is a profile, a line "%%", and a CSV file. The reader must
 * give the same records whatever pieces it is fed, and every value that is taken must be text
 * PostgreSQL's COPY can read.
 */
#include <assert.h>

#include "base/utf8.h"
#include "job/csv_file.h"
#include "model/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 2048, CELLS = 32, CELL_MAX = 300 };

struct reader {
	struct csv csv;
	char room[ROOM];
	struct csv_cell cells[CELLS];
	struct slice all, piece;
	size_t step;
};

static void reader_init(struct reader *r, char delimiter, struct slice text, size_t step)
{
	*r = (struct reader){ .all = text, .step = step };
	csv_init(&r->csv, delimiter, r->room, ROOM, r->cells, CELLS, CELL_MAX);
}

static bool reader_next(struct reader *r)
{
	for (;;) {
		enum csv_event event = csv_next(&r->csv, &r->piece, r->all.length == 0);

		if (event != CSV_MORE)
			return event == CSV_RECORD;
		r->piece.data = r->all.data;
		r->piece.length = r->step < r->all.length ? r->step : r->all.length;
		r->all = slice_from(r->all, r->piece.length);
	}
}

static void assert_same_record(const struct csv *a, const struct csv *b)
{
	assert(a->fault == b->fault && a->first_line == b->first_line);
	assert(a->fault_cell == b->fault_cell && a->fault_line == b->fault_line);
	assert(a->record == b->record);
	if (a->fault != CSV_FINE)
		return;
	assert(a->count == b->count && a->count > 0);
	for (size_t i = 0; i < a->count; i++) {
		assert(slice_equal(csv_text(a, i), csv_text(b, i)));
		assert(a->cells[i].line == b->cells[i].line);
		assert(utf8_valid(csv_text(a, i)));
		assert(csv_text(a, i).length <= CELL_MAX);
	}
}

static struct slice cell_of(const void *user, size_t column)
{
	return csv_text(user, column);
}

static struct slice name_of(const void *user, size_t column)
{
	(void)user;
	return column % 2 == 0 ? S("name") : S("");
}

static void read_field(const struct profile *p, const struct profile_field *f,
		       const struct profile_cells *cells)
{
	struct value_format format = { p->decimal, f->date, p->time_zone, 2026 };
	struct buf text, value;

	buf_init(&text, 65536);
	buf_init(&value, 65536);
	if (profile_text(p, f, cells, &text) && buf_ok(&text) &&
	    !value_is_blank(buf_slice(&text)) &&
	    value_read(f->field->kind, &format, buf_slice(&text), &value) == VALUE_OK &&
	    buf_ok(&value))
		assert(value.length > 0 && memchr(value.data, '\0', value.length) == NULL);
	buf_clear(&value);
	value_add_json(&value, buf_slice(&text));
	value_add_shown(&value, buf_slice(&text), 60);
	buf_release(&text);
	buf_release(&value);
}

static void read_rows(struct profile *p, struct slice text)
{
	static struct reader whole, pieces;
	bool bound = false;
	char why[128];

	reader_init(&whole, p->delimiter, text, SIZE_MAX);
	reader_init(&pieces, p->delimiter, text, 3);
	while (reader_next(&whole)) {
		struct profile_cells cells = { cell_of, name_of, &whole.csv, whole.csv.record,
					       p->each_first };

		assert(reader_next(&pieces));
		assert_same_record(&whole.csv, &pieces.csv);
		if (whole.csv.fault != CSV_FINE)
			continue;
		if (!bound)
			bound = profile_bind(p, NULL, whole.csv.count, why, sizeof(why));
		for (unsigned i = 0; bound && i < p->count; i++)
			read_field(p, &p->fields[i], &cells);
	}
	assert(!reader_next(&pieces));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { (const char *)data, size }, head = input, body = input;
	const char *cut = memmem(data, size, "%%\n", 3);
	struct profile p;
	struct arena arena;
	char why[256];

	if (cut != NULL) {
		head.length = (size_t)(cut - input.data);
		body = slice_from(input, head.length + 3);
	}
	arena_init(&arena, 1 << 20);
	if (profile_parse(&p, head, "p", &arena, why, sizeof(why))) {
		read_rows(&p, body);
	} else {
		struct profile none = { .delimiter = ',', .each_first = 1 };

		assert(why[0] == 'p' && why[1] == ':');
		read_rows(&none, body);
	}
	arena_release(&arena);
	return 0;
}
