/* EPS of a QR symbol. */
#include "label/eps.h"

/* A number under 100, as modules with the quiet zone are, and a blank. */
static char *put(char *at, unsigned number)
{
	if (number >= 10)
		*at++ = (char)('0' + number / 10);
	*at++ = (char)('0' + number % 10);
	*at++ = ' ';
	return at;
}

/* The runs of a row as closed boxes: x, y and length, y from the bottom. */
static void add_row(const struct qr *qr, unsigned y, struct buf *out)
{
	enum { RUN_MOST = 12, RUNS_MOST = QR_SIZE_MOST / 2 + 1 };
	char row[RUN_MOST * RUNS_MOST], *at = row;
	unsigned x = 0, length;

	while ((length = qr_run(qr, y, &x)) > 0) {
		at = put(at, x + QR_QUIET);
		at = put(at, qr->size - 1 - y + QR_QUIET);
		at = put(at, length);
		*at++ = 'm';
		*at++ = '\n';
		x += length;
	}
	buf_add(out, row, (size_t)(at - row));
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
	for (unsigned y = 0; y < qr->size; y++)
		add_row(qr, y, out);
	buf_add_string(out, "fill\ngrestore\nend\n%%EOF\n");
}
