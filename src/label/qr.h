/*
 * QR code symbols (ISO/IEC 18004), versions 1 to 10, as a matrix that every picture format
 * draws from: the same text gives the same matrix everywhere.
 */
#ifndef SUYUAN_LABEL_QR_H
#define SUYUAN_LABEL_QR_H

#include "base/buf.h"
#include "label/qr_shape.h"

enum {
	QR_QUIET = 4, /* modules of white around it, on all four sides */
};

/* A plain value. */
struct qr {
	unsigned version;
	enum qr_level level;
	unsigned size; /* modules a side, quiet zone not counted */
	/* Bit x of row y is the module in column x from the left, 1 is dark; the rest is 0. */
	uint64_t rows[QR_SIZE_MOST];
};

enum qr_result {
	QR_MADE,
	QR_EMPTY,    /* no text */
	QR_TOO_LONG, /* does not fit version 10 at this level */
	QR_FAILED,   /* out of memory */
};

/*
 * The smallest version that holds the text at `least`, then the highest level that the same
 * version still holds. Text of the alphanumeric set (0-9 A-Z $%*+-./: and blank) is encoded
 * in alphanumeric mode as a whole, other text as bytes: so all codes of a batch, which are
 * equally long, get symbols of one size.
 */
MUSTCHECK enum qr_result qr_make(struct slice text, enum qr_level least, struct qr *ret_qr);

static inline bool qr_dark(const struct qr *qr, unsigned x, unsigned y)
{
	return (qr->rows[y] >> x & 1) != 0;
}

/* The next run of dark modules in row y at or after *x: sets *x, returns its length, 0: none. */
static inline unsigned qr_run(const struct qr *qr, unsigned y, unsigned *x)
{
	uint64_t rest = qr->rows[y] >> *x;
	unsigned light;

	if (rest == 0) {
		*x = qr->size;
		return 0;
	}
	light = (unsigned)__builtin_ctzll(rest);
	*x += light;
	/* a row has at least seven light bits at its end, so that its complement is never 0 */
	return (unsigned)__builtin_ctzll(~(rest >> light));
}

char qr_level_letter(enum qr_level level);
/* "L", "M", "Q" or "H". */
MUSTCHECK bool qr_level_parse(struct slice text, enum qr_level *ret_level);
/* One sentence for people, without a full stop. */
const char *qr_reason(enum qr_result result);

/*
 * For a terminal: two modules a character, dark on white set by escape codes, so that it
 * reads on a dark and on a light screen.
 */
void qr_terminal(const struct qr *qr, struct buf *out);

#endif
