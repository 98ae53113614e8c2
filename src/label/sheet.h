/*
 * Label sheets and rolls: where on the paper the labels are. Each is a small file
 * (conf/sheets/NAME.sheet) of lines "key = value", '#' comments; lengths in millimetres with
 * at most three decimals:
 *
 *   title, page_width, page_height, label_width, label_height, columns, rows, left, top,
 *   pitch_x, pitch_y       (the last four: first label's corner, distance of corners)
 */
#ifndef SUYUAN_LABEL_SHEET_H
#define SUYUAN_LABEL_SHEET_H

#include "base/slice.h"

enum {
	SHEET_TITLE_SIZE = 80,
	SHEET_EDGE_TOLERANCE = 500, /* micrometres over the page's edge, as makers' figures are */
};

/* Lengths in micrometres. */
struct sheet {
	char title[SHEET_TITLE_SIZE];
	uint64_t page_width, page_height;
	uint64_t label_width, label_height;
	uint64_t columns, rows;
	uint64_t left, top;
	uint64_t pitch_x, pitch_y;
};

/*
 * Reads a file's text; `name` is used in messages. On false `why` holds "name:line: reason":
 * an unknown, doubled or missing key, a value that is none, labels that overlap or do not
 * fit on the page (SHEET_EDGE_TOLERANCE over its edge is tolerated).
 */
MUSTCHECK bool sheet_parse(struct slice text, const char *name, struct sheet *ret_sheet, char *why,
			   size_t why_size);
/* Millimetres with at most three decimals into micrometres; at most 2 m. */
MUSTCHECK bool sheet_length_parse(struct slice text, uint64_t *ret_micrometres);
uint64_t sheet_labels(const struct sheet *s); /* on one page */

#endif
