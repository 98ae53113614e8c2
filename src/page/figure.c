/* Numbers of the documents as a reader writes them. */
#include "page/figure.h"

#define NO_BREAK_SPACE "\xc2\xa0"

struct slice figure_joined(struct arena *memory, struct slice a, struct slice between,
			   struct slice b)
{
	size_t middle = a.length > 0 && b.length > 0 ? between.length : 0;
	char *text = arena_alloc(memory, a.length + middle + b.length + 1);

	if (text == NULL)
		return (struct slice){ NULL, 0 };
	if (a.length > 0)
		memcpy(text, a.data, a.length);
	if (middle > 0)
		memcpy(text + a.length, between.data, middle);
	if (b.length > 0)
		memcpy(text + a.length + middle, b.data, b.length);
	return (struct slice){ text, a.length + middle + b.length };
}

static bool is_number(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if (strchr("-.0123456789", s.data[i]) == NULL)
			return false;
	return s.length > 0;
}

struct slice figure_number(struct arena *memory, unsigned language, struct slice n)
{
	struct slice sign = text_in(language, TEXT_number_point);
	size_t point = slice_find(n, '.');

	if (point == n.length || slice_equal(sign, S(".")) || !is_number(n))
		return n;
	return figure_joined(memory, (struct slice){ n.data, point }, sign,
			     slice_from(n, point + 1));
}

struct slice figure_with_unit(struct arena *memory, unsigned language, struct slice value,
			      struct slice unit)
{
	bool percent = slice_equal(unit, S("%"));
	bool tight = percent || slice_starts(unit, S("°"));

	if (value.length == 0)
		return value;
	if (percent)
		unit = text_in(language, TEXT_number_percent);
	return figure_joined(memory, figure_number(memory, language, value),
			     tight ? S("") : S(THIN_SPACE), unit);
}

struct slice figure_percent(struct arena *memory, unsigned language, struct slice share)
{
	size_t point = slice_find(share, '.');

	while (share.length > point && slice_ends(share, S("0")))
		share.length--;
	if (slice_ends(share, S(".")))
		share.length--;
	return figure_with_unit(memory, language, share, S("%"));
}

struct slice figure_limits(struct arena *memory, unsigned language, const struct limits *l)
{
	struct slice lower = figure_with_unit(memory, language, l->lower, l->unit);
	struct slice upper = figure_with_unit(memory, language, l->upper, l->unit);

	if (lower.length > 0 && upper.length > 0)
		return figure_joined(memory, figure_number(memory, language, l->lower), S(" – "),
				     upper);
	if (upper.length > 0)
		return figure_joined(memory, S("≤"), S(NO_BREAK_SPACE), upper);
	return lower.length == 0 ? lower : figure_joined(memory, S("≥"), S(NO_BREAK_SPACE), lower);
}
