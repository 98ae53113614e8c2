/* PNG of a QR symbol through libpng. */
#include "label/picture_png.h"

#include <png.h>
#include <setjmp.h>

enum {
	SIDE_MOST = QR_SIZE_MOST + 2 * QR_QUIET,
	DOTS_MOST = 200,
	ROW_BYTES = (SIDE_MOST * DOTS_MOST + 7) / 8,
};

static void take_bytes(png_structp png, png_bytep data, size_t length)
{
	buf_add(png_get_io_ptr(png), (const char *)data, length);
}

static void flush_nothing(png_structp png)
{
	(void)png;
}

/* One row of modules as pixels; a set bit is white. */
static void fill_row(const struct qr *qr, unsigned y, unsigned dots, uint8_t *row)
{
	memset(row, 0xff, ROW_BYTES);
	for (unsigned x = 0; x < qr->size; x++) {
		unsigned first = (x + QR_QUIET) * dots;

		if (!qr_dark(qr, x, y))
			continue;
		for (unsigned pixel = first; pixel < first + dots; pixel++)
			row[pixel / 8] &= (uint8_t) ~(0x80 >> pixel % 8);
	}
}

static void write_rows(png_structp png, const uint8_t *row, unsigned count)
{
	while (count-- > 0)
		png_write_row(png, row);
}

static void write_image(png_structp png, png_infop info, const struct qr *qr,
			const struct printer *printer)
{
	unsigned pixels = (qr->size + 2 * QR_QUIET) * printer->dots;
	unsigned per_metre = printer_dots_per_metre(printer);
	uint8_t row[ROW_BYTES], white[ROW_BYTES];

	memset(white, 0xff, sizeof(white));
	png_set_IHDR(png, info, pixels, pixels, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_pHYs(png, info, per_metre, per_metre, PNG_RESOLUTION_METER);
	png_write_info(png, info);
	write_rows(png, white, QR_QUIET * printer->dots);
	for (unsigned y = 0; y < qr->size; y++) {
		fill_row(qr, y, printer->dots, row);
		write_rows(png, row, printer->dots);
	}
	write_rows(png, white, QR_QUIET * printer->dots);
	png_write_end(png, info);
}

void picture_png_write(const struct qr *qr, const struct printer *printer, struct buf *out)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png == NULL ? NULL : png_create_info_struct(png);

	if (info == NULL || setjmp(png_jmpbuf(png)) != 0) {
		out->failed = true;
		goto out;
	}
	png_set_write_fn(png, out, take_bytes, flush_nothing);
	write_image(png, info, qr, printer);
out:
	png_destroy_write_struct(&png, &info);
}
