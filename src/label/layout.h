/*
 * Where symbol and text stand on a label: one answer for PDF, raster and preview, so that they
 * agree. Only arithmetic; fonts are met through a function that measures.
 */
#ifndef SUYUAN_LABEL_LAYOUT_H
#define SUYUAN_LABEL_LAYOUT_H

#include "label/label_lines.h"
#include "label/printer.h"

/* What stays the same from label to label: the label's size, the printer and the font. */
struct layout_room {
	uint64_t width, height;		   /* of the label, micrometres */
	const struct label_design *design; /* borrowed; NULL: places are found here */
	struct printer printer;
	/*
	 * How wide the font sets `text`, in thousandths of its size. The width of two texts
	 * together is the sum of theirs: no kerning.
	 */
	uint64_t (*measure)(void *font, struct slice text);
	void *font;
	const char *ellipsis; /* ends a name that was cut: U+2026, or "..." where the font has ASCII
				 only; at most 3 bytes */
};

/*
 * Dots and millimetres count right and down from the label's top left corner. The symbol begins
 * on a whole dot; a label whose corner is put on a whole dot prints modules of equal width.
 */
struct layout {
	unsigned symbol_x, symbol_y; /* dots to the corner of the quiet zone */
	unsigned symbol_side;	     /* dots, quiet zone counted */
	unsigned size;		     /* of the text in tenths of a point; 0: no text */
	unsigned lines;		     /* how many of label_lines_make(text, split) have room */
	bool split;
	const struct label_design *design; /* of the room */
	bool beside;	/* text right of the symbol, from the left; else under it, centred */
	bool shortened; /* some lines have no room; all of them where size is 0 */
	double text_x, text_width; /* mm */
	double baseline, step;	   /* mm: of the first line, and from line to line */
	size_t serial_length;	   /* see layout_serves() */
	uint64_t serial_most;
};

/* Where one line begins: its left end and its baseline, in dots. */
struct layout_place {
	int x, y;
};

enum layout_result {
	LAYOUT_OK,
	LAYOUT_TOO_BIG, /* symbol and quiet zone are larger than the label, by over 0.01 mm */
};

/*
 * The largest size at which all lines fit, else the most lines at the largest size that has
 * room for them: 4.5 to 8 points, with symbols over 16 mm up to 20, as text grows with them.
 * Numbers never shrink to less than themselves: a line that is too wide is left out; names may be
 * cut. `modules`: the symbol's side without quiet zone. Room is kept for a wide serial, so that the
 * labels of a batch look alike.
 */
MUSTCHECK enum layout_result layout_make(const struct layout_room *room, unsigned modules,
					 const struct label_text *text, struct layout *ret_layout);
/*
 * True if layout_make() would give `l` again for the same text with this serial: any of the same
 * length but for one in some ten thousand, whose letters are unusually wide.
 */
bool layout_serves(const struct layout_room *room, const struct layout *l, struct slice serial);
/* What of a design does not go where it shall. */
enum design_fault_kind {
	DESIGN_BEYOND_RIGHT,  /* over the label's right edge */
	DESIGN_BEYOND_BOTTOM, /* over its lower edge */
	DESIGN_TOO_WIDE,      /* the text for its own width, and it may not be cut */
	DESIGN_ON_SYMBOL,     /* over the symbol or its quiet zone */
	DESIGN_ON_PART,	      /* over part `other` */
};
struct design_fault {
	enum design_fault_kind kind;
	int part; /* -1: the symbol */
	unsigned other;
	double mm; /* by so much */
};
enum { DESIGN_FAULTS_MOST = 32 };
/* How many; room->design is there, `modules` as for layout_make(). */
MUSTCHECK unsigned layout_faults(const struct layout_room *room, unsigned modules,
				 const struct label_text *text,
				 struct design_fault ret_faults[DESIGN_FAULTS_MOST]);

/* Cuts a name that is too wide for the layout, in place; true if it was. */
bool layout_cut(const struct layout_room *room, const struct layout *l, unsigned number,
		char line[LABEL_LINE_SIZE]);
/* Where line `number` (from 0), `width` thousandths of its size wide, begins. */
struct layout_place layout_line(const struct layout_room *room, const struct layout *l,
				unsigned number, uint64_t width);
/* The size of that line's text in dots. */
double layout_size_dots(const struct layout_room *room, const struct layout *l, unsigned number);
/* The lines of a label, uncut; `count` of them have room. */
void layout_lines(const struct layout *l, const struct label_text *text,
		  struct label_lines *ret_lines);
/* Millimetres to the nearest dot. */
int layout_dots(const struct printer *printer, double millimetres);

#endif
