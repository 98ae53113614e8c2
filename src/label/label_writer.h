/*
 * One label file being filled, in any format: an order joined with its sheet and printer, then
 * codes one by one. label/label_file.h makes whole files of batches with it.
 */
#ifndef SUYUAN_LABEL_LABEL_WRITER_H
#define SUYUAN_LABEL_LABEL_WRITER_H

#include "label/label_lines.h"
#include "label/label_result.h"
#include "label/order.h"
#include "label/printer.h"
#include "label/sheet.h"

enum {
	LABEL_FILE_SHEETS = 1000,     /* pages of one PDF */
	LABEL_FILE_LABELS = 50000,    /* labels of one PDF */
	LABEL_FILE_ZPL = 10000,	      /* labels of one ZPL file, copies not counted */
	LABEL_FILE_ENTRIES = 10000,   /* pictures of one ZIP archive */
	LABEL_FILE_BYTES = 256 << 20, /* room that every file fits in */
	LABEL_PICTURE_NAME_SIZE = 128,
};

/* What all files of one order share. A plain value. */
struct label_setup {
	struct label_order order;
	struct sheet sheet;
	struct printer printer;
	const char *font_path; /* TrueType; borrowed; NULL: there is none */
	uint64_t pages_a_file; /* of PDF: LABEL_FILE_SHEETS, or set to less */
};

/*
 * The order was checked; `sheet` is what label_order_sheet() names, ignored where the order has a
 * label size of its own or its format has no labels (then it may be NULL). False: the order does
 * not fit the sheet.
 */
MUSTCHECK bool label_setup_init(struct label_setup *ret_setup, const struct label_order *order,
				const struct sheet *sheet, const char *font_path,
				struct label_refusal *ret_refusal);

/*
 * Whether codes of `length` characters have room on the labels: what can be known before there is a
 * code. Nothing but LABEL_BAD_CODE and LABEL_SYMBOL_TOO_BIG can come of a no.
 */
MUSTCHECK bool label_setup_fits(const struct label_setup *setup, size_t length, bool alphanumeric,
				struct label_refusal *ret_refusal);

/* What was put on labels. */
struct label_tally {
	uint64_t labels;	/* codes; copies not counted */
	uint64_t pages;		/* of PDF and ZPL */
	uint64_t without_code;	/* labels that had no room for text */
	uint64_t shortened;	/* labels that had no room for every line */
	unsigned least_modules; /* sides of the smallest and the largest symbol, quiet zone */
	unsigned most_modules;	/* not counted; 0 when there is no label */
};

/* --- one file --- */

/* One file being filled; opaque. */
struct label_writer;

/* `first`: the order's start position counts for this file. `out` is borrowed. */
MUSTCHECK enum label_result label_writer_new(const struct label_setup *setup, bool first,
					     struct buf *out, struct label_writer **ret_writer);
/*
 * The same, but what comes is a picture (PNG) of the file's first page at the printer's resolution,
 * or of the first symbol where there are no pages.
 */
MUSTCHECK enum label_result label_writer_preview(const struct label_setup *setup, struct buf *out,
						 struct label_writer **ret_writer);
void label_writer_free(struct label_writer *w); /* accepts NULL */
/*
 * One code, `copies` times (pictures: once). After BAD_CODE, NEEDS_FONT, NO_GLYPH, SYMBOL_TOO_BIG
 * and OFF_PAPER the file is as before, after others it is lost.
 */
MUSTCHECK enum label_result label_writer_add(struct label_writer *w, struct slice url,
					     const struct label_text *text, uint64_t copies);
/* The character (Unicode) that the last LABEL_NO_GLYPH was about. */
uint32_t label_writer_missing(const struct label_writer *w);
/* Holds the file as many labels as a file may, so that the next belongs to another? */
bool label_writer_full(const struct label_writer *w);
/* The end of the file; adds to `tally`. */
MUSTCHECK enum label_result label_writer_finish(struct label_writer *w, struct label_tally *tally);

/*
 * What a picture of one code is called in an archive or a folder: GTIN_SERIAL.svg; characters that
 * a file system might mind become %XX.
 */
void label_picture_name(const struct label_text *text, enum label_format format,
			char ret_name[LABEL_PICTURE_NAME_SIZE]);

#endif
