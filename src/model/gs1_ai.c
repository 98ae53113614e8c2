/* The table of Application Identifiers, and the questions asked of it. */
#include "model/gs1_ai.h"

#include "model/gs1.h"

/* --- the table --- */

/* The words of gs1_ai.def, this file's own. */
enum {
	FIXED = GS1_AI_FIXED,
	ATTRIBUTE = GS1_AI_ATTRIBUTE,
	KEY = GS1_AI_KEY,
#define LINT(name, function, fault, reason) name = GS1_LINT_##name,
#include "model/gs1_lint.def"
#undef LINT
};

#define PART(set, min, max, optional, ...) \
	{                                  \
		set, min, max, optional,   \
		{                          \
			__VA_ARGS__        \
		}                          \
	}
#define N(length, ...)	      PART(GS1_SET_DIGITS, length, length, false, __VA_ARGS__)
#define N_TO(length, ...)     PART(GS1_SET_DIGITS, 1, length, false, __VA_ARGS__)
#define X(length, ...)	      PART(GS1_SET_82, length, length, false, __VA_ARGS__)
#define X_TO(length, ...)     PART(GS1_SET_82, 1, length, false, __VA_ARGS__)
#define Y_TO(length, ...)     PART(GS1_SET_39, 1, length, false, __VA_ARGS__)
#define Z_TO(length, ...)     PART(GS1_SET_64, 1, length, false, __VA_ARGS__)
#define OPT_N(length, ...)    PART(GS1_SET_DIGITS, length, length, true, __VA_ARGS__)
#define OPT_N_TO(length, ...) PART(GS1_SET_DIGITS, 1, length, true, __VA_ARGS__)
#define OPT_X(length, ...)    PART(GS1_SET_82, length, length, true, __VA_ARGS__)
#define OPT_X_TO(length, ...) PART(GS1_SET_82, 1, length, true, __VA_ARGS__)

static const struct gs1_ai table[] = {
#define AI(first, last, flags, qualifiers, requires, excludes, title, ...)  \
	{ first,    last,  sizeof(#first) - 1, flags, qualifiers, requires, \
	  excludes, title, { __VA_ARGS__ } },
#include "model/gs1_ai.def"
#undef AI
};

enum row {
#define AI(first, last, flags, qualifiers, requires, excludes, title, ...) ROW_##first,
#include "model/gs1_ai.def"
#undef AI
	ROW_COUNT,
};
_Static_assert(ROW_COUNT < UINT8_MAX, "row numbers no longer fit row_of[]");

/* Row + 1 of each number, 0 for a number that is no AI. Ten kilobytes, two lines of them hot. */
static const uint8_t row_of[10000] = {
#define AI(first, last, flags, qualifiers, requires, excludes, title, ...) \
	[first... last] = ROW_##first + 1,
#include "model/gs1_ai.def"
#undef AI
};

const struct gs1_ai *gs1_ai_find(struct slice digits, uint16_t *ret_number)
{
	unsigned number = 0;
	const struct gs1_ai *ai;

	if (digits.length < 2 || digits.length > 4)
		return NULL;
	for (size_t i = 0; i < digits.length; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return NULL;
		number = number * 10 + (unsigned)(digits.data[i] - '0');
	}
	if (row_of[number] == 0)
		return NULL;
	ai = &table[row_of[number] - 1];
	if (ai->digits != digits.length)
		return NULL;
	*ret_number = (uint16_t)number;
	return ai;
}

/* --- one value --- */

static enum gs1_fault complain(struct gs1_complaint *ret, enum gs1_fault fault, size_t at,
			       const char *reason)
{
	*ret = (struct gs1_complaint){ fault, at, reason };
	return fault;
}

size_t gs1_ai_shortest(const struct gs1_ai *ai)
{
	size_t length = 0;

	for (size_t i = 0; i < GS1_AI_PARTS; i++)
		if (!ai->parts[i].optional)
			length += ai->parts[i].min;
	return length;
}

static size_t longest(const struct gs1_ai *ai)
{
	size_t length = 0;

	for (size_t i = 0; i < GS1_AI_PARTS; i++)
		length += ai->parts[i].max;
	return length;
}

enum gs1_fault gs1_ai_check_length(const struct gs1_ai *ai, struct slice value,
				   struct gs1_complaint *ret)
{
	if (value.length < gs1_ai_shortest(ai))
		return complain(ret, GS1_TOO_SHORT, value.length, "the value is too short");
	if (value.length > longest(ai))
		return complain(ret, GS1_TOO_LONG, longest(ai), "the value is too long");
	return GS1_FINE;
}

/*
 * Base 64 may end in one or two "=", and then only when the length is a multiple of three:
 * so says GS1's own engine, and a verdict must not depend on whom one asks.
 */
static bool is_base64(struct slice s)
{
	size_t length = s.length;

	while (length > 0 && s.data[length - 1] == '=')
		length--;
	if (s.length - length > 2 || (s.length > length && s.length % 3 != 0))
		return false;
	return gs1_is_cset64((struct slice){ s.data, length });
}

static bool in_set(enum gs1_set set, struct slice s)
{
	switch (set) {
	case GS1_SET_DIGITS:
		return gs1_is_digits(s);
	case GS1_SET_82:
		return gs1_is_cset82(s);
	case GS1_SET_39:
		return gs1_is_cset39(s);
	case GS1_SET_64:
		return is_base64(s);
	}
	return false;
}

static const char *const set_reasons[] = {
	[GS1_SET_DIGITS] = "only digits may stand here",
	[GS1_SET_82] = "a character outside GS1 character set 82",
	[GS1_SET_39] = "a character outside GS1 character set 39 (# - / 0-9 A-Z)",
	[GS1_SET_64] = "not URL-safe base 64",
};

static const struct {
	enum gs1_fault fault;
	const char *reason;
} lint_faults[] = {
	{ GS1_FINE, NULL },
#define LINT(name, function, fault, reason) { fault, reason },
#include "model/gs1_lint.def"
#undef LINT
};

static enum gs1_fault check_part(const struct gs1_part *p, struct slice text, size_t offset,
				 struct gs1_complaint *ret)
{
	if (text.length < p->min)
		return complain(ret, GS1_BAD_LENGTH, offset,
				"the value ends inside a part of fixed length");
	if (!in_set((enum gs1_set)p->set, text))
		return complain(ret, GS1_BAD_CHARACTER, offset, set_reasons[p->set]);
	for (size_t i = 0; i < GS1_PART_LINTS && p->lints[i] != GS1_LINT_NONE; i++)
		if (!gs1_lint_ok((enum gs1_lint)p->lints[i], text))
			return complain(ret, lint_faults[p->lints[i]].fault, offset,
					lint_faults[p->lints[i]].reason);
	return GS1_FINE;
}

enum gs1_fault gs1_ai_check_value(const struct gs1_ai *ai, struct slice value,
				  struct gs1_complaint *ret)
{
	enum gs1_fault fault = gs1_ai_check_length(ai, value, ret);
	size_t offset = 0;

	for (size_t i = 0; fault == GS1_FINE && i < GS1_AI_PARTS && ai->parts[i].max > 0; i++) {
		struct slice rest = slice_from(value, offset);

		if (ai->parts[i].optional && rest.length == 0)
			break;
		if (rest.length > ai->parts[i].max)
			rest.length = ai->parts[i].max;
		fault = check_part(&ai->parts[i], rest, offset, ret);
		offset += rest.length;
	}
	return fault;
}

/* --- AIs together --- */

/* "21" or "31nn": the number divided by `scale` must be `value`. */
struct pattern {
	unsigned value;
	unsigned scale;
};

/* Reads a pattern and returns what follows it: a separator or the end. */
static const char *pattern_read(const char *p, struct pattern *ret)
{
	*ret = (struct pattern){ 0, 1 };
	for (; *p >= '0' && *p <= '9'; p++)
		ret->value = ret->value * 10 + (unsigned)(*p - '0');
	for (; *p == 'n'; p++)
		ret->scale *= 10;
	return p;
}

/* The first present AI that matches, other than `self`; UINT16_MAX when there is none. */
static uint16_t pattern_find(struct pattern pattern, uint16_t self, const uint16_t *present,
			     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (present[i] / pattern.scale == pattern.value && present[i] != self)
			return present[i];
	return UINT16_MAX;
}

/* How many of `qualifiers` stand in the alternative at `*p`, in this order; moves `*p` to its end.
 */
static size_t match_in_order(const char **p, const uint16_t *qualifiers, size_t count)
{
	size_t matched = 0;
	struct pattern pattern;

	while (**p != '\0' && **p != '|') {
		*p = pattern_read(*p, &pattern);
		if (matched < count && qualifiers[matched] == pattern.value)
			matched++;
		if (**p == ',')
			++*p;
	}
	return matched;
}

bool gs1_ai_path_ok(const struct gs1_ai *key, const uint16_t *qualifiers, size_t count)
{
	const char *p = key->qualifiers;

	if (count == 0)
		return true;
	for (;;) {
		if (match_in_order(&p, qualifiers, count) == count)
			return true;
		if (*p == '\0')
			return false;
		p++;
	}
}

bool gs1_ai_fits_path(const struct gs1_ai *key, const uint16_t *qualifiers, size_t count,
		      uint16_t extra)
{
	const char *p = key->qualifiers;

	for (;;) {
		const char *again = p;

		if (match_in_order(&p, &extra, 1) == 1 &&
		    match_in_order(&again, qualifiers, count) == count)
			return true;
		if (*p == '\0')
			return false;
		p++;
	}
}

bool gs1_ai_excludes_any(const struct gs1_ai *ai, uint16_t self, const uint16_t *present,
			 size_t count, uint16_t *ret_other)
{
	struct pattern pattern;

	for (const char *p = ai->excludes; *p != '\0'; p += *p == ',') {
		uint16_t other;

		p = pattern_read(p, &pattern);
		other = pattern_find(pattern, self, present, count);
		if (other == UINT16_MAX)
			continue;
		*ret_other = other;
		return true;
	}
	return false;
}

/* Is every AI of the group at `*p` ("01+21") present? Moves `*p` to the group's end. */
static bool group_present(const char **p, uint16_t self, const uint16_t *present, size_t count)
{
	bool all = true;
	struct pattern pattern;

	for (;;) {
		*p = pattern_read(*p, &pattern);
		all = pattern_find(pattern, self, present, count) != UINT16_MAX && all;
		if (**p != '+')
			return all;
		++*p;
	}
}

bool gs1_ai_satisfied(const struct gs1_ai *ai, uint16_t self, const uint16_t *present, size_t count,
		      struct slice *ret_missing)
{
	const char *p = ai->requires;

	while (*p != '\0') {
		const char *alternatives = p;
		size_t length = strcspn(p, ";");

		while (!group_present(&p, self, present, count)) {
			if (*p != ',') {
				*ret_missing = (struct slice){ alternatives, length };
				return false;
			}
			p++;
		}
		p = alternatives + length;
		p += *p == ';';
	}
	return true;
}
