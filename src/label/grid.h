/*
 * A sheet of somebody's own, given with a label order instead of a file's name: page, columns and
 * rows of labels, margins at the left and top, gaps between labels.
 */
#ifndef SUYUAN_LABEL_GRID_H
#define SUYUAN_LABEL_GRID_H

#include <jansson.h>

#include "base/buf.h"
#include "label/sheet.h"

/* The members, in reading order: the least and most of each in mm, or of columns and rows. */
#define GRID_MEMBERS(X)          \
	X(page_width, 20, 1000)  \
	X(page_height, 20, 1000) \
	X(columns, 1, 100)       \
	X(rows, 1, 100)          \
	X(label_width, 5, 500)   \
	X(label_height, 5, 500)  \
	X(left, 0, 500)          \
	X(top, 0, 500)           \
	X(gap_x, 0, 500)         \
	X(gap_y, 0, 500)

/* A plain value. */
struct label_grid {
	bool given;
	struct sheet sheet; /* the pitch is a label and a gap */
};

/*
 * {"page_width":210,"page_height":297,"columns":3,"rows":7,"label_width":63.5,"label_height":38.1,
 * "left":7.25,"top":15.15,"gap_x":2.5,"gap_y":0}: lengths in mm of three decimals at most, margins
 * and gaps 0 where they are absent. Labels may stand 0.5 mm over the page's edge, as makers'
 * figures do (label/sheet.h). False: `ret_member` is the member that is wrong as a path from the
 * order, "grid.columns" (static), `why` a phrase that follows it.
 */
MUSTCHECK bool label_grid_read(const json_t *object, struct label_grid *ret_grid,
			       const char **ret_member, char *why, size_t why_size);
/* One JSON object; reading it gives the same grid. */
void label_grid_write(const struct label_grid *g, struct buf *out);

#endif
