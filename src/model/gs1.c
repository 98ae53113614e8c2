/* The numbers of GS1: check digits, GTINs, and the character sets of serials and lots. */
#include "model/gs1.h"

#include <assert.h>

/* --- character sets --- */

enum {
	DIGIT = 1 << 0,
	SET82 = 1 << 1,
	SET39 = 1 << 2,
	SET64 = 1 << 3,
};

static const unsigned char classes[256] = {
	['0' ... '9'] = DIGIT | SET82 | SET39 | SET64,
	['A' ... 'Z'] = SET82 | SET39 | SET64,
	['a' ... 'z'] = SET82 | SET64,
	['-'] = SET82 | SET39 | SET64,
	['/'] = SET82 | SET39,
	['_'] = SET82 | SET64,
	['#'] = SET39,
	['!'] = SET82,
	['"'] = SET82,
	['%' ... ','] = SET82,
	['.'] = SET82,
	[':' ... '?'] = SET82,
};

static bool all_of(struct slice s, unsigned char class)
{
	unsigned char common = class;

	/* No early way out: the texts are short and the loop runs without a branch per byte. */
	for (size_t i = 0; i < s.length; i++)
		common &= classes[(unsigned char)s.data[i]];
	return common != 0;
}

bool gs1_is_digits(struct slice s)
{
	return s.length > 0 && all_of(s, DIGIT);
}

bool gs1_is_cset82(struct slice s)
{
	return all_of(s, SET82);
}

bool gs1_is_cset39(struct slice s)
{
	return all_of(s, SET39);
}

bool gs1_is_cset64(struct slice s)
{
	return all_of(s, SET64);
}

bool gs1_serial_ok(struct slice text)
{
	return text.length >= 1 && text.length <= GS1_SERIAL_MAX && gs1_is_cset82(text);
}

bool gs1_lot_ok(struct slice text)
{
	return text.length >= 1 && text.length <= GS1_LOT_MAX && gs1_is_cset82(text);
}

/* --- check digits --- */

/* Weights 3 and 1 alternate from the right, so that leading zeros change nothing (section 7.9.1).
 */
char gs1_check_digit(struct slice digits_without)
{
	unsigned sums[2] = { 0, 0 };

	assert(digits_without.length == 0 || gs1_is_digits(digits_without));
	for (size_t i = 0; i < digits_without.length; i++)
		sums[(digits_without.length - i) & 1] += (unsigned)(digits_without.data[i] - '0');
	return (char)('0' + (10 - (3 * sums[1] + sums[0]) % 10) % 10);
}

bool gs1_check_digit_ok(struct slice digits)
{
	struct slice before = { digits.data, digits.length - 1 };

	return digits.length >= 2 && gs1_is_digits(digits) &&
	       gs1_check_digit(before) == digits.data[before.length];
}

bool gs1_sscc_ok(struct slice text)
{
	return text.length == 18 && gs1_check_digit_ok(text);
}

bool gs1_gln_ok(struct slice text)
{
	return text.length == 13 && gs1_check_digit_ok(text);
}

/* --- the GTIN --- */

enum gtin_result gtin_parse(struct slice text, uint64_t *ret_gtin14)
{
	uint64_t gtin = 0;

	if (text.length > 0 && !gs1_is_digits(text))
		return GTIN_NOT_DIGITS;
	if (text.length != 8 && (text.length < 12 || text.length > 14))
		return GTIN_BAD_LENGTH;
	if (!gs1_check_digit_ok(text))
		return GTIN_BAD_CHECK_DIGIT;
	for (size_t i = 0; i < text.length; i++)
		gtin = gtin * 10 + (uint64_t)(text.data[i] - '0');
	*ret_gtin14 = gtin;
	return GTIN_OK;
}

const char *gtin_reason(enum gtin_result result)
{
	switch (result) {
	case GTIN_OK:
		return "the GTIN is well formed";
	case GTIN_NOT_DIGITS:
		return "a GTIN has only the digits 0 to 9";
	case GTIN_BAD_LENGTH:
		return "a GTIN has 8, 12, 13 or 14 digits";
	case GTIN_BAD_CHECK_DIGIT:
		return "the check digit is wrong";
	}
	return "unknown";
}

void gtin_format(uint64_t gtin, char ret_text[GTIN_TEXT_SIZE])
{
	ret_text[GTIN_DIGITS] = '\0';
	for (size_t i = GTIN_DIGITS; i > 0; i--) {
		ret_text[i - 1] = (char)('0' + gtin % 10);
		gtin /= 10;
	}
	assert(gtin == 0);
}

bool gtin_valid(uint64_t gtin)
{
	char text[GTIN_TEXT_SIZE];

	if (gtin >= UINT64_C(100000000000000))
		return false;
	gtin_format(gtin, text);
	return gs1_check_digit_ok((struct slice){ text, GTIN_DIGITS });
}
