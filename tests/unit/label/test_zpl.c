/* ZPL: compressed graphics read back as they were, and labels are where they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/zpl.h"

#define URL    "HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H"
#define FONT   "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"
#define TAHINI "\xe8\x8a\x9d\xe9\xba\xbb\xe9\x85\xb1"

/* --- a decoder of ^GFA's compression, written from the manual's table --- */

static unsigned repeat_of(char c)
{
	if (c >= 'G' && c <= 'Y')
		return (unsigned)(c - 'G') + 1;
	return c >= 'g' && c <= 'z' ? 20 * ((unsigned)(c - 'g') + 1) : 0;
}

static void put_nibble(uint8_t *bits, size_t at, unsigned nibble)
{
	bits[at / 2] |= (uint8_t)(at % 2 == 0 ? nibble << 4 : nibble);
}

/* Reads "TOTAL,TOTAL,STRIDE,DATA"; fails the test unless the data fill exactly TOTAL bytes. */
static void decode(const char *text, uint8_t *bits, size_t size)
{
	unsigned total, again, stride, run = 0;
	size_t at = 0, row;
	int used;

	assert_int_equal(sscanf(text, "%u,%u,%u,%n", &total, &again, &stride, &used), 3);
	assert_int_equal(total, again);
	assert_int_equal(total, size);
	memset(bits, 0, size);
	row = 2 * stride;
	for (const char *p = text + used; *p != '\0'; p++) {
		unsigned nibble = 0;

		if (repeat_of(*p) > 0) {
			run += repeat_of(*p);
			continue;
		}
		if (*p == ':') {
			assert_true(at % row == 0 && at >= row);
			memcpy(bits + at / 2, bits + at / 2 - stride, stride);
			at += row;
			continue;
		}
		if (*p == ',' || *p == '!') {
			run = (unsigned)(row - at % row);
			nibble = *p == '!' ? 15 : 0;
		} else {
			assert_int_equal(sscanf(p, "%1X", &nibble), 1);
		}
		for (run = run == 0 ? 1 : run; run > 0; run--, at++) {
			assert_true(at < 2 * size);
			put_nibble(bits, at, nibble);
		}
	}
	assert_int_equal(at, 2 * size);
}

static void assert_round_trip(const struct raster *r)
{
	size_t size = (size_t)r->stride * r->height;
	uint8_t *back = malloc(size);
	struct buf out;

	buf_init(&out, 4 * size + 100);
	zpl_graphic(r, &out);
	assert_true(buf_ok(&out));
	decode(buf_string(&out), back, size);
	assert_memory_equal(back, r->bits, size);
	buf_release(&out);
	free(back);
}

static const char *graphic(const struct raster *r)
{
	static char text[1024];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	zpl_graphic(r, &out);
	(void)snprintf(text, sizeof(text), "%s", buf_string(&out));
	buf_release(&out);
	return text;
}

static void test_a_graphic_is_what_the_manual_says(void **state)
{
	struct raster r;

	(void)state;
	assert_true(raster_init(&r, 40, 4));
	raster_fill(&r, 0, 0, 40, 1);
	raster_fill(&r, 8, 1, 28, 2);
	assert_string_equal(graphic(&r), "20,20,5,!H0MF,:,");
	raster_release(&r);
	assert_true(raster_init(&r, 12, 1)); /* padded to bytes */
	raster_fill(&r, 0, 0, 12, 1);
	assert_string_equal(graphic(&r), "2,2,2,IF,");
	raster_release(&r);
	assert_true(raster_init(&r, 4 * 60, 1)); /* 60 nibbles: 41 of F, 18 of 0, one 8 */
	raster_fill(&r, 0, 0, 4 * 41, 1);
	raster_fill(&r, 4 * 59, 0, 1, 1);
	assert_string_equal(graphic(&r), "30,30,30,hGFX08");
	raster_release(&r);
	assert_true(raster_init(&r, 4 * 1000, 1));
	raster_fill(&r, 0, 0, 4 * 999, 1);
	assert_string_equal(graphic(&r), "500,500,500,zYFzYFnGF,");
	raster_release(&r);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void test_graphics_of_any_content_read_back(void **state)
{
	uint64_t seed = 20261122;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		unsigned width = 1 + (unsigned)(next_random(&seed) % (i % 50 == 0 ? 5000 : 200));
		struct raster r;

		assert_true(raster_init(&r, width, 1 + (unsigned)(next_random(&seed) % 30)));
		/* noise, or boxes, which make long runs and equal rows */
		for (unsigned k = 0; k < (i % 2 == 0 ? 8 : r.width); k++)
			raster_fill(&r, (int64_t)(next_random(&seed) % r.width),
				    (int64_t)(next_random(&seed) % r.height),
				    i % 2 == 0 ? (unsigned)(next_random(&seed) % 900) : 1,
				    i % 2 == 0 ? (unsigned)(next_random(&seed) % 9) : 1);
		assert_round_trip(&r);
		raster_release(&r);
	}
}

/* --- labels --- */

static struct qr qr;
static struct zpl_setup setup;
static struct label_text text;
static struct zpl *zpl;
static struct buf out;

static int set_up(void **state)
{
	(void)state;
	setup = (struct zpl_setup){
		.sheet = { "Test", 50000, 30000, 50000, 30000, 1, 1, 0, 0, 50000, 30000 },
	};
	text = (struct label_text){ .gtin = S("09506000134352"),
				    .serial = S("7K3M9Q2XTPVW4H"),
				    .product = S("Tahini") };
	if (printer_init(&setup.printer, 203, 4, false) != PRINTER_OK ||
	    qr_make(S(URL), QR_LEVEL_M, &qr) != QR_MADE)
		return -1;
	buf_init(&out, 1 << 20);
	zpl = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	zpl_free(zpl);
	typeface_close(setup.typeface);
	buf_release(&out);
	return 0;
}

static enum label_result add(uint64_t copies)
{
	if (zpl == NULL)
		zpl = zpl_new(&setup, &out);
	assert_non_null(zpl);
	return zpl_add(zpl, &qr, S(URL), &text, copies);
}

static const char *finished(void)
{
	assert_true(zpl_finish(zpl));
	return buf_string(&out);
}

static unsigned occurrences(const char *in, const char *what)
{
	unsigned count = 0;

	while ((in = strstr(in, what)) != NULL) {
		count++;
		in++;
	}
	return count;
}

static void test_a_compact_label_is_these_bytes(void **state)
{
	(void)state;
	setup.compact = true;
	setup.speed = 2;
	assert_int_equal(add(3), LABEL_MADE);
	assert_string_equal(
	    finished(), "^XA^CI28^LH0,0^PW400^LL240^PR2\n"
			"^BY2,3,1^FO142,29^BQN,2,4^FDMM,A" URL "^FS\n"
			"^FO8,165^A0N,18,18^FB384,1,0,C^FD7K3M-9Q2X-TPVW-4H^FS\n"
			"^FO8,187^A0N,18,18^FB384,1,0,C^FD(01)09506000134352(21)7K3M9Q2XTPVW4H^FS\n"
			"^FO8,209^A0N,18,18^FB384,1,0,C^FDTahini^FS\n"
			"^PQ3^XZ\n");
}

static void test_the_graphic_of_a_label_is_its_symbol(void **state)
{
	uint8_t back[116 / 8 * 116 + 116];
	const char *file, *at;
	struct raster r;
	size_t size;
	char *data;

	(void)state;
	assert_int_equal(add(1), LABEL_MADE);
	file = finished();
	at = strstr(file, "^FO142,29^GFA,");
	assert_non_null(at);
	data = strdup(at + strlen("^FO142,29^GFA,"));
	*strstr(data, "^FS") = '\0';
	assert_true(raster_init(&r, 29 * 4, 29 * 4));
	raster_symbol(&r, &qr, 0, 0, 4);
	size = (size_t)r.stride * r.height;
	assert_true(size <= sizeof(back));
	decode(data, back, size);
	assert_memory_equal(back, r.bits, size);
	for (unsigned y = 0; y < r.height; y++)
		for (unsigned x = 0; x < r.width; x++)
			assert_int_equal(raster_black(&r, x, y), qr_dark(&qr, x / 4, y / 4));
	raster_release(&r);
	free(data);
}

static void test_offsets_move_whole_dots_and_not_off_the_paper(void **state)
{
	(void)state;
	setup.feed.offset_x = 1; /* 8 dots */
	setup.feed.offset_y = -0.5;
	assert_int_equal(add(1), LABEL_MADE);
	assert_non_null(strstr(finished(), "^FO150,25^GFA,"));
	zpl_free(zpl);
	zpl = NULL;
	setup.feed.offset_y = -5;
	assert_int_equal(add(1), LABEL_OFF_PAPER);
	zpl_free(zpl);
	zpl = NULL;
	setup.feed.offset_y = 0;
	setup.feed.offset_x = 19;
	assert_int_equal(add(1), LABEL_OFF_PAPER);
}

static void test_pages_of_several_labels_are_filled_from_the_start_place(void **state)
{
	const char *file;

	(void)state;
	setup.sheet =
	    (struct sheet){ "Two across", 104000, 30000, 50000, 30000, 2, 1, 0, 0, 52000, 30000 };
	setup.start = 1;
	assert_int_equal(add(4), LABEL_MADE);
	assert_int_equal(zpl_pages(zpl), 3);
	file = finished();
	assert_int_equal(occurrences(file, "^XA"), 3);
	assert_int_equal(occurrences(file, "^PQ1^XZ\n"), 3);
	assert_int_equal(occurrences(file, "^FO142,29^GFA"), 2);
	assert_int_equal(occurrences(file, "^FO558,29^GFA"), 2); /* 416 dots further */
}

static void test_characters_of_commands_are_written_as_their_codes(void **state)
{
	const char *file;

	(void)state;
	text.product = S("100% ^XZ ~JA a_b");
	text.lot = S("A\\&B");
	assert_int_equal(add(1), LABEL_MADE);
	file = finished();
	assert_non_null(strstr(file, "^FH^FD100% _5EXZ _7EJA a_5Fb^FS"));
	assert_int_equal(occurrences(file, "~"), 0);
	assert_int_equal(occurrences(file, "^XZ"), 1);
	assert_non_null(strstr(file, "^FDLOT A\\&B^FS"));
	assert_null(strstr(file, "C^FDLOT")); /* no block, where a backslash is a command */
}

static void test_chinese_lines_are_graphics_and_need_a_typeface(void **state)
{
	const char *file;

	(void)state;
	text.product = S(TAHINI);
	assert_int_equal(add(1), LABEL_NEEDS_FONT);
	assert_int_equal(out.length, 0);
	zpl_free(zpl);
	zpl = NULL;
	setup.typeface = typeface_open(FONT);
	assert_non_null(setup.typeface);
	assert_int_equal(add(1), LABEL_MADE);
	file = finished();
	assert_int_equal(occurrences(file, "^GFA"), 2);
	assert_int_equal(occurrences(file, "^A0N"), 2);
	assert_int_equal(occurrences(file, TAHINI), 0);
}

static void test_a_missing_glyph_is_reported_and_not_left_blank(void **state)
{
	(void)state;
	setup.typeface = typeface_open(FONT);
	text.product = S("\xe1\x9a\xa0"); /* U+16A0, a rune */
	assert_int_equal(add(1), LABEL_NO_GLYPH);
	assert_int_equal(out.length, 0);
	text.product = S("Tahini");
	assert_int_equal(add(1), LABEL_MADE);
}

static void test_a_symbol_larger_than_the_label_is_refused(void **state)
{
	(void)state;
	setup.sheet.label_height = 18000;
	assert_int_equal(add(1), LABEL_SYMBOL_TOO_BIG);
	assert_int_equal(out.length, 0);
}

static void test_the_same_labels_give_the_same_bytes(void **state)
{
	struct buf first;

	setup.typeface = typeface_open(FONT);
	text.product = S(TAHINI);
	assert_int_equal(add(1), LABEL_MADE);
	assert_int_equal(add(1), LABEL_MADE);
	buf_init(&first, 1 << 20);
	buf_add_string(&first, finished());
	/* the second label's line comes from the first's */
	assert_int_equal(first.length % 2, 0);
	assert_memory_equal(first.data, first.data + first.length / 2, first.length / 2);
	(void)tear_down(state);
	assert_int_equal(set_up(state), 0);
	setup.typeface = typeface_open(FONT);
	text.product = S(TAHINI);
	assert_int_equal(add(1), LABEL_MADE);
	assert_memory_equal(finished(), first.data, first.length / 2);
	buf_release(&first);
}

static void test_labels_without_room_for_text_are_counted(void **state)
{
	(void)state;
	setup.sheet.label_width = setup.sheet.label_height = 19000;
	assert_int_equal(add(1), LABEL_MADE);
	assert_int_equal(zpl_labels_without_code(zpl), 1);
	zpl_free(zpl);
	zpl = NULL;
	setup.sheet.label_width = 30000;
	setup.sheet.label_height = 24000;
	assert_int_equal(add(1), LABEL_MADE);
	assert_int_equal(zpl_labels_without_code(zpl), 0);
	assert_int_equal(zpl_labels_shortened(zpl), 1);
}

static void test_out_of_room_is_reported(void **state)
{
	(void)state;
	out.maximum = 300;
	assert_int_equal(add(1), LABEL_FAILED);
	assert_false(buf_ok(&out));
}

#define LABEL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_graphic_is_what_the_manual_says),
		cmocka_unit_test(test_graphics_of_any_content_read_back),
		LABEL_TEST(test_a_compact_label_is_these_bytes),
		LABEL_TEST(test_the_graphic_of_a_label_is_its_symbol),
		LABEL_TEST(test_offsets_move_whole_dots_and_not_off_the_paper),
		LABEL_TEST(test_pages_of_several_labels_are_filled_from_the_start_place),
		LABEL_TEST(test_characters_of_commands_are_written_as_their_codes),
		LABEL_TEST(test_chinese_lines_are_graphics_and_need_a_typeface),
		LABEL_TEST(test_a_missing_glyph_is_reported_and_not_left_blank),
		LABEL_TEST(test_a_symbol_larger_than_the_label_is_refused),
		LABEL_TEST(test_the_same_labels_give_the_same_bytes),
		LABEL_TEST(test_labels_without_room_for_text_are_counted),
		LABEL_TEST(test_out_of_room_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
