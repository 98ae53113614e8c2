/* Choosing the language of an answer. */
#include "model/language.h"

enum { RANGES_MAX = 64, QUALITY_ONE = 1000 };

/* How closely a language range fits a tag; greater is closer. */
enum fit { FIT_NONE, FIT_ANY, FIT_PRIMARY, FIT_PREFIX, FIT_EXACT };

static struct slice primary(struct slice tag)
{
	tag.length = slice_find(tag, '-');
	return tag;
}

/* "zh" is a prefix of "zh-CN" (RFC 4647 section 3.3.1), case aside. */
static bool is_prefix(struct slice prefix, struct slice tag)
{
	return tag.length > prefix.length && tag.data[prefix.length] == '-' &&
	       slice_equal_nocase(prefix, (struct slice){ tag.data, prefix.length });
}

static enum fit fit_of(struct slice range, struct slice tag)
{
	if (range.length == 0)
		return FIT_NONE;
	if (slice_equal(range, S("*")))
		return FIT_ANY;
	if (slice_equal_nocase(range, tag))
		return FIT_EXACT;
	if (is_prefix(range, tag) || is_prefix(tag, range))
		return FIT_PREFIX;
	return slice_equal_nocase(primary(range), primary(tag)) ? FIT_PRIMARY : FIT_NONE;
}

/* "0.8" in thousandths (RFC 9110 12.4.2); what is no quality counts as 0, so garbage wins nothing.
 */
static unsigned quality_of(struct slice s)
{
	unsigned quality = 0, scale = 100;

	s = slice_trim(s);
	if (s.length == 0 || s.length > 5 || (s.data[0] != '0' && s.data[0] != '1') ||
	    (s.length > 1 && s.data[1] != '.'))
		return 0;
	quality = s.data[0] == '1' ? QUALITY_ONE : 0;
	for (size_t i = 2; i < s.length; i++, scale /= 10) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return 0;
		quality += (unsigned)(s.data[i] - '0') * scale;
	}
	return quality <= QUALITY_ONE ? quality : 0;
}

/* Takes "en-GB;q=0.8" apart. */
static struct slice range_of(struct slice element, unsigned *ret_quality)
{
	struct slice range, parameter;

	*ret_quality = QUALITY_ONE;
	(void)slice_cut(&element, ';', &range);
	while (slice_cut(&element, ';', &parameter)) {
		struct slice name;

		(void)slice_cut(&parameter, '=', &name);
		if (slice_equal_nocase(slice_trim(name), S("q")))
			*ret_quality = quality_of(parameter);
	}
	return slice_trim(range);
}

/* What the header says of one tag: by its closest range, the first of equals. */
struct wish {
	enum fit fit;
	unsigned quality;
	unsigned position;
};

static struct wish wish_for(struct slice tag, struct slice accept)
{
	struct wish best = { FIT_NONE, 0, 0 };
	struct slice element;

	for (unsigned i = 0; i < RANGES_MAX && slice_cut(&accept, ',', &element); i++) {
		unsigned quality;
		enum fit fit = fit_of(range_of(element, &quality), tag);

		if (fit > best.fit)
			best = (struct wish){ fit, quality, i };
	}
	return best;
}

unsigned language_weigh(struct slice tag, struct slice accept)
{
	struct wish wish = wish_for(tag, accept);

	return wish.quality == 0 ? 0 : wish.quality * 8 + (unsigned)wish.fit;
}

static bool is_better(struct wish a, struct wish b)
{
	if (a.quality != b.quality)
		return a.quality > b.quality;
	if (a.quality == 0 || a.position != b.position)
		return a.quality > 0 && a.position < b.position;
	return a.fit > b.fit;
}

unsigned language_choose(const char *const *tags, unsigned count, struct slice wanted,
			 struct slice accept)
{
	struct wish best = { FIT_NONE, 0, 0 };
	unsigned chosen = 0;
	enum fit closest = FIT_ANY;

	for (unsigned i = 0; i < count; i++) {
		enum fit fit = fit_of(slice_trim(wanted), slice_of(tags[i]));

		if (fit > closest) {
			closest = fit;
			chosen = i;
		}
	}
	if (closest > FIT_ANY)
		return chosen;
	for (unsigned i = 0; i < count; i++) {
		struct wish wish = wish_for(slice_of(tags[i]), accept);

		if (is_better(wish, best)) {
			best = wish;
			chosen = i;
		}
	}
	return chosen;
}

static const struct {
	const char *tag, *name;
} own_names[] = {
#define LANGUAGE_NAME(tag, name) { tag, name },
#include "model/language_name.def"
#undef LANGUAGE_NAME
};

struct slice language_own_name(struct slice tag)
{
	for (size_t i = 0; i < COUNT_OF(own_names); i++) {
		struct slice named = slice_of(own_names[i].tag);

		if (tag.length < named.length ||
		    !slice_equal_nocase((struct slice){ tag.data, named.length }, named))
			continue;
		if (tag.length == named.length || tag.data[named.length] == '-')
			return slice_of(own_names[i].name);
	}
	return tag;
}
