/* SVG of a QR symbol. */
#include "label/svg.h"

static void add_path(const struct qr *qr, struct buf *out)
{
	for (unsigned y = 0; y < qr->size; y++) {
		unsigned x = 0, length;

		while ((length = qr_run(qr, y, &x)) > 0) {
			buf_add_format(out, "M%u %uh%uv1h-%uz", x + QR_QUIET, y + QR_QUIET, length,
				       length);
			x += length;
		}
	}
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
	add_path(qr, out);
	buf_add_string(out, "\"/></svg>\n");
}
