/*
 * Where everything stands in a QR symbol before its mask is chosen (ISO/IEC 18004, 7.5 to 7.7):
 * the patterns that every symbol of a version has, and the module of each bit of each codeword,
 * error correction included.
 */
#ifndef SUYUAN_LABEL_QR_LAYOUT_H
#define SUYUAN_LABEL_QR_LAYOUT_H

#include "label/qr_shape.h"

enum { QR_MASKS = 8 };

/* A plain value of 7 kB. Bit x of a row is column x from the left. */
struct qr_layout {
	struct qr_shape shape;
	unsigned size;
	uint64_t reserved[QR_SIZE_MOST]; /* modules that hold no bit of a codeword */
	uint64_t dark[QR_SIZE_MOST];	 /* of those, the ones dark in every symbol */
	struct {
		uint8_t x, y;
	} place[8 * QR_CODEWORDS_MOST]; /* of each bit, in the order of placement */
};

void qr_layout_init(struct qr_layout *layout, const struct qr_shape *shape);
/*
 * Turns over the modules that are dark for these data codewords: theirs and those of the error
 * correction. All of it is linear: what a and b turn over together is what a XOR b turns over.
 */
void qr_layout_draw(const struct qr_layout *layout, const uint8_t *data, uint64_t *rows);
/* What mask 0 to 7 turns over, and the format information that names it and the level. */
void qr_layout_draw_mask(const struct qr_layout *layout, unsigned mask, uint64_t *rows);

#endif
