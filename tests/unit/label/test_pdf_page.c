/* What stands on a page: the very modules of the symbol, and every operand where it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>

#include "label/pdf_page.h"

/* Paints rectangle "x y w h re" into `dark`, rows from the top; tells how far it is off the grid.
 */
static void paint(const char *line, unsigned size, bool dark[QR_SIZE_MOST][QR_SIZE_MOST],
		  double hair)
{
	double number[4];
	char *at = (char *)(uintptr_t)line;
	unsigned left, right, top, bottom;

	for (unsigned i = 0; i < 4; i++)
		number[i] = strtod(at, &at);
	assert_memory_equal(at, " re", 3);
	left = (unsigned)number[0];
	right = (unsigned)lround(number[0] + number[2] + 2 * hair);
	bottom = size - (unsigned)number[1];
	top = size - (unsigned)lround(number[1] + number[3] + 2 * hair);
	assert_true(fabs(number[0] + number[2] + 2 * hair - right) < 0.0002);
	assert_true(right <= size && bottom <= size && left < right && top < bottom);
	for (unsigned y = top; y < bottom; y++)
		for (unsigned x = left; x < right; x++)
			dark[y][x] = true;
}

static void check_symbol(const struct qr *qr, unsigned dots)
{
	bool dark[QR_SIZE_MOST][QR_SIZE_MOST] = { 0 };
	struct printer printer;
	struct layout l = { 0 };
	struct pdf_pen pen;
	struct buf out;
	struct slice rest, line;

	assert_int_equal(printer_init(&printer, 600, dots, true), PRINTER_OK);
	pdf_pen_init(&pen, &printer);
	/* less than a tenth of a dot, but not nothing */
	assert_true(pen.hair > 0.001 && pen.hair <= 0.1);
	l.symbol_side = (qr->size + 2 * QR_QUIET) * dots;
	buf_init(&out, 1 << 20);
	pdf_page_symbol(&out, &pen, &l, qr);
	assert_true(buf_ok(&out));
	rest = buf_slice(&out);
	assert_true(slice_cut(&rest, '\n', &line) && slice_ends(line, S(" cm")));
	while (slice_cut(&rest, '\n', &line) && slice_ends(line, S(" re")))
		paint(line.data, qr->size, dark, pen.hair / dots);
	assert_true(slice_equal(line, S("f")));
	for (unsigned y = 0; y < qr->size; y++)
		for (unsigned x = 0; x < qr->size; x++)
			assert_int_equal(dark[y][x], qr_dark(qr, x, y));
	buf_release(&out);
}

static void test_rectangles_are_the_symbol_in_every_version(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (size_t length = 1; length <= 270; length += 3) {
		char text[270];
		struct qr qr;

		for (size_t i = 0; i < length; i++)
			text[i] = (char)('a' + (i * 7 + length) % 26);
		if (qr_make((struct slice){ text, length }, QR_LEVEL_L, &qr) != QR_MADE)
			continue;
		seen |= 1U << qr.version;
		check_symbol(&qr, 1 + (unsigned)length % 40);
	}
	assert_int_equal(seen, 0x7fe); /* 1 to 10 */
}

static void test_a_rectangle_reaches_over_longer_columns_to_its_like(void **state)
{
	struct qr qr = { .version = 1, .size = 21 };
	struct printer printer;
	struct layout l = { 0 };
	struct pdf_pen pen;
	struct buf out;

	(void)state;
	/* a bar three wide over a column that is longer at both ends, and one of its own */
	for (unsigned y = 2; y <= 5; y++)
		qr.rows[y] = y == 2 || y == 5 ? UINT64_C(0x10) : UINT64_C(0x38);
	qr.rows[20] = UINT64_C(0x100000);
	assert_int_equal(printer_init(&printer, 300, 5, false), PRINTER_OK);
	pdf_pen_init(&pen, &printer);
	l.symbol_side = 29 * 5;
	buf_init(&out, 100000);
	pdf_page_symbol(&out, &pen, &l, &qr);
	assert_string_equal(buf_string(&out), "5 0 0 5 20.025 -124.975 cm\n"
					      "3 16 2.99 1.99 re\n"
					      "4 15 .99 3.99 re\n"
					      "20 0 .99 .99 re\n"
					      "f\n");
	buf_release(&out);
}

static void test_a_label_is_placed_in_whole_dots(void **state)
{
	static const struct sheet sheet = { .page_width = 210000, .page_height = 297000 };
	struct pdf_font *font = NULL;
	struct printer printer;
	struct buf out;

	(void)state;
	assert_int_equal(printer_init(&printer, 300, 5, false), PRINTER_OK);
	assert_int_equal(pdf_font_new(NULL, &font), PDF_FONT_OK);
	buf_init(&out, 10000);
	pdf_page_begin(&out, &sheet, &printer);
	pdf_page_label_begin(&out, 88, 183);
	pdf_page_text_begin(&out, 100.0 / 3);
	pdf_page_line(&out, font, (struct layout_place){ -3, 17 }, S("(01) a\\b"));
	pdf_page_text_end(&out);
	pdf_page_label_end(&out);
	assert_string_equal(buf_string(&out), ".24 0 0 .24 0 841.92 cm\n0 g\n"
					      "q\n1 0 0 1 88 -183 cm\n"
					      "BT\n/F 33.333 Tf\n1 0 0 1 -3 -17 Tm\n"
					      "(\\(01\\) a\\\\b)Tj\nET\nQ\n");
	buf_release(&out);
	pdf_font_free(font);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rectangles_are_the_symbol_in_every_version),
		cmocka_unit_test(test_a_rectangle_reaches_over_longer_columns_to_its_like),
		cmocka_unit_test(test_a_label_is_placed_in_whole_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
