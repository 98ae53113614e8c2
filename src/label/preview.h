/*
 * A picture of the first page that an order makes, at the printer's resolution and with every dot
 * where the printer puts it: the same layout that PDF and ZPL follow, text drawn by FreeType.
 */
#ifndef SUYUAN_LABEL_PREVIEW_H
#define SUYUAN_LABEL_PREVIEW_H

#include "label/label_lines.h"
#include "label/label_result.h"
#include "label/place.h"

struct preview_setup {
	struct sheet sheet;
	struct printer printer;
	const struct label_design *design; /* borrowed; NULL: none */
	const char *font_path;		   /* TrueType; NULL: labels without text only */
	bool zpl;			   /* widths of a label printer's own font */
	uint64_t start;			   /* label places left free */
	struct feed feed;
};

/* One page being drawn; opaque. */
struct preview;

/* BAD_FONT, NO_ROOM (a page of more dots than a raster may have) or FAILED. */
MUSTCHECK enum label_result preview_new(const struct preview_setup *setup,
					struct preview **ret_preview);
void preview_free(struct preview *p); /* accepts NULL */
/* The next label; none is drawn once the page is full. The page is lost after FAILED only. */
MUSTCHECK enum label_result preview_add(struct preview *p, const struct qr *qr,
					const struct label_text *text);
bool preview_full(const struct preview *p);
/* The character (Unicode) that the last LABEL_NO_GLYPH was about. */
uint32_t preview_missing(const struct preview *p);
/* The page as PNG. What is out of room shows in buf_ok(out). */
void preview_png(const struct preview *p, struct buf *out);

#endif
