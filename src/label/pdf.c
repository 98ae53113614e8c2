/* Label sheets as PDF: which label goes where, what of it was there before, and the document. */
#include "label/pdf.h"

#include "label/pdf_page.h"
#include "label/place.h"

enum {
	FILE_MOST = 1 << 30,
	PAGE_MOST = 64 << 20, /* bytes of a page before compression */
	TEXT_MOST = 64 << 10, /* bytes of a label's text in operators */
	/* objects with a number known beforehand; the pages follow, two objects each */
	CATALOG = 1,
	PAGES,
	INFO,
	FONT,
	FIRST_PAGE,
};

/*
 * What the label before was: in a batch everything but the serial is the same again, so that
 * neither the arrangement nor the lines without the serial are made twice.
 */
struct before {
	struct buf texts; /* what the layout depends on besides the serial's letters */
	struct layout layout;
	struct label_lines lines;
	struct buf drawn[LABEL_LINES_MOST]; /* operators of each line */
	unsigned drawn_lines;		    /* of them valid for `layout` and `lines` */
};

struct pdf {
	struct pdf_setup setup;
	struct pdf_file file;
	struct pdf_font *font;
	struct feed feed;
	struct layout_room room;
	struct pdf_pen pen;
	struct before before;
	struct buf key;	 /* before.texts of the label being added */
	struct buf page; /* operators of the page being filled */
	uint64_t pages;
	uint64_t place; /* of the next label on the page */
	uint64_t without_code;
	uint64_t shortened;
	uint32_t missing;
};

/* --- the document --- */

static void set_room(struct pdf *pdf)
{
	pdf->room = (struct layout_room){
		.width = pdf->setup.sheet.label_width,
		.height = pdf->setup.sheet.label_height,
		.design = pdf->setup.design,
		.printer = pdf->setup.printer,
		.measure = pdf_font_measure,
		.font = pdf->font,
		.ellipsis = "...",
	};
	if (pdf_font_measure(pdf->font, S("\xe2\x80\xa6")) > 0)
		pdf->room.ellipsis = "\xe2\x80\xa6";
}

static enum label_result begin_document(struct pdf *pdf)
{
	static const enum label_result results[] = {
		[PDF_FONT_OK] = LABEL_MADE,
		[PDF_FONT_BAD] = LABEL_BAD_FONT,
		[PDF_FONT_NO_MEMORY] = LABEL_FAILED,
	};
	enum pdf_font_result result = pdf_font_new(pdf->setup.font_path, &pdf->font);

	if (result != PDF_FONT_OK)
		return results[result];
	if (!pdf_file_init(&pdf->file, FILE_MOST))
		return LABEL_FAILED;
	for (unsigned number = CATALOG; number < FIRST_PAGE; number++)
		(void)pdf_file_reserve(&pdf->file);
	set_room(pdf);
	pdf_pen_init(&pdf->pen, &pdf->setup.printer);
	return LABEL_MADE;
}

enum label_result pdf_new(const struct pdf_setup *setup, struct pdf **ret_pdf)
{
	struct pdf *pdf = calloc(1, sizeof(*pdf));
	enum label_result result;

	if (pdf == NULL)
		return LABEL_FAILED;
	pdf->setup = *setup;
	pdf->feed =
	    (struct feed){ setup->offset_x, setup->offset_y, setup->scale_x, setup->scale_y };
	pdf->place = setup->start % sheet_labels(&setup->sheet);
	buf_init(&pdf->page, PAGE_MOST);
	buf_init(&pdf->key, TEXT_MOST);
	buf_init(&pdf->before.texts, TEXT_MOST);
	for (unsigned i = 0; i < LABEL_LINES_MOST; i++)
		buf_init(&pdf->before.drawn[i], TEXT_MOST);
	result = begin_document(pdf);
	if (result != LABEL_MADE) {
		pdf_free(pdf);
		return result;
	}
	*ret_pdf = pdf;
	return LABEL_MADE;
}

void pdf_free(struct pdf *pdf)
{
	if (pdf == NULL)
		return;
	pdf_file_release(&pdf->file);
	pdf_font_free(pdf->font);
	buf_release(&pdf->page);
	buf_release(&pdf->key);
	buf_release(&pdf->before.texts);
	for (unsigned i = 0; i < LABEL_LINES_MOST; i++)
		buf_release(&pdf->before.drawn[i]);
	free(pdf);
}

/* --- pages --- */

bool pdf_page_full(const struct pdf *pdf)
{
	return pdf->pages == 0 || pdf->place == 0;
}

static void begin_page(struct pdf *pdf)
{
	buf_clear(&pdf->page);
	pdf_page_begin(&pdf->page, &pdf->setup.sheet, &pdf->setup.printer);
	pdf->pages++;
}

/* Its content, then the page itself, which takes its size and font from PAGES. */
static void end_page(struct pdf *pdf)
{
	unsigned content = pdf_file_reserve(&pdf->file), page = pdf_file_reserve(&pdf->file);

	pdf_file_stream(&pdf->file, content, "", buf_slice(&pdf->page));
	pdf_file_begin(&pdf->file, page);
	buf_add_format(&pdf->file.out, "<< /Type /Page /Parent %d 0 R /Contents %u 0 R >>", PAGES,
		       content);
	pdf_file_end(&pdf->file);
}

/* --- labels --- */

static void add_key_text(struct buf *key, struct slice text)
{
	buf_add_u64(key, text.length);
	buf_add_char(key, ' ');
	buf_add_slice(key, text);
}

/* Text too long for a key is never seen again: it fails, and is not kept. */
static void make_key(struct buf *key, unsigned modules, const struct label_text *text)
{
	buf_clear(key);
	buf_add_u64(key, modules);
	buf_add_char(key, ' ');
	add_key_text(key, text->gtin);
	add_key_text(key, text->product);
	add_key_text(key, text->lot);
	add_key_text(key, text->expiry);
	add_key_text(key, text->produced);
}

/* The layout for this label, in pdf->before, kept where it serves again. */
static enum label_result arrange(struct pdf *pdf, unsigned modules, const struct label_text *text)
{
	struct before *before = &pdf->before;
	struct layout layout;

	make_key(&pdf->key, modules, text);
	if (buf_ok(&pdf->key) && slice_equal(buf_slice(&pdf->key), buf_slice(&before->texts)) &&
	    layout_serves(&pdf->room, &before->layout, text->serial))
		return LABEL_MADE;
	if (layout_make(&pdf->room, modules, text, &layout) != LAYOUT_OK)
		return LABEL_SYMBOL_TOO_BIG;
	before->layout = layout;
	before->drawn_lines = 0;
	buf_clear(&before->texts);
	if (buf_ok(&pdf->key))
		buf_add_slice(&before->texts, buf_slice(&pdf->key));
	return LABEL_MADE;
}

static void draw_line(struct pdf *pdf, unsigned number, const char *line)
{
	struct buf *drawn = &pdf->before.drawn[number];
	struct slice text = slice_of(line);
	uint64_t width = pdf_font_measure(pdf->font, text);

	buf_clear(drawn);
	pdf_page_line(drawn, pdf->font, layout_line(&pdf->room, &pdf->before.layout, number, width),
		      text);
}

/* Cuts what is too wide; then every character must have a glyph. */
static enum label_result make_printable(struct pdf *pdf, struct label_lines *lines, unsigned number)
{
	char *line = lines->text[number];

	if (lines->may_be_cut[number])
		(void)layout_cut(&pdf->room, &pdf->before.layout, number, line);
	if (pdf_font_has(pdf->font, slice_of(line), &pdf->missing))
		return LABEL_MADE;
	return pdf->setup.font_path == NULL ? LABEL_NEEDS_FONT : LABEL_NO_GLYPH;
}

/*
 * Makes before->drawn of the lines that have room, again only where they have changed. All are
 * looked at before the first is drawn: a refused label leaves no character in the font.
 */
static enum label_result draw_lines(struct pdf *pdf, const struct label_text *text)
{
	struct before *before = &pdf->before;
	unsigned count = before->layout.lines, drawn = before->drawn_lines;
	bool same[LABEL_LINES_MOST] = { false };
	struct label_lines lines;

	layout_lines(&before->layout, text, &lines);
	before->drawn_lines = 0;
	for (unsigned i = 0; i < count; i++) {
		enum label_result result;

		same[i] = i < drawn && strcmp(lines.text[i], before->lines.text[i]) == 0;
		if (same[i])
			continue;
		memcpy(before->lines.text[i], lines.text[i], sizeof(lines.text[i]));
		result = make_printable(pdf, &lines, i);
		if (result != LABEL_MADE)
			return result;
	}
	for (unsigned i = 0; i < count; i++)
		if (!same[i])
			draw_line(pdf, i, lines.text[i]);
	before->drawn_lines = count;
	return LABEL_MADE;
}

/* Where all lines are of one size it is said once. */
static void add_text(struct pdf *pdf, const struct layout *l)
{
	for (unsigned i = 0; i < l->lines; i++) {
		double size = layout_size_dots(&pdf->room, l, i);

		if (i > 0 && size != layout_size_dots(&pdf->room, l, i - 1))
			pdf_page_text_end(&pdf->page);
		if (i == 0 || size != layout_size_dots(&pdf->room, l, i - 1))
			pdf_page_text_begin(&pdf->page, size);
		pdf->page.failed |= !buf_ok(&pdf->before.drawn[i]);
		buf_add_slice(&pdf->page, buf_slice(&pdf->before.drawn[i]));
	}
	pdf_page_text_end(&pdf->page);
}

static void add_cut_marks(struct pdf *pdf)
{
	struct place_mark marks[PLACE_MARKS];

	place_cut_marks(&pdf->setup.sheet, &pdf->setup.printer, marks);
	for (unsigned i = 0; i < PLACE_MARKS; i++)
		pdf_page_rectangle(&pdf->page, marks[i].x, marks[i].y, marks[i].width,
				   marks[i].height);
}

static void add_label(struct pdf *pdf, const struct qr *qr)
{
	const struct layout *l = &pdf->before.layout;
	struct layout_place corner =
	    place_corner(&pdf->setup.sheet, &pdf->setup.printer, &pdf->feed, pdf->place);

	pdf_page_label_begin(&pdf->page, corner.x, corner.y);
	if (l->size > 0)
		add_text(pdf, l);
	if (l->design != NULL && l->design->cut_marks)
		add_cut_marks(pdf);
	pdf_page_symbol(&pdf->page, &pdf->pen, l, qr);
	pdf_page_label_end(&pdf->page);
}

enum label_result pdf_add(struct pdf *pdf, const struct qr *qr, const struct label_text *text)
{
	const struct layout *l = &pdf->before.layout;
	enum label_result result = arrange(pdf, qr->size, text);

	if (result == LABEL_MADE)
		result = draw_lines(pdf, text);
	if (result != LABEL_MADE)
		return result;
	if (pdf_page_full(pdf))
		begin_page(pdf);
	add_label(pdf, qr);
	pdf->without_code += l->size == 0 && l->shortened;
	pdf->shortened += l->size > 0 && l->shortened;
	pdf->place = (pdf->place + 1) % sheet_labels(&pdf->setup.sheet);
	if (!buf_ok(&pdf->page))
		return LABEL_FAILED;
	if (pdf->place == 0)
		end_page(pdf);
	return pdf_file_ok(&pdf->file) ? LABEL_MADE : LABEL_FAILED;
}

uint64_t pdf_pages(const struct pdf *pdf)
{
	return pdf->pages;
}

uint32_t pdf_missing(const struct pdf *pdf)
{
	return pdf->missing;
}

uint64_t pdf_labels_without_code(const struct pdf *pdf)
{
	return pdf->without_code;
}

uint64_t pdf_labels_shortened(const struct pdf *pdf)
{
	return pdf->shortened;
}

/* --- the end --- */

/* Printed as large as it is, on one side, from the tray with this paper (ISO 32000-1, 12.2). */
static void write_catalog(struct pdf *pdf)
{
	pdf_file_begin(&pdf->file, CATALOG);
	buf_add_format(&pdf->file.out,
		       "<< /Type /Catalog /Pages %d 0 R\n/ViewerPreferences << /PrintScaling /None "
		       "/Duplex /Simplex /PickTrayByPDFSize true >> >>",
		       PAGES);
	pdf_file_end(&pdf->file);
	pdf_file_begin(&pdf->file, INFO);
	buf_add_string(&pdf->file.out, "<< /Producer (Suyuan) >>");
	pdf_file_end(&pdf->file);
}

static void write_pages(struct pdf *pdf)
{
	const struct sheet *s = &pdf->setup.sheet;
	struct buf *out = &pdf->file.out;

	pdf_file_begin(&pdf->file, PAGES);
	buf_add_string(out, "<< /Type /Pages /MediaBox [0 0 ");
	pdf_add_number(out, pdf_page_side(&pdf->setup.printer, s->page_width), 4);
	buf_add_char(out, ' ');
	pdf_add_number(out, pdf_page_side(&pdf->setup.printer, s->page_height), 4);
	buf_add_format(out, "]\n/Resources << /Font << /F %d 0 R >> >>\n/Count %llu /Kids [", FONT,
		       (unsigned long long)pdf->pages);
	for (uint64_t page = 0; page < pdf->pages; page++)
		buf_add_format(out, "%s%llu 0 R",
			       page == 0	? ""
			       : page % 16 == 0 ? "\n"
						: " ",
			       (unsigned long long)(FIRST_PAGE + 2 * page + 1));
	buf_add_string(out, "] >>");
	pdf_file_end(&pdf->file);
}

enum label_result pdf_finish(struct pdf *pdf, struct buf *out)
{
	if (pdf->place != 0 && pdf->pages > 0)
		end_page(pdf);
	write_catalog(pdf);
	write_pages(pdf);
	if (!pdf_font_write(pdf->font, &pdf->file, FONT))
		return LABEL_FAILED;
	pdf_file_finish(&pdf->file, CATALOG, INFO);
	if (pdf_file_ok(&pdf->file))
		buf_add_slice(out, buf_slice(&pdf->file.out));
	return pdf_file_ok(&pdf->file) && buf_ok(out) ? LABEL_MADE : LABEL_FAILED;
}
