/*
 * What a printer makes of a module: a whole number of its dots. Whoever asks for a size in
 * millimetres gets modules of unequal width; so dots are chosen first and the size follows.
 */
#ifndef SUYUAN_LABEL_PRINTER_H
#define SUYUAN_LABEL_PRINTER_H

#include "label/qr.h"

/* Module widths allowed at points of sale (GS1 General Specifications, 5.12.3.1), in mm. */
#define PRINTER_MODULE_LEAST 0.396
#define PRINTER_MODULE_MOST  0.990

struct printer {
	unsigned dpi;
	unsigned dots;	  /* of one module's side */
	double dot_mm;	  /* thermal heads of "203 dpi" really have 8 dots a mm, "406 dpi" 16 */
	double module_mm; /* the X-dimension */
};

enum printer_result {
	PRINTER_OK,
	PRINTER_BAD_DPI,   /* not 100 to 2540 */
	PRINTER_BAD_DOTS,  /* more than 200 */
	PRINTER_TOO_SMALL, /* X under PRINTER_MODULE_LEAST, and small ones are not allowed */
};

/* dots 0: as few as give PRINTER_MODULE_LEAST. On PRINTER_TOO_SMALL `ret` tells the size. */
MUSTCHECK enum printer_result printer_init(struct printer *ret, unsigned dpi, unsigned dots,
					   bool allow_small);
/* The fewest dots a module may have at this resolution. */
unsigned printer_least_dots(unsigned dpi);
/* Dots in a metre, rounded: what PNG's pHYs says. */
unsigned printer_dots_per_metre(const struct printer *p);
/* The symbol's side with its quiet zone, in mm. */
double printer_side_mm(const struct printer *p, const struct qr *qr);

#endif
