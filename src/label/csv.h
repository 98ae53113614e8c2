/*
 * Codes as CSV for print servers and label programs (RFC 4180: CR LF, every field quoted,
 * UTF-8), written in slices of any size. model/csv.h reads them back.
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

#endif
