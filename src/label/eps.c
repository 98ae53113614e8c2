/* EPS of a QR symbol. */
#include "label/eps.h"

/* Runs of modules as closed boxes of one path: x, y and length, y from the bottom. */
static void add_path(const struct qr *qr, struct buf *out)
{
	for (unsigned y = 0; y < qr->size; y++) {
		unsigned x = 0, length;

		while ((length = qr_run(qr, y, &x)) > 0) {
			buf_add_format(out, "%u %u %u m\n", x + QR_QUIET,
				       qr->size - 1 - y + QR_QUIET, length);
			x += length;
		}
	}
}

void eps_write(const struct qr *qr, const struct printer *printer, struct buf *out)
{
	double side = printer_side_mm(printer, qr) * 72 / 25.4;
	unsigned whole = (unsigned)side;

	buf_add_format(out,
		       "%%!PS-Adobe-3.0 EPSF-3.0\n"
		       "%%%%BoundingBox: 0 0 %u %u\n"
		       "%%%%HiResBoundingBox: 0 0 %.4f %.4f\n"
		       "%%%%LanguageLevel: 2\n"
		       "%%%%DocumentData: Clean7Bit\n"
		       "%%%%EndComments\n",
		       whole + (side > whole), whole + (side > whole), side, side);
	buf_add_format(out,
		       "4 dict begin\n"
		       "gsave\n"
		       "/m { 3 1 roll moveto dup 0 rlineto 0 1 rlineto neg 0 rlineto closepath } "
		       "bind def\n"
		       "0 setgray\n"
		       "%.6f dup scale\n"
		       "newpath\n",
		       printer->module_mm * 72 / 25.4);
	add_path(qr, out);
	buf_add_string(out, "fill\ngrestore\nend\n%%EOF\n");
}
