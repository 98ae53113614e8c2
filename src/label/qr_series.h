/*
 * QR symbols of many texts that are alike, as those of a batch are: one length, all alphanumeric,
 * the same up to the serial. Symbols come out at many times the speed of qr_make(), bit for bit
 * the same; texts of any other kind go through qr_make() itself. So whoever draws more than a
 * few symbols writes
 *
 *	struct qr_series series;
 *
 *	qr_series_init(&series, QR_LEVEL_M);
 *	for (each address)
 *		made = qr_series_make(&series, address, &qr);
 *	qr_series_release(&series);
 *
 * and need not know what its texts have in common: they may change at any time.
 *
 * How: the matrix before masking is linear over GF(2) in the bits of the text. So it is what
 * the unchanging first part draws, XOR one prepared entry for each few bits of the rest.
 */
#ifndef SUYUAN_LABEL_QR_SERIES_H
#define SUYUAN_LABEL_QR_SERIES_H

#include "label/qr.h"
#include "label/qr_mask.h"

/* Used by one thread at a time. */
struct qr_series {
	enum qr_level least;
	enum qr_mask_way way; /* the fastest here; tests set the others */
	size_t length;	      /* of the texts */
	size_t same;	      /* as many characters of them have been those of `first` */
	char first[QR_TEXT_MOST];
	unsigned in_a_row;	/* texts of that length */
	bool prepared;		/* the last text was drawn from tables */
	struct qr_table *table; /* owned; NULL until so many are alike that it pays */
};

/* Texts of one length before the tables are made: that takes as long as some 20 by libqrencode. */
enum { QR_SERIES_AFTER = 16 };

void qr_series_init(struct qr_series *series, enum qr_level least);
void qr_series_release(struct qr_series *series); /* accepts NULL and zeroed structs */
/* The same results as qr_make(text, least, ret_qr). */
MUSTCHECK enum qr_result qr_series_make(struct qr_series *series, struct slice text,
					struct qr *ret_qr);
#endif
