/* Dates and times of files: the calendar, formats, offsets and zones. */
#include "model/import_date.h"

#include "import_values.h"

static void test_days_are_checked_against_the_calendar(void **state)
{
	(void)state;
	takes(KIND_DATE, "2026-02-28", "2026-02-28");
	takes(KIND_DATE, "2028-02-29", "2028-02-29");
	takes(KIND_DATE, "2000-02-29", "2000-02-29");
	refuses(KIND_DATE, "2026-02-30", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "2026-02-29", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "1900-02-29", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "2026-04-31", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "2026-13-01", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "2026-00-01", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "2026-01-00", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "0000-01-01", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "26-01-01", VALUE_BAD_DATE_FORMAT);
	refuses(KIND_DATE, "2026-01-01 10:00", VALUE_BAD_DATE_FORMAT);
	refuses(KIND_DATE, "today", VALUE_BAD_DATE_FORMAT);
	refuses(KIND_DATE, "infinity", VALUE_BAD_DATE_FORMAT);
}

static void test_dates_follow_the_profiles_format(void **state)
{
	(void)state;
	format.date = S("%d.%m.%Y");
	takes(KIND_DATE, "03.01.2026", "2026-01-03");
	takes(KIND_DATE, "3.1.2026", "2026-01-03");
	refuses(KIND_DATE, "2026-01-03", VALUE_BAD_DATE_FORMAT);
	refuses(KIND_DATE, "03.01.26", VALUE_BAD_DATE_FORMAT);
	refuses(KIND_DATE, "03.01.2026 ", VALUE_BAD_DATE_FORMAT);
	refuses(KIND_DATE, "31.02.2026", VALUE_NO_SUCH_DAY);
	format.date = S("%Y%m%d");
	takes(KIND_DATE, "20260103", "2026-01-03");
	format.date = S("100%% %Y-%m-%d");
	takes(KIND_DATE, "100% 2026-01-03", "2026-01-03");
}

static void test_two_digits_are_the_nearest_such_year(void **state)
{
	(void)state;
	format.date = S("%y%m%d");
	format.year = 2026;
	takes(KIND_DATE, "260103", "2026-01-03");
	takes(KIND_DATE, "760103", "2076-01-03");
	takes(KIND_DATE, "770103", "1977-01-03");
	takes(KIND_DATE, "000103", "2000-01-03");
	format.year = 0;
	refuses(KIND_DATE, "260228", VALUE_BAD_DATE_FORMAT);
	format.year = 2051;
	takes(KIND_DATE, "010103", "2101-01-03");
	takes(KIND_DATE, "020103", "2002-01-03");
	format.year = 1999;
	takes(KIND_DATE, "490103", "2049-01-03");
	takes(KIND_DATE, "500103", "1950-01-03");
}

static void test_day_00_is_the_last_of_its_month_where_something_lasts(void **state)
{
	(void)state;
	format.date = S("%y%m%d");
	format.year = 2026;
	takes(KIND_END_DATE, "260700", "2026-07-31");
	takes(KIND_END_DATE, "280200", "2028-02-29");
	takes(KIND_END_DATE, "270200", "2027-02-28");
	takes(KIND_END_DATE, "260703", "2026-07-03");
	refuses(KIND_END_DATE, "261300", VALUE_NO_SUCH_DAY);
	refuses(KIND_END_DATE, "260000", VALUE_NO_SUCH_DAY);
	refuses(KIND_DATE, "260700", VALUE_NO_SUCH_DAY);
	format.date = S("%Y%m%d");
	refuses(KIND_END_DATE, "20260700", VALUE_NO_SUCH_DAY);
	format.date = S("");
	takes(KIND_END_DATE, "2026-07-03", "2026-07-03");
	refuses(KIND_END_DATE, "2026-07-00", VALUE_NO_SUCH_DAY);
}

static void test_times_carry_their_own_offset_or_the_profiles_zone(void **state)
{
	(void)state;
	takes(KIND_TIME, "2026-04-06 17:20", "2026-04-06 17:20:00 Asia/Shanghai");
	takes(KIND_TIME, "2026-04-06T17:20:30", "2026-04-06 17:20:30 Asia/Shanghai");
	takes(KIND_TIME, "2026-04-06T17:20:30Z", "2026-04-06 17:20:30+00:00");
	takes(KIND_TIME, "2026-04-06T17:20:30.1234567+0530", "2026-04-06 17:20:30.123456+05:30");
	takes(KIND_TIME, "2026-04-06T17:20-03", "2026-04-06 17:20:00-03:00");
	refuses(KIND_TIME, "2026-04-06", VALUE_BAD_DATE_FORMAT);
	refuses(KIND_TIME, "2026-04-06 24:00", VALUE_NO_SUCH_TIME);
	refuses(KIND_TIME, "2026-04-06 10:60", VALUE_NO_SUCH_TIME);
	refuses(KIND_TIME, "2026-04-06 10:00:60", VALUE_NO_SUCH_TIME);
	refuses(KIND_TIME, "2026-04-06 10:00+16:00", VALUE_NO_SUCH_TIME);
	refuses(KIND_TIME, "2026-02-30 10:00", VALUE_NO_SUCH_DAY);
	takes(KIND_TIME, "1000-01-03 00:00+15:59", "1000-01-03 00:00:00+15:59");
	takes(KIND_TIME, "9999-12-29 23:59-15:59", "9999-12-29 23:59:00-15:59");
	refuses(KIND_TIME, "1000-01-02 23:59", VALUE_TIME_TOO_FAR);
	refuses(KIND_TIME, "9999-12-30 00:00", VALUE_TIME_TOO_FAR);
	refuses(KIND_TIME, "9999-12-31 23:59:59.999999", VALUE_TIME_TOO_FAR);
	format.date = S("%d/%m/%Y %H:%M:%S");
	takes(KIND_TIME, "19/07/2008 11:55:00", "2008-07-19 11:55:00 Asia/Shanghai");
	refuses(KIND_TIME, "07/19/2008 11:55:00", VALUE_NO_SUCH_DAY);
}

static void test_formats_must_tell_a_whole_date(void **state)
{
	(void)state;
	assert_true(import_date_format_ok(S("%d/%m/%Y"), false));
	assert_true(import_date_format_ok(S("%Y-%m-%dT%H:%M:%S.%f%z"), true));
	assert_false(import_date_format_ok(S("%d/%m/%Y"), true));
	assert_false(import_date_format_ok(S("%d/%m"), false));
	assert_true(import_date_format_ok(S("%y%m%d"), false));
	assert_false(import_date_format_ok(S("%d/%m/%y%Y"), false));
	assert_false(import_date_format_ok(S("%d/%m/%Y%"), false));
	assert_false(import_date_format_ok(S(""), false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_days_are_checked_against_the_calendar, reset),
		cmocka_unit_test_setup(test_dates_follow_the_profiles_format, reset),
		cmocka_unit_test_setup(test_two_digits_are_the_nearest_such_year, reset),
		cmocka_unit_test_setup(test_day_00_is_the_last_of_its_month_where_something_lasts,
				       reset),
		cmocka_unit_test_setup(test_times_carry_their_own_offset_or_the_profiles_zone,
				       reset),
		cmocka_unit_test_setup(test_formats_must_tell_a_whole_date, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
