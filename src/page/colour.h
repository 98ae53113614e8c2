/*
 * The brand's accent colour, made readable: WCAG 2.2 asks for a contrast of 4.5 to 1 between text
 * and ground, whatever colour a brand likes.
 */
#ifndef SUYUAN_PAGE_COLOUR_H
#define SUYUAN_PAGE_COLOUR_H

#include "base/buf.h"

struct colour {
	uint8_t red, green, blue;
};

/* "#1a6b4f". */
MUSTCHECK bool colour_parse(struct slice s, struct colour *ret_colour);
/* From 1 (the same) to 21 (black on white), WCAG 2.2 "contrast ratio". */
double colour_contrast(struct colour a, struct colour b);
/* `c`, darkened or lightened in small steps until it stands 4.5 to 1 against `ground`. */
struct colour colour_against(struct colour c, struct colour ground);
/* White or near-black: whichever reads better on `ground`. */
struct colour colour_ink(struct colour ground);
void colour_print(struct buf *out, struct colour c);

/*
 * Appends the two rules that tell the style sheet its accent, in light and in dark. Anything that
 * is no colour gives the house's own.
 */
void colour_accent_rules(struct buf *css, struct slice accent);

#endif
