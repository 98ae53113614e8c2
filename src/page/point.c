/* Pointing at one character of a code. */
#include "page/point.h"

static size_t character_end(struct slice s, size_t at)
{
	at += at < s.length;
	while (at < s.length && ((unsigned char)s.data[at] & 0xc0) == 0x80)
		at++;
	return at;
}

struct pointed point_at(struct slice code, uint64_t position)
{
	struct pointed p = { .before = { NULL, 0 } };
	size_t begin = 0, end;

	for (uint64_t i = 1; i < position && begin < code.length; i++)
		begin = character_end(code, begin);
	if (position == 0 || begin == code.length)
		return p;
	end = character_end(code, begin);
	p.before = (struct slice){ code.data, begin };
	p.there = (struct slice){ code.data + begin, end - begin };
	p.behind = slice_from(code, end);
	return p;
}
