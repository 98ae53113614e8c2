/*
 * How well a colour can be read on a ground, WCAG 2.2: "contrast ratio" and success
 * criterion 1.4.3, 4.5 to 1 for text. Pure.
 */
#ifndef SUYUAN_MODEL_CONTRAST_H
#define SUYUAN_MODEL_CONTRAST_H

#include "base/slice.h"

struct colour {
	uint8_t red, green, blue;
};

/* What assets/page.css paints the page with, in light and in dark. */
extern const struct colour contrast_ground_light, contrast_ground_dark;

/* "#1a6b4f", in either case. */
MUSTCHECK bool colour_parse(struct slice s, struct colour *ret_colour);
/* From 1 (the same) to 21 (black on white), WCAG 2.2 "contrast ratio". */
double colour_contrast(struct colour a, struct colour b);
/* `c`, darkened or lightened in small steps until it stands 4.5 to 1 against `ground`. */
struct colour colour_against(struct colour c, struct colour ground);
/* White or near-black: whichever reads better on `ground`. */
struct colour colour_ink(struct colour ground);

#endif
