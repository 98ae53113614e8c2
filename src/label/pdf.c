/* Label sheets through libharu. */
#include "label/pdf.h"

#include <hpdf.h>

#include "label/layout.h"

#define POINTS_PER_MM (72 / 25.4)

struct pdf {
	struct pdf_setup setup;
	HPDF_Doc doc;
	HPDF_Font font;
	HPDF_Page page; /* NULL before the first */
	uint64_t pages;
	uint64_t place; /* of the next label on the page */
	uint64_t without_code;
	uint64_t shortened;
};

/* A rectangle on the page, in mm from its top left corner. */
struct box {
	double x, y, width, height;
};

/* --- the document --- */

static enum pdf_result load_font(struct pdf *pdf)
{
	const char *path = pdf->setup.font_path, *name;
	size_t length = path == NULL ? 0 : strlen(path);

	if (path == NULL) {
		pdf->font = HPDF_GetFont(pdf->doc, "Helvetica", "WinAnsiEncoding");
		return pdf->font == NULL ? PDF_FAILED : PDF_OK;
	}
	if (HPDF_UseUTFEncodings(pdf->doc) != HPDF_OK)
		return PDF_FAILED;
	if (length > 4 && strcmp(path + length - 4, ".ttc") == 0)
		name = HPDF_LoadTTFontFromFile2(pdf->doc, path, 0, HPDF_TRUE);
	else
		name = HPDF_LoadTTFontFromFile(pdf->doc, path, HPDF_TRUE);
	if (name == NULL)
		return PDF_BAD_FONT;
	pdf->font = HPDF_GetFont(pdf->doc, name, "UTF-8");
	return pdf->font == NULL ? PDF_BAD_FONT : PDF_OK;
}

enum pdf_result pdf_new(const struct pdf_setup *setup, struct pdf **ret_pdf)
{
	struct pdf *pdf = calloc(1, sizeof(*pdf));
	enum pdf_result result = PDF_FAILED;

	if (pdf == NULL)
		return PDF_FAILED;
	pdf->setup = *setup;
	pdf->place = setup->start % sheet_labels(&setup->sheet);
	pdf->doc = HPDF_New(NULL, NULL); /* no handler: libharu remembers the first error */
	if (pdf->doc != NULL && HPDF_SetCompressionMode(pdf->doc, HPDF_COMP_ALL) == HPDF_OK &&
	    HPDF_SetViewerPreference(pdf->doc, HPDF_PRINT_SCALING_NONE) == HPDF_OK)
		result = load_font(pdf);
	if (result != PDF_OK) {
		pdf_free(pdf);
		return result;
	}
	*ret_pdf = pdf;
	return PDF_OK;
}

void pdf_free(struct pdf *pdf)
{
	if (pdf == NULL)
		return;
	HPDF_Free(pdf->doc);
	free(pdf);
}

static bool healthy(const struct pdf *pdf)
{
	return HPDF_GetError(pdf->doc) == HPDF_OK;
}

/* --- where things are --- */

static double mm(uint64_t micrometres)
{
	return (double)micrometres / 1000;
}

static HPDF_REAL points(double millimetres)
{
	return (HPDF_REAL)(millimetres * POINTS_PER_MM);
}

static HPDF_REAL from_top(const struct pdf *pdf, double y)
{
	return points(mm(pdf->setup.sheet.page_height) - y);
}

static struct box label_box(const struct pdf *pdf)
{
	const struct sheet *s = &pdf->setup.sheet;
	uint64_t column = pdf->place % s->columns, row = pdf->place / s->columns;
	struct box box = {
		mm(s->left + column * s->pitch_x) + pdf->setup.offset_x,
		mm(s->top + row * s->pitch_y) + pdf->setup.offset_y,
		mm(s->label_width),
		mm(s->label_height),
	};

	return box;
}

/* On the printer's grid, so that every module begins with a whole dot. */
static double snap(const struct pdf *pdf, double millimetres)
{
	double dot = pdf->setup.printer.dot_mm, dots = millimetres / dot;
	int64_t whole = (int64_t)(dots < 0 ? dots - 0.5 : dots + 0.5);

	return (double)whole * dot;
}

/* --- text --- */

static uint64_t measure(void *font, struct slice text)
{
	return HPDF_Font_TextWidth(font, (const HPDF_BYTE *)text.data, (HPDF_UINT)text.length)
	    .width;
}

static struct layout_room room_of(struct pdf *pdf)
{
	struct layout_room room = {
		.width = pdf->setup.sheet.label_width,
		.height = pdf->setup.sheet.label_height,
		.printer = pdf->setup.printer,
		.measure = measure,
		.font = pdf->font,
		.ellipsis = pdf->setup.font_path == NULL ? "..." : "\xe2\x80\xa6",
	};

	return room;
}

/* `x`, `y`: the label's corner in mm. */
static void draw_text(struct pdf *pdf, const struct layout_room *room, const struct layout *l,
		      const struct label_text *text, double x, double y)
{
	double dot = pdf->setup.printer.dot_mm;
	struct label_lines lines;

	label_lines_make(text, l->split, &lines);
	(void)HPDF_Page_BeginText(pdf->page);
	(void)HPDF_Page_SetFontAndSize(pdf->page, pdf->font, (HPDF_REAL)l->size / 10);
	for (unsigned i = 0; i < l->lines; i++) {
		struct layout_place at;

		if (lines.may_be_cut[i])
			(void)layout_cut(room, l, lines.text[i]);
		at = layout_line(room, l, i, measure(pdf->font, slice_of(lines.text[i])));
		(void)HPDF_Page_TextOut(pdf->page, points(x + at.x * dot),
					from_top(pdf, y + at.y * dot), lines.text[i]);
	}
	(void)HPDF_Page_EndText(pdf->page);
}

/* --- the symbol --- */

/*
 * A run of modules, in units of modules. A hair's breadth inside its dots on every side: a
 * printer paints each dot that a shape only touches (ISO 32000-1, 10.6), so that an edge
 * a rounding error outside would make the module one dot wider.
 */
static void draw_run(struct pdf *pdf, unsigned x, unsigned y, unsigned length)
{
	const double hair = 0.02 / pdf->setup.printer.dots;

	(void)HPDF_Page_Rectangle(pdf->page, (HPDF_REAL)(x + hair), (HPDF_REAL)(y + hair),
				  (HPDF_REAL)(length - 2 * hair), (HPDF_REAL)(1 - 2 * hair));
}

/* `x`, `y`: corner of the quiet zone. One path in units of modules keeps the file small. */
static void draw_symbol(struct pdf *pdf, const struct qr *qr, double x, double y)
{
	double module = pdf->setup.printer.module_mm;
	HPDF_REAL unit = points(module);

	(void)HPDF_Page_GSave(pdf->page);
	(void)HPDF_Page_Concat(pdf->page, unit, 0, 0, -unit, points(x + QR_QUIET * module),
			       from_top(pdf, y + QR_QUIET * module));
	for (unsigned row = 0; row < qr->size; row++) {
		unsigned at = 0, length;

		while ((length = qr_run(qr, row, &at)) > 0) {
			draw_run(pdf, at, row, length);
			at += length;
		}
	}
	(void)HPDF_Page_Fill(pdf->page);
	(void)HPDF_Page_GRestore(pdf->page);
}

/* --- labels --- */

bool pdf_page_full(const struct pdf *pdf)
{
	return pdf->page == NULL || pdf->place == 0;
}

static bool begin_page(struct pdf *pdf)
{
	const struct sheet *s = &pdf->setup.sheet;

	pdf->page = HPDF_AddPage(pdf->doc);
	if (pdf->page == NULL)
		return false;
	pdf->pages++;
	return HPDF_Page_SetWidth(pdf->page, points(mm(s->page_width))) == HPDF_OK &&
	       HPDF_Page_SetHeight(pdf->page, points(mm(s->page_height))) == HPDF_OK &&
	       HPDF_Page_SetGrayFill(pdf->page, 0) == HPDF_OK;
}

static void draw_label(struct pdf *pdf, const struct layout_room *room, const struct qr *qr,
		       const struct label_text *text, const struct layout *l)
{
	double dot = pdf->setup.printer.dot_mm;
	struct box box = label_box(pdf);
	double x = snap(pdf, box.x), y = snap(pdf, box.y);

	draw_symbol(pdf, qr, x + l->symbol_x * dot, y + l->symbol_y * dot);
	if (l->size > 0)
		draw_text(pdf, room, l, text, x, y);
}

enum pdf_result pdf_add(struct pdf *pdf, const struct qr *qr, const struct label_text *text)
{
	struct layout_room room = room_of(pdf);
	struct label_lines all;
	struct layout l;

	if (layout_make(&room, qr->size, text, &l) != LAYOUT_OK)
		return PDF_SYMBOL_TOO_BIG;
	label_lines_make(text, false, &all);
	if (pdf->setup.font_path == NULL && label_lines_need_font(&all))
		return PDF_NEEDS_FONT;
	if (pdf_page_full(pdf) && !begin_page(pdf))
		return PDF_FAILED;
	draw_label(pdf, &room, qr, text, &l);
	pdf->without_code += l.size == 0 && all.count > 0;
	pdf->shortened += l.size > 0 && l.shortened;
	pdf->place = (pdf->place + 1) % sheet_labels(&pdf->setup.sheet);
	return healthy(pdf) ? PDF_OK : PDF_FAILED;
}

uint64_t pdf_pages(const struct pdf *pdf)
{
	return pdf->pages;
}

uint64_t pdf_labels_without_code(const struct pdf *pdf)
{
	return pdf->without_code;
}

uint64_t pdf_labels_shortened(const struct pdf *pdf)
{
	return pdf->shortened;
}

enum pdf_result pdf_finish(struct pdf *pdf, struct buf *out)
{
	enum { PIECE = 65536 };
	HPDF_STATUS status = HPDF_SaveToStream(pdf->doc);

	while (status == HPDF_OK) {
		HPDF_UINT32 length = PIECE;
		char *room = buf_reserve(out, PIECE);

		if (room == NULL)
			return PDF_FAILED;
		status = HPDF_ReadFromStream(pdf->doc, (HPDF_BYTE *)room, &length);
		if (status == HPDF_OK || status == HPDF_STREAM_EOF)
			out->length += length;
		if (length == 0)
			break;
	}
	return status == HPDF_OK || status == HPDF_STREAM_EOF ? PDF_OK : PDF_FAILED;
}

const char *pdf_reason(enum pdf_result result)
{
	static const char *const reasons[] = {
		[PDF_OK] = "fine",
		[PDF_BAD_FONT] = "the font cannot be read or is no TrueType font",
		[PDF_SYMBOL_TOO_BIG] = "the symbol with its quiet zone is larger than the label",
		[PDF_NEEDS_FONT] = "the text goes beyond ASCII and no font was found"
				   " (Debian: fonts-wqy-zenhei; or --font FILE)",
		[PDF_FAILED] = "the PDF cannot be built",
	};

	return reasons[result];
}
