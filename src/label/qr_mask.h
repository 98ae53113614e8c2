/*
 * The choice among the eight masks of a QR symbol (ISO/IEC 18004, 7.8.3): all eight are tried
 * side by side, one in each lane of a vector.
 *
 * The demerits are counted as libqrencode counts them, so that the same mask wins:
 * - runs of five or more alike, in rows and columns: 3, and 1 for each module more;
 * - blocks of 2 x 2 alike: 3 each, overlapping ones too;
 * - dark-light-dark-light-dark as 1:1:3:1:1, in any scale n, with 4n light modules before or
 *   behind it: 40; outside the symbol all is light;
 * - share of dark modules: 10 for each whole 5 % between it, rounded, and 50 %.
 * Of equally good masks the first is taken.
 */
#ifndef SUYUAN_LABEL_QR_MASK_H
#define SUYUAN_LABEL_QR_MASK_H

#include "label/qr_layout.h"

/*
 * A symbol as lines: line 2i is row i, line 2i + 1 is column i; module j of a line is bit
 * QR_LINE_START + j, all other bits are 0.
 */
enum {
	QR_LINES_MOST = 2 * QR_SIZE_MOST,
	QR_LINE_START = 4, /* so that four modules can be looked at before the first */
};

/* What the masks turn over in each line. */
struct qr_masks {
	unsigned size;
	uint64_t lines[QR_LINES_MOST][QR_MASKS];
};

/* Which instructions count the demerits; the results are the same. */
enum qr_mask_way {
	QR_MASK_PORTABLE,
	QR_MASK_AVX2,
};

/* `lines` has room for 2 * size, `rows` has `size`. */
void qr_lines_of_rows(const uint64_t *rows, unsigned size, uint64_t *lines);

void qr_masks_init(struct qr_masks *masks, const struct qr_layout *layout);
/* The fastest way of this processor. */
enum qr_mask_way qr_mask_best_way(void);
/*
 * The demerits of a symbol, whose lines are given without a mask, under each mask. `way` must be
 * possible here.
 */
void qr_mask_demerits(const struct qr_masks *masks, const uint64_t *lines, enum qr_mask_way way,
		      unsigned ret_demerits[QR_MASKS]);
/* The mask with the fewest, 0 to 7. */
unsigned qr_mask_choose(const struct qr_masks *masks, const uint64_t *lines, enum qr_mask_way way);

#endif
