/* UTF-8 by the table of RFC 3629 section 4. */
#include "base/utf8.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the well-formed character at p, of at most n bytes; 0 when there is none. */
static size_t character_length(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		return n >= 2 && is_tail(p[1]) ? 2 : 0;
	if (p[0] >= 0xe0 && p[0] <= 0xef) {
		unsigned char low = p[0] == 0xe0 ? 0xa0 : 0x80;
		unsigned char high = p[0] == 0xed ? 0x9f : 0xbf;

		return n >= 3 && p[1] >= low && p[1] <= high && is_tail(p[2]) ? 3 : 0;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		unsigned char low = p[0] == 0xf0 ? 0x90 : 0x80;
		unsigned char high = p[0] == 0xf4 ? 0x8f : 0xbf;

		return n >= 4 && p[1] >= low && p[1] <= high && is_tail(p[2]) && is_tail(p[3]) ? 4
											       : 0;
	}
	return 0;
}

size_t utf8_valid_length(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.data;
	size_t at = 0;

	while (at < s.length) {
		size_t n = character_length(p + at, s.length - at);

		if (n == 0)
			break;
		at += n;
	}
	return at;
}

bool utf8_valid(struct slice s)
{
	return utf8_valid_length(s) == s.length;
}

struct slice utf8_prefix(struct slice s, size_t maximum)
{
	if (s.length <= maximum)
		return s;
	while (maximum > 0 && is_tail((unsigned char)s.data[maximum]))
		maximum--;
	s.length = maximum;
	return s;
}

static uint32_t next_of_several(struct slice *rest)
{
	const unsigned char *p = (const unsigned char *)rest->data;
	uint32_t character = p[0] < 0xe0 ? p[0] & 0x1f : p[0] < 0xf0 ? p[0] & 0x0f : p[0] & 0x07;
	size_t n = 1;

	for (; n < rest->length && is_tail(p[n]); n++)
		character = character << 6 | (p[n] & 0x3f);
	*rest = slice_from(*rest, n);
	return character;
}

uint32_t utf8_next(struct slice *rest)
{
	unsigned char first = (unsigned char)rest->data[0];

	if (first >= 0x80)
		return next_of_several(rest);
	rest->data++;
	rest->length--;
	return first;
}

bool utf8_is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

bool utf8_has_control(struct slice s, const char *allowed)
{
	for (size_t i = 0; i < s.length; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (c == 0x7f || (c < 0x20 && memchr(allowed, c, strlen(allowed)) == NULL))
			return true;
		/* U+0080 to U+009F */
		if (c == 0xc2 && i + 1 < s.length && (unsigned char)s.data[i + 1] < 0xa0)
			return true;
	}
	return false;
}

size_t utf8_write(uint32_t character, char ret_bytes[UTF8_MOST])
{
	size_t length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
	static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = length - 1; i > 0; i--, character >>= 6)
		ret_bytes[i] = (char)(0x80 | (character & 0x3f));
	ret_bytes[0] = (char)(heads[length] | character);
	return length;
}
