/*
 * The rows `suyuan labels` prints: a CSV file with at least the column `url`, which must be a
 * GS1 Digital Link of one item, checked so that no text and code disagree and no item comes twice.
 */
#ifndef SUYUAN_CLI_LABEL_ROWS_H
#define SUYUAN_CLI_LABEL_ROWS_H

#include "label/pdf.h"
#include "model/csv.h"
#include "model/digital_link.h"
#include "model/gs1.h"

enum { LABEL_ROW_WHY_SIZE = 256, LABEL_COPIES_MOST = 1000 };

enum label_column {
	COLUMN_URL,
	COLUMN_GTIN,
	COLUMN_SERIAL,
	COLUMN_PRODUCT,
	COLUMN_LOT,
	COLUMN_EXPIRY,
	COLUMN_COPIES,
	COLUMN_COUNT,
};

struct label_rows {
	FILE *in;
	const char *name; /* for messages; borrowed */
	struct csv csv;
	char room[65536]; /* of one record */
	struct csv_cell cells[64];
	char piece[65536];
	struct slice rest;	  /* of `piece` */
	bool last;		  /* nothing follows `piece` */
	uint64_t bytes;		  /* read so far, for progress */
	size_t fields;		  /* of the header */
	int column[COLUMN_COUNT]; /* where each stands, or -1 */
	struct digital_link link; /* of the row's url */
	char gtin[GTIN_TEXT_SIZE];
	struct seen *seen; /* items so far; opaque */
	bool ended;
	char why[LABEL_ROW_WHY_SIZE];
};

struct label_row {
	uint64_t line;
	struct slice url;
	struct label_text text; /* gtin and serial are the url's */
	uint64_t copies;
};

enum label_rows_result {
	LABEL_ROWS_OK,
	LABEL_ROWS_REFUSED, /* this row; the next may be good */
	LABEL_ROWS_END,
	LABEL_ROWS_BROKEN, /* no further row can be read */
};

/* Reads the header. On false `why` says "name:line: reason". */
MUSTCHECK bool label_rows_init(struct label_rows *rows, FILE *in, const char *name);
void label_rows_release(struct label_rows *rows); /* accepts NULL and zeroed structs */
/* The row is valid until the next call. REFUSED and BROKEN leave "name:line: reason" in `why`. */
MUSTCHECK enum label_rows_result label_rows_next(struct label_rows *rows,
						 struct label_row *ret_row);

#endif
