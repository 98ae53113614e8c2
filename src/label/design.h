/*
 * The design of a label: where the symbol stands and which lines of text, each at a place of its
 * own. Without a design label/layout.h finds places by itself. Lengths are micrometres from the
 * label's top left corner.
 */
#ifndef SUYUAN_LABEL_DESIGN_H
#define SUYUAN_LABEL_DESIGN_H

#include <jansson.h>

#include "base/buf.h"

enum {
	DESIGN_PARTS_MOST = 12,
	DESIGN_TEXT_SIZE = 256, /* bytes with the NUL */
	DESIGN_LENGTH_MOST = 500000,
	DESIGN_SIZE_LEAST = 40, /* tenths of a point */
	DESIGN_SIZE_MOST = 720,
};

enum design_what {
	DESIGN_SERIAL, /* in groups of four, as people type it */
	DESIGN_GS1,    /* (01)GTIN(21)SERIAL */
	DESIGN_GTIN,   /* (01)GTIN */
	DESIGN_PRODUCT,
	DESIGN_LOT,	 /* `text`, else "LOT ", before it; as the next two */
	DESIGN_PRODUCED, /* "PROD " */
	DESIGN_EXPIRY,	 /* "EXP " */
	DESIGN_TEXT,	 /* `text` alone */
	DESIGN_WHATS,
};

enum design_align { DESIGN_LEFT, DESIGN_CENTER, DESIGN_RIGHT };

struct design_part {
	enum design_what what;
	enum design_align align; /* within x to x + width */
	uint64_t x, y;		 /* of the line's upper left corner */
	uint64_t width;
	unsigned size;		     /* tenths of a point; a line is 1.2 times as high */
	char text[DESIGN_TEXT_SIZE]; /* in the design's language */
};

/* A plain value. */
struct label_design {
	bool given;
	bool cut_marks;		     /* thin lines around each label, along its edges' ends */
	uint64_t symbol_x, symbol_y; /* of the quiet zone */
	unsigned count;
	struct design_part parts[DESIGN_PARTS_MOST];
};

/*
 * {"symbol":{"x":0,"y":0},"language":"en","cut_marks":true,"parts":[{"what":"serial","x":20,"y":3,
 * "width":28,"size":8,"align":"left"},{"what":"text","text":{"en":"Keep dry"},…}]}, lengths in mm,
 * sizes in points. A text by language is that of `language`, else of "en", else the first; one
 * string is every language's. "id", "name" and "version" say whose it is and nothing else. False:
 * `why` is a phrase that begins with the member.
 */
MUSTCHECK bool label_design_read(const json_t *object, struct label_design *ret_design, char *why,
				 size_t why_size);
/* One JSON object; reading it gives the same design. */
void label_design_write(const struct label_design *d, struct buf *out);
const char *design_what_name(enum design_what what);	/* "serial" */
const char *design_align_name(enum design_align align); /* "left" */
/* May a line that is too wide end in …? Numbers may not. */
bool design_may_cut(enum design_what what);

#endif
