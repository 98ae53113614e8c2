/*
 * How large a QR symbol is and how its codewords are dealt into blocks (ISO/IEC 18004): the
 * figures of versions 1 to 10, and the choice among them.
 */
#ifndef SUYUAN_LABEL_QR_SHAPE_H
#define SUYUAN_LABEL_QR_SHAPE_H

#include "base/slice.h"

enum {
	QR_VERSION_MOST =
	    10, /* 271 bytes at the lowest level; longer links do not belong on labels */
	QR_SIZE_MOST = 17 + 4 * QR_VERSION_MOST,
	QR_CODEWORDS_MOST = 346,  /* of version 10, data and error correction */
	QR_TEXT_MOST = 395,	  /* alphanumeric characters in it */
	QR_NO_CHARACTER = 0xffff, /* more than any value of one character or two has */
};

/* Error correction: how much of the symbol may be lost. */
enum qr_level {
	QR_LEVEL_L, /* 7 % */
	QR_LEVEL_M, /* 15 % */
	QR_LEVEL_Q, /* 25 % */
	QR_LEVEL_H, /* 30 % */
};

/* What every text of one length and kind has in common. A plain value. */
struct qr_shape {
	unsigned version;
	enum qr_level level;
	bool alphanumeric; /* else bytes */
};

/*
 * The smallest version that holds `length` characters at `least`, then the highest level that
 * the same version still holds. False: more than version 10 holds.
 */
MUSTCHECK bool qr_shape_choose(size_t length, bool alphanumeric, enum qr_level least,
			       struct qr_shape *ret_shape);

unsigned qr_shape_size(unsigned version); /* modules a side, quiet zone not counted */
unsigned qr_shape_codewords(unsigned version);
unsigned qr_shape_data_codewords(const struct qr_shape *shape);
/* Data codewords are dealt to so many blocks; the last ones hold one more than the first. */
unsigned qr_shape_blocks(const struct qr_shape *shape);
/* Bits of the character count behind the four of the mode. */
unsigned qr_shape_count_bits(const struct qr_shape *shape);

/* The value of a character of the alphanumeric set, 0 to 44, or QR_NO_CHARACTER. */
unsigned qr_shape_value(char character);
bool qr_shape_is_alphanumeric(struct slice text);

#endif
