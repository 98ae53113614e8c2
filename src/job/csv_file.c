/* Feeds a file to the CSV parser piece by piece and remembers the header. */
#include "job/csv_file.h"

#include <errno.h>

enum { NAMES_MAX = 8 * 1024 * 1024 };

bool csv_file_init(struct csv_file *r, FILE *in, char delimiter, size_t cell_maximum)
{
	*r = (struct csv_file){ .in = in };
	arena_init(&r->arena, NAMES_MAX);
	r->piece = malloc(CSV_PIECE);
	r->room = malloc(CSV_ROOM);
	r->cells = malloc(CSV_CELLS * sizeof(*r->cells));
	if (r->piece == NULL || r->room == NULL || r->cells == NULL) {
		csv_file_release(r);
		return false;
	}
	csv_init(&r->csv, delimiter, r->room, CSV_ROOM, r->cells, CSV_CELLS, cell_maximum);
	return true;
}

void csv_file_release(struct csv_file *r)
{
	if (r == NULL)
		return;
	free(r->piece);
	free(r->room);
	free(r->cells);
	arena_release(&r->arena);
	*r = (struct csv_file){ .in = NULL };
}

enum csv_file_result csv_file_next(struct csv_file *r)
{
	for (;;) {
		enum csv_event event = csv_next(&r->csv, &r->rest, r->ended);
		size_t got;

		if (event == CSV_RECORD)
			return CSV_FILE_RECORD;
		if (event == CSV_END)
			return CSV_FILE_END;
		errno = 0;
		got = fread(r->piece, 1, CSV_PIECE, r->in);
		if (got == 0 && ferror(r->in))
			return CSV_FILE_FAILED;
		r->ended = got == 0;
		r->bytes += got;
		r->rest = (struct slice){ r->piece, got };
	}
}

bool csv_file_keep_names(struct csv_file *r)
{
	r->columns = r->csv.count;
	r->names = arena_array(&r->arena, r->columns, sizeof(*r->names));
	if (r->names == NULL)
		return false;
	for (size_t i = 0; i < r->columns; i++) {
		r->names[i] = arena_copy(&r->arena, csv_text(&r->csv, i));
		if (r->names[i].data == NULL)
			return false;
	}
	return true;
}

struct slice csv_file_name(const struct csv_file *r, size_t column)
{
	if (r->names == NULL || column >= r->columns)
		return (struct slice){ NULL, 0 };
	return r->names[column];
}
