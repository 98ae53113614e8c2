/*
 * Labels in ZPL II, the language of label printers (Zebra "ZPL II Programming Guide"). The symbol
 * is a graphic (^GFA), so that it has the same modules as every other format; with `compact` the
 * printer draws it (^BQ). Text of ASCII is set in the printer's own font (^A0); other lines are
 * graphics as well, because printers lack the fonts.
 */
#ifndef SUYUAN_LABEL_ZPL_H
#define SUYUAN_LABEL_ZPL_H

#include "label/label_lines.h"
#include "label/label_result.h"
#include "label/place.h"
#include "label/typeface.h"
#include "label/zpl_graphic.h"

struct zpl_setup {
	struct sheet sheet; /* a page is one ^XA … ^XZ */
	struct printer printer;
	struct typeface *typeface;	   /* borrowed; NULL: ASCII only */
	const struct label_design *design; /* borrowed; NULL: none */
	bool compact;
	uint64_t start; /* label places left free on the first page */
	uint64_t speed; /* inches a second, 0: as the printer is set */
	struct feed feed;
};

/* One file being written; opaque. */
struct zpl;

/* `out` is borrowed. NULL: out of memory. */
MUSTCHECK struct zpl *zpl_new(const struct zpl_setup *setup, struct buf *out);
void zpl_free(struct zpl *z); /* accepts NULL */
/*
 * SYMBOL_TOO_BIG, NEEDS_FONT, NO_GLYPH and OFF_PAPER leave the file as before; after FAILED (out of
 * memory or of room) it is lost. One label, `copies` times: by ^PQ on pages of one label, else
 * place by place. `url` is what the symbol says.
 */
MUSTCHECK enum label_result zpl_add(struct zpl *z, const struct qr *qr, struct slice url,
				    const struct label_text *text, uint64_t copies);
/* The character (Unicode) that the last LABEL_NO_GLYPH was about. */
uint32_t zpl_missing(const struct zpl *z);
uint64_t zpl_pages(const struct zpl *z);
/* Labels that had no room for text, or for some of its lines. */
uint64_t zpl_labels_without_code(const struct zpl *z);
uint64_t zpl_labels_shortened(const struct zpl *z);
/* Ends the last page. False: out of room. */
MUSTCHECK bool zpl_finish(struct zpl *z);

/*
 * How wide a text is, as layouts measure it (struct layout_room): ASCII in the printer's font,
 * other characters in `typeface`, which may be NULL.
 */
uint64_t zpl_measure(void *typeface, struct slice text);

#endif
