/* The readers of single values: identifiers, numbers, codes and texts; dates in import_date.c. */
#include "model/import_value.h"

#include "base/utf8.h"
#include "model/gs1.h"
#include "model/import_date.h"

static const struct import_field fields[] = {
#define IMPORT_RECORD(record)
#define IMPORT_FIELD(record, field, kind, need) { #record, #field, KIND_##kind, NEED_##need },
#include "model/import_fields.def"
#undef IMPORT_RECORD
#undef IMPORT_FIELD
};

const struct import_field *import_fields(struct slice record, unsigned *ret_count)
{
	size_t first = 0, end;

	while (first < COUNT_OF(fields) && !slice_equal(record, slice_of(fields[first].record)))
		first++;
	if (first == COUNT_OF(fields))
		return NULL;
	for (end = first; end < COUNT_OF(fields); end++)
		if (strcmp(fields[end].record, fields[first].record) != 0)
			break;
	*ret_count = (unsigned)(end - first);
	return &fields[first];
}

static const struct {
	const char *code, *reason;
} results[] = {
#define VALUE_RESULT(name, code, reason) { code, reason },
#include "model/import_results.def"
#undef VALUE_RESULT
};

const char *value_code(enum value_result result)
{
	return results[result].code;
}

const char *value_reason(enum value_result result)
{
	return results[result].reason;
}

bool value_is_blank(struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != ' ' && text.data[i] != '\t')
			return false;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* --- identifiers and texts --- */

static enum value_result read_gtin(struct slice text, struct buf *out)
{
	static const enum value_result failed[] = {
		[GTIN_NOT_DIGITS] = VALUE_GTIN_NOT_DIGITS,
		[GTIN_BAD_LENGTH] = VALUE_GTIN_BAD_LENGTH,
		[GTIN_BAD_CHECK_DIGIT] = VALUE_GTIN_BAD_CHECK_DIGIT,
	};
	enum gtin_result result;
	uint64_t gtin;

	result = gtin_parse(text, &gtin);
	if (result != GTIN_OK)
		return failed[result];
	if (gtin == 0) /* its check digit is right, but nobody was ever given it */
		return VALUE_GTIN_ZERO;
	buf_add_u64(out, gtin);
	return VALUE_OK;
}

static enum value_result read_text(struct slice text, struct buf *out)
{
	/* Line breaks and tabs belong to a text. */
	if (utf8_has_control(text, "\t\n\r"))
		return VALUE_CONTROL;
	buf_add_slice(out, text);
	return VALUE_OK;
}

static enum value_result read_code(struct slice text, struct buf *out)
{
	enum { CODE_MAX = 200 };

	if (text.length > CODE_MAX)
		return VALUE_TOO_LONG;
	if (slice_find(text, '|') < text.length)
		return VALUE_BAR;
	if (slice_find(text, '\n') < text.length || slice_find(text, '\r') < text.length ||
	    slice_find(text, '\t') < text.length)
		return VALUE_CONTROL;
	return read_text(text, out);
}

static enum value_result read_country(struct slice text, struct buf *out)
{
	static const char countries[][3] = {
#define COUNTRY(letters, number) #letters,
#include "model/gs1_country.def"
#undef COUNTRY
	};

	for (size_t i = 0; i < COUNT_OF(countries); i++)
		if (slice_equal_nocase(text, slice_of(countries[i]))) {
			buf_add(out, countries[i], 2);
			return VALUE_OK;
		}
	return VALUE_NOT_COUNTRY;
}

static enum value_result read_verdict(struct slice text, struct buf *out)
{
	static const char *const verdicts[] = { "pass", "fail", "missing", "information" };

	for (size_t i = 0; i < COUNT_OF(verdicts); i++)
		if (slice_equal(text, slice_of(verdicts[i]))) {
			buf_add_string(out, verdicts[i]);
			return VALUE_OK;
		}
	return VALUE_NOT_VERDICT;
}

/* The shape only; PostgreSQL knows which zones there are. */
static enum value_result read_zone(struct slice text, struct buf *out)
{
	if (text.length > 64 || !is_letter(text.data[0]))
		return VALUE_NOT_ZONE;
	for (size_t i = 0; i < text.length; i++)
		if (!is_letter(text.data[i]) && !is_digit(text.data[i]) &&
		    strchr("/_+-", text.data[i]) == NULL)
			return VALUE_NOT_ZONE;
	buf_add_slice(out, text);
	return VALUE_OK;
}

static enum value_result read_sha256(struct slice text, struct buf *out)
{
	if (text.length != 64)
		return VALUE_NOT_SHA256;
	for (size_t i = 0; i < text.length; i++)
		if (!is_digit(text.data[i]) &&
		    (!is_letter(text.data[i]) || (text.data[i] | 0x20) > 'f'))
			return VALUE_NOT_SHA256;
	buf_add_string(out, "\\x");
	buf_add_slice(out, text);
	return VALUE_OK;
}

/* Anything but a plain web address would be a script or a file in somebody's page. */
static enum value_result read_web_address(struct slice text, struct buf *out)
{
	if (!slice_starts(text, S("https://")) || text.length < 10 || text.length > 2048)
		return VALUE_NOT_WEB_ADDRESS;
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] <= ' ' || strchr("\"<>\\^`{|}\x7f", text.data[i]))
			return VALUE_NOT_WEB_ADDRESS;
	buf_add_slice(out, text);
	return VALUE_OK;
}

/* --- numbers --- */

static size_t digits_at(struct slice text, size_t at)
{
	size_t n = 0;

	while (at + n < text.length && is_digit(text.data[at + n]))
		n++;
	return n;
}

/* [sign] digits [decimal digits] [e [sign] digits]; at most 60 digits, exponent to two digits. */
static bool number_ok(struct slice text, char decimal)
{
	enum { NUMBER_MAX = 64 };
	size_t at = 0, whole, part = 0;

	if (text.length == 0 || text.length > NUMBER_MAX)
		return false;
	at += text.data[at] == '-' || text.data[at] == '+';
	whole = digits_at(text, at);
	at += whole;
	if (at < text.length && text.data[at] == decimal) {
		part = digits_at(text, at + 1);
		if (part == 0)
			return false;
		at += 1 + part;
	}
	if (whole == 0)
		return false;
	if (at < text.length && (text.data[at] | 0x20) == 'e') {
		at++;
		at += at < text.length && (text.data[at] == '-' || text.data[at] == '+');
		part = digits_at(text, at);
		if (part == 0 || part > 2)
			return false;
		at += part;
	}
	return at == text.length;
}

static enum value_result read_number(struct slice text, char decimal, struct buf *out)
{
	if (!number_ok(text, decimal))
		return VALUE_NOT_NUMBER;
	for (size_t i = 0; i < text.length; i++)
		buf_add_char(out, text.data[i] == decimal ? '.' : text.data[i]);
	return VALUE_OK;
}

/* Is the number, written well, below zero? -0 and -0.0 are not. */
static bool is_negative(struct slice text)
{
	if (text.data[0] != '-')
		return false;
	for (size_t i = 1; i < text.length && (text.data[i] | 0x20) != 'e'; i++)
		if (text.data[i] >= '1' && text.data[i] <= '9')
			return true;
	return false;
}

static enum value_result read_amount(struct slice text, char decimal, struct buf *out)
{
	if (number_ok(text, decimal) && is_negative(text))
		return VALUE_NEGATIVE;
	return read_number(text, decimal, out);
}

/* Whole and fraction are compared as digits: 100 and 100.000 pass, 100.0001 does not. */
static bool within_hundred(struct slice text, char decimal)
{
	size_t at = text.data[0] == '+' || text.data[0] == '-', whole;

	while (at < text.length && text.data[at] == '0')
		at++;
	whole = digits_at(text, at);
	if (whole < 3)
		return true;
	if (whole > 3 || strncmp(text.data + at, "100", 3) != 0)
		return false;
	for (at += whole; at < text.length; at++)
		if (text.data[at] != decimal && text.data[at] != '0')
			return false;
	return true;
}

static enum value_result read_percent(struct slice text, char decimal, struct buf *out)
{
	if (!number_ok(text, decimal))
		return VALUE_NOT_NUMBER;
	if (slice_find(text, 'e') < text.length || slice_find(text, 'E') < text.length ||
	    is_negative(text) || !within_hundred(text, decimal))
		return VALUE_NOT_PERCENT;
	return read_number(text, decimal, out);
}

static enum value_result read_position(struct slice text, struct buf *out)
{
	uint64_t n;

	if (!slice_to_u64(text, &n) || n == 0 || n > 999999)
		return VALUE_NOT_POSITION;
	buf_add_u64(out, n);
	return VALUE_OK;
}

/* --- all kinds --- */

enum value_result value_read(enum import_kind kind, const struct value_format *format,
			     struct slice text, struct buf *out)
{
	switch (kind) {
	case KIND_GTIN:
		return read_gtin(text, out);
	case KIND_LOT:
		if (!gs1_lot_ok(text))
			return VALUE_NOT_LOT;
		return read_text(text, out);
	case KIND_SERIAL:
		if (!gs1_serial_ok(text))
			return VALUE_NOT_SERIAL;
		return read_text(text, out);
	case KIND_CODE:
		return read_code(text, out);
	case KIND_COUNTRY:
		return read_country(text, out);
	case KIND_NUMBER:
		return read_number(text, format->decimal, out);
	case KIND_AMOUNT:
		return read_amount(text, format->decimal, out);
	case KIND_PERCENT:
		return read_percent(text, format->decimal, out);
	case KIND_POSITION:
		return read_position(text, out);
	case KIND_DATE:
	case KIND_END_DATE:
	case KIND_TIME:
		return import_date_read(kind, text, format, out);
	case KIND_VERDICT:
		return read_verdict(text, out);
	case KIND_ZONE:
		return read_zone(text, out);
	case KIND_SHA256:
		return read_sha256(text, out);
	case KIND_WEB_ADDRESS:
		return read_web_address(text, out);
	case KIND_WORDS:
	case KIND_TEXT:
	case KIND_PARAMETERS:
		break;
	}
	return read_text(text, out);
}

bool value_language_ok(struct slice tag)
{
	struct slice rest = tag, part;
	bool first = true;

	while (slice_cut(&rest, '-', &part)) {
		if (part.length < (first ? 2u : 1u) || part.length > 8)
			return false;
		for (size_t i = 0; i < part.length; i++)
			if (!is_letter(part.data[i]) && (first || !is_digit(part.data[i])))
				return false;
		first = false;
	}
	return !first;
}

void value_add_json(struct buf *out, struct slice text)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			buf_add_format(out, "\\u%04x", c);
		} else {
			buf_add_char(out, (char)c);
		}
	}
	buf_add_char(out, '"');
}

/* The code point of a well-formed character of `length` bytes. */
static unsigned code_point(struct slice text, size_t at, size_t length)
{
	static const unsigned char lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned value = (unsigned char)text.data[at] & lead[length];

	for (size_t i = 1; i < length; i++)
		value = value << 6 | ((unsigned char)text.data[at + i] & 0x3fu);
	return value;
}

/* Characters that would move the cursor, turn the text round or hide in it. */
static bool must_escape(unsigned code)
{
	return code < 0x20 || code == '\\' || (code >= 0x7f && code < 0xa0) ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

static size_t character_length(struct slice text, size_t at)
{
	unsigned char c = (unsigned char)text.data[at];
	size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (length > text.length - at || !utf8_valid((struct slice){ text.data + at, length }))
		return 0;
	return length;
}

void value_add_shown(struct buf *out, struct slice text, size_t maximum)
{
	size_t end = out->length + maximum;

	for (size_t at = 0; at < text.length;) {
		size_t length = character_length(text, at);
		unsigned code =
		    length == 0 ? (unsigned char)text.data[at] : code_point(text, at, length);

		if (out->length >= end) {
			buf_add_string(out, "...");
			return;
		}
		if (length == 0 || (code < 0x80 && must_escape(code)))
			buf_add_format(out, code == '\\' ? "\\\\" : "\\x%02x", code);
		else if (must_escape(code))
			buf_add_format(out, "\\u{%04x}", code);
		else
			buf_add(out, text.data + at, length);
		at += length == 0 ? 1 : length;
	}
}
