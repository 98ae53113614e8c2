/* UTF-8: what RFC 3629 allows and nothing else. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_accepts_every_length_of_character(void **state)
{
	(void)state;
	assert_true(utf8_valid(S("a\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80")));
	assert_true(utf8_valid(S("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf")));
	assert_true(utf8_valid(S("")));
}

static void test_refuses_what_the_standard_refuses(void **state)
{
	static const struct slice bad[] = {
		SLICE("\x80"),	   /* tail without head */
		SLICE("\xc0\xaf"), /* overlong '/' */
		SLICE("\xc1\xbf"),
		SLICE("\xe0\x9f\xbf"),
		SLICE("\xf0\x8f\xbf\xbf"),
		SLICE("\xed\xa0\x80"),	   /* surrogate */
		SLICE("\xf4\x90\x80\x80"), /* over U+10FFFF */
		SLICE("\xf5\x80\x80\x80"),
		SLICE("\xff"),
		SLICE("\xe4\xb8"), /* cut */
		SLICE("\xe4\xb8z"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(utf8_valid(bad[i]));
}

static void test_says_where_it_breaks(void **state)
{
	(void)state;
	assert_int_equal(utf8_valid_length(S("ab\xe4\xb8\xad\xff")), 5);
}

static void test_a_prefix_cuts_no_character(void **state)
{
	(void)state;
	assert_int_equal(utf8_prefix(S("\xe4\xb8\xad\xe6\x96\x87"), 5).length, 3);
	assert_int_equal(utf8_prefix(S("\xe4\xb8\xad\xe6\x96\x87"), 2).length, 0);
	assert_int_equal(utf8_prefix(S("abc"), 5).length, 3);
}

static void test_characters_come_one_by_one(void **state)
{
	struct slice rest = S("a\xc3\xa9\xe8\x8a\x9d\xf0\x9f\x8d\x8ez");
	static const uint32_t wanted[] = { 'a', 0xe9, 0x829d, 0x1f34e, 'z' };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		assert_int_equal(utf8_next(&rest), wanted[i]);
	assert_int_equal(rest.length, 0);
}

static void test_every_character_is_read_as_it_was_written(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c += c < 0x1000 ? 1 : 61) {
		char bytes[UTF8_MOST];
		struct slice written;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		written = (struct slice){ bytes, utf8_write(c, bytes) };
		assert_true(utf8_valid(written));
		assert_int_equal(utf8_next(&written), c);
		assert_int_equal(written.length, 0);
	}
}

static void test_control_characters_are_those_of_unicode(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c += c < 0x1000 ? 1 : 61) {
		bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
		char bytes[UTF8_MOST];

		if (c >= 0xd800 && c < 0xe000)
			continue;
		assert_int_equal(utf8_is_control(c), control);
		assert_int_equal(
		    utf8_has_control((struct slice){ bytes, utf8_write(c, bytes) }, ""), control);
	}
	assert_false(utf8_has_control(S("a\tb\n"), "\n\t"));
	assert_true(utf8_has_control(S("a\tb\n"), "\t"));
	assert_true(utf8_has_control(S("a\0b"), "\t"));
	assert_true(utf8_has_control(S("caf\xc3\xa9\xc2\x85"), "\t"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts_every_length_of_character),
		cmocka_unit_test(test_refuses_what_the_standard_refuses),
		cmocka_unit_test(test_says_where_it_breaks),
		cmocka_unit_test(test_a_prefix_cuts_no_character),
		cmocka_unit_test(test_characters_come_one_by_one),
		cmocka_unit_test(test_every_character_is_read_as_it_was_written),
		cmocka_unit_test(test_control_characters_are_those_of_unicode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
