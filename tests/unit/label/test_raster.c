/* One-bit pictures: every dot where it should be, text of ink, and previews as printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <png.h>

#include "label/preview.h"
#include "label/typeface.h"

#define FONT "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"

static uint64_t seed = 20261122;

static uint64_t next_random(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void test_boxes_fill_exactly_their_dots_wherever_they_are(void **state)
{
	struct raster r;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		unsigned width = 1 + (unsigned)next_random(70),
			 height = 1 + (unsigned)next_random(9);
		unsigned w = (unsigned)next_random(80), h = (unsigned)next_random(12);
		int x = (int)next_random(120) - 40, y = (int)next_random(20) - 8;

		assert_true(raster_init(&r, width, height));
		raster_fill(&r, x, y, w, h);
		for (int b = 0; b < (int)height; b++)
			for (int a = 0; a < (int)r.stride * 8; a++) {
				bool inside = a < (int)width && a >= x && a < x + (int)w &&
					      b >= y && b < y + (int)h;
				size_t at = (size_t)b * r.stride + (size_t)a / 8;

				assert_int_equal(r.bits[at] >> (7 - a % 8) & 1, inside);
			}
		raster_clear(&r);
		assert_false(raster_black(&r, 0, 0));
		raster_release(&r);
	}
}

static void test_pictures_no_machine_could_hold_are_refused(void **state)
{
	struct raster r = { .width = 7 };

	(void)state;
	assert_false(raster_init(&r, 0, 1));
	assert_false(raster_init(&r, 1, 0));
	assert_false(raster_init(&r, RASTER_SIDE_MOST + 1, 1));
	assert_false(raster_init(&r, UINT32_MAX, UINT32_MAX));
	assert_int_equal(r.width, 7);
	raster_release(NULL);
}

static void test_a_stamp_lands_where_it_should_and_only_its_ink(void **state)
{
	static const uint8_t stamp[] = { 0xa0, 0xff, 0x40,
					 0xff }; /* 3 x 2 dots in rows of 2 bytes */
	struct raster r;

	(void)state;
	assert_true(raster_init(&r, 20, 5));
	raster_stamp(&r, stamp, 2, 3, 2, 7, 1);
	for (unsigned y = 0; y < 5; y++)
		for (unsigned x = 0; x < 20; x++)
			assert_int_equal(raster_black(&r, x, y),
					 (y == 1 && (x == 7 || x == 9)) || (y == 2 && x == 8));
	raster_stamp(&r, stamp, 2, 3, 2, -2, -1);
	assert_false(raster_black(&r, 0, 0)); /* the second dot of the second row is off the edge */
	raster_release(&r);
}

/* --- text --- */

static unsigned ink(const struct raster *r)
{
	unsigned count = 0;

	for (unsigned y = 0; y < r->height; y++)
		for (unsigned x = 0; x < r->width; x++)
			count += raster_black(r, x, y);
	return count;
}

static void test_every_character_leaves_ink_on_its_line(void **state)
{
	static const char *const texts[] = {
		"A", "7", "\xe8\x8a\x9d", "\xe9\xba\xbb", "\xe9\x85\xb1", "\xc3\xa9", "g"
	};
	struct typeface *t = typeface_open(FONT);
	struct raster r;

	(void)state;
	assert_non_null(t);
	assert_true(raster_init(&r, 60, 60));
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		raster_clear(&r);
		assert_true(typeface_draw(t, slice_of(texts[i]), 30, 10, 40, &r));
		assert_in_range(ink(&r), 30, 600);
		for (unsigned x = 0; x < 60; x++) /* a size above the baseline, a third below it */
			for (unsigned y = 0; y < 60; y++)
				if (raster_black(&r, x, y))
					assert_true(x >= 9 && x <= 42 && y >= 10 && y <= 50);
	}
	raster_clear(&r);
	assert_true(typeface_draw(t, S(" "), 30, 10, 40, &r));
	assert_int_equal(ink(&r), 0);
	typeface_close(t);
	raster_release(&r);
}

static void test_the_width_of_two_texts_is_the_sum_of_theirs(void **state)
{
	struct typeface *t = typeface_open(FONT);

	(void)state;
	assert_int_equal(typeface_width(t, S("LOT L-7 \xe8\x8a\x9d")),
			 typeface_width(t, S("LOT")) + typeface_width(t, S(" L-7 ")) +
			     typeface_width(t, S("\xe8\x8a\x9d")));
	assert_int_equal(typeface_width(t, S("\xe8\x8a\x9d")), 1000);
	assert_int_equal(typeface_width(t, S("")), 0);
	typeface_close(t);
}

static void test_a_font_says_what_it_lacks(void **state)
{
	struct typeface *t = typeface_open(FONT);

	(void)state;
	assert_int_equal(typeface_missing(t, S("Tahini \xe8\x8a\x9d")), 0);
	assert_int_equal(typeface_missing(t, S("a\xe1\x9a\xa0"
					       "b")),
			 0x16a0);
	assert_int_equal(typeface_missing(t, S("\xf0\x9f\x8d\x9c")), 0x1f35c);
	typeface_close(t);
	assert_null(typeface_open("/etc/passwd"));
	assert_null(typeface_open("/nowhere.ttf"));
	typeface_close(NULL);
}

/* --- PNG --- */

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

static void test_a_png_holds_the_same_dots(void **state)
{
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	struct reading reading;
	uint8_t row[16];
	struct raster r;
	struct buf out;

	(void)state;
	assert_true(raster_init(&r, 101, 50));
	for (unsigned i = 0; i < 40; i++)
		raster_fill(&r, (int64_t)next_random(100), (int64_t)next_random(50), 9, 3);
	buf_init(&out, 100000);
	raster_png(&r, 8000, &out);
	assert_true(buf_ok(&out));
	reading.rest = buf_slice(&out);
	png_set_read_fn(png, &reading, give_bytes);
	png_read_info(png, info);
	assert_int_equal(png_get_image_width(png, info), 101);
	assert_int_equal(png_get_bit_depth(png, info), 1);
	assert_int_equal(png_get_x_pixels_per_meter(png, info), 8000);
	for (unsigned y = 0; y < 50; y++) {
		png_read_row(png, row, NULL);
		for (unsigned x = 0; x < 101; x++)
			assert_int_equal((row[x / 8] >> (7 - x % 8)) & 1, !raster_black(&r, x, y));
	}
	png_destroy_read_struct(&png, &info, NULL);
	raster_release(&r);
	buf_release(&out);
}

/* --- previews --- */

static struct preview_setup setup;
static struct qr qr;
static const struct label_text text = { .gtin = SLICE("09506000134352"),
					.serial = SLICE("7K3M9Q2XTPVW4H"),
					.product = SLICE("\xe8\x8a\x9d\xe9\xba\xbb\xe9\x85\xb1") };

static int set_up(void **state)
{
	(void)state;
	setup = (struct preview_setup){
		.sheet = { "Test", 104000, 60000, 50000, 30000, 2, 2, 0, 0, 52000, 30000 },
		.font_path = FONT,
	};
	return printer_init(&setup.printer, 203, 4, false) == PRINTER_OK &&
		       qr_make(S("HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H"),
			       QR_LEVEL_M, &qr) == QR_MADE
		   ? 0
		   : -1;
}

static void test_a_preview_is_full_with_its_page(void **state)
{
	struct preview *p = NULL;
	struct buf first, all;

	(void)state;
	setup.start = 2;
	assert_int_equal(preview_new(&setup, &p), LABEL_MADE);
	assert_int_equal(preview_add(p, &qr, &text), LABEL_MADE);
	assert_false(preview_full(p));
	buf_init(&first, 100000);
	preview_png(p, &first);
	assert_int_equal(preview_add(p, &qr, &text), LABEL_MADE);
	assert_true(preview_full(p));
	buf_init(&all, 100000);
	preview_png(p, &all);
	assert_true(all.length > first.length);
	assert_int_equal(preview_add(p, &qr, &text), LABEL_MADE); /* not drawn */
	buf_clear(&first);
	preview_png(p, &first);
	assert_true(slice_equal(buf_slice(&first), buf_slice(&all)));
	preview_free(p);
	buf_release(&first);
	buf_release(&all);
}

static void test_a_preview_refuses_what_could_not_be_printed(void **state)
{
	struct label_text rune = text;
	struct preview *p = NULL;

	(void)state;
	assert_int_equal(preview_new(&setup, &p), LABEL_MADE);
	rune.product = S("\xe1\x9a\xa0");
	assert_int_equal(preview_add(p, &qr, &rune), LABEL_NO_GLYPH);
	assert_int_equal(preview_missing(p), 0x16a0);
	preview_free(p);
	setup.font_path = NULL;
	assert_int_equal(preview_new(&setup, &p), LABEL_MADE);
	assert_int_equal(preview_add(p, &qr, &text), LABEL_NEEDS_FONT);
	preview_free(p);
	setup.font_path = "/etc/passwd";
	assert_int_equal(preview_new(&setup, &p), LABEL_BAD_FONT);
	setup.font_path = FONT;
	setup.sheet.page_width = 2000000;
	setup.printer.dot_mm = 25.4 / 2540;
	assert_int_equal(preview_new(&setup, &p), LABEL_NO_ROOM);
	(void)set_up(state);
	setup.sheet.label_height = 18000;
	assert_int_equal(preview_new(&setup, &p), LABEL_MADE);
	assert_int_equal(preview_add(p, &qr, &text), LABEL_SYMBOL_TOO_BIG);
	preview_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boxes_fill_exactly_their_dots_wherever_they_are),
		cmocka_unit_test(test_pictures_no_machine_could_hold_are_refused),
		cmocka_unit_test(test_a_stamp_lands_where_it_should_and_only_its_ink),
		cmocka_unit_test(test_every_character_leaves_ink_on_its_line),
		cmocka_unit_test(test_the_width_of_two_texts_is_the_sum_of_theirs),
		cmocka_unit_test(test_a_font_says_what_it_lacks),
		cmocka_unit_test(test_a_png_holds_the_same_dots),
		cmocka_unit_test_setup(test_a_preview_is_full_with_its_page, set_up),
		cmocka_unit_test_setup(test_a_preview_refuses_what_could_not_be_printed, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
