/* Rules on the content of a part of an AI's value: dates, countries, check characters. */
#include "model/gs1_lint.h"

#include "base/hex.h"
#include "model/gs1.h"
#include "model/gs1_coupon.h"

/* --- numbers --- */

/* Digits only, at most 18 of them; false otherwise. */
static bool number_of(struct slice s, uint64_t *ret)
{
	return s.length <= 18 && slice_to_u64(s, ret);
}

static bool number_up_to(struct slice s, size_t digits, uint64_t most)
{
	uint64_t value;

	return s.length == digits && number_of(s, &value) && value <= most;
}

static bool one_of(struct slice s, const char *characters)
{
	return s.length == 1 && s.data[0] != '\0' && strchr(characters, s.data[0]) != NULL;
}

static struct slice part(struct slice s, size_t offset, size_t length)
{
	return (struct slice){ s.data + offset, length };
}

static bool lint_zero(struct slice s)
{
	return number_up_to(s, 1, 0);
}

static bool lint_not_zero(struct slice s)
{
	uint64_t value;

	return number_of(s, &value) && value != 0;
}

static bool lint_no_leading_zero(struct slice s)
{
	return gs1_is_digits(s) && s.data[0] != '0';
}

static bool lint_has_letter(struct slice s)
{
	return s.length > 0 && !gs1_is_digits(s);
}

static bool lint_yes_no(struct slice s)
{
	return one_of(s, "01");
}

static bool lint_winding(struct slice s)
{
	return one_of(s, "019");
}

static bool lint_sex(struct slice s)
{
	return one_of(s, "0129");
}

static bool lint_hyphen(struct slice s)
{
	return one_of(s, "-");
}

static bool lint_importer_index(struct slice s)
{
	return s.length == 1 && gs1_is_cset64(s);
}

static bool lint_latitude(struct slice s)
{
	return number_up_to(s, 10, UINT64_C(1800000000));
}

static bool lint_longitude(struct slice s)
{
	return number_up_to(s, 10, UINT64_C(3600000000));
}

static bool lint_media_type(struct slice s)
{
	uint64_t type;

	return s.length == 2 && number_of(s, &type) && ((type >= 1 && type <= 10) || type >= 80);
}

static bool lint_piece_of_total(struct slice s)
{
	uint64_t piece, total;

	return s.length == 4 && number_of(part(s, 0, 2), &piece) &&
	       number_of(part(s, 2, 2), &total) && piece >= 1 && piece <= total;
}

/* "2/3": neither with a leading zero, the first at most the second. */
static bool lint_place_in_sequence(struct slice s)
{
	size_t slash = slice_find(s, '/');
	struct slice place, end;
	int order;

	if (slash == s.length)
		return false;
	place = part(s, 0, slash);
	end = slice_from(s, slash + 1);
	if (!lint_no_leading_zero(place) || !lint_no_leading_zero(end))
		return false;
	if (place.length != end.length)
		return place.length < end.length;
	order = memcmp(place.data, end.data, end.length);
	return order <= 0;
}

/* --- keys --- */

static bool lint_check_digit(struct slice s)
{
	return gs1_check_digit_ok(s);
}

/* Which prefixes are issued is not for a parser to know; four digits begin every one of them. */
static bool lint_prefix_1(struct slice s)
{
	return s.length >= 4 && gs1_is_digits(part(s, 0, 4));
}

static bool lint_prefix_2(struct slice s)
{
	return s.length >= 5 && lint_prefix_1(slice_from(s, 1));
}

/*
 * Section 7.9.5: the characters are weighted with primes, the largest leftmost; the sum modulo
 * 1021 is written as two characters of an alphabet without look-alikes.
 */
static bool lint_check_pair(struct slice s)
{
	static const char set82[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				    "abcdefghijklmnopqrstuvwxyz";
	static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	static const unsigned primes[] = { 2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37,
					   41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83 };
	size_t body = s.length - 2;
	unsigned sum = 0;

	if (s.length < 2 || body > COUNT_OF(primes) || !gs1_is_cset82(s))
		return false;
	for (size_t i = 0; i < body; i++)
		sum += (unsigned)(strchr(set82, s.data[i]) - set82) * primes[body - 1 - i];
	sum %= 1021;
	return s.data[body] == alphabet[sum / 32] && s.data[body + 1] == alphabet[sum % 32];
}

/* --- dates and times --- */

static bool date_exists(unsigned year, unsigned month, unsigned day)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12)
		return false;
	return day <= days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

/*
 * The century of a two-digit year slides with today (section 7.12), but a rule without a clock
 * needs only to know leap years: of all years written 00, only 2000 can be meant until 2050.
 */
static bool short_date(struct slice s, unsigned first_day)
{
	uint64_t date;
	unsigned day;

	if (s.length != 6 || !number_of(s, &date))
		return false;
	day = (unsigned)(date % 100);
	return day >= first_day &&
	       date_exists(2000 + (unsigned)(date / 10000), (unsigned)(date / 100 % 100), day);
}

static bool lint_date(struct slice s)
{
	return short_date(s, 1);
}

static bool lint_date_day_optional(struct slice s)
{
	return short_date(s, 0);
}

static bool lint_long_date(struct slice s)
{
	uint64_t date;

	return s.length == 8 && number_of(s, &date) && date % 100 >= 1 &&
	       date_exists((unsigned)(date / 10000), (unsigned)(date / 100 % 100),
			   (unsigned)(date % 100));
}

static bool lint_hour(struct slice s)
{
	return number_up_to(s, 2, 23);
}

static bool lint_sixtieth(struct slice s)
{
	return number_up_to(s, 2, 59);
}

static bool lint_hour_minute(struct slice s)
{
	return s.length == 4 && lint_hour(part(s, 0, 2)) && lint_sixtieth(part(s, 2, 2));
}

/* --- lists of other standards --- */

static bool lint_country(struct slice s)
{
	static const bool countries[1000] = {
#define COUNTRY(letters, number) [number] = true,
#include "model/gs1_country.def"
#undef COUNTRY
	};
	uint64_t number;

	return s.length == 3 && number_of(s, &number) && countries[number];
}

static bool lint_country_or_999(struct slice s)
{
	return slice_equal(s, S("999")) || lint_country(s);
}

static bool lint_country_letters(struct slice s)
{
	static const char countries[][3] = {
#define COUNTRY(letters, number) #letters,
#include "model/gs1_country.def"
#undef COUNTRY
	};

	for (size_t i = 0; i < COUNT_OF(countries); i++)
		if (s.length == 2 && memcmp(s.data, countries[i], 2) == 0)
			return true;
	return false;
}

static bool lint_currency(struct slice s)
{
	static const bool currencies[1000] = {
#define CURRENCY(letters, number) [number] = true,
#include "model/gs1_currency.def"
#undef CURRENCY
	};
	uint64_t number;

	return s.length == 3 && number_of(s, &number) && currencies[number];
}

static bool lint_package_type(struct slice s)
{
	static const char packages[][4] = {
#define PACKAGE(code) code,
#include "model/gs1_package.def"
#undef PACKAGE
	};

	for (size_t i = 0; i < COUNT_OF(packages); i++)
		if (slice_equal(s, slice_of(packages[i])))
			return true;
	return false;
}

/* --- other codes --- */

static bool lint_percent_encoded(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if (s.data[i] == '%' && (i + 2 >= s.length || hex_value(s.data[i + 1]) < 0 ||
					 hex_value(s.data[i + 2]) < 0))
			return false;
	return true;
}

/* ISO 13616: country, two check digits, account; read with the first four moved to the end. */
static bool lint_iban(struct slice s)
{
	unsigned remainder = 0;

	if (s.length <= 10 || s.length > 34 || !lint_country_letters(part(s, 0, 2)))
		return false;
	for (size_t i = 0; i < s.length; i++) {
		char c = s.data[(i + 4) % s.length];

		if (c >= '0' && c <= '9')
			remainder = (remainder * 10 + (unsigned)(c - '0')) % 97;
		else if (c >= 'A' && c <= 'Z')
			remainder = (remainder * 100 + (unsigned)(c - 'A') + 10) % 97;
		else
			return false;
	}
	return remainder == 1;
}

static bool lint_coupon(struct slice s)
{
	return gs1_coupon_ok(s);
}

static bool lint_coupon_offer(struct slice s)
{
	return gs1_coupon_offer_ok(s);
}

/* --- the table --- */

bool gs1_lint_ok(enum gs1_lint lint, struct slice text)
{
	static bool (*const functions[])(struct slice) = {
		NULL,
#define LINT(name, function, fault, reason) lint_##function,
#include "model/gs1_lint.def"
#undef LINT
	};

	return lint == GS1_LINT_NONE || functions[lint](text);
}
