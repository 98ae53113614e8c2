/* Drawing the first page of an order. */
#include "label/preview.h"

#include "label/pdf_font.h"
#include "label/typeface.h"
#include "label/zpl.h"

struct preview {
	struct preview_setup setup;
	struct typeface *typeface; /* draws */
	struct pdf_font *font;	   /* measures as the PDF does */
	struct layout_room room;
	struct raster page;
	uint64_t place; /* of the next label */
	bool full;
	uint32_t missing;
};

static int dots(const struct preview *p, uint64_t micrometres)
{
	return layout_dots(&p->setup.printer, (double)micrometres / 1000);
}

static enum label_result load_fonts(struct preview *p)
{
	const char *path = p->setup.font_path;

	if (path != NULL)
		p->typeface = typeface_open(path);
	if (path != NULL && p->typeface == NULL)
		return LABEL_BAD_FONT;
	if (p->setup.zpl)
		return LABEL_MADE;
	switch (pdf_font_new(path, &p->font)) {
	case PDF_FONT_OK:
		return LABEL_MADE;
	case PDF_FONT_BAD:
		return LABEL_BAD_FONT;
	default:
		return LABEL_FAILED;
	}
}

static void set_room(struct preview *p)
{
	const struct preview_setup *s = &p->setup;

	p->room = (struct layout_room){
		.width = s->sheet.label_width,
		.height = s->sheet.label_height,
		.design = s->design,
		.printer = s->printer,
		.measure = s->zpl ? zpl_measure : pdf_font_measure,
		.font = s->zpl ? (void *)p->typeface : (void *)p->font,
		.ellipsis = "...",
	};
	if (!s->zpl && pdf_font_measure(p->font, S("\xe2\x80\xa6")) > 0)
		p->room.ellipsis = "\xe2\x80\xa6";
}

enum label_result preview_new(const struct preview_setup *setup, struct preview **ret_preview)
{
	struct preview *p = calloc(1, sizeof(*p));
	enum label_result result;

	if (p == NULL)
		return LABEL_FAILED;
	p->setup = *setup;
	p->place = setup->start;
	result = load_fonts(p);
	if (result == LABEL_MADE &&
	    !raster_init(&p->page, (unsigned)dots(p, setup->sheet.page_width),
			 (unsigned)dots(p, setup->sheet.page_height)))
		result = LABEL_NO_ROOM;
	if (result != LABEL_MADE) {
		preview_free(p);
		return result;
	}
	set_room(p);
	*ret_preview = p;
	return LABEL_MADE;
}

void preview_free(struct preview *p)
{
	if (p == NULL)
		return;
	typeface_close(p->typeface);
	pdf_font_free(p->font);
	raster_release(&p->page);
	free(p);
}

/* The lines that have room, cut to it; nothing is drawn before all are known to be good. */
static enum label_result make_lines(struct preview *p, const struct layout *l,
				    const struct label_text *text, struct label_lines *lines)
{
	layout_lines(l, text, lines);
	if (lines->count > 0 && p->typeface == NULL)
		return LABEL_NEEDS_FONT;
	for (unsigned i = 0; i < lines->count; i++) {
		p->missing = typeface_missing(p->typeface, slice_of(lines->text[i]));
		if (p->missing != 0)
			return LABEL_NO_GLYPH;
		if (lines->may_be_cut[i])
			(void)layout_cut(&p->room, l, i, lines->text[i]);
	}
	return LABEL_MADE;
}

/* Centred lines are so by the width they are drawn with, which is what the printer does too. */
static bool draw_line(struct preview *p, const struct layout *l, unsigned i, const char *line,
		      struct layout_place corner)
{
	uint64_t width = typeface_width(p->typeface, slice_of(line));
	struct layout_place at = layout_line(&p->room, l, i, width);

	return typeface_draw(p->typeface, slice_of(line), layout_size_dots(&p->room, l, i),
			     corner.x + at.x, corner.y + at.y, &p->page);
}

static void draw_cut_marks(struct preview *p, struct layout_place corner)
{
	struct place_mark marks[PLACE_MARKS];

	place_cut_marks(&p->setup.sheet, &p->setup.printer, marks);
	for (unsigned i = 0; i < PLACE_MARKS; i++)
		raster_fill(&p->page, corner.x + marks[i].x, corner.y + marks[i].y,
			    (unsigned)marks[i].width, (unsigned)marks[i].height);
}

static enum label_result draw_label(struct preview *p, const struct qr *qr, const struct layout *l,
				    const struct label_lines *lines)
{
	const struct preview_setup *s = &p->setup;
	struct layout_place corner = place_corner(&s->sheet, &s->printer, &s->feed, p->place);
	unsigned quiet = QR_QUIET * s->printer.dots;

	raster_symbol(&p->page, qr, (int64_t)corner.x + l->symbol_x + quiet,
		      (int64_t)corner.y + l->symbol_y + quiet, s->printer.dots);
	if (s->design != NULL && s->design->cut_marks)
		draw_cut_marks(p, corner);
	for (unsigned i = 0; i < lines->count; i++)
		if (!draw_line(p, l, i, lines->text[i], corner))
			return LABEL_FAILED;
	return LABEL_MADE;
}

enum label_result preview_add(struct preview *p, const struct qr *qr, const struct label_text *text)
{
	enum label_result result;
	struct label_lines lines;
	struct layout l;

	if (p->full)
		return LABEL_MADE;
	if (layout_make(&p->room, qr->size, text, &l) != LAYOUT_OK)
		return LABEL_SYMBOL_TOO_BIG;
	result = make_lines(p, &l, text, &lines);
	if (result == LABEL_MADE)
		result = draw_label(p, qr, &l, &lines);
	if (result != LABEL_MADE)
		return result;
	p->place++;
	p->full = p->place >= sheet_labels(&p->setup.sheet);
	return LABEL_MADE;
}

bool preview_full(const struct preview *p)
{
	return p->full;
}

uint32_t preview_missing(const struct preview *p)
{
	return p->missing;
}

void preview_png(const struct preview *p, struct buf *out)
{
	raster_png(&p->page, printer_dots_per_metre(&p->setup.printer), out);
}
