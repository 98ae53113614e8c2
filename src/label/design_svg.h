/*
 * A design looked at before it is printed: one label as SVG, every module and line where PDF and
 * ZPL put it, text as outlines of the font that is printed with; and what does not fit, to the
 * hundredth of a millimetre.
 */
#ifndef SUYUAN_LABEL_DESIGN_SVG_H
#define SUYUAN_LABEL_DESIGN_SVG_H

#include "label/label_writer.h"
#include "label/layout.h"
#include "label/typeface.h"

struct design_look {
	const struct label_setup *setup; /* its order has a design, or places are found */
	struct typeface *typeface;	 /* borrowed; NULL: text is left to the viewer's font */
	const struct label_text *text;
	struct slice url;  /* what the symbol says */
	struct slice mark; /* under the label, outside of it: that this is a sample; UTF-8 */
};

struct design_seen {
	struct qr qr;
	double side_mm; /* of the symbol with its quiet zone */
	unsigned fault_count;
	struct design_fault faults[DESIGN_FAULTS_MOST];
	uint32_t missing; /* a character (Unicode) without a glyph; 0: none */
};

/* What can be said of it; SYMBOL_TOO_BIG only without a design. BAD_CODE: no symbol holds the url.
 */
MUSTCHECK enum label_result design_look_at(const struct design_look *look,
					   struct design_seen *ret_seen);
/* The picture; faulty parts are framed in red. FAILED: out of memory or of room. */
MUSTCHECK enum label_result design_svg(const struct design_look *look,
				       const struct design_seen *seen, struct buf *out);

/* What stands wrong: "lot reaches 3.20 mm beyond the right edge". */
enum { DESIGN_WORDS_SIZE = 160 };
void design_fault_words(const struct label_design *design, const struct design_fault *fault,
			char ret_words[DESIGN_WORDS_SIZE]);

#endif
