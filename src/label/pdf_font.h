/*
 * The one font of a PDF: how wide a text is, how a content stream names its characters, and
 * at the end the font itself with no more than the glyphs that were used (ISO 32000-1, 9.7).
 */
#ifndef SUYUAN_LABEL_PDF_FONT_H
#define SUYUAN_LABEL_PDF_FONT_H

#include "label/pdf_file.h"

struct pdf_font;

enum pdf_font_result {
	PDF_FONT_OK,
	PDF_FONT_BAD, /* the file cannot be read or is no TrueType font */
	PDF_FONT_NO_MEMORY,
};

/*
 * `path`: a TrueType font or collection (its first font), read as long as this one lives.
 * NULL: Helvetica, not embedded, ASCII only.
 */
MUSTCHECK enum pdf_font_result pdf_font_new(const char *path, struct pdf_font **ret_font);
void pdf_font_free(struct pdf_font *font); /* accepts NULL */

/* In thousandths of the size, without kerning; `font` is a struct pdf_font. */
uint64_t pdf_font_measure(void *font, struct slice text);
/*
 * True if every character of valid UTF-8 is of a simple script and has a glyph that leaves ink,
 * blanks aside; else `ret_missing` is the first that is or has not.
 */
MUSTCHECK bool pdf_font_has(struct pdf_font *font, struct slice text, uint32_t *ret_missing);
/* The string operand that shows `text`, of which pdf_font_has() was true. */
void pdf_font_add_text(struct pdf_font *font, struct slice text, struct buf *out);
/* The font's objects, the first under `number`. False when the font cannot be subset. */
MUSTCHECK bool pdf_font_write(struct pdf_font *font, struct pdf_file *file, unsigned number);

#endif
