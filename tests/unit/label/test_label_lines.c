/* The text of a label: order, splitting, and texts that would break a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "base/utf8.h"
#include "label/label_lines.h"

static struct label_text sample(void)
{
	struct label_text text = {
		.gtin = SLICE("09506000134352"),
		.serial = SLICE("7K3M9Q2XTPVW4H"),
		.product = SLICE("Tahini"),
		.lot = SLICE("L-7"),
		.expiry = SLICE("2027-03-01"),
	};

	return text;
}

static void test_the_typed_code_comes_first(void **state)
{
	struct label_text text = sample();
	struct label_lines lines;

	(void)state;
	label_lines_make(&text, false, &lines);
	assert_int_equal(lines.count, 4);
	assert_string_equal(lines.text[0], "7K3M-9Q2X-TPVW-4H");
	assert_string_equal(lines.text[1], "(01)09506000134352(21)7K3M9Q2XTPVW4H");
	assert_string_equal(lines.text[2], "Tahini");
	assert_string_equal(lines.text[3], "LOT L-7  EXP 2027-03-01");
	assert_false(lines.may_be_cut[0] || lines.may_be_cut[1] || lines.may_be_cut[3]);
	assert_true(lines.may_be_cut[2]);
	assert_false(label_lines_need_font(&lines));
}

static void test_the_gs1_text_and_the_lot_with_the_expiry_can_take_two_lines(void **state)
{
	struct label_text text = sample();
	struct label_lines lines;

	(void)state;
	label_lines_make(&text, true, &lines);
	assert_int_equal(lines.count, 6);
	assert_string_equal(lines.text[1], "(01)09506000134352");
	assert_string_equal(lines.text[2], "(21)7K3M9Q2XTPVW4H");
	assert_string_equal(lines.text[4], "LOT L-7");
	assert_string_equal(lines.text[5], "EXP 2027-03-01");
	assert_false(lines.may_be_cut[4] || lines.may_be_cut[5]);
}

static void test_what_is_missing_takes_no_line(void **state)
{
	struct label_text text = { .serial = SLICE("7K3M9Q2XTPVW4H"),
				   .expiry = SLICE("2027-03-01") };
	struct label_lines lines;

	(void)state;
	label_lines_make(&text, true, &lines);
	assert_int_equal(lines.count, 3);
	assert_string_equal(lines.text[1], "(21)7K3M9Q2XTPVW4H");
	assert_string_equal(lines.text[2], "EXP 2027-03-01");
	text.serial = S("");
	label_lines_make(&text, false, &lines);
	assert_int_equal(lines.count, 0);
}

static void test_texts_that_would_break_a_line_are_made_printable(void **state)
{
	struct label_text text = sample();
	struct label_lines lines;

	(void)state;
	text.product = S("a\nb\tc\x7f\xf0\x9f\x8d\x8e\xe8\x8a\x9d\xc2\x85\xe2\x80\xa8\xc2\xa0.");
	label_lines_make(&text, false, &lines);
	assert_string_equal(lines.text[2], "a b c \xf0\x9f\x8d\x8e\xe8\x8a\x9d   .");
	assert_true(label_lines_need_font(&lines));
}

static void test_characters_that_print_nothing_are_left_out(void **state)
{
	struct label_text text = sample();
	struct label_lines lines;

	(void)state;
	/* a byte order mark, a direction override, a soft hyphen, a variation selector */
	text.product = S("\xef\xbb\xbfTa\xe2\x80\xaehi\xc2\xadni\xef\xb8\x8f");
	label_lines_make(&text, false, &lines);
	assert_string_equal(lines.text[2], "Tahini");
	text.product = S("\xe2\x80\x8b");
	label_lines_make(&text, false, &lines);
	assert_int_equal(lines.count, 3);
}

static void test_accents_given_apart_join_their_letters(void **state)
{
	struct label_text text = sample();
	struct label_lines lines;

	(void)state;
	/* e + acute; u + diaeresis + caron; Hangul in three parts; a mark without a letter */
	text.product = S("e\xcc\x81u\xcc\x88\xcc\x8c\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab");
	label_lines_make(&text, false, &lines);
	assert_string_equal(lines.text[2], "\xc3\xa9\xc7\x9a\xed\x95\x9c");
	text.product = S("\xcc\x81q\xcc\x81");
	label_lines_make(&text, false, &lines);
	assert_string_equal(lines.text[2], "\xcc\x81q\xcc\x81");
}

static void test_long_texts_are_cut_between_characters(void **state)
{
	struct label_text text = sample();
	struct label_lines lines;
	char room[3000];

	(void)state;
	for (size_t i = 0; i < sizeof(room); i += 3)
		memcpy(room + i, "\xe8\x8a\x9d", 3);
	text.product = (struct slice){ room, sizeof(room) };
	label_lines_make(&text, false, &lines);
	assert_int_equal(strlen(lines.text[2]), 255);
	for (size_t bytes = 0; bytes <= 255; bytes++) {
		label_lines_make(&text, false, &lines);
		label_line_cut(lines.text[2], bytes, "\xe2\x80\xa6");
		assert_true(utf8_valid(slice_of(lines.text[2])));
		assert_true(strlen(lines.text[2]) <= bytes + 3);
		assert_true(bytes == 255 || slice_ends(slice_of(lines.text[2]), S("\xe2\x80\xa6")));
	}
}

static void test_a_text_longer_than_a_line_fills_it(void **state)
{
	struct label_text text = sample();
	struct label_lines lines;
	char room[5000];

	(void)state;
	memset(room, 'x', sizeof(room));
	text.product = (struct slice){ room, sizeof(room) };
	label_lines_make(&text, false, &lines);
	assert_int_equal(lines.count, 4);
	assert_int_equal(strlen(lines.text[2]), LABEL_LINE_SIZE - 1);
	text.lot = text.product;
	label_lines_make(&text, false, &lines);
	assert_int_equal(strlen(lines.text[3]), LABEL_LINE_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_typed_code_comes_first),
		cmocka_unit_test(test_the_gs1_text_and_the_lot_with_the_expiry_can_take_two_lines),
		cmocka_unit_test(test_what_is_missing_takes_no_line),
		cmocka_unit_test(test_texts_that_would_break_a_line_are_made_printable),
		cmocka_unit_test(test_characters_that_print_nothing_are_left_out),
		cmocka_unit_test(test_accents_given_apart_join_their_letters),
		cmocka_unit_test(test_a_text_longer_than_a_line_fills_it),
		cmocka_unit_test(test_long_texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
