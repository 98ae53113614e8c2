/* Weighs what there is by the headers Accept and Accept-Encoding. */
#include "web/http_accept.h"

enum { RANGES_MOST = 32, TYPES_MOST = 8, CODINGS_MOST = 4 };

/* How closely a range names a type; the closest decides. */
enum closeness { CLOSE_NOT, CLOSE_ANY, CLOSE_TYPE, CLOSE_EXACT };

/* "0", "1", "0.5", "0.123"; anything else is full quality, as if it were not there. */
static unsigned read_quality(struct slice text)
{
	unsigned value, place = 100;

	if (text.length == 0 || text.length > 5 || (text.data[0] != '0' && text.data[0] != '1') ||
	    (text.length > 1 && text.data[1] != '.'))
		return ACCEPT_FULL;
	value = text.data[0] == '1' ? ACCEPT_FULL : 0;
	for (size_t i = 2; i < text.length; i++, place /= 10) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return ACCEPT_FULL;
		value += (unsigned)(text.data[i] - '0') * place;
	}
	return value > ACCEPT_FULL ? ACCEPT_FULL : value;
}

static unsigned quality_of(struct slice parameters)
{
	struct slice one;

	while (slice_cut(&parameters, ';', &one)) {
		one = slice_trim(one);
		if (one.length > 2 && slice_equal_nocase((struct slice){ one.data, 2 }, S("q=")))
			return read_quality(slice_from(one, 2));
	}
	return ACCEPT_FULL;
}

static enum closeness closeness_of(struct slice type, struct slice subtype,
				   const struct media_type *m)
{
	if (slice_equal(type, S("*")))
		return CLOSE_ANY;
	if (!slice_equal_nocase(type, m->type))
		return CLOSE_NOT;
	if (slice_equal(subtype, S("*")))
		return CLOSE_TYPE;
	return slice_equal_nocase(subtype, m->subtype) ? CLOSE_EXACT : CLOSE_NOT;
}

static void weigh(struct slice range, const struct media_type *types, size_t count,
		  enum closeness *closest, unsigned *qualities)
{
	struct slice rest = range, name, type;
	unsigned quality;

	(void)slice_cut(&rest, ';', &name);
	quality = quality_of(rest);
	name = slice_trim(name);
	if (!slice_cut(&name, '/', &type))
		return;
	for (size_t i = 0; i < count; i++) {
		enum closeness closeness = closeness_of(type, name, &types[i]);

		if (closeness == CLOSE_NOT || closeness < closest[i] ||
		    (closeness == closest[i] && quality <= qualities[i]))
			continue;
		closest[i] = closeness;
		qualities[i] = quality;
	}
}

void accept_weigh(struct slice accept, const struct media_type *types, size_t count,
		  unsigned *ret_qualities)
{
	enum closeness closest[TYPES_MOST] = { CLOSE_NOT };
	bool is_empty = slice_trim(accept).length == 0;
	struct slice range;

	if (count > TYPES_MOST)
		abort();
	for (size_t i = 0; i < count; i++)
		ret_qualities[i] = is_empty ? ACCEPT_FULL : 0;
	for (unsigned i = 0; !is_empty && i < RANGES_MOST && slice_cut(&accept, ',', &range); i++)
		weigh(slice_trim(range), types, count, closest, ret_qualities);
}

bool accept_names_html(struct slice accept)
{
	static const struct slice html = SLICE("text/html");

	for (size_t i = 0; i + html.length <= accept.length; i++)
		if (slice_equal_nocase((struct slice){ accept.data + i, html.length }, html))
			return true;
	return false;
}

/* "x-gzip" is the old name (RFC 9110, 8.4.1.3). */
static bool names_coding(struct slice name, struct slice coding)
{
	if (name.length > 2 && slice_equal_nocase((struct slice){ name.data, 2 }, S("x-")))
		name = slice_from(name, 2);
	return slice_equal_nocase(name, coding);
}

enum { UNNAMED = -2, UNWELCOME = -1 };

static int welcome_of(struct slice parameters)
{
	unsigned quality = quality_of(parameters);

	return quality == 0 ? UNWELCOME : (int)quality;
}

bool accept_coding(struct slice header, const struct slice *codings, size_t count,
		   size_t *ret_chosen)
{
	int welcome[CODINGS_MOST], others = UNNAMED, best = UNWELCOME;
	struct slice rest, name;

	if (count > CODINGS_MOST)
		abort();
	for (size_t k = 0; k < count; k++)
		welcome[k] = UNNAMED;
	for (unsigned i = 0; i < RANGES_MOST && slice_cut(&header, ',', &rest); i++) {
		rest = slice_trim(rest);
		(void)slice_cut(&rest, ';', &name);
		name = slice_trim(name);
		if (slice_equal(name, S("*")))
			others = welcome_of(rest);
		for (size_t k = 0; k < count; k++)
			if (names_coding(name, codings[k]))
				welcome[k] = welcome_of(rest);
	}
	for (size_t k = 0; k < count; k++) {
		if (welcome[k] == UNNAMED)
			welcome[k] = others;
		if (welcome[k] == UNNAMED && slice_equal(codings[k], S("identity")))
			welcome[k] = 0; /* less than all that has a quality, and good enough */
		if (welcome[k] > best) {
			best = welcome[k];
			*ret_chosen = k;
		}
	}
	return best > UNWELCOME;
}

bool accept_encoding(struct slice header, struct slice coding)
{
	const struct slice codings[] = { coding, S("identity") };
	size_t chosen;

	return accept_coding(header, codings, COUNT_OF(codings), &chosen) && chosen == 0;
}
