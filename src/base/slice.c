/* Bytes with their length: comparing, cutting, trimming, reading numbers. */
#include "base/slice.h"

#include <ctype.h>
#include <strings.h>

#include "base/hex.h"

struct slice slice_of(const char *string)
{
	struct slice s = { string, string == NULL ? 0 : strlen(string) };

	return s;
}

bool slice_equal(struct slice a, struct slice b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

bool slice_starts(struct slice s, struct slice prefix)
{
	return s.length >= prefix.length &&
	       (prefix.length == 0 || memcmp(s.data, prefix.data, prefix.length) == 0);
}

bool slice_ends(struct slice s, struct slice suffix)
{
	return s.length >= suffix.length &&
	       (suffix.length == 0 ||
		memcmp(s.data + s.length - suffix.length, suffix.data, suffix.length) == 0);
}

struct slice slice_from(struct slice s, size_t offset)
{
	struct slice rest = { s.data == NULL ? NULL : s.data + offset, s.length - offset };

	return rest;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
	while (s.length > 0 && is_blank(s.data[0])) {
		s.data++;
		s.length--;
	}
	while (s.length > 0 && is_blank(s.data[s.length - 1]))
		s.length--;
	return s;
}

size_t slice_find(struct slice s, char byte)
{
	const char *hit = s.length == 0 ? NULL : memchr(s.data, byte, s.length);

	return hit == NULL ? s.length : (size_t)(hit - s.data);
}

bool slice_cut(struct slice *rest, char separator, struct slice *ret_part)
{
	size_t at;

	if (rest->data == NULL)
		return false;
	at = slice_find(*rest, separator);
	*ret_part = (struct slice){ rest->data, at };
	if (at == rest->length)
		*rest = (struct slice){ NULL, 0 };
	else
		*rest = slice_from(*rest, at + 1);
	return true;
}

bool slice_to_u64(struct slice s, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (s.length == 0)
		return false;
	for (size_t i = 0; i < s.length; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.data[i] - '0'), &value))
			return false;
	}
	*ret_value = value;
	return true;
}

static bool is_like(char c, char wanted)
{
	switch (wanted) {
	case '9':
		return c >= '0' && c <= '9';
	case 'x':
		return hex_value(c) >= 0;
	default:
		return c == wanted;
	}
}

bool slice_fits(struct slice s, const char *pattern)
{
	if (s.length != strlen(pattern))
		return false;
	for (size_t i = 0; i < s.length; i++)
		if (!is_like(s.data[i], pattern[i]))
			return false;
	return true;
}

bool slice_equal_constant_time(struct slice a, struct slice b)
{
	unsigned char difference = a.length != b.length;

	for (size_t i = 0; i < a.length && i < b.length; i++)
		difference |= (unsigned char)(a.data[i] ^ b.data[i]);
	return difference == 0;
}
