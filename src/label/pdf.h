/*
 * Label sheets as PDF for print: vector modules in DeviceGray black, pages of the sheet's
 * real size, no scaling by the viewer, every text in one embedded font.
 */
#ifndef SUYUAN_LABEL_PDF_H
#define SUYUAN_LABEL_PDF_H

#include "label/label_lines.h"
#include "label/label_result.h"
#include "label/printer.h"
#include "label/sheet.h"

struct pdf_setup {
	struct sheet sheet;
	struct printer printer;
	/*
	 * A TrueType font or collection (its first font) to embed; NULL: Helvetica, not
	 * embedded, which has ASCII only. Must outlive the document.
	 */
	const char *font_path;
	const struct label_design *design; /* must outlive it too; NULL: none */
	uint64_t start;			   /* label places left free on the first page */
	/* What this printer's feed is off by: see struct feed in label/place.h. */
	double offset_x, offset_y, scale_x, scale_y;
};

/* One document. Its bytes are a function of the setup, the font file and the labels added. */
struct pdf;

MUSTCHECK enum label_result pdf_new(const struct pdf_setup *setup, struct pdf **ret_pdf);
void pdf_free(struct pdf *pdf); /* accepts NULL */
/*
 * The next label. After LABEL_FAILED the document is lost; after other refusals it is as before.
 * Labels that differ in their serial only, one after another, cost least.
 */
MUSTCHECK enum label_result pdf_add(struct pdf *pdf, const struct qr *qr,
				    const struct label_text *text);
/* The character (Unicode) that the last LABEL_NO_GLYPH was about. */
uint32_t pdf_missing(const struct pdf *pdf);
uint64_t pdf_pages(const struct pdf *pdf);
/* True when the next label begins a new page, or the first. */
bool pdf_page_full(const struct pdf *pdf);
/* Labels that had no room for the typed code, or for some of the lines under it. */
uint64_t pdf_labels_without_code(const struct pdf *pdf);
uint64_t pdf_labels_shortened(const struct pdf *pdf);
/* The whole file; the document takes no more labels. */
MUSTCHECK enum label_result pdf_finish(struct pdf *pdf, struct buf *out);

#endif
