/* Days as dates, beside what the C library says. */
#include "model/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

static void test_every_day_of_ten_thousand_years_is_the_c_librarys(void **state)
{
	(void)state;
	for (int64_t day = -719162; day <= 2932896; day++) {
		time_t at = (time_t)day * 86400;
		char ours[DAY_SIZE], theirs[16];
		struct tm tm;

		(void)gmtime_r(&at, &tm);
		(void)snprintf(theirs, sizeof(theirs), "%04d-%02d-%02d", tm.tm_year + 1900,
			       tm.tm_mon + 1, tm.tm_mday);
		day_format(day, ours);
		assert_string_equal(ours, theirs);
	}
}

static void test_days_that_no_record_has_are_empty(void **state)
{
	static const int64_t days[] = { -719163, 2932897, INT64_MIN, INT64_MAX };
	char text[DAY_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(days); i++) {
		day_format(days[i], text);
		assert_string_equal(text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_day_of_ten_thousand_years_is_the_c_librarys),
		cmocka_unit_test(test_days_that_no_record_has_are_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
