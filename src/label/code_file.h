/*
 * The codes of a batch as a text file, the same bytes for ever. Its length and the place of every
 * row are known without making it; any part of it can be made alone.
 */
#ifndef SUYUAN_LABEL_CODE_FILE_H
#define SUYUAN_LABEL_CODE_FILE_H

#include "label/row.h"
#include "model/batch.h"

enum code_format {
	CODES_CSV,    /* label/csv.h */
	CODES_NDJSON, /* a JSON object a line with the columns of the CSV; null where they are empty
		       */
	CODES_URLS,   /* what is to be printed as QR code, one a line, CR LF */
};
enum { CODES_FORMATS = CODES_URLS + 1 };

/* "csv", "ndjson", "txt". */
MUSTCHECK bool code_format_read(struct slice name, enum code_format *ret_format);

/* How the codes are written. Zeroed: plain CSV. */
struct code_form {
	enum code_format format;
	bool spreadsheet;     /* CSV only: no formulas, a byte order mark */
	bool byte_order_mark; /* UTF-8 CSV and URLs; UTF-16 always has one */
	bool utf16;	      /* CSV and URLs: UTF-16LE; columns are separated by tabs then */
	unsigned pin_digits;  /* CSV and NDJSON: the PIN under the scratch-off field in a last
				 column;  0: none */
};
/* NULL, or one sentence for people that says what does not go together. */
const char *code_form_fault(const struct code_form *form);
/* "text/csv; charset=utf-8; header=present" (RFC 4180, 3; RFC 7111) and the like. */
const char *code_form_media_type(const struct code_form *form);
const char *code_form_suffix(const struct code_form *form); /* "csv", "tsv", "txt", "ndjson" */
/*
 * 0 to 255, another number for every form and for every change in how one is written: with the
 * batch it tells whether two files are the same.
 */
unsigned code_form_number(const struct code_form *form);

/* What stands beside each code. */
struct code_texts {
	const struct batch *batch;		     /* batch_check() said BATCH_OK */
	struct slice lot, produced, expiry, product; /* borrowed; valid UTF-8 */
	unsigned copies;
};

struct code_file {
	const struct batch *batch; /* borrowed */
	uint64_t first, last;	   /* positions of its codes, from 1 */
	struct buf head;	   /* before the first row */
	struct row row;
	unsigned pin_digits;
};

/*
 * The codes at positions `first` to `last`, 1 to the batch's quantity. The texts are copied, the
 * batch is borrowed. False: out of memory, or texts too long for a row; release it all the same.
 */
MUSTCHECK bool code_file_init(struct code_file *f, const struct code_form *form,
			      const struct code_texts *texts, uint64_t first, uint64_t last);
void code_file_release(struct code_file *f); /* accepts NULL and zeroed structs */

uint64_t code_file_length(const struct code_file *f); /* bytes */
/* Where the row at `position` begins; of last + 1 the length. */
uint64_t code_file_place(const struct code_file *f, uint64_t position);
/*
 * Appends bytes of the file from place `at` on: at least one, at most `most`, and fewer than that
 * only so that rows stay whole or the file ends. `at` is before the end. What is out of room shows
 * in buf_ok(out).
 */
void code_file_read(const struct code_file *f, uint64_t at, size_t most, struct buf *out);

#endif
