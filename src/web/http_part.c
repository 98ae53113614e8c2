/* Reads Range and the entity tags of conditions, and decides by them. */
#include "web/http_part.h"

/* --- ranges --------------------------------------------------------------------------------- */

static bool is_digits(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
	return s.length > 0;
}

/* A number too large to hold is beyond every file all the same. */
static uint64_t saturated(struct slice digits)
{
	uint64_t number;

	while (digits.length > 1 && digits.data[0] == '0')
		digits = slice_from(digits, 1);
	return slice_to_u64(digits, &number) ? number : UINT64_MAX;
}

static enum range_result suffix_range(struct slice digits, uint64_t length,
				      struct byte_range *ret_range)
{
	uint64_t wanted;

	if (!is_digits(digits) || length == 0)
		return RANGE_WHOLE;
	wanted = saturated(digits);
	if (wanted == 0)
		return RANGE_OUTSIDE;
	*ret_range = (struct byte_range){ wanted < length ? length - wanted : 0, length - 1 };
	return RANGE_PART;
}

static enum range_result plain_range(struct slice first_digits, struct slice last_digits,
				     uint64_t length, struct byte_range *ret_range)
{
	uint64_t first, last = UINT64_MAX;

	if (!is_digits(first_digits) || (last_digits.length > 0 && !is_digits(last_digits)))
		return RANGE_WHOLE;
	first = saturated(first_digits);
	if (last_digits.length > 0)
		last = saturated(last_digits);
	if (last < first)
		return RANGE_WHOLE; /* no valid range at all */
	if (first >= length)
		return RANGE_OUTSIDE;
	*ret_range = (struct byte_range){ first, last < length ? last : length - 1 };
	return RANGE_PART;
}

enum range_result range_read(struct slice value, uint64_t length, struct byte_range *ret_range)
{
	struct slice rest = value, unit, first;

	if (!slice_cut(&rest, '=', &unit) || !slice_equal_nocase(slice_trim(unit), S("bytes")) ||
	    rest.data == NULL)
		return RANGE_WHOLE;
	rest = slice_trim(rest);
	if (!slice_cut(&rest, '-', &first) || rest.data == NULL)
		return RANGE_WHOLE;
	if (first.length == 0)
		return suffix_range(rest, length, ret_range);
	return plain_range(first, rest, length, ret_range);
}

/* --- entity tags ---------------------------------------------------------------------------- */

/* Takes the next tag off the list, with its quotes; they may hold commas. */
static bool next_tag(struct slice *list, struct slice *ret_tag, bool *ret_weak)
{
	while (list->length > 0 &&
	       (list->data[0] == ',' || list->data[0] == ' ' || list->data[0] == '\t'))
		*list = slice_from(*list, 1);
	*ret_weak = slice_starts(*list, S("W/"));
	if (*ret_weak)
		*list = slice_from(*list, 2);
	if (list->length < 2 || list->data[0] != '"')
		return false;
	ret_tag->data = list->data;
	ret_tag->length = slice_find(slice_from(*list, 1), '"') + 2;
	if (ret_tag->length > list->length)
		return false;
	*list = slice_from(*list, ret_tag->length);
	return true;
}

static bool is_listed(struct slice list, struct slice tag, bool weakly)
{
	struct slice one;
	bool weak;

	list = slice_trim(list);
	if (slice_equal(list, S("*")))
		return true;
	while (next_tag(&list, &one, &weak))
		if (slice_equal(one, tag) && (weakly || !weak))
			return true;
	return false;
}

bool etag_listed_weakly(struct slice list, struct slice tag)
{
	return is_listed(list, tag, true);
}

bool etag_listed_strongly(struct slice list, struct slice tag)
{
	return is_listed(list, tag, false);
}

/* --- deciding ------------------------------------------------------------------------------- */

enum part_result part_decide(const struct part_wishes *wishes, struct slice tag, uint64_t length,
			     struct byte_range *ret_range)
{
	if (wishes->if_match.data != NULL && !etag_listed_strongly(wishes->if_match, tag))
		return PART_OTHER;
	if (wishes->if_none_match.data != NULL && etag_listed_weakly(wishes->if_none_match, tag))
		return PART_NOT_MODIFIED;
	/* A date never matches: files here have none. */
	if (wishes->if_range.data != NULL && !slice_equal(slice_trim(wishes->if_range), tag))
		return PART_WHOLE;
	switch (range_read(wishes->range, length, ret_range)) {
	case RANGE_WHOLE:
		break;
	case RANGE_PART:
		return PART_SOME;
	case RANGE_OUTSIDE:
		return PART_OUTSIDE;
	}
	return PART_WHOLE;
}
