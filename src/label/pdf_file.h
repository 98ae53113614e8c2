/*
 * The file format of PDF 1.7 (ISO 32000-1, 7.5) and nothing of what is drawn: numbered objects,
 * compressed streams, cross-reference table, trailer. What is written is a function of what is
 * put in: no clock, no random bytes; /ID is a hash of the objects.
 */
#ifndef SUYUAN_LABEL_PDF_FILE_H
#define SUYUAN_LABEL_PDF_FILE_H

#include "base/buf.h"

struct pdf_file {
	struct buf out;	    /* the objects so far; write here between _begin and _end */
	struct buf packed;  /* the stream being compressed */
	struct buf offsets; /* uint64_t each, of object 1, 2, …; 0: not yet written */
	struct libdeflate_compressor *deflater;
};

/* Holds at most `maximum` bytes. False when memory is out; release it in any case. */
MUSTCHECK bool pdf_file_init(struct pdf_file *f, size_t maximum);
void pdf_file_release(struct pdf_file *f); /* accepts NULL and zeroed structs */
/* False for ever once memory or room ran out; asked once at the end. */
bool pdf_file_ok(const struct pdf_file *f);

/* A number for an object that is to be written later. */
unsigned pdf_file_reserve(struct pdf_file *f);
/* "N 0 obj"; then its text into f->out. */
void pdf_file_begin(struct pdf_file *f, unsigned number);
void pdf_file_end(struct pdf_file *f);
/* An object that is a stream; `entries` stand in its dictionary beside length and filter. */
void pdf_file_stream(struct pdf_file *f, unsigned number, const char *entries, struct slice data);
/* Table and trailer: every reserved object must have been written. */
void pdf_file_finish(struct pdf_file *f, unsigned root, unsigned info);

/* A number as PDF writes it: at most `decimals` (0 to 9) places, no zeros at the end. */
void pdf_add_number(struct buf *out, double value, unsigned decimals);

#endif
