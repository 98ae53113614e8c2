/*
 * The brand's accent colour, made readable: WCAG 2.2 asks for a contrast of 4.5 to 1 between text
 * and ground, whatever colour a brand likes.
 */
#ifndef SUYUAN_PAGE_COLOUR_H
#define SUYUAN_PAGE_COLOUR_H

#include "base/buf.h"
#include "model/contrast.h"

void colour_print(struct buf *out, struct colour c);

/*
 * Appends the two rules that tell the style sheet its accent, in light and in dark. Anything that
 * is no colour gives the house's own.
 */
void colour_accent_rules(struct buf *css, struct slice accent);

#endif
