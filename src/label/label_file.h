/*
 * Finished label files: from an order, its sheet and a range of codes to the bytes of one file. The
 * same order and codes give the same bytes for ever, so that whoever makes the files of a large
 * batch (a job) may stop after any of them and go on later.
 *
 *	label_setup_init()       once an order: what all its files share
 *	label_file_count()       how many files the batch becomes
 *	label_file_range()       the codes of file 0, 1, 2 …
 *	label_file_make()        its bytes
 *
 * Rows that are no batch of ours are added one by one to a struct label_writer.
 */
#ifndef SUYUAN_LABEL_LABEL_FILE_H
#define SUYUAN_LABEL_LABEL_FILE_H

#include "label/label_lines.h"
#include "label/order.h"
#include "label/printer.h"
#include "label/sheet.h"
#include "model/batch.h"

enum {
	LABEL_FILE_SHEETS = 1000,   /* pages of one PDF */
	LABEL_FILE_LABELS = 50000,  /* labels of one PDF */
	LABEL_FILE_ZPL = 10000,	    /* labels of one ZPL file, copies not counted */
	LABEL_FILE_ENTRIES = 10000, /* pictures of one ZIP archive */
	LABEL_FILE_NAME_SIZE = 48,
	LABEL_FILE_BYTES = 256 << 20, /* room that every file fits in */
};

/* What all files of one order share. */
struct label_setup {
	struct label_order order;
	struct sheet sheet;
	struct printer printer;
	const char *font_path; /* TrueType; borrowed; NULL: there is none */
};

/*
 * The order was checked; `sheet` is what label_order_sheet() names, ignored where the order has a
 * label size of its own or its format has no labels (then it may be NULL). False: the order does
 * not fit the sheet.
 */
MUSTCHECK bool label_setup_init(struct label_setup *ret_setup, const struct label_order *order,
				const struct sheet *sheet, const char *font_path,
				struct label_refusal *ret_refusal);

enum label_result {
	LABEL_MADE,
	LABEL_BAD_CODE,	      /* the text does not fit a symbol */
	LABEL_BAD_FONT,	      /* the font file cannot be read or is no TrueType font */
	LABEL_NEEDS_FONT,     /* a text goes beyond ASCII and there is no font */
	LABEL_NO_GLYPH,	      /* the font lacks a character of the text */
	LABEL_SYMBOL_TOO_BIG, /* symbol and quiet zone are larger than the label */
	LABEL_OFF_PAPER,      /* the offset moves the label off the paper (ZPL) */
	LABEL_NO_ROOM,	      /* the file would be larger than the buf may grow */
	LABEL_FAILED,	      /* out of memory */
};
/* One sentence for people, without a full stop. */
const char *label_reason(enum label_result result);

/* What was put on labels. */
struct label_tally {
	uint64_t labels;	/* codes; copies not counted */
	uint64_t pages;		/* of PDF and ZPL */
	uint64_t without_code;	/* labels that had no room for text */
	uint64_t shortened;	/* labels that had no room for every line */
	unsigned least_modules; /* sides of the smallest and the largest symbol, quiet zone */
	unsigned most_modules;	/* not counted; 0 when there is no label */
};

/* --- a batch --- */

/* The batch and what its labels say besides the code; borrowed, valid UTF-8, may be empty. */
struct label_batch {
	const struct batch *batch; /* batch_check() said BATCH_OK */
	struct slice product, lot, expiry;
};

uint64_t label_file_count(const struct label_setup *setup, uint64_t quantity);
/* `number` from 0, less than the count. */
void label_file_range(const struct label_setup *setup, uint64_t quantity, uint64_t number,
		      uint64_t *ret_index, uint64_t *ret_count);
/* "labels.pdf", or of several files "labels-0001.pdf"; zero-padded so that they sort. */
void label_file_name(const struct label_setup *setup, uint64_t number, uint64_t count,
		     char ret_name[LABEL_FILE_NAME_SIZE]);
const char *label_file_type(const struct label_setup *setup); /* media type */
/*
 * Codes index to index + count - 1 as one file, appended to `out`, which is untouched by pictures
 * of more than one code unless the order says zip. Adds to `tally`.
 */
MUSTCHECK enum label_result label_file_make(const struct label_setup *setup,
					    const struct label_batch *batch, uint64_t index,
					    uint64_t count, struct buf *out,
					    struct label_tally *tally);

/* --- rows --- */

/* One file being filled; opaque. */
struct label_writer;

/* `first`: the order's start position counts for this file. `out` is borrowed. */
MUSTCHECK enum label_result label_writer_new(const struct label_setup *setup, bool first,
					     struct buf *out, struct label_writer **ret_writer);
void label_writer_free(struct label_writer *w); /* accepts NULL */
/*
 * One code, `copies` times (pictures: once). After BAD_CODE, NEEDS_FONT, NO_GLYPH, SYMBOL_TOO_BIG
 * and OFF_PAPER the file is as before, after others it is lost.
 */
MUSTCHECK enum label_result label_writer_add(struct label_writer *w, struct slice url,
					     const struct label_text *text, uint64_t copies);
/* Holds the file as many labels as a file may, so that the next belongs to another? */
bool label_writer_full(const struct label_writer *w);
/* The end of the file; adds to `tally`. */
MUSTCHECK enum label_result label_writer_finish(struct label_writer *w, struct label_tally *tally);

#endif
