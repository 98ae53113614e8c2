/* Slices: comparing, cutting, trimming, reading numbers. */
#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_empty_slices_are_equal_whatever_they_point_at(void **state)
{
	(void)state;
	assert_true(slice_equal(S(""), (struct slice){ NULL, 0 }));
	assert_true(slice_equal(slice_of(NULL), S("")));
}

static void test_a_nul_byte_is_a_byte_like_any_other(void **state)
{
	(void)state;
	assert_false(slice_equal(S("a\0b"), S("a\0c")));
	assert_true(slice_equal(S("a\0b"), S("a\0b")));
}

static void test_case_folding_touches_ascii_only(void **state)
{
	(void)state;
	assert_true(slice_equal_nocase(S("Content-Length"), S("content-LENGTH")));
	assert_false(slice_equal_nocase(S("\xc3\x89"), S("\xc3\xa9")));
	assert_false(slice_equal_nocase(S("["), S("{")));
}

static void test_prefix_and_suffix(void **state)
{
	(void)state;
	assert_true(slice_starts(S("/01/123"), S("/01/")));
	assert_false(slice_starts(S("/0"), S("/01/")));
	assert_true(slice_ends(S("page.html"), S(".html")));
	assert_false(slice_ends(S("html"), S(".html")));
}

static void test_trim_takes_blanks_from_both_ends_only(void **state)
{
	(void)state;
	assert_true(slice_equal(slice_trim(S(" \t a b\r\n")), S("a b")));
	assert_int_equal(slice_trim(S(" \n ")).length, 0);
}

static void test_cut_gives_every_part_also_the_empty_ones(void **state)
{
	struct slice rest = S("a,,b,"), part;
	const char *const expected[] = { "a", "", "b", "" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_true(slice_cut(&rest, ',', &part));
		assert_true(slice_equal(part, slice_of(expected[i])));
	}
	assert_false(slice_cut(&rest, ',', &part));
}

static void test_numbers_are_digits_only_and_do_not_overflow(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_true(slice_to_u64(S("18446744073709551615"), &n));
	assert_true(n == UINT64_MAX);
	assert_false(slice_to_u64(S("18446744073709551616"), &n));
	assert_false(slice_to_u64(S(""), &n));
	assert_false(slice_to_u64(S("+1"), &n));
	assert_false(slice_to_u64(S(" 1"), &n));
	assert_false(slice_to_u64(S("1.5"), &n));
	assert_true(n == UINT64_MAX); /* untouched by the failures */
}

static void test_a_pattern_says_where_digits_stand(void **state)
{
	(void)state;
	assert_true(slice_fits(S("2026-09-01"), "9999-99-99"));
	assert_false(slice_fits(S("2026-09-1"), "9999-99-99"));
	assert_false(slice_fits(S("2026-09-011"), "9999-99-99"));
	assert_false(slice_fits(S("2026-09-0a"), "9999-99-99"));
	assert_false(slice_fits(S("2026-09:01"), "9999-99-99"));
	assert_true(slice_fits(S("#09afAF"), "#xxxxxx"));
	assert_false(slice_fits(S("#09afAG"), "#xxxxxx"));
	assert_true(slice_fits(S("2026-09-01T08:00"), "9999-99-99T99:99"));
	assert_false(slice_fits(S("2026-09-01t08:00"), "9999-99-99T99:99"));
	assert_true(slice_fits(S(""), ""));
	assert_false(slice_fits(S(""), "9"));
	assert_false(slice_fits(S("\0"), "9"));
}

static void test_constant_time_equality_says_the_same(void **state)
{
	(void)state;
	assert_true(slice_equal_constant_time(S("secret"), S("secret")));
	assert_false(slice_equal_constant_time(S("secret"), S("secreT")));
	assert_false(slice_equal_constant_time(S("secret"), S("secrets")));
	assert_false(slice_equal_constant_time(S(""), S("x")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_slices_are_equal_whatever_they_point_at),
		cmocka_unit_test(test_a_nul_byte_is_a_byte_like_any_other),
		cmocka_unit_test(test_case_folding_touches_ascii_only),
		cmocka_unit_test(test_prefix_and_suffix),
		cmocka_unit_test(test_trim_takes_blanks_from_both_ends_only),
		cmocka_unit_test(test_cut_gives_every_part_also_the_empty_ones),
		cmocka_unit_test(test_numbers_are_digits_only_and_do_not_overflow),
		cmocka_unit_test(test_a_pattern_says_where_digits_stand),
		cmocka_unit_test(test_constant_time_equality_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
