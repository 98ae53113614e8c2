/*
 * What is drawn on a page of labels, as operators of PDF (ISO 32000-1, annex A): one unit is one
 * dot of the printer, and everything begins on whole ones. Black is DeviceGray, nothing else.
 */
#ifndef SUYUAN_LABEL_PDF_PAGE_H
#define SUYUAN_LABEL_PDF_PAGE_H

#include "label/layout.h"
#include "label/pdf_font.h"
#include "label/sheet.h"

/* A number with what follows it, ready to be copied: 16 bytes at once, whatever its length. */
struct pdf_piece {
	char text[15];
	uint8_t length;
};

/* How a printer's modules are written. */
struct pdf_pen {
	unsigned dots; /* of a module */
	double hair;   /* dots left out at a shape's edge */
	struct pdf_piece at[QR_SIZE_MOST], width[QR_SIZE_MOST + 1], height[QR_SIZE_MOST + 1];
};

void pdf_pen_init(struct pdf_pen *pen, const struct printer *printer);

/*
 * A side of the page in points: the nearest whole dots to it, or what is whole dots from the top
 * is none from the bottom, which is where some printers count from.
 */
double pdf_page_side(const struct printer *printer, uint64_t micrometres);
/* Black, and the coordinates of what follows: dots, right and up from the top left corner. */
void pdf_page_begin(struct buf *out, const struct sheet *sheet, const struct printer *printer);
/* Everything between is in dots from (x, y) on the page, which counts down. */
void pdf_page_label_begin(struct buf *out, int x, int y);
void pdf_page_label_end(struct buf *out);
void pdf_page_text_begin(struct buf *out, double size);
/* One line; `at` from the label's corner. pdf_font_has() was true for it. */
void pdf_page_line(struct buf *out, struct pdf_font *font, struct layout_place at,
		   struct slice text);
void pdf_page_text_end(struct buf *out);
/* Black; counts down from the label's corner, as text does. */
void pdf_page_rectangle(struct buf *out, int x, int y, int width, int height);
/* The modules; `l` says where. The last thing on a label, as it changes the units. */
void pdf_page_symbol(struct buf *out, const struct pdf_pen *pen, const struct layout *l,
		     const struct qr *qr);

#endif
