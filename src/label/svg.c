/* SVG of a QR symbol. */
#include "label/svg.h"

/* A number under 100: modules with the quiet zone are at most 65. */
static char *put(char *at, unsigned number)
{
	if (number >= 10)
		*at++ = (char)('0' + number / 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

/* "M4 4h7v1h-7z": a run of modules as a closed box. */
static char *put_run(char *at, unsigned x, unsigned y, unsigned length)
{
	*at++ = 'M';
	at = put(at, x);
	*at++ = ' ';
	at = put(at, y);
	*at++ = 'h';
	at = put(at, length);
	memcpy(at, "v1h-", 4);
	at = put(at + 4, length);
	*at++ = 'z';
	return at;
}

static void add_row(const struct qr *qr, unsigned y, struct buf *out)
{
	enum { RUN_MOST = 16, RUNS_MOST = QR_SIZE_MOST / 2 + 1 };
	char row[RUN_MOST * RUNS_MOST], *at = row;
	unsigned x = 0, length;

	while ((length = qr_run(qr, y, &x)) > 0) {
		at = put_run(at, x + QR_QUIET, y + QR_QUIET, length);
		x += length;
	}
	buf_add(out, row, (size_t)(at - row));
}

void svg_write(const struct qr *qr, const struct printer *printer, struct buf *out)
{
	unsigned side = qr->size + 2 * QR_QUIET;
	double mm = printer_side_mm(printer, qr);

	buf_add_format(
	    out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.3fmm\" height=\"%.3fmm\" "
	    "viewBox=\"0 0 %u %u\" shape-rendering=\"crispEdges\">"
	    "<path fill=\"#fff\" d=\"M0 0h%uv%uH0z\"/><path d=\"",
	    mm, mm, side, side, side, side);
	for (unsigned y = 0; y < qr->size; y++)
		add_row(qr, y, out);
	buf_add_string(out, "\"/></svg>\n");
}
