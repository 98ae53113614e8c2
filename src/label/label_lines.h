/*
 * The lines of text on a label, most important first: the typed code in groups of four, the
 * GS1 text (01)GTIN(21)SERIAL, the product's name, lot and expiry.
 */
#ifndef SUYUAN_LABEL_LABEL_LINES_H
#define SUYUAN_LABEL_LABEL_LINES_H

#include "label/design.h"

/* What one label says, beside its symbol. All valid UTF-8, all but `serial` may be empty. */
struct label_text {
	struct slice gtin; /* 14 digits */
	struct slice serial;
	struct slice product;
	struct slice lot;
	struct slice expiry;
	struct slice produced; /* on designed labels only */
};

enum {
	LABEL_LINES_MOST = DESIGN_PARTS_MOST,
	LABEL_LINE_SIZE = 256, /* bytes with the NUL; longer texts are cut between characters */
};

struct label_lines {
	char text[LABEL_LINES_MOST][LABEL_LINE_SIZE];
	bool may_be_cut[LABEL_LINES_MOST]; /* names may end in …, numbers may not */
	unsigned count;
};

/*
 * `split` puts the serial of the GS1 text and the expiry on lines of their own. Control characters,
 * line separators and blanks of other widths become blanks; characters that print nothing
 * (direction marks, joiners, variation selectors) are left out; letters and their accents become
 * one.
 */
void label_lines_make(const struct label_text *text, bool split, struct label_lines *ret_lines);
/* Line i is part i of the design; what has nothing to say is empty. */
void label_lines_design(const struct label_text *text, const struct label_design *design,
			struct label_lines *ret_lines);
/* Does any line hold more than ASCII? */
bool label_lines_need_font(const struct label_lines *lines);
/* Shortens `line` to at most `bytes` bytes plus the ellipsis (3 bytes), cutting no character. */
void label_line_cut(char line[LABEL_LINE_SIZE], size_t bytes, const char *ellipsis);

#endif
