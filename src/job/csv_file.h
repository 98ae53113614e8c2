/*
 * A CSV file on disk or coming through a pipe: reads pieces, gives records with their names of
 * columns, in bounded memory whatever the file holds.
 */
#ifndef SUYUAN_JOB_CSV_FILE_H
#define SUYUAN_JOB_CSV_FILE_H

#include "base/arena.h"
#include "model/csv.h"

enum {
	CSV_PIECE = 64 * 1024,
	CSV_ROOM = 4 * 1024 * 1024, /* bytes of one record */
	CSV_CELLS = 16384,	    /* cells of one record */
	CSV_CELL_STANDARD = 64 * 1024,
};

struct csv_file {
	struct csv csv;	     /* the record */
	FILE *in;	     /* not owned */
	uint64_t bytes;	     /* read so far */
	struct slice *names; /* of the header; NULL without one */
	size_t columns;	     /* every record must have; 0 while unknown */

	/* Private. */
	char *piece, *room;
	struct csv_cell *cells;
	struct slice rest;
	bool ended;
	struct arena arena; /* the names */
};

enum csv_file_result {
	CSV_FILE_RECORD, /* look at csv.fault before anything else */
	CSV_FILE_END,
	CSV_FILE_FAILED, /* errno says why */
};

/* False: out of memory. */
MUSTCHECK bool csv_file_init(struct csv_file *r, FILE *in, char delimiter, size_t cell_maximum);
void csv_file_release(struct csv_file *r); /* accepts NULL and zeroed structs */
MUSTCHECK enum csv_file_result csv_file_next(struct csv_file *r);
/* Keeps the present record as the header. False: out of memory. */
MUSTCHECK bool csv_file_keep_names(struct csv_file *r);
/* The header's name of a 0-based column; empty without one. */
struct slice csv_file_name(const struct csv_file *r, size_t column);

#endif
