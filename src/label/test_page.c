/* Test pages, drawn once for both formats: a pen knows how each writes boxes, words and symbols. */
#include "label/test_page.h"

#include "label/pdf_page.h"
#include "label/place.h"
#include "label/zpl_graphic.h"

enum {
	PAGE_BYTES = 4 << 20,
	WORDS_SIZE = 80,
	/* objects of the PDF */
	CATALOG = 1,
	PAGES,
	INFO,
	FONT,
};

struct pen {
	const struct label_setup *setup;
	struct feed feed;
	struct buf page;   /* of PDF: operators; of ZPL: commands */
	int width, height; /* dots */
	bool failed;
};

static int dots(const struct pen *p, double mm)
{
	return layout_dots(&p->setup->printer, mm);
}

static bool is_zpl(const struct pen *p)
{
	return p->setup->order.format == LABEL_ZPL;
}

/* --- what both formats draw --- */

static void box(struct pen *p, int x, int y, int width, int height)
{
	int thin = width < height ? width : height;

	if (x < 0 || y < 0 || width <= 0 || height <= 0 || x + width > p->width ||
	    y + height > p->height)
		return;
	if (is_zpl(p))
		buf_add_format(&p->page, "^FO%d,%d^GB%d,%d,%d^FS\n", x, y, width, height, thin);
	else
		pdf_page_rectangle(&p->page, x, y, width, height);
}

/* `y` is the baseline; only letters, digits, blanks and points: nothing to escape. */
static void words(struct pen *p, int x, int y, double size_mm, const char *text)
{
	int size = dots(p, size_mm);

	if (x < 0 || y - size < 0 || y > p->height || size < 1)
		return;
	if (is_zpl(p))
		buf_add_format(&p->page, "^FO%d,%d^A0N,%d,%d^FD%s^FS\n", x, y - size, size, size,
			       text);
	else
		buf_add_format(&p->page, "BT /F %d Tf 1 0 0 1 %d %d Tm (%s) Tj ET\n", size, x, -y,
			       text);
}

static void symbol(struct pen *p, const struct qr *qr, int x, int y, unsigned module)
{
	unsigned side = qr->size * module;
	struct raster r;

	if (!is_zpl(p)) {
		for (unsigned row = 0; row < qr->size; row++) {
			unsigned at = 0, length;

			while ((length = qr_run(qr, row, &at)) > 0) {
				box(p, x + (int)(at * module), y + (int)(row * module),
				    (int)(length * module), (int)module);
				at += length;
			}
		}
		return;
	}
	if (!raster_init(&r, side, side)) {
		p->failed = true;
		return;
	}
	raster_symbol(&r, qr, 0, 0, module);
	buf_add_format(&p->page, "^FO%d,%d^GFA,", x, y);
	zpl_graphic(&r, &p->page);
	buf_add_string(&p->page, "^FS\n");
	raster_release(&r);
}

/* --- the first page --- */

static int thin(const struct pen *p)
{
	int line = dots(p, 0.12);

	return line < 1 ? 1 : line;
}

static void cross(struct pen *p, int x, int y)
{
	int arm = dots(p, 2), line = thin(p);

	box(p, x - arm, y - line / 2, 2 * arm, line);
	box(p, x - line / 2, y - arm, line, 2 * arm);
}

/* In each corner, 3 mm from the edges: their distances tell scale and offset. */
static void crosses(struct pen *p)
{
	int in = dots(p, 3);

	for (int i = 0; i < 4; i++)
		cross(p, i % 2 ? p->width - in : in, i / 2 ? p->height - in : in);
}

static double tick_mm(unsigned mm)
{
	return mm % 10 == 0 ? 3 : mm % 5 == 0 ? 2 : 1.2;
}

/* A tick a millimetre from 6 mm on, a number each ten; `down`: along the left edge. */
static void ruler(struct pen *p, bool down)
{
	double page_mm = (down ? p->height : p->width) * p->setup->printer.dot_mm;
	unsigned length = page_mm < 20 ? 0 : (unsigned)page_mm - 12;

	if (length > 200)
		length = 200;
	for (unsigned mm = 0; mm <= length; mm++) {
		int at = dots(p, 6 + mm), tick = dots(p, tick_mm(mm));
		char number[8];

		if (down)
			box(p, dots(p, 1), at, tick, thin(p));
		else
			box(p, at, dots(p, 1), thin(p), tick);
		(void)snprintf(number, sizeof(number), "%u", mm);
		if (mm % 10 == 0 && mm > 0)
			words(p, down ? dots(p, 4.3) : at + dots(p, 0.5),
			      down ? at + dots(p, 0.8) : dots(p, 5.8), 1.6, number);
	}
}

static const char *judge(double module_mm)
{
	if (module_mm < PRINTER_MODULE_LEAST)
		return "phones only";
	return module_mm > PRINTER_MODULE_MOST ? "larger than GS1" : "GS1";
}

/* One with its caption; the width it takes, 0: it cannot be made. */
static int sample(struct pen *p, int x, int y, unsigned module, int *ret_height)
{
	double mm = module * p->setup->printer.dot_mm;
	int quiet = (int)(QR_QUIET * module), side;
	char text[WORDS_SIZE];
	struct qr qr;

	(void)snprintf(text, sizeof(text), "SAMPLE %u DOTS %.3f MM", module, mm);
	if (qr_make(slice_of(text), QR_LEVEL_M, &qr) != QR_MADE) {
		p->failed = true;
		return 0;
	}
	side = (int)(qr.size * module) + 2 * quiet;
	*ret_height = side + dots(p, 4.5);
	if (x + side > p->width - dots(p, 2) || y + *ret_height > p->height - dots(p, 1))
		return 0;
	symbol(p, &qr, x + quiet, y + quiet, module);
	(void)snprintf(text, sizeof(text), "SAMPLE %u dots", module);
	words(p, x + quiet, y + side + dots(p, 1.4), 1.7, text);
	(void)snprintf(text, sizeof(text), "%.3f mm %s", mm, judge(mm));
	words(p, x + quiet, y + side + dots(p, 3.4), 1.7, text);
	return side > dots(p, 24) ? side : dots(p, 24);
}

/* From a size below the smallest for points of sale upwards, row by row, as many as have room. */
static void samples(struct pen *p, int left, int top)
{
	unsigned least = printer_least_dots(p->setup->printer.dpi);
	unsigned module = least > 1 ? least - 1 : 1;
	int x = left, y = top, highest = 0, height = 0;

	if (p->height < dots(p, 60)) /* a small label: the size that is printed */
		module = p->setup->printer.dots;
	for (unsigned end = module + 8; module < end; module++) {
		int width = sample(p, x, y, module, &height);

		if (width == 0 && x > left) {
			x = left;
			y += highest;
			highest = 0;
			width = sample(p, x, y, module, &height);
		}
		if (width == 0)
			return;
		x += width + dots(p, 2);
		if (height > highest)
			highest = height;
	}
}

/* Lines of one to four dots with as much white between: worn heads and bleeding show. */
static void stripes(struct pen *p, int x, int y)
{
	for (int width = 1; width <= 4; width++)
		for (int i = 0; i < 8; i++, x += 2 * width)
			box(p, x, y, width, dots(p, 4));
}

static void first_page(struct pen *p)
{
	bool small = p->height < dots(p, 60);
	char text[WORDS_SIZE];

	crosses(p);
	ruler(p, false);
	ruler(p, true);
	if (!small) {
		(void)snprintf(text, sizeof(text),
			       "Suyuan test page  %u dpi  print at 100 percent  rulers in mm",
			       p->setup->printer.dpi);
		words(p, dots(p, 12), dots(p, 13), 3, text);
		stripes(p, dots(p, 12), dots(p, 16));
	}
	samples(p, dots(p, small ? 8 : 12), dots(p, small ? 7 : 24));
}

/* --- the second: where the labels are --- */

static void outline(struct pen *p, uint64_t number)
{
	const struct sheet *s = &p->setup->sheet;
	struct layout_place at = place_corner(s, &p->setup->printer, &p->feed, number);
	int width = dots(p, (double)s->label_width / 1000), line = thin(p);
	int height = dots(p, (double)s->label_height / 1000);
	char text[WORDS_SIZE];

	box(p, at.x, at.y, width, line);
	box(p, at.x, at.y + height - line, width, line);
	box(p, at.x, at.y, line, height);
	box(p, at.x + width - line, at.y, line, height);
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number + 1);
	words(p, at.x + dots(p, 1), at.y + dots(p, 4), 3, text);
}

static void second_page(struct pen *p)
{
	for (uint64_t i = 0; i < sheet_labels(&p->setup->sheet); i++)
		outline(p, i);
}

static void (*const draw[])(struct pen *p) = { first_page, second_page };

static unsigned page_count(const struct pen *p)
{
	return sheet_labels(&p->setup->sheet) > 1 ? 2 : 1;
}

/* --- ZPL --- */

static void write_zpl(struct pen *p, struct buf *out)
{
	for (unsigned i = 0; i < page_count(p); i++) {
		buf_clear(&p->page);
		draw[i](p);
		buf_add_format(out, "^XA^CI28^LH0,0^PW%d^LL%d\n", p->width, p->height);
		buf_add_slice(out, buf_slice(&p->page));
		buf_add_string(out, "^PQ1^XZ\n");
		p->failed |= !buf_ok(&p->page);
	}
}

/* --- PDF --- */

static void write_page(struct pen *p, struct pdf_file *file, unsigned number)
{
	unsigned content = pdf_file_reserve(file), page = pdf_file_reserve(file);

	buf_clear(&p->page);
	pdf_page_begin(&p->page, &p->setup->sheet, &p->setup->printer);
	draw[number](p);
	p->failed |= !buf_ok(&p->page);
	pdf_file_stream(file, content, "", buf_slice(&p->page));
	pdf_file_begin(file, page);
	buf_add_format(&file->out, "<< /Type /Page /Parent %d 0 R /Contents %u 0 R >>", PAGES,
		       content);
	pdf_file_end(file);
}

static void write_frame(struct pen *p, struct pdf_file *file)
{
	const struct sheet *s = &p->setup->sheet;

	pdf_file_begin(file, CATALOG);
	buf_add_format(&file->out,
		       "<< /Type /Catalog /Pages %d 0 R\n/ViewerPreferences << /PrintScaling /None "
		       "/Duplex /Simplex /PickTrayByPDFSize true >> >>",
		       PAGES);
	pdf_file_end(file);
	pdf_file_begin(file, INFO);
	buf_add_string(&file->out, "<< /Producer (Suyuan) /Title (Test page) >>");
	pdf_file_end(file);
	pdf_file_begin(file, PAGES);
	buf_add_string(&file->out, "<< /Type /Pages /MediaBox [0 0 ");
	pdf_add_number(&file->out, pdf_page_side(&p->setup->printer, s->page_width), 4);
	buf_add_char(&file->out, ' ');
	pdf_add_number(&file->out, pdf_page_side(&p->setup->printer, s->page_height), 4);
	buf_add_format(&file->out, "]\n/Resources << /Font << /F %d 0 R >> >>\n/Count %u /Kids [",
		       FONT, page_count(p));
	for (unsigned i = 0; i < page_count(p); i++)
		buf_add_format(&file->out, " %u 0 R", FONT + 2 + 2 * i);
	buf_add_string(&file->out, "] >>");
	pdf_file_end(file);
	pdf_file_begin(file, FONT);
	buf_add_string(&file->out, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
	pdf_file_end(file);
}

static void write_pdf(struct pen *p, struct buf *out)
{
	struct pdf_file file;

	if (!pdf_file_init(&file, PAGE_BYTES)) {
		p->failed = true;
		return;
	}
	for (unsigned number = CATALOG; number <= FONT; number++)
		(void)pdf_file_reserve(&file);
	for (unsigned i = 0; i < page_count(p); i++)
		write_page(p, &file, i);
	write_frame(p, &file);
	pdf_file_finish(&file, CATALOG, INFO);
	p->failed |= !pdf_file_ok(&file);
	if (!p->failed)
		buf_add_slice(out, buf_slice(&file.out));
	pdf_file_release(&file);
}

enum label_result test_page_write(const struct label_setup *setup, struct buf *out)
{
	const struct label_order *o = &setup->order;
	struct pen p = { .setup = setup,
			 .feed = { o->offset_x, o->offset_y, o->scale_x, o->scale_y } };

	p.width = dots(&p, (double)setup->sheet.page_width / 1000);
	p.height = dots(&p, (double)setup->sheet.page_height / 1000);
	buf_init(&p.page, PAGE_BYTES);
	if (is_zpl(&p))
		write_zpl(&p, out);
	else
		write_pdf(&p, out);
	buf_release(&p.page);
	return p.failed || !buf_ok(out) ? LABEL_FAILED : LABEL_MADE;
}
