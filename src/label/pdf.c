/* Label sheets through libharu. */
#include "label/pdf.h"

#include <hpdf.h>

#include "label/label_lines.h"

#define POINTS_PER_MM (72 / 25.4)

static const double line_height = 1.2; /* of the font's size */
static const double beside_least = 18; /* mm of text width worth using beside the symbol */
static const double text_margin = 1;   /* mm between text and the label's edge */
static const double sizes[] = { 8, 7, 6.5, 6, 5.5, 5, 4.5 }; /* points */

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

/* The chosen size and lines for one label; the symbol goes above or beside them. */
struct plan {
	struct label_lines lines;
	double size; /* points; 0: no text */
	bool beside;
};

static double line_width(const struct pdf *pdf, const char *line, double size)
{
	HPDF_TextWidth w =
	    HPDF_Font_TextWidth(pdf->font, (const HPDF_BYTE *)line, (HPDF_UINT)strlen(line));

	return (double)w.width * size / 1000 / POINTS_PER_MM;
}

/* The number lines must fit the width; names are cut to it later. */
static bool numbers_fit(const struct pdf *pdf, const struct label_lines *lines, unsigned count,
			double size, double width)
{
	for (unsigned i = 0; i < count; i++)
		if (!lines->may_be_cut[i] && line_width(pdf, lines->text[i], size) > width)
			return false;
	return true;
}

static unsigned lines_for_height(double size, double height)
{
	return (unsigned)(height / (size * line_height / POINTS_PER_MM));
}

/* How many lines of `lines` can stand in the room at this size. */
static unsigned lines_that_fit(const struct pdf *pdf, const struct label_lines *lines, double size,
			       double width, double height)
{
	unsigned count = lines_for_height(size, height);

	if (count > lines->count)
		count = lines->count;
	while (count > 0 && !numbers_fit(pdf, lines, count, size, width))
		count--;
	return count;
}

/*
 * The largest size at which everything fits, whole or with the GS1 text on two lines; else
 * the most lines at the smallest size. Returns how many lines are left out.
 */
static unsigned plan_text(const struct pdf *pdf, const struct label_text *text, double width,
			  double height, struct plan *ret_plan)
{
	unsigned fitting = 0;

	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (int split = 0; split < 2; split++) {
			struct plan plan = { .size = sizes[i] };
			unsigned count;

			label_lines_make(text, split == 1, &plan.lines);
			count = lines_that_fit(pdf, &plan.lines, plan.size, width, height);
			if (count == plan.lines.count) {
				*ret_plan = plan;
				return 0;
			}
			if (count <= fitting)
				continue;
			fitting = count;
			*ret_plan = plan;
			ret_plan->lines.count = count;
		}
	return LABEL_LINES_MOST - fitting;
}

/* Under the symbol, or beside it where more lines fit there. */
static unsigned plan_label(const struct pdf *pdf, const struct label_text *text, struct box box,
			   double side, struct plan *ret_plan)
{
	struct plan beside = { .size = 0 };
	double beside_width = box.width - side - text_margin;
	unsigned left_out, left_out_beside;

	*ret_plan = (struct plan){ .size = 0 };
	left_out = plan_text(pdf, text, box.width - 2 * text_margin,
			     box.height - side - text_margin, ret_plan);
	if (left_out == 0 || beside_width < beside_least)
		return left_out;
	left_out_beside = plan_text(pdf, text, beside_width, box.height - 2 * text_margin, &beside);
	if (left_out_beside >= left_out)
		return left_out;
	*ret_plan = beside;
	ret_plan->beside = true;
	return left_out_beside;
}

static void cut_to_width(const struct pdf *pdf, char *line, double size, double width)
{
	HPDF_UINT length = (HPDF_UINT)strlen(line), kept;

	if (line_width(pdf, line, size) <= width)
		return;
	/* room for the ellipsis, which is at most as wide as the size */
	kept = HPDF_Font_MeasureText(pdf->font, (const HPDF_BYTE *)line, length,
				     (HPDF_REAL)(width * POINTS_PER_MM - size), (HPDF_REAL)size, 0,
				     0, HPDF_FALSE, NULL);
	label_line_cut(line, kept);
	if (pdf->setup.font_path == NULL) /* Helvetica's encoding has no UTF-8 ellipsis */
		line[strlen(line) - 3] = '\0';
}

static void draw_text(struct pdf *pdf, struct plan *plan, struct box box)
{
	double step = plan->size * line_height / POINTS_PER_MM;
	double y = box.y + plan->size / POINTS_PER_MM;

	if (plan->beside)
		y += (box.height - plan->lines.count * step) / 2;
	(void)HPDF_Page_BeginText(pdf->page);
	(void)HPDF_Page_SetFontAndSize(pdf->page, pdf->font, (HPDF_REAL)plan->size);
	for (unsigned i = 0; i < plan->lines.count; i++) {
		char *line = plan->lines.text[i];
		double x = box.x;

		cut_to_width(pdf, line, plan->size, box.width);
		if (!plan->beside)
			x += (box.width - line_width(pdf, line, plan->size)) / 2;
		(void)HPDF_Page_TextOut(pdf->page, points(x), from_top(pdf, y + i * step), line);
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

static void draw_label(struct pdf *pdf, const struct qr *qr, struct plan *plan, struct box box,
		       double side)
{
	struct box text = box;
	double x = box.x, y = box.y;

	if (plan->beside || plan->size == 0)
		y += (box.height - side) / 2;
	if (plan->beside) {
		text.x += side;
		text.width -= side + text_margin;
	} else {
		double lines = plan->lines.count * plan->size * line_height / POINTS_PER_MM;

		x += (box.width - side) / 2;
		if (plan->size > 0)
			y += (box.height - side - lines) / 2;
		text.x += text_margin;
		text.width -= 2 * text_margin;
		text.y = y + side;
	}
	draw_symbol(pdf, qr, snap(pdf, x), snap(pdf, y));
	if (plan->size > 0)
		draw_text(pdf, plan, text);
}

enum pdf_result pdf_add(struct pdf *pdf, const struct qr *qr, const struct label_text *text)
{
	double side = printer_side_mm(&pdf->setup.printer, qr);
	struct box box = label_box(pdf);
	struct label_lines all;
	unsigned left_out;
	struct plan plan;

	/* a hundredth of a millimetre, because makers round their labels' sizes */
	if (side > box.width + 0.01 || side > box.height + 0.01)
		return PDF_SYMBOL_TOO_BIG;
	label_lines_make(text, false, &all);
	if (pdf->setup.font_path == NULL && label_lines_need_font(&all))
		return PDF_NEEDS_FONT;
	left_out = plan_label(pdf, text, box, side, &plan);
	if (pdf_page_full(pdf) && !begin_page(pdf))
		return PDF_FAILED;
	draw_label(pdf, qr, &plan, box, side);
	pdf->without_code += plan.size == 0 && all.count > 0;
	pdf->shortened += plan.size > 0 && left_out > 0;
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
