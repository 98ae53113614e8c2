/* PNG of a QR symbol. */
#include "label/picture_png.h"

#include "label/raster.h"

void picture_png_write(const struct qr *qr, const struct printer *printer, struct buf *out)
{
	unsigned side = (qr->size + 2 * QR_QUIET) * printer->dots, quiet = QR_QUIET * printer->dots;
	struct raster raster;

	if (!raster_init(&raster, side, side)) {
		out->failed = true;
		return;
	}
	raster_symbol(&raster, qr, quiet, quiet, printer->dots);
	raster_png(&raster, printer_dots_per_metre(printer), out);
	raster_release(&raster);
}
