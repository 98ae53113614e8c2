/* What can come of putting a label into a file, in any format. */
#ifndef SUYUAN_LABEL_LABEL_RESULT_H
#define SUYUAN_LABEL_LABEL_RESULT_H

enum label_result {
	LABEL_MADE,
	LABEL_BAD_CODE,	  /* the text does not fit a symbol */
	LABEL_BAD_FONT,	  /* the font file cannot be read or is no TrueType font */
	LABEL_NEEDS_FONT, /* a text goes beyond ASCII and there is no font */
	LABEL_NO_GLYPH,	  /* the font lacks a character, or its script is none of label/script.h */
	LABEL_SYMBOL_TOO_BIG, /* symbol and quiet zone are larger than the label */
	LABEL_OFF_PAPER,      /* the offset moves the label off the paper (ZPL) */
	LABEL_NO_ROOM,	      /* the file would be larger than the buf may grow */
	LABEL_STOPPED,	      /* as asked to: see label_file.h */
	LABEL_FAILED,	      /* out of memory or of room */
};

/* One sentence for people, without a full stop. */
const char *label_reason(enum label_result result);

#endif
