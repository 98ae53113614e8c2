/* Where the labels of a page stand, in whole printer dots. */
#ifndef SUYUAN_LABEL_PLACE_H
#define SUYUAN_LABEL_PLACE_H

#include "label/layout.h"
#include "label/sheet.h"

/* What is measured of one printer (conf/printers/thermal-203.printer says how). */
struct feed {
	double offset_x, offset_y; /* mm right and down */
	/*
	 * Distances from the page's top left corner are multiplied. A label's middle moves; what
	 * is on the label keeps its size, because its modules are whole dots. 0 means 1.
	 */
	double scale_x, scale_y;
};

/* The corner of label `number` (from 0, row by row) on its page. */
struct layout_place place_corner(const struct sheet *sheet, const struct printer *printer,
				 const struct feed *feed, uint64_t number);

enum { PLACE_MARKS = 8 };
/* A cut mark: a thin rectangle, in dots from the label's corner. */
struct place_mark {
	int x, y, width, height;
};
/* Two at each corner, along the label's own edges, so that nothing of its neighbour is touched. */
void place_cut_marks(const struct sheet *sheet, const struct printer *printer,
		     struct place_mark ret_marks[PLACE_MARKS]);

#endif
