/*
 * Codes as CSV for print servers and label programs (RFC 4180: CR LF, every field quoted,
 * UTF-8), written in slices of any size, and the reader that takes such files back.
 *
 *   seq        1 to quantity
 *   code       the serial as people read it, in groups of four
 *   url        the exact content of the QR code
 *   hri        (01)GTIN(21)SERIAL
 *   gtin       14 digits
 *   serial
 *   batch      the lot; empty where there is none, like the four that follow
 *   produced   YYYY-MM-DD
 *   expiry     YYYY-MM-DD
 *   product    its name
 *   copies     labels of this code
 */
#ifndef SUYUAN_LABEL_CSV_H
#define SUYUAN_LABEL_CSV_H

#include "base/buf.h"
#include "model/batch.h"

/* --- writing --- */

enum csv_variant {
	CSV_PRINT,	 /* every text exactly as it is */
	CSV_SPREADSHEET, /* a byte order mark, and ' before = + - @ TAB CR (OWASP, CSV injection) */
};

struct csv_codes {
	const struct batch *batch; /* batch_check() said BATCH_OK */
	enum csv_variant variant;
	struct slice lot, produced, expiry, product; /* borrowed; valid UTF-8 */
	unsigned copies;
};

void csv_header(enum csv_variant variant, struct buf *out);
/* Codes index to index + count - 1, one row each. What is out of room shows in buf_ok(out). */
void csv_rows(const struct csv_codes *codes, uint64_t index, size_t count, struct buf *out);
/* One field, quoted, inner quotes doubled. */
void csv_field(enum csv_variant variant, struct slice text, struct buf *out);

/* --- reading --- */

enum csv_result {
	CSV_OK,
	CSV_MORE,	 /* the record goes on: call again with the next bytes */
	CSV_END,	 /* no record left */
	CSV_TOO_LONG,	 /* a record over the reader's maximum */
	CSV_TOO_MANY,	 /* more than CSV_FIELDS_MOST fields */
	CSV_STRAY_QUOTE, /* a quote inside an unquoted field, or text behind a closing quote */
	CSV_OPEN_QUOTE,	 /* the file ends inside quotes */
	CSV_NUL,	 /* a NUL byte */
};

enum { CSV_FIELDS_MOST = 64 };

/* Takes bytes in pieces and gives records. */
struct csv_reader {
	struct buf text; /* the fields of the record, one behind the other */
	size_t ends[CSV_FIELDS_MOST];
	unsigned fields;
	unsigned state;
	unsigned mark;	      /* bytes of a byte order mark seen */
	bool complete;	      /* the record was given out */
	uint64_t line;	      /* where the current record begins, from 1 */
	uint64_t lines_ahead; /* line feeds taken since then */
};

/* `maximum` bytes a record. */
void csv_reader_init(struct csv_reader *r, size_t maximum);
void csv_reader_release(struct csv_reader *r); /* accepts NULL and zeroed structs */
/*
 * Takes one record off the front of `*rest`. CSV_OK: its fields are there until the next
 * call. CSV_MORE: `*rest` is used up within a record. An error ends the reading: where a
 * record with an error ends cannot be known. A byte order mark at the start is skipped.
 */
MUSTCHECK enum csv_result csv_read(struct csv_reader *r, struct slice *rest);
/* At the end of the file: CSV_OK for a last record without line end, CSV_END or CSV_OPEN_QUOTE. */
MUSTCHECK enum csv_result csv_read_end(struct csv_reader *r);
/* Field `i` of the record, or the empty slice where it has none. */
struct slice csv_get(const struct csv_reader *r, unsigned i);
/* One sentence for people, without a full stop. */
const char *csv_reason(enum csv_result result);

#endif
