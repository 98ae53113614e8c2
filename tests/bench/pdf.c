/*
 * Sheets of labels as PDF, ours beside libharu's, in nanoseconds of CPU time a label.
 *
 *   usage: pdf TURNS [SIDE]      SIDE alone: Suyuan, libharu or a piece, for perf
 *
 * Both draw the same labels from the same symbols: serials of one batch, Avery L7160 at 300 dpi,
 * the symbol and three lines (the code in groups, GS1 text, a Chinese product name with its lot),
 * one embedded font. The sides take turns; each line of JSON holds the median, least and most of
 * the turns and the bytes of a label. The pieces tell where ours spends its time.
 */
#include <hpdf.h>
#include <libdeflate.h>
#include <time.h>

#include "label/pdf.h"
#include "label/pdf_page.h"
#include "label/qr_series.h"
#include "model/serial.h"

enum {
	TURNS_MOST = 99,
	PAGES = 100,
	PER_PAGE = 21,
	LABELS = PAGES * PER_PAGE,
	SERIAL = 14,
	ADDRESS = 128
};

static const char gtin[] = "09506000134352";
static const char product[] =
    "\xe8\x8a\x9d\xe9\xba\xbb\xe9\x85\xb1 300 \xe5\x85\x8b  LOT L-2027-03";

static struct {
	const char *font;
	struct sheet sheet;
	struct printer printer;
	char serials[LABELS][SERIAL + 1];
	struct qr symbols[LABELS];
	struct layout_room room;
	struct layout layout;
	struct buf out, page;
	struct buf pages[PAGES]; /* of ours, not compressed */
} with = {
	.font = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
	.sheet = { "L7160", 210000, 297000, 63990, 38100, 3, 7, 7480, 15490, 66040, 38100 },
};

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "pdf: %s\n", what);
	exit(1);
}

static struct label_text text_of(unsigned label)
{
	return (struct label_text){
		.gtin = slice_of(gtin),
		.serial = { with.serials[label], SERIAL },
		.product = slice_of(product),
	};
}

/* --- ours --- */

static void ours(void)
{
	struct pdf_setup setup = { .sheet = with.sheet, .printer = with.printer };
	struct pdf *pdf = NULL;

	setup.font_path = with.font;
	require(pdf_new(&setup, &pdf) == LABEL_MADE, "pdf_new");
	for (unsigned i = 0; i < LABELS; i++) {
		struct label_text text = text_of(i);

		require(pdf_add(pdf, &with.symbols[i], &text) == LABEL_MADE, "pdf_add");
	}
	buf_clear(&with.out);
	require(pdf_finish(pdf, &with.out) == LABEL_MADE, "pdf_finish");
	require(pdf_labels_shortened(pdf) == 0, "a line has no room");
	pdf_free(pdf);
}

/* --- libharu's --- */

#define POINTS (72 / 25.4) /* of a millimetre */

struct haru {
	HPDF_Doc doc;
	HPDF_Font font;
	HPDF_Page page;
};

static HPDF_REAL from_top(double millimetres)
{
	return (HPDF_REAL)(((double)with.sheet.page_height / 1000 - millimetres) * POINTS);
}

static void haru_text(struct haru *h, const struct label_text *text, double x, double y)
{
	struct label_lines lines;

	label_lines_make(text, with.layout.split, &lines);
	(void)HPDF_Page_BeginText(h->page);
	(void)HPDF_Page_SetFontAndSize(h->page, h->font, (HPDF_REAL)with.layout.size / 10);
	for (unsigned i = 0; i < with.layout.lines; i++) {
		HPDF_TextWidth width = HPDF_Font_TextWidth(
		    h->font, (const HPDF_BYTE *)lines.text[i], (HPDF_UINT)strlen(lines.text[i]));
		struct layout_place at = layout_line(&with.room, &with.layout, i, width.width);
		double dot = with.printer.dot_mm;

		(void)HPDF_Page_TextOut(h->page, (HPDF_REAL)((x + at.x * dot) * POINTS),
					from_top(y + at.y * dot), lines.text[i]);
	}
	(void)HPDF_Page_EndText(h->page);
}

static void haru_symbol(struct haru *h, const struct qr *qr, double x, double y)
{
	const double module = with.printer.module_mm, quiet = QR_QUIET * module;
	const HPDF_REAL unit = (HPDF_REAL)(module * POINTS);

	(void)HPDF_Page_GSave(h->page);
	(void)HPDF_Page_Concat(h->page, unit, 0, 0, -unit, (HPDF_REAL)((x + quiet) * POINTS),
			       from_top(y + quiet));
	for (unsigned row = 0; row < qr->size; row++) {
		unsigned at = 0, length;

		while ((length = qr_run(qr, row, &at)) > 0) {
			(void)HPDF_Page_Rectangle(h->page, (HPDF_REAL)at, (HPDF_REAL)row,
						  (HPDF_REAL)length, 1);
			at += length;
		}
	}
	(void)HPDF_Page_Fill(h->page);
	(void)HPDF_Page_GRestore(h->page);
}

static void haru_label(struct haru *h, unsigned label)
{
	const struct sheet *s = &with.sheet;
	unsigned place = label % PER_PAGE;
	struct label_text text = text_of(label);
	double x = (double)(s->left + place % s->columns * s->pitch_x) / 1000;
	double y = (double)(s->top + place / s->columns * s->pitch_y) / 1000;

	if (place == 0) {
		h->page = HPDF_AddPage(h->doc);
		(void)HPDF_Page_SetWidth(h->page,
					 (HPDF_REAL)((double)s->page_width / 1000 * POINTS));
		(void)HPDF_Page_SetHeight(h->page, from_top(0));
		(void)HPDF_Page_SetGrayFill(h->page, 0);
	}
	haru_symbol(h, &with.symbols[label], x + with.layout.symbol_x * with.printer.dot_mm,
		    y + with.layout.symbol_y * with.printer.dot_mm);
	haru_text(h, &text, x, y);
}

static void take_all(struct haru *h)
{
	HPDF_STATUS status = HPDF_SaveToStream(h->doc);

	buf_clear(&with.out);
	while (status == HPDF_OK) {
		HPDF_UINT32 length = 65536;
		char *room = buf_reserve(&with.out, length);

		require(room != NULL, "no memory");
		status = HPDF_ReadFromStream(h->doc, (HPDF_BYTE *)room, &length);
		with.out.length += length;
		if (length == 0)
			break;
	}
	require(status == HPDF_OK || status == HPDF_STREAM_EOF, "libharu cannot save");
}

static void haru(void)
{
	struct haru h = { .doc = HPDF_New(NULL, NULL) };
	const char *name;

	require(h.doc != NULL && HPDF_SetCompressionMode(h.doc, HPDF_COMP_ALL) == HPDF_OK &&
		    HPDF_UseUTFEncodings(h.doc) == HPDF_OK,
		"libharu");
	name = HPDF_LoadTTFontFromFile2(h.doc, with.font, 0, HPDF_TRUE);
	require(name != NULL, "libharu: font");
	h.font = HPDF_GetFont(h.doc, name, "UTF-8");
	for (unsigned i = 0; i < LABELS; i++)
		haru_label(&h, i);
	require(HPDF_GetError(h.doc) == HPDF_OK, "libharu: labels");
	take_all(&h);
	HPDF_Free(h.doc);
}

/* --- pieces of ours --- */

/* A document of no labels with the font opened, and of one with the font made. */
static void one_label(void)
{
	struct pdf_setup setup = { .sheet = with.sheet, .printer = with.printer };
	struct label_text text = text_of(0);
	struct pdf *pdf = NULL;

	setup.font_path = with.font;
	require(pdf_new(&setup, &pdf) == LABEL_MADE &&
		    pdf_add(pdf, with.symbols, &text) == LABEL_MADE,
		"one label");
	buf_clear(&with.out);
	require(pdf_finish(pdf, &with.out) == LABEL_MADE, "one label");
	pdf_free(pdf);
}

static void rectangles(void)
{
	struct pdf_pen pen;

	pdf_pen_init(&pen, &with.printer);
	for (unsigned i = 0; i < LABELS; i++) {
		if (i % PER_PAGE == 0)
			buf_clear(&with.page);
		pdf_page_symbol(&with.page, &pen, &with.layout, &with.symbols[i]);
	}
	require(buf_ok(&with.page), "rectangles");
}

static void compression(void)
{
	struct pdf_file file;

	require(pdf_file_init(&file, 1 << 28), "no memory");
	for (unsigned i = 0; i < PAGES; i++)
		pdf_file_stream(&file, pdf_file_reserve(&file), "", buf_slice(&with.pages[i]));
	require(pdf_file_ok(&file), "compression");
	pdf_file_release(&file);
}

static void address_of(unsigned label, char ret_url[ADDRESS])
{
	(void)snprintf(ret_url, ADDRESS, "HTTPS://ID.EXAMPLE.COM/01/%s/21/%s", gtin,
		       with.serials[label]);
}

/* Not part of the sides, which are given them. */
static void symbols(void)
{
	struct qr_series series;

	qr_series_init(&series, QR_LEVEL_M);
	for (unsigned i = 0; i < LABELS; i++) {
		char url[ADDRESS];

		address_of(i, url);
		require(qr_series_make(&series, slice_of(url), &with.symbols[i]) == QR_MADE, "qr");
	}
	qr_series_release(&series);
}

static struct side {
	const char *name;
	void (*run)(void);
	size_t bytes;
	double ns[TURNS_MOST];
} sides[] = {
	{ .name = "Suyuan", .run = ours },
	{ .name = "libharu", .run = haru },
	{ .name = "opening and subsetting the font", .run = one_label },
	{ .name = "modules to rectangles", .run = rectangles },
	{ .name = "compressing pages", .run = compression },
	{ .name = "drawing the symbols", .run = symbols },
};

/* --- measuring --- */

static double now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool is_wanted(const struct side *side, const char *only)
{
	return only == NULL || strcmp(side->name, only) == 0;
}

static void measure(unsigned turns, const char *only)
{
	for (unsigned turn = 0; turn < turns; turn++)
		for (size_t i = 0; i < COUNT_OF(sides); i++) {
			double began = now_ns();

			if (!is_wanted(&sides[i], only))
				continue;
			sides[i].run();
			sides[i].ns[turn] = (now_ns() - began) / LABELS;
			sides[i].bytes = with.out.length;
		}
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		struct side *s = &sides[i];

		if (!is_wanted(s, only))
			continue;
		qsort(s->ns, turns, sizeof(s->ns[0]), compare);
		printf("{\"name\":\"%s\",\"median_ns\":%.1f,\"min_ns\":%.1f,\"max_ns\":%.1f,"
		       "\"bytes\":%.1f}\n",
		       s->name, s->ns[turns / 2], s->ns[0], s->ns[turns - 1],
		       s->run == ours || s->run == haru ? (double)s->bytes / LABELS : 0);
	}
}

/* The pages that ours() has written, which are the first streams of the file. */
static void read_pages(void)
{
	static const char head[] = "/Filter /FlateDecode >>\nstream\n";
	struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
	const char *at = with.out.data, *end = at + with.out.length;

	require(inflater != NULL, "no memory");
	for (unsigned i = 0; i < PAGES; i++) {
		enum { PAGE_MOST = 1 << 20 };

		at = memmem(at, (size_t)(end - at), head, sizeof(head) - 1);
		require(at != NULL, "a page is missing");
		at += sizeof(head) - 1;
		buf_init(&with.pages[i], PAGE_MOST);
		require(buf_reserve(&with.pages[i], PAGE_MOST) != NULL &&
			    libdeflate_zlib_decompress_ex(
				inflater, at, (size_t)(end - at), with.pages[i].data, PAGE_MOST,
				NULL, &with.pages[i].length) == LIBDEFLATE_SUCCESS,
			"a page cannot be read");
	}
	libdeflate_free_decompressor(inflater);
}

static void prepare(void)
{
	static const uint8_t key[SERIAL_KEY_SIZE] = { 1, 2, 3 };
	struct label_text text;
	struct pdf_font *font = NULL;
	struct serial_key serial;

	buf_init(&with.out, 1 << 28);
	buf_init(&with.page, 1 << 28);
	require(printer_init(&with.printer, 300, 5, false) == PRINTER_OK, "printer");
	require(serial_key_init(&serial, 0, key), "no memory");
	for (unsigned i = 0; i < LABELS; i++) {
		require(serial_encode(&serial, 9506000134352, i, SERIAL, with.serials[i]) ==
			    SERIAL_OK,
			"serial");
	}
	symbols();
	serial_key_release(&serial);
	require(pdf_font_new(with.font, &font) == PDF_FONT_OK, "the font cannot be read");
	with.room = (struct layout_room){ .width = with.sheet.label_width,
					  .height = with.sheet.label_height,
					  .printer = with.printer,
					  .measure = pdf_font_measure,
					  .font = font,
					  .ellipsis = "..." };
	text = text_of(0);
	require(layout_make(&with.room, with.symbols[0].size, &text, &with.layout) == LAYOUT_OK,
		"layout");
	require(with.layout.lines == 3, "not three lines");
	pdf_font_free(font);
	ours();
	read_pages();
}

int main(int argc, char **argv)
{
	unsigned turns = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;

	require(turns > 0 && turns <= TURNS_MOST, "usage: pdf TURNS [SIDE]");
	prepare();
	measure(turns, argc > 2 ? argv[2] : NULL);
	buf_release(&with.out);
	buf_release(&with.page);
	for (unsigned i = 0; i < PAGES; i++)
		buf_release(&with.pages[i]);
	return 0;
}
