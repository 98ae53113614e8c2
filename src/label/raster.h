/*
 * Pictures of one bit a pixel, one pixel a printer dot: what label printers burn and what previews
 * show.
 */
#ifndef SUYUAN_LABEL_RASTER_H
#define SUYUAN_LABEL_RASTER_H

#include "label/printer.h"

enum {
	RASTER_SIDE_MOST = 20000,     /* dots */
	RASTER_BYTES_MOST = 64 << 20, /* A4 at 1,200 dpi has 17 MB */
};

struct raster {
	unsigned width, height; /* dots */
	unsigned stride;	/* bytes of a row */
	/* Owned; row by row, the first dot in the highest bit, 1 is black; bits behind the row's
	 * end are 0. */
	uint8_t *bits;
};

/* White. False when a side is 0 or too large, or out of memory. */
MUSTCHECK bool raster_init(struct raster *ret_raster, unsigned width, unsigned height);
void raster_release(struct raster *r); /* accepts NULL and zeroed structs */
void raster_clear(struct raster *r);   /* white again */

bool raster_black(const struct raster *r, unsigned x, unsigned y); /* white outside */
/* Blackens a rectangle; what is outside the raster is not drawn. */
void raster_fill(struct raster *r, int64_t x, int64_t y, unsigned width, unsigned height);
/* The symbol without its quiet zone, its first module at x, y. */
void raster_symbol(struct raster *r, const struct qr *qr, int64_t x, int64_t y, unsigned dots);
/*
 * Blackens where `from` is black: `from`'s rows are `stride` bytes, its first dot lands on x, y.
 */
void raster_stamp(struct raster *r, const uint8_t *from, size_t stride, unsigned width,
		  unsigned height, int64_t x, int64_t y);

/* A whole PNG file with the resolution in pHYs. What is out of room shows in buf_ok(out). */
void raster_png(const struct raster *r, unsigned dots_per_metre, struct buf *out);

#endif
