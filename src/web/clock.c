/* Prints the time of day. No strftime: it would look for a time zone file inside the chroot. */
#include "web/clock.h"

static struct timespec now;
static time_t http_second = -1, log_second = -1;
static char http_date[CLOCK_DATE_LENGTH + 1];
static char log_time[CLOCK_LOG_LENGTH + 1];

static bool second_changed(time_t *second)
{
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec == *second)
		return false;
	*second = now.tv_sec;
	return true;
}

/* Two or more digits of a number that fits them, so that no truncation can be feared. */
static void put_digits(char *to, unsigned digits, int number)
{
	for (unsigned i = digits; i > 0; i--) {
		to[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
}

static void put_clock(char *to, const struct tm *t)
{
	memcpy(to, "00:00:00", 8);
	put_digits(to, 2, t->tm_hour);
	put_digits(to + 3, 2, t->tm_min);
	put_digits(to + 6, 2, t->tm_sec);
}

const char *clock_http_date(void)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm t;

	if (second_changed(&http_second) && gmtime_r(&now.tv_sec, &t) != NULL) {
		memcpy(http_date, "Sun, 00 Jan 0000 00:00:00 GMT", CLOCK_DATE_LENGTH);
		memcpy(http_date, days + 3 * t.tm_wday, 3);
		put_digits(http_date + 5, 2, t.tm_mday);
		memcpy(http_date + 8, months + 3 * t.tm_mon, 3);
		put_digits(http_date + 12, 4, t.tm_year + 1900);
		put_clock(http_date + 17, &t);
	}
	return http_date;
}

const char *clock_log_time(void)
{
	struct tm t;

	if (second_changed(&log_second) && gmtime_r(&now.tv_sec, &t) != NULL) {
		memcpy(log_time, "0000-00-00T00:00:00.000Z", CLOCK_LOG_LENGTH);
		put_digits(log_time, 4, t.tm_year + 1900);
		put_digits(log_time + 5, 2, t.tm_mon + 1);
		put_digits(log_time + 8, 2, t.tm_mday);
		put_clock(log_time + 11, &t);
	}
	put_digits(log_time + 20, 3, (int)(now.tv_nsec / 1000000));
	return log_time;
}
