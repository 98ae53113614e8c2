/* SVG, PNG and PDF: sizes on paper, pixels per module, and documents that stay as promised. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <png.h>

#include "label/eps.h"
#include "label/pdf.h"
#include "label/picture_png.h"
#include "label/svg.h"

static struct qr qr;
static struct printer printer;

static int set_up(void **state)
{
	(void)state;
	if (printer_init(&printer, 300, 5, false) != PRINTER_OK)
		return -1;
	return qr_make(S("HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H"), QR_LEVEL_M,
		       &qr) == QR_MADE
		   ? 0
		   : -1;
}

static void test_svg_has_real_size_and_white_quiet_zone(void **state)
{
	struct buf out;
	const char *svg;

	(void)state;
	buf_init(&out, 100000);
	svg_write(&qr, &printer, &out);
	svg = buf_string(&out);
	assert_non_null(
	    strstr(svg, "width=\"15.663mm\" height=\"15.663mm\" viewBox=\"0 0 37 37\""));
	assert_non_null(strstr(svg, "<path fill=\"#fff\" d=\"M0 0h37v37H0z\"/>"));
	assert_non_null(strstr(svg, "shape-rendering=\"crispEdges\""));
	assert_non_null(strstr(svg, "d=\"M4 4h7v1h-7z")); /* the finder pattern begins at 4,4 */
	assert_true(slice_ends(buf_slice(&out), S("</svg>\n")));
	buf_release(&out);
}

/* Draws what the path says: "X Y LENGTH m", y from the bottom. */
static void draw_eps_path(const char *path, uint8_t modules[37][37])
{
	unsigned x, y, length;
	int used;

	while (sscanf(path, "%u %u %u m\n%n", &x, &y, &length, &used) == 3) {
		assert_true(x >= 4 && x + length <= 33 && y >= 4 && y < 33);
		for (unsigned i = 0; i < length; i++)
			modules[36 - y][x + i]++;
		path += used;
	}
	assert_int_equal(strncmp(path, "fill\n", 5), 0);
}

static void test_eps_is_its_matrix_in_a_box_of_its_size(void **state)
{
	uint8_t modules[37][37] = { { 0 } };
	const char *eps;
	struct buf out;

	(void)state;
	buf_init(&out, 100000);
	eps_write(&qr, &printer, &out);
	eps = buf_string(&out);
	assert_true(slice_starts(buf_slice(&out), S("%!PS-Adobe-3.0 EPSF-3.0\n"
						    "%%BoundingBox: 0 0 45 45\n"
						    "%%HiResBoundingBox: 0 0 44.4000 44.4000\n"
						    "%%LanguageLevel: 2\n")));
	assert_true(slice_ends(buf_slice(&out), S("fill\ngrestore\nend\n%%EOF\n")));
	assert_non_null(strstr(eps, "\n0 setgray\n1.200000 dup scale\n"));
	draw_eps_path(strstr(eps, "newpath\n") + 8, modules);
	for (unsigned y = 0; y < 37; y++)
		for (unsigned x = 0; x < 37; x++) {
			bool inside = x >= 4 && x < 33 && y >= 4 && y < 33;

			assert_int_equal(modules[y][x], inside && qr_dark(&qr, x - 4, y - 4));
		}
	buf_release(&out);
}

struct reading {
	struct slice rest;
};

static void give_bytes(png_structp png, png_bytep to, size_t length)
{
	struct reading *r = png_get_io_ptr(png);

	assert_true(length <= r->rest.length);
	memcpy(to, r->rest.data, length);
	r->rest = slice_from(r->rest, length);
}

static void test_png_is_one_bit_with_whole_pixels_per_module(void **state)
{
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_uint_32 x_per_metre, y_per_metre;
	struct reading r;
	struct buf out;
	uint8_t row[64];
	int unit;

	(void)state;
	buf_init(&out, 100000);
	picture_png_write(&qr, &printer, &out);
	assert_true(buf_ok(&out));
	r.rest = buf_slice(&out);
	png_set_read_fn(png, &r, give_bytes);
	png_read_info(png, info);
	assert_int_equal(png_get_image_width(png, info), 37 * 5);
	assert_int_equal(png_get_image_height(png, info), 37 * 5);
	assert_int_equal(png_get_bit_depth(png, info), 1);
	assert_int_equal(png_get_color_type(png, info), PNG_COLOR_TYPE_GRAY);
	assert_int_not_equal(png_get_pHYs(png, info, &x_per_metre, &y_per_metre, &unit), 0);
	assert_int_equal(x_per_metre, 11811);
	assert_int_equal(y_per_metre, 11811);
	assert_int_equal(unit, PNG_RESOLUTION_METER);
	for (unsigned y = 0; y < 37 * 5; y++) {
		png_read_row(png, row, NULL);
		for (unsigned x = 0; x < 37 * 5; x++) {
			unsigned mx = x / 5 - QR_QUIET, my = y / 5 - QR_QUIET;
			bool dark = mx < qr.size && my < qr.size && qr_dark(&qr, mx, my);

			assert_int_equal((row[x / 8] >> (7 - x % 8)) & 1, !dark);
		}
	}
	png_destroy_read_struct(&png, &info, NULL);
	buf_release(&out);
}

static void test_png_out_of_room_is_reported(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	picture_png_write(&qr, &printer, &out);
	assert_false(buf_ok(&out));
	buf_release(&out);
}

/* --- PDF --- */

static struct pdf_setup setup(void)
{
	struct pdf_setup s = {
		.sheet = { "Test", 210000, 297000, 70000, 37000, 3, 8, 0, 0, 70000, 37000 },
	};

	s.printer = printer;
	return s;
}

static const struct label_text text = {
	.gtin = SLICE("09506000134352"),
	.serial = SLICE("7K3M9Q2XTPVW4H"),
	.product = SLICE("Tahini"),
};

static void test_pdf_fills_pages_and_can_start_in_the_middle(void **state)
{
	struct pdf_setup s = setup();
	struct pdf *pdf = NULL;
	struct buf out;

	(void)state;
	s.start = 23;
	assert_int_equal(pdf_new(&s, &pdf), LABEL_MADE);
	assert_true(pdf_page_full(pdf));
	for (unsigned i = 0; i < 26; i++)
		assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	assert_int_equal(pdf_pages(pdf), 3); /* 1 + 24 + 1 */
	assert_false(pdf_page_full(pdf));
	assert_int_equal(pdf_labels_without_code(pdf), 0);
	assert_int_equal(pdf_labels_shortened(pdf), 0);
	buf_init(&out, 10000000);
	assert_int_equal(pdf_finish(pdf, &out), LABEL_MADE);
	assert_true(slice_starts(buf_slice(&out), S("%PDF-1.")));
	assert_non_null(memmem(out.data, out.length, "/PrintScaling /None", 19));
	assert_non_null(memmem(out.data, out.length, "/Count 3", 8));
	buf_release(&out);
	pdf_free(pdf);
}

static void test_pdf_of_the_same_labels_is_the_same_file(void **state)
{
	struct pdf_setup s = setup();
	struct buf out[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct pdf *pdf = NULL;

		assert_int_equal(pdf_new(&s, &pdf), LABEL_MADE);
		assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
		buf_init(&out[i], 10000000);
		assert_int_equal(pdf_finish(pdf, &out[i]), LABEL_MADE);
		pdf_free(pdf);
	}
	assert_true(slice_equal(buf_slice(&out[0]), buf_slice(&out[1])));
	buf_release(&out[0]);
	buf_release(&out[1]);
}

static void test_pdf_refuses_a_label_smaller_than_the_symbol_and_goes_on(void **state)
{
	struct pdf_setup s = setup();
	struct pdf *pdf = NULL;
	struct qr larger;

	(void)state;
	s.sheet.label_height = 15670; /* version 3 needs 15.663 mm */
	assert_int_equal(pdf_new(&s, &pdf), LABEL_MADE);
	assert_int_equal(
	    qr_make(S("HTTPS://TRACE.BRANDNAME.COM/01/09506000134352/21/7K3M9Q2XTPVW4H"),
		    QR_LEVEL_M, &larger),
	    QR_MADE);
	assert_int_equal(pdf_add(pdf, &larger, &text), LABEL_SYMBOL_TOO_BIG);
	assert_int_equal(pdf_pages(pdf), 0);
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	assert_int_equal(pdf_labels_without_code(pdf), 0); /* beside the symbol */
	pdf_free(pdf);
}

static void test_pdf_counts_labels_that_have_no_room_for_text(void **state)
{
	struct pdf_setup s = setup();
	struct pdf *pdf = NULL;

	(void)state;
	s.sheet.label_width = 16000;
	s.sheet.label_height = 16000;
	assert_int_equal(pdf_new(&s, &pdf), LABEL_MADE);
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	assert_int_equal(pdf_labels_without_code(pdf), 1);
	pdf_free(pdf);
	s.sheet.label_width = 25000;
	s.sheet.label_height = 20000;
	assert_int_equal(pdf_new(&s, &pdf), LABEL_MADE);
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	assert_int_equal(pdf_labels_without_code(pdf), 0);
	assert_int_equal(pdf_labels_shortened(pdf), 1);
	pdf_free(pdf);
}

static void test_pdf_without_a_font_says_so_instead_of_printing_nonsense(void **state)
{
	struct label_text chinese = text;
	struct pdf_setup s = setup();
	struct pdf *pdf = NULL;

	(void)state;
	chinese.product = S("\xe8\x8a\x9d\xe9\xba\xbb\xe9\x85\xb1");
	assert_int_equal(pdf_new(&s, &pdf), LABEL_MADE);
	assert_int_equal(pdf_add(pdf, &qr, &chinese), LABEL_NEEDS_FONT);
	assert_int_equal(pdf_pages(pdf), 0);
	pdf_free(pdf);
	s.font_path = "/etc/passwd";
	assert_int_equal(pdf_new(&s, &pdf), LABEL_BAD_FONT);
	s.font_path = "/nowhere.ttc";
	assert_int_equal(pdf_new(&s, &pdf), LABEL_BAD_FONT);
	pdf_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_svg_has_real_size_and_white_quiet_zone),
		cmocka_unit_test(test_eps_is_its_matrix_in_a_box_of_its_size),
		cmocka_unit_test(test_png_is_one_bit_with_whole_pixels_per_module),
		cmocka_unit_test(test_png_out_of_room_is_reported),
		cmocka_unit_test(test_pdf_fills_pages_and_can_start_in_the_middle),
		cmocka_unit_test(test_pdf_of_the_same_labels_is_the_same_file),
		cmocka_unit_test(test_pdf_refuses_a_label_smaller_than_the_symbol_and_goes_on),
		cmocka_unit_test(test_pdf_counts_labels_that_have_no_room_for_text),
		cmocka_unit_test(test_pdf_without_a_font_says_so_instead_of_printing_nonsense),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
