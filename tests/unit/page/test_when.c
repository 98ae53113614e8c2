/* Dates and times as a reader writes them. */
#include "page/when.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "documents.h"

static struct arena memory;
static unsigned en, zh;

static void is(struct slice got, const char *expected)
{
	if (!slice_equal(got, slice_of(expected)))
		fail_msg("\"%.*s\" instead of \"%s\"", SLICE_ARG(got), expected);
}

static void test_a_day_is_unambiguous(void **state)
{
	(void)state;
	is(when_date(&memory, en, S("2026-09-01")), "1 Sep 2026");
	is(when_date(&memory, zh, S("2026-09-01")), "2026年9月1日");
	is(when_date(&memory, en, S("2026-12-31T23:00:00+08:00")), "31 Dec 2026");
	is(when_date(&memory, zh, S("0800-01-09")), "0800年1月9日");
}

static void test_a_generalised_date_stays_general(void **state)
{
	(void)state;
	is(when_date(&memory, en, S("2026-09")), "Sep 2026");
	is(when_date(&memory, zh, S("2026-09")), "2026年9月");
	is(when_date(&memory, en, S("2026")), "2026");
	is(when_date(&memory, zh, S("2026")), "2026");
}

static void test_what_is_no_date_gives_nothing_worse_than_little(void **state)
{
	static const char *const bad[] = { "", "2", "2026-", "2026-13-01", "2026-0", "xxxx-xx-xx" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_true(when_date(&memory, en, slice_of(bad[i])).length <= 4);
}

static void test_a_time_is_that_of_the_place(void **state)
{
	(void)state;
	is(when_time(&memory, en, S("2026-09-01T08:30:00+08:00")), "1 Sep 2026 08:30");
	is(when_time(&memory, zh, S("2026-09-01 23:59:59.5-11:00")), "2026年9月1日 23:59");
	is(when_time(&memory, en, S("2026-09-01")), "1 Sep 2026");
}

static void test_the_end_of_a_span_repeats_no_day(void **state)
{
	struct span same = { S("2026-09-01T08:30:00+08:00"), S("2026-09-01T11:00:00+08:00") };
	struct span other = { S("2026-09-01T08:30:00+08:00"), S("2026-09-02T11:00:00+08:00") };
	struct span far = { S("2026-09-01T08:30:00+08:00"), S("2026-09-01T11:00:00-05:00") };

	(void)state;
	is(when_until(&memory, en, same), "11:00");
	is(when_until(&memory, en, other), "2 Sep 2026 11:00");
	is(when_until(&memory, en, far), "1 Sep 2026 11:00");
}

static void test_the_offset_is_told(void **state)
{
	(void)state;
	is(when_zone(&memory, S("2026-09-01T08:30:00+08:00")), "UTC+8");
	is(when_zone(&memory, S("2026-09-01T08:30:00+05:45")), "UTC+5:45");
	is(when_zone(&memory, S("2026-09-01T08:30:00-03:30")), "UTC-3:30");
	is(when_zone(&memory, S("2026-09-01T08:30:00Z")), "UTC");
	is(when_zone(&memory, S("2026-09-01T08:30:00+00:00")), "UTC");
	is(when_zone(&memory, S("2026-09-01")), "");
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&memory, 1 << 20);
	en = language_named("en");
	zh = language_named("zh-CN");
	return 0;
}

static int release(void **state)
{
	(void)state;
	arena_release(&memory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_day_is_unambiguous),
		cmocka_unit_test(test_a_generalised_date_stays_general),
		cmocka_unit_test(test_what_is_no_date_gives_nothing_worse_than_little),
		cmocka_unit_test(test_a_time_is_that_of_the_place),
		cmocka_unit_test(test_the_end_of_a_span_repeats_no_day),
		cmocka_unit_test(test_the_offset_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, release);
}
