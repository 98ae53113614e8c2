/* Weighs the ranges of an Accept header against the forms there are. */
#include "web/lookup_negotiate.h"

enum { FULL_QUALITY = 1000, RANGES_MOST = 32 };

/* How closely a range names a form; the closest decides. */
enum closeness { CLOSE_NOT, CLOSE_ANY, CLOSE_TYPE, CLOSE_EXACT };

struct media {
	enum page_form form;
	struct slice type, subtype;
};

static const struct media media[] = {
	{ PAGE_HTML, SLICE("text"), SLICE("html") },
	{ PAGE_JSON, SLICE("application"), SLICE("json") },
	{ PAGE_JSONLD, SLICE("application"), SLICE("ld+json") },
};

struct wish {
	enum closeness closeness;
	unsigned quality; /* thousandths */
};

/* "0", "1", "0.5", "0.123"; anything else is full quality, as if it were not there. */
static unsigned read_quality(struct slice text)
{
	unsigned value, place = 100;

	if (text.length == 0 || text.length > 5 || (text.data[0] != '0' && text.data[0] != '1') ||
	    (text.length > 1 && text.data[1] != '.'))
		return FULL_QUALITY;
	value = text.data[0] == '1' ? FULL_QUALITY : 0;
	for (size_t i = 2; i < text.length; i++, place /= 10) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return FULL_QUALITY;
		value += (unsigned)(text.data[i] - '0') * place;
	}
	return value > FULL_QUALITY ? FULL_QUALITY : value;
}

static unsigned quality_of(struct slice parameters)
{
	struct slice one;

	while (slice_cut(&parameters, ';', &one)) {
		one = slice_trim(one);
		if (one.length > 2 && slice_equal_nocase((struct slice){ one.data, 2 }, S("q=")))
			return read_quality(slice_from(one, 2));
	}
	return FULL_QUALITY;
}

static enum closeness closeness_of(struct slice type, struct slice subtype, const struct media *m)
{
	if (slice_equal(type, S("*")))
		return CLOSE_ANY;
	if (!slice_equal_nocase(type, m->type))
		return CLOSE_NOT;
	if (slice_equal(subtype, S("*")))
		return CLOSE_TYPE;
	return slice_equal_nocase(subtype, m->subtype) ? CLOSE_EXACT : CLOSE_NOT;
}

static void weigh(struct slice range, struct wish wishes[PAGE_FORM_COUNT])
{
	struct slice rest = range, name, type;
	unsigned quality;

	(void)slice_cut(&rest, ';', &name);
	quality = quality_of(rest);
	name = slice_trim(name);
	if (!slice_cut(&name, '/', &type))
		return;
	for (size_t i = 0; i < COUNT_OF(media); i++) {
		struct wish *w = &wishes[media[i].form];
		enum closeness closeness = closeness_of(type, name, &media[i]);

		if (closeness > w->closeness ||
		    (closeness == w->closeness && closeness != CLOSE_NOT && quality > w->quality))
			*w = (struct wish){ closeness, quality };
	}
}

enum page_form negotiate_form(struct slice accept)
{
	struct wish wishes[PAGE_FORM_COUNT] = { { CLOSE_NOT, 0 } };
	struct slice range;
	enum page_form best = PAGE_HTML;

	for (unsigned i = 0; i < RANGES_MOST && slice_cut(&accept, ',', &range); i++)
		weigh(slice_trim(range), wishes);
	for (enum page_form form = PAGE_HTML; form < PAGE_FORM_COUNT; form++)
		if (wishes[form].quality > wishes[best].quality)
			best = form;
	return best;
}

bool negotiate_matches(struct slice if_none_match, struct slice tag)
{
	struct slice one;

	while (slice_cut(&if_none_match, ',', &one)) {
		one = slice_trim(one);
		/* Weak comparison: for GET that is what counts. */
		if (slice_starts(one, S("W/")))
			one = slice_from(one, 2);
		if (slice_equal(one, S("*")) || slice_equal(one, tag))
			return true;
	}
	return false;
}
