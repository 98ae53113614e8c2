/*
 * A TrueType or OpenType font for text in rasters, through FreeType: black dots, no grey, as label
 * printers have none.
 */
#ifndef SUYUAN_LABEL_TYPEFACE_H
#define SUYUAN_LABEL_TYPEFACE_H

#include "label/raster.h"

/* One open font; opaque, because FreeType stays in typeface.c. */
struct typeface;

/* A font file, or the first font of a collection. NULL: it cannot be read or is no scalable font.
 */
MUSTCHECK struct typeface *typeface_open(const char *path);
void typeface_close(struct typeface *t); /* accepts NULL */
/* The first character (Unicode) without a glyph, 0: none. Valid UTF-8, as in all that follows. */
uint32_t typeface_missing(const struct typeface *t, struct slice text);
/* How wide it is set, in thousandths of the size; no kerning. */
uint64_t typeface_width(const struct typeface *t, struct slice text);
/*
 * Sets a line: `x` is its left end, `y` its baseline, `size` the font's size, in dots. What is
 * outside the raster is not drawn. False when a glyph cannot be drawn (out of memory, or the font
 * is broken).
 */
MUSTCHECK bool typeface_draw(struct typeface *t, struct slice text, double size, double x,
			     int64_t y, struct raster *r);

/*
 * The same line as outlines for an SVG path: "M1 2L3 4Q…Z…", one decimal of a dot. False as above.
 */
MUSTCHECK bool typeface_outline(struct typeface *t, struct slice text, double size, double x,
				double y, struct buf *out);

#endif
