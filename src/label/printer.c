/* Whole printer dots per module. */
#include "label/printer.h"

enum {
	DPI_LEAST = 100,
	DPI_MOST = 2540,
	DOTS_MOST = 200,
};

static double dot_mm(unsigned dpi)
{
	if (dpi == 203)
		return 1.0 / 8;
	if (dpi == 406)
		return 1.0 / 16;
	return 25.4 / dpi;
}

unsigned printer_least_dots(unsigned dpi)
{
	double dot = dot_mm(dpi);
	unsigned dots = (unsigned)(PRINTER_MODULE_LEAST / dot);

	while (dots * dot < PRINTER_MODULE_LEAST)
		dots++;
	return dots;
}

enum printer_result printer_init(struct printer *ret, unsigned dpi, unsigned dots, bool allow_small)
{
	if (dpi < DPI_LEAST || dpi > DPI_MOST)
		return PRINTER_BAD_DPI;
	if (dots == 0)
		dots = printer_least_dots(dpi);
	if (dots > DOTS_MOST)
		return PRINTER_BAD_DOTS;
	*ret = (struct printer){ dpi, dots, dot_mm(dpi), dots * dot_mm(dpi) };
	if (ret->module_mm < PRINTER_MODULE_LEAST && !allow_small)
		return PRINTER_TOO_SMALL;
	return PRINTER_OK;
}

unsigned printer_dots_per_metre(const struct printer *p)
{
	return (unsigned)(1000 / p->dot_mm + 0.5);
}

double printer_side_mm(const struct printer *p, const struct qr *qr)
{
	return (qr->size + 2 * QR_QUIET) * p->module_mm;
}
