/* Ranges, entity tags, and what a request for a file gets. */
#include "web/http_part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* --- ranges --- */

static void assert_range(const char *value, uint64_t length, uint64_t first, uint64_t last)
{
	struct byte_range range;

	assert_int_equal(range_read(slice_of(value), length, &range), RANGE_PART);
	assert_int_equal(range.first, first);
	assert_int_equal(range.last, last);
}

static void assert_no_range(enum range_result result, const char *value, uint64_t length)
{
	struct byte_range range = { 1, 2 };

	assert_int_equal(range_read(slice_of(value), length, &range), result);
	assert_true(range.first == 1 && range.last == 2);
}

static void test_a_range_is_cut_to_the_file(void **state)
{
	(void)state;
	assert_range("bytes=0-0", 10, 0, 0);
	assert_range("bytes=3-7", 10, 3, 7);
	assert_range("bytes=3-", 10, 3, 9);
	assert_range("bytes=9-", 10, 9, 9);
	assert_range("bytes=3-10", 10, 3, 9);
	assert_range("bytes=3-99999999999999999999999999", 10, 3, 9);
	assert_range("bytes=-4", 10, 6, 9);
	assert_range("bytes=-10", 10, 0, 9);
	assert_range("bytes=-99999999999999999999999999", 10, 0, 9);
	assert_range("Bytes = 0003-0004", 10, 3, 4);
	assert_range("bytes=5-5", UINT64_MAX, 5, 5);
}

static void test_a_range_beyond_the_file_is_outside(void **state)
{
	(void)state;
	assert_no_range(RANGE_OUTSIDE, "bytes=10-", 10);
	assert_no_range(RANGE_OUTSIDE, "bytes=10-20", 10);
	assert_no_range(RANGE_OUTSIDE, "bytes=99999999999999999999999999-", 10);
	assert_no_range(RANGE_OUTSIDE, "bytes=-0", 10);
	assert_no_range(RANGE_OUTSIDE, "bytes=0-", 0);
}

static void test_what_is_no_single_range_means_the_whole(void **state)
{
	static const char *const values[] = {
		"",	     "bytes",	    "bytes=",	   "bytes=-",	    "bytes=a-b",
		"bytes=1-b", "bytes=7-3",   "bytes=--1",   "bytes=0-1,3-4", "bytes=1",
		"items=0-1", "=0-1",	    "bytes=0-1-2", "bytes=+1-2",    "bytes=1 - 2",
		"bytes=-+5", "bytes=0x1-2",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(values); i++)
		assert_no_range(RANGE_WHOLE, values[i], 10);
	assert_no_range(RANGE_WHOLE, NULL, 10);
	assert_no_range(RANGE_WHOLE, "bytes=-5", 0);
}

/* Every range of a small file, by its definition. */
static void test_all_ranges_of_small_files(void **state)
{
	char value[64];

	(void)state;
	for (uint64_t length = 1; length < 6; length++) {
		for (uint64_t a = 0; a < 8; a++) {
			(void)snprintf(value, sizeof(value), "bytes=-%d", (int)a);
			if (a == 0)
				assert_no_range(RANGE_OUTSIDE, value, length);
			else
				assert_range(value, length, a > length ? 0 : length - a,
					     length - 1);
			for (uint64_t b = 0; b < 8; b++) {
				(void)snprintf(value, sizeof(value), "bytes=%d-%d", (int)a, (int)b);
				if (b < a)
					assert_no_range(RANGE_WHOLE, value, length);
				else if (a >= length)
					assert_no_range(RANGE_OUTSIDE, value, length);
				else
					assert_range(value, length, a, b < length ? b : length - 1);
			}
		}
	}
}

/* --- entity tags --- */

static void test_entity_tags_are_compared_whole(void **state)
{
	struct slice tag = S("\"abc\"");

	(void)state;
	assert_true(etag_listed_weakly(S("\"abc\""), tag));
	assert_true(etag_listed_weakly(S("\"x\" , W/\"abc\""), tag));
	assert_true(etag_listed_weakly(S("\"a,b\",, \"abc\""), tag));
	assert_true(etag_listed_weakly(S(" * "), tag));
	assert_false(etag_listed_weakly(S("\"abcd\""), tag));
	assert_false(etag_listed_weakly(S("abc"), tag));
	assert_false(etag_listed_weakly(S("\"x, \"abc\""), tag));
	assert_false(etag_listed_weakly(S("\""), tag));
	assert_false(etag_listed_weakly(S("W/"), tag));
	assert_false(etag_listed_weakly(S(""), tag));
	assert_false(etag_listed_weakly((struct slice){ NULL, 0 }, tag));
}

static void test_a_weak_tag_is_not_the_strong_one(void **state)
{
	struct slice tag = S("\"abc\"");

	(void)state;
	assert_true(etag_listed_strongly(S("\"x\", \"abc\""), tag));
	assert_true(etag_listed_strongly(S("*"), tag));
	assert_false(etag_listed_strongly(S("W/\"abc\""), tag));
	assert_true(etag_listed_strongly(S("W/\"abc\", \"abc\""), tag));
}

/* --- deciding --- */

static const struct slice ours = SLICE("\"v1\"");

static enum part_result decide(struct part_wishes wishes, struct byte_range *ret_range)
{
	return part_decide(&wishes, ours, 100, ret_range);
}

static void test_without_wishes_it_is_the_whole(void **state)
{
	struct byte_range range;

	(void)state;
	assert_int_equal(decide((struct part_wishes){ .range = { NULL, 0 } }, &range), PART_WHOLE);
}

static void test_the_client_that_has_it_gets_nothing(void **state)
{
	struct byte_range range;

	(void)state;
	assert_int_equal(
	    decide((struct part_wishes){ .if_none_match = S("W/\"v1\""), .range = S("bytes=0-1") },
		   &range),
	    PART_NOT_MODIFIED);
	assert_int_equal(decide((struct part_wishes){ .if_none_match = S("\"v0\"") }, &range),
			 PART_WHOLE);
}

static void test_the_client_that_means_another_file_is_told(void **state)
{
	struct byte_range range;

	(void)state;
	assert_int_equal(
	    decide((struct part_wishes){ .if_match = S("\"v0\""), .if_none_match = S("\"v1\"") },
		   &range),
	    PART_OTHER);
	assert_int_equal(decide((struct part_wishes){ .if_match = S("W/\"v1\"") }, &range),
			 PART_OTHER);
	assert_int_equal(decide((struct part_wishes){ .if_match = S("") }, &range), PART_OTHER);
	assert_int_equal(decide((struct part_wishes){ .if_match = S("*") }, &range), PART_WHOLE);
}

static void test_a_range_counts_only_for_the_file_it_was_begun_with(void **state)
{
	struct byte_range range;
	struct part_wishes wishes = { .if_range = ours, .range = S("bytes=90-") };

	(void)state;
	assert_int_equal(decide(wishes, &range), PART_SOME);
	assert_true(range.first == 90 && range.last == 99);
	wishes.if_range = S("\"v0\"");
	assert_int_equal(decide(wishes, &range), PART_WHOLE);
	wishes.if_range = S("W/\"v1\"");
	assert_int_equal(decide(wishes, &range), PART_WHOLE);
	wishes.if_range = S("Sun, 22 Nov 2026 11:24:01 GMT");
	assert_int_equal(decide(wishes, &range), PART_WHOLE);
	wishes.range = S("bytes=100-");
	assert_int_equal(decide(wishes, &range), PART_WHOLE);
	wishes.if_range = ours;
	assert_int_equal(decide(wishes, &range), PART_OUTSIDE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_range_is_cut_to_the_file),
		cmocka_unit_test(test_a_range_beyond_the_file_is_outside),
		cmocka_unit_test(test_what_is_no_single_range_means_the_whole),
		cmocka_unit_test(test_all_ranges_of_small_files),
		cmocka_unit_test(test_entity_tags_are_compared_whole),
		cmocka_unit_test(test_a_weak_tag_is_not_the_strong_one),
		cmocka_unit_test(test_without_wishes_it_is_the_whole),
		cmocka_unit_test(test_the_client_that_has_it_gets_nothing),
		cmocka_unit_test(test_the_client_that_means_another_file_is_told),
		cmocka_unit_test(test_a_range_counts_only_for_the_file_it_was_begun_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
