/*
 * Rows of a text file that differ only in a number, which counts up, and in a serial: everything
 * else is laid down once, so that writing a row is copying it and putting the two in. Where each
 * row begins follows from counting digits.
 */
#ifndef SUYUAN_LABEL_ROW_H
#define SUYUAN_LABEL_ROW_H

#include "base/buf.h"
#include "model/serial.h"

enum {
	ROW_MAXIMUM = 256 << 10, /* bytes of a row without its number */
	ROW_PLACES = 8,		 /* for the serial */
};

enum row_encoding { ROW_UTF8, ROW_UTF16LE };

struct row_place {
	size_t at;    /* in the text */
	bool grouped; /* as people read it: with hyphens */
};

struct row {
	enum row_encoding encoding;
	unsigned serial_length;
	struct buf text;  /* without the number, other characters where the serial goes */
	size_t number_at; /* in the text */
	bool has_number;
	unsigned place_count;
	struct row_place places[ROW_PLACES];
	size_t pin_at; /* in the text; behind the number */
	unsigned pin_digits;
};

/* Serials have SERIAL_LENGTH_LEAST to SERIAL_LENGTH_MOST characters. */
void row_init(struct row *row, enum row_encoding encoding, unsigned serial_length);
void row_release(struct row *row);  /* accepts NULL and zeroed structs */
bool row_ok(const struct row *row); /* false: longer than ROW_MAXIMUM, or out of memory */

/* From left to right what the row is made of. Text is valid UTF-8. */
void row_add(struct row *row, struct slice text);
void row_add_number(struct row *row);  /* once, or never */
void row_add_serial(struct row *row);  /* 7K3M9Q2XTPVWH; at most ROW_PLACES times together … */
void row_add_grouped(struct row *row); /* … with 7K3M-9Q2X-TPVWH */

/* So many digits of another number of each row, its PIN; once, behind the row's number, or never.
 */
void row_add_pin(struct row *row, unsigned digits);

/* UTF-8 in the row's encoding. */
void row_encode(enum row_encoding encoding, struct slice text, struct buf *out);

/* Bytes of rows `first` to `last`, numbers from 1 to 10^15; 0 when last < first. */
uint64_t row_bytes(const struct row *row, uint64_t first, uint64_t last);
/* The row in which byte `at` of those that begin with row `first` stands. */
uint64_t row_at(const struct row *row, uint64_t first, uint64_t at);

/*
 * Appends `count` rows from number `first` on; `serials` holds theirs, nothing between, and `pins`
 * likewise where the row has PINs. What is out of room shows in buf_ok(out).
 */
void row_write(const struct row *row, uint64_t first, size_t count, const char *serials,
	       const char *pins, struct buf *out);

#endif
