/* One-bit pictures, and their PNG through libpng. */
#include "label/raster.h"

#include <png.h>
#include <setjmp.h>

bool raster_init(struct raster *ret_raster, unsigned width, unsigned height)
{
	unsigned stride = (width + 7) / 8;
	uint8_t *bits;

	if (width == 0 || height == 0 || width > RASTER_SIDE_MOST || height > RASTER_SIDE_MOST ||
	    (size_t)stride * height > RASTER_BYTES_MOST)
		return false;
	bits = calloc(height, stride);
	if (bits == NULL)
		return false;
	*ret_raster = (struct raster){ width, height, stride, bits };
	return true;
}

void raster_release(struct raster *r)
{
	if (r == NULL)
		return;
	free(r->bits);
	*r = (struct raster){ 0 };
}

void raster_clear(struct raster *r)
{
	memset(r->bits, 0, (size_t)r->stride * r->height);
}

bool raster_black(const struct raster *r, unsigned x, unsigned y)
{
	return x < r->width && y < r->height &&
	       (r->bits[(size_t)y * r->stride + x / 8] >> (7 - x % 8) & 1) != 0;
}

/* Dots first to end - 1 of a row, which are inside it. */
static void fill_row(uint8_t *row, unsigned first, unsigned end)
{
	uint8_t head = (uint8_t)(0xff >> first % 8), tail = (uint8_t)(0xff00 >> end % 8);

	if (first / 8 == end / 8) {
		row[first / 8] |= head & tail;
		return;
	}
	row[first / 8] |= head;
	memset(row + first / 8 + 1, 0xff, end / 8 - first / 8 - 1);
	if (tail != 0)
		row[end / 8] |= tail;
}

/* The part of [at, at + length) inside [0, most). */
static bool clip(int64_t at, unsigned length, unsigned most, unsigned *ret_first, unsigned *ret_end)
{
	int64_t end = at + length;

	if (at >= most || end <= 0)
		return false;
	*ret_first = at < 0 ? 0 : (unsigned)at;
	*ret_end = end > most ? most : (unsigned)end;
	return *ret_first < *ret_end;
}

void raster_fill(struct raster *r, int64_t x, int64_t y, unsigned width, unsigned height)
{
	unsigned left, right, top, bottom;

	if (!clip(x, width, r->width, &left, &right) || !clip(y, height, r->height, &top, &bottom))
		return;
	for (unsigned row = top; row < bottom; row++)
		fill_row(r->bits + (size_t)row * r->stride, left, right);
}

void raster_symbol(struct raster *r, const struct qr *qr, int64_t x, int64_t y, unsigned dots)
{
	for (unsigned row = 0; row < qr->size; row++) {
		unsigned at = 0, length;

		while ((length = qr_run(qr, row, &at)) > 0) {
			raster_fill(r, x + (int64_t)at * dots, y + (int64_t)row * dots,
				    length * dots, dots);
			at += length;
		}
	}
}

void raster_stamp(struct raster *r, const uint8_t *from, size_t stride, unsigned width,
		  unsigned height, int64_t x, int64_t y)
{
	for (unsigned row = 0; row < height; row++)
		for (unsigned column = 0; column < width; column++)
			if ((from[row * stride + column / 8] >> (7 - column % 8) & 1) != 0)
				raster_fill(r, x + column, y + row, 1, 1);
}

/* --- PNG --- */

static void take_bytes(png_structp png, png_bytep data, size_t length)
{
	buf_add(png_get_io_ptr(png), (const char *)data, length);
}

static void flush_nothing(png_structp png)
{
	(void)png;
}

static void write_image(png_structp png, png_infop info, const struct raster *r,
			unsigned dots_per_metre)
{
	png_set_IHDR(png, info, r->width, r->height, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_pHYs(png, info, dots_per_metre, dots_per_metre, PNG_RESOLUTION_METER);
	/* filters are for photographs; equal rows deflate best as they are */
	png_set_filter(png, 0, PNG_FILTER_NONE);
	png_write_info(png, info);
	png_set_invert_mono(png); /* in PNG a set bit is white */
	for (unsigned y = 0; y < r->height; y++)
		png_write_row(png, r->bits + (size_t)y * r->stride);
	png_write_end(png, info);
}

void raster_png(const struct raster *r, unsigned dots_per_metre, struct buf *out)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png == NULL ? NULL : png_create_info_struct(png);

	if (info == NULL || setjmp(png_jmpbuf(png)) != 0) {
		out->failed = true;
		goto out;
	}
	png_set_write_fn(png, out, take_bytes, flush_nothing);
	write_image(png, info, r, dots_per_metre);
out:
	png_destroy_write_struct(&png, &info);
}
