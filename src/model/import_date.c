/* Reads dates and times of files, ISO 8601 or in a format of the file's own. */
#include "model/import_date.h"

struct moment {
	unsigned year, month, day, hour, minute, second;
	bool has_short_year;
	struct slice fraction; /* digits */
	bool has_offset;
	char offset_sign;
	unsigned offset_hour, offset_minute;
};

static bool leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* There must be such a month. */
static unsigned last_day(const struct moment *m)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[m->month - 1] + (m->month == 2 && leap(m->year) ? 1u : 0u);
}

static bool month_exists(const struct moment *m)
{
	/* A year has four digits here and in every column (base.day). */
	return m->year >= 1000 && m->month > 0 && m->month <= 12;
}

static bool day_exists(const struct moment *m)
{
	return month_exists(m) && m->day > 0 && m->day <= last_day(m);
}

/* From 49 years before `present` to 50 years after it. */
static unsigned year_of(unsigned two_digits, unsigned present)
{
	unsigned year = present - present % 100 + two_digits;

	if (year > present + 50)
		return year - 100;
	return year + 49 < present ? year + 100 : year;
}

static bool time_exists(const struct moment *m)
{
	return m->hour < 24 && m->minute < 60 && m->second < 60 && m->offset_hour < 16 &&
	       m->offset_minute < 60;
}

/*
 * A moment has a year of four digits in every zone (base.moment), so that whatever the offset it is
 * two days away from the first and the last.
 */
static bool time_is_near(const struct moment *m)
{
	unsigned day = m->month * 100 + m->day;

	return (m->year > 1000 || day >= 103) && (m->year < 9999 || day <= 1229);
}

static size_t digits_of(struct slice text)
{
	size_t n = 0;

	while (n < text.length && text.data[n] >= '0' && text.data[n] <= '9')
		n++;
	return n;
}

/* `least` to `most` digits at the front. */
static bool take_digits(struct slice *text, size_t least, size_t most, unsigned *ret_value)
{
	size_t n = digits_of(*text);
	unsigned value = 0;

	if (n > most)
		n = most;
	if (n < least)
		return false;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(text->data[i] - '0');
	*text = slice_from(*text, n);
	*ret_value = value;
	return true;
}

static bool take_char(struct slice *text, char c)
{
	if (text->length == 0 || text->data[0] != c)
		return false;
	*text = slice_from(*text, 1);
	return true;
}

/* Z, +08:00, +0800 or +08. */
static bool take_offset(struct slice *text, struct moment *m)
{
	m->has_offset = true;
	m->offset_sign = '+';
	if (take_char(text, 'Z'))
		return true;
	if (take_char(text, '-'))
		m->offset_sign = '-';
	else if (!take_char(text, '+'))
		return false;
	if (!take_digits(text, 2, 2, &m->offset_hour))
		return false;
	if (take_char(text, ':') || digits_of(*text) > 0)
		return take_digits(text, 2, 2, &m->offset_minute);
	return true;
}

static bool take_fraction(struct slice *text, struct moment *m)
{
	size_t n = digits_of(*text);

	if (n == 0 || n > 9)
		return false;
	m->fraction =
	    (struct slice){ text->data, n < 6 ? n : 6 }; /* PostgreSQL keeps microseconds */
	*text = slice_from(*text, n);
	return true;
}

static bool take_part(char conversion, struct slice *text, struct moment *m)
{
	switch (conversion) {
	case 'y':
		m->has_short_year = true;
		return take_digits(text, 2, 2, &m->year);
	case 'Y':
		return take_digits(text, 4, 4, &m->year);
	case 'm':
		return take_digits(text, 1, 2, &m->month);
	case 'd':
		return take_digits(text, 1, 2, &m->day);
	case 'H':
		return take_digits(text, 1, 2, &m->hour);
	case 'M':
		return take_digits(text, 2, 2, &m->minute);
	case 'S':
		return take_digits(text, 2, 2, &m->second);
	case 'f':
		return take_fraction(text, m);
	case 'z':
		return take_offset(text, m);
	default:
		return conversion == '%' && take_char(text, '%');
	}
}

static bool match_format(struct slice format, struct slice text, struct moment *m)
{
	for (size_t i = 0; i < format.length; i++) {
		if (format.data[i] == '%' && i + 1 < format.length) {
			if (!take_part(format.data[++i], &text, m))
				return false;
		} else if (!take_char(&text, format.data[i])) {
			return false;
		}
	}
	return text.length == 0;
}

/* ISO 8601: 2026-02-28, and for times T or a blank, 08:30[:00[.5]] and an offset if there is one.
 */
static bool match_iso(struct slice text, bool time, struct moment *m)
{
	if (!take_digits(&text, 4, 4, &m->year) || !take_char(&text, '-') ||
	    !take_digits(&text, 2, 2, &m->month) || !take_char(&text, '-') ||
	    !take_digits(&text, 2, 2, &m->day))
		return false;
	if (!time)
		return text.length == 0;
	if ((!take_char(&text, 'T') && !take_char(&text, ' ')) ||
	    !take_digits(&text, 2, 2, &m->hour) || !take_char(&text, ':') ||
	    !take_digits(&text, 2, 2, &m->minute))
		return false;
	if (take_char(&text, ':')) {
		if (!take_digits(&text, 2, 2, &m->second))
			return false;
		if (take_char(&text, '.') && !take_fraction(&text, m))
			return false;
	}
	return text.length == 0 || (take_offset(&text, m) && text.length == 0);
}

static void add_time(struct buf *out, const struct moment *m, struct slice zone)
{
	buf_add_format(out, " %02u:%02u:%02u", m->hour, m->minute, m->second);
	if (m->fraction.length > 0)
		buf_add_format(out, ".%.*s", SLICE_ARG(m->fraction));
	if (m->has_offset)
		buf_add_format(out, "%c%02u:%02u", m->offset_sign, m->offset_hour,
			       m->offset_minute);
	else
		buf_add_format(out, " %.*s", SLICE_ARG(zone));
}

enum value_result import_date_read(enum import_kind kind, struct slice text,
				   const struct value_format *format, struct buf *out)
{
	struct moment m = { .year = 0 };
	bool time = kind == KIND_TIME;
	bool matches = format->date.length > 0 ? match_format(format->date, text, &m)
					       : match_iso(text, time, &m);

	if (!matches)
		return VALUE_BAD_DATE_FORMAT;
	if (m.has_short_year && format->year == 0)
		return VALUE_BAD_DATE_FORMAT;
	if (m.has_short_year)
		m.year = year_of(m.year, format->year);
	if (m.has_short_year && kind == KIND_END_DATE && m.day == 0 && month_exists(&m))
		m.day = last_day(&m);
	if (!day_exists(&m))
		return VALUE_NO_SUCH_DAY;
	if (!time_exists(&m))
		return VALUE_NO_SUCH_TIME;
	if (time && !time_is_near(&m))
		return VALUE_TIME_TOO_FAR;
	buf_add_format(out, "%04u-%02u-%02u", m.year, m.month, m.day);
	if (time)
		add_time(out, &m, format->zone);
	return VALUE_OK;
}

bool import_kind_has_format(enum import_kind kind)
{
	return kind == KIND_DATE || kind == KIND_END_DATE || kind == KIND_TIME;
}

bool import_date_format_ok(struct slice format, bool time)
{
	unsigned day = 0, clock = 0, years = 0;

	for (size_t i = 0; i < format.length; i++) {
		const char *known = "YymdHMSfz%";

		if (format.data[i] != '%')
			continue;
		if (++i == format.length || format.data[i] == '\0' ||
		    strchr(known, format.data[i]) == NULL)
			return false;
		years += format.data[i] == 'Y' || format.data[i] == 'y';
		day |= format.data[i] == 'm' ? 2u : format.data[i] == 'd' ? 4u : 0u;
		clock |= format.data[i] == 'H' ? 1u : format.data[i] == 'M' ? 2u : 0u;
	}
	return years == 1 && day == 6 && (!time || clock == 3);
}
