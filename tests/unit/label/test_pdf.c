/* Documents of labels: what is refused leaves no trace, and labels stand where they should. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <libdeflate.h>
#include <unistd.h>

#include "label/pdf.h"

enum { MOST = 1 << 24 };

/* Of the package fonts-wqy-zenhei; without it the tests that need it are skipped. */
static const char zenhei[] = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc";

static struct qr qr;

static const struct label_text text = {
	.gtin = SLICE("09506000134352"),
	.serial = SLICE("7K3M9Q2XTPVW4H"),
	.product = SLICE("Tahini"),
	.lot = SLICE("L-7"),
};

static int set_up(void **state)
{
	(void)state;
	return qr_make(S("HTTPS://ID.EXAMPLE.COM/01/09506000134352/21/7K3M9Q2XTPVW4H"), QR_LEVEL_M,
		       &qr) == QR_MADE
		   ? 0
		   : -1;
}

static struct pdf_setup setup(const char *font)
{
	struct pdf_setup s = {
		.sheet = { "Test", 210000, 297000, 70000, 37000, 3, 8, 0, 0, 70000, 37000 },
		.font_path = font,
	};

	assert_int_equal(printer_init(&s.printer, 300, 5, false), PRINTER_OK);
	return s;
}

static struct pdf *begin(const struct pdf_setup *s)
{
	struct pdf *pdf = NULL;

	assert_int_equal(pdf_new(s, &pdf), LABEL_MADE);
	return pdf;
}

static void finish(struct pdf *pdf, struct buf *out)
{
	buf_init(out, MOST);
	assert_int_equal(pdf_finish(pdf, out), LABEL_MADE);
	pdf_free(pdf);
}

/* The operators of the first page. */
static void first_page(const struct buf *file, struct buf *ret_page)
{
	static const char head[] = "/FlateDecode >>\nstream\n";
	struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
	const char *at = memmem(file->data, file->length, head, sizeof(head) - 1);

	assert_non_null(at);
	at += sizeof(head) - 1;
	buf_init(ret_page, MOST);
	assert_non_null(buf_reserve(ret_page, MOST));
	assert_int_equal(
	    libdeflate_zlib_decompress_ex(inflater, at, (size_t)(file->data + file->length - at),
					  ret_page->data, MOST, NULL, &ret_page->length),
	    LIBDEFLATE_SUCCESS);
	libdeflate_free_decompressor(inflater);
}

/* The corners of the labels of the first page, in dots. */
static unsigned corners(const struct pdf_setup *s, unsigned labels, int ret[][2])
{
	struct pdf *pdf = begin(s);
	struct buf file, page;
	struct slice rest, line;
	unsigned count = 0;

	for (unsigned i = 0; i < labels; i++)
		assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	finish(pdf, &file);
	first_page(&file, &page);
	rest = buf_slice(&page);
	while (slice_cut(&rest, '\n', &line)) {
		char *at;

		if (!slice_equal(line, S("q")) || !slice_cut(&rest, '\n', &line))
			continue;
		assert_true(slice_starts(line, S("1 0 0 1 ")) && count < labels);
		ret[count][0] = (int)strtol(line.data + 8, &at, 10);
		ret[count++][1] = -(int)strtol(at, NULL, 10);
	}
	buf_release(&file);
	buf_release(&page);
	return count;
}

static void assert_near(int found, double millimetres)
{
	double dots = millimetres * 300 / 25.4;

	assert_true(found >= dots - 0.51 && found <= dots + 0.51);
}

static void test_labels_stand_on_the_dots_next_to_their_place(void **state)
{
	struct pdf_setup s = setup(NULL);
	int at[24][2];

	(void)state;
	assert_int_equal(corners(&s, 24, at), 24);
	for (unsigned i = 0; i < 24; i++) {
		assert_near(at[i][0], i % 3 * 70);
		assert_near(at[i][1], i / 3 * 37);
	}
}

static void test_offset_moves_and_scale_spreads_the_middles_of_labels(void **state)
{
	struct pdf_setup s = setup(NULL);
	int at[24][2];

	(void)state;
	s.offset_x = -1.5;
	s.offset_y = 2.25;
	s.scale_x = 1.01;
	s.scale_y = 0.995;
	assert_int_equal(corners(&s, 24, at), 24);
	for (unsigned i = 0; i < 24; i++) {
		assert_near(at[i][0], (i % 3 * 70 + 35) * 1.01 - 35 - 1.5);
		assert_near(at[i][1], (i / 3 * 37 + 18.5) * 0.995 - 18.5 + 2.25);
	}
}

static void test_a_refused_label_leaves_no_trace(void **state)
{
	struct pdf_setup s = setup(zenhei);
	struct label_text strange = text;
	struct buf with, without;
	struct pdf *pdf;

	(void)state;
	if (access(zenhei, R_OK) != 0)
		skip();
	pdf = begin(&s);
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	finish(pdf, &without);

	pdf = begin(&s);
	/* a new letter in the serial and the product, and a lot that cannot be printed */
	strange.serial = S("8K3M9Q2XTPVW4J");
	strange.product = S("\xe8\x8a\x9d");
	strange.lot = S("\xf0\x9f\x8d\x8e");
	assert_int_equal(pdf_add(pdf, &qr, &strange), LABEL_NO_GLYPH);
	assert_int_equal(pdf_missing(pdf), 0x1f34e);
	assert_int_equal(pdf_pages(pdf), 0);
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	assert_int_equal(pdf_add(pdf, &qr, &strange), LABEL_NO_GLYPH);
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	finish(pdf, &with);
	assert_true(slice_equal(buf_slice(&with), buf_slice(&without)));
	buf_release(&with);
	buf_release(&without);
}

static void test_a_glyph_without_ink_is_missing_but_blanks_are_not(void **state)
{
	struct pdf_setup s = setup(zenhei);
	struct label_text other = text;
	struct pdf *pdf;

	(void)state;
	if (access(zenhei, R_OK) != 0)
		skip();
	pdf = begin(&s);
	other.product = S("\xe8\x8a\x9d \xc2\xa0\xe3\x80\x80\xe9\xba\xbb"); /* three kinds */
	assert_int_equal(pdf_add(pdf, &qr, &other), LABEL_MADE);
	other.product = S("\xe3\x85\xa4"); /* U+3164, a Hangul filler: drawn as nothing */
	assert_int_equal(pdf_add(pdf, &qr, &other), LABEL_NO_GLYPH);
	assert_int_equal(pdf_missing(pdf), 0x3164);
	pdf_free(pdf);
}

/* What the writer keeps from label to label changes nothing. */
static void test_a_label_is_drawn_alike_whatever_came_before(void **state)
{
	static const struct slice serials[] = {
		SLICE("7K3M9Q2XTPVW4H"), SLICE("WWWWWWWWWWWWWW"), SLICE("7K3M9Q2XTPVW4H"),
		SLICE("1111111111"),	 SLICE("7K3M9Q2XTPVW4H"),
	};
	struct pdf_setup s = setup(NULL);
	struct buf alone, file, page, last;
	struct pdf *pdf = begin(&s);

	(void)state;
	s.start = COUNT_OF(serials) - 1;
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	pdf_free(pdf);
	pdf = begin(&s);
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	finish(pdf, &alone);
	first_page(&alone, &last);

	s.start = 0;
	pdf = begin(&s);
	for (size_t i = 0; i < COUNT_OF(serials); i++) {
		struct label_text next = text;

		next.serial = serials[i];
		assert_int_equal(pdf_add(pdf, &qr, &next), LABEL_MADE);
	}
	finish(pdf, &file);
	first_page(&file, &page);
	/* all of the page that has it alone, but for the page's own first operators */
	assert_true(slice_ends(
	    buf_slice(&page),
	    slice_from(
		buf_slice(&last),
		(size_t)((const char *)memmem(last.data, last.length, "\nq\n", 3) - last.data))));
	buf_release(&alone);
	buf_release(&file);
	buf_release(&page);
	buf_release(&last);
}

static void test_a_document_larger_than_its_room_is_refused_whole(void **state)
{
	struct pdf_setup s = setup(NULL);
	struct pdf *pdf = begin(&s);
	struct buf out;

	(void)state;
	assert_int_equal(pdf_add(pdf, &qr, &text), LABEL_MADE);
	buf_init(&out, 500);
	assert_int_equal(pdf_finish(pdf, &out), LABEL_FAILED);
	buf_release(&out);
	pdf_free(pdf);
}

static void test_a_document_without_labels_is_whole(void **state)
{
	struct pdf_setup s = setup(NULL);
	struct buf out;

	(void)state;
	finish(begin(&s), &out);
	assert_non_null(memmem(out.data, out.length, "/Count 0 /Kids []", 17));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels_stand_on_the_dots_next_to_their_place),
		cmocka_unit_test(test_offset_moves_and_scale_spreads_the_middles_of_labels),
		cmocka_unit_test(test_a_refused_label_leaves_no_trace),
		cmocka_unit_test(test_a_glyph_without_ink_is_missing_but_blanks_are_not),
		cmocka_unit_test(test_a_label_is_drawn_alike_whatever_came_before),
		cmocka_unit_test(test_a_document_larger_than_its_room_is_refused_whole),
		cmocka_unit_test(test_a_document_without_labels_is_whole),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
