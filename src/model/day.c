/* Turns a number of days into a date. */
#include "model/day.h"

enum {
	DAYS_BEFORE_1970 = 719162, /* from 0001-01-01 on */
	DAYS_LAST = 2932896,	   /* 9999-12-31, since 1970 */
	DAYS_400_YEARS = 146097,
	DAYS_100_YEARS = 36524,
	DAYS_4_YEARS = 1461,
	DAYS_YEAR = 365,
};

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* How many whole spans lie before a day of a period that has `most` of them, the last the longest.
 */
static unsigned take(unsigned *day, unsigned span, unsigned most)
{
	unsigned count = *day / span;

	if (count >= most)
		count = most - 1;
	*day -= count * span;
	return count;
}

static void print(char *to, unsigned number, unsigned digits)
{
	while (digits-- > 0) {
		to[digits] = (char)('0' + number % 10);
		number /= 10;
	}
}

void day_format(int64_t day, char to[DAY_SIZE])
{
	static const unsigned char lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned rest, year = 1, month = 0;

	to[0] = '\0';
	if (day < -DAYS_BEFORE_1970 || day > DAYS_LAST)
		return;
	rest = (unsigned)(day + DAYS_BEFORE_1970);
	year += rest / DAYS_400_YEARS * 400;
	rest %= DAYS_400_YEARS;
	year += take(&rest, DAYS_100_YEARS, 4) * 100;
	year += take(&rest, DAYS_4_YEARS, 25) * 4;
	year += take(&rest, DAYS_YEAR, 4);
	for (;; month++) {
		unsigned length = lengths[month] + (month == 1 && is_leap(year) ? 1u : 0u);

		if (rest < length)
			break;
		rest -= length;
	}
	memcpy(to, "0000-00-00", DAY_SIZE);
	print(to, year, 4);
	print(to + 5, month + 1, 2);
	print(to + 8, rest + 1, 2);
}
