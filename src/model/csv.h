/*
 * CSV (RFC 4180) as people really write it: any one-byte delimiter, CRLF, LF or CR line ends,
 * quotes with doubled quotes inside, line breaks in quoted cells, a byte order mark. A streaming
 * reader in memory its user gives: input is pushed in pieces of any size, one record comes out at a
 * time. A record that cannot be used is reported with what is wrong and where, and reading goes on
 * with the next one; what is too large is skipped without being held.
 *
 * An empty line is no record. A quote inside a cell that does not start with one is text (5" pipe).
 */
#ifndef SUYUAN_MODEL_CSV_H
#define SUYUAN_MODEL_CSV_H

#include "base/slice.h"

enum csv_fault {
	CSV_FINE = 0,
	CSV_CELL_TOO_LONG,    /* over cell_maximum */
	CSV_RECORD_TOO_LONG,  /* the record's cells do not fit into `room` */
	CSV_TOO_MANY_CELLS,   /* more than cells_size */
	CSV_NUL,	      /* a NUL byte; fault_byte tells which of the cell's bytes */
	CSV_BAD_UTF8,	      /* not UTF-8 (RFC 3629) from fault_byte of the cell on */
	CSV_TEXT_AFTER_QUOTE, /* "text"more */
	CSV_OPEN_QUOTE,	      /* the input ends inside a quoted cell */
};

struct csv_cell {
	size_t offset; /* in `room` */
	size_t length;
	uint64_t line; /* 1-based, where the cell starts */
};

struct csv {
	/* Given by the user, see csv_init(). */
	char delimiter;
	char *room;
	size_t room_size;
	struct csv_cell *cells;
	size_t cells_size;
	size_t cell_maximum; /* bytes of one cell */

	/* The record csv_next() found; valid until its next call. */
	uint64_t record;      /* 1-based */
	uint64_t first_line;  /* 1-based */
	size_t count;	      /* cells, those too many not counted */
	enum csv_fault fault; /* the first one met */
	size_t fault_cell;    /* 0-based */
	uint64_t fault_line;  /* of the faulty cell's start */
	size_t fault_byte;    /* 0-based, within the cell's text; CSV_NUL and CSV_BAD_UTF8 only */

	/* Private. */
	int state;
	size_t used, cell_length, column;
	uint64_t line, cell_line;
	unsigned mark; /* bytes of the byte order mark seen */
	bool last_was_cr;
};

enum csv_event {
	CSV_MORE,   /* the piece is used up: push the next one */
	CSV_RECORD, /* a record is ready; the rest of the piece is still to be read */
	CSV_END,    /* everything has been read */
};

/* `delimiter` is neither a quote nor CR, LF or NUL (an assertion holds it). */
void csv_init(struct csv *c, char delimiter, char *room, size_t room_size, struct csv_cell *cells,
	      size_t cells_size, size_t cell_maximum);
/*
 * Reads on in `*piece`, which is cut to what is still unread. With `last`, no piece follows:
 * after the piece is used up the unfinished record is given, then CSV_END. CSV_MORE is never
 * returned then.
 */
MUSTCHECK enum csv_event csv_next(struct csv *c, struct slice *piece, bool last);
/* Text of the 0-based cell; empty when there is no such cell. */
struct slice csv_text(const struct csv *c, size_t cell);
/* The first cell with this text, as of a column's name. False: there is none. */
MUSTCHECK bool csv_find(const struct csv *c, struct slice text, size_t *ret_cell);
/* "the cell is longer than the limit"; English, no full stop. */
const char *csv_fault_reason(enum csv_fault fault);
/* A word for programs: "cell_too_long". */
const char *csv_fault_code(enum csv_fault fault);

#endif
