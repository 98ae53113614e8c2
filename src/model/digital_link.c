/* GS1 Digital Link URIs: reading them, checking them, and writing their canonical form. */
#include "model/digital_link.h"

#include <assert.h>
#include <stdarg.h>

#include "base/hex.h"
#include "model/gs1.h"

const char *digital_link_result_word(enum dl_result result)
{
	static const char *const words[] = {
#define DL_RESULT(name, word) word,
#include "model/digital_link.def"
#undef DL_RESULT
	};

	return words[result];
}

/* --- refusing --- */

static enum dl_result refuse(struct digital_link *dl, enum dl_result result, const char *format,
			     ...) PRINTF(3, 4);

static enum dl_result refuse(struct digital_link *dl, enum dl_result result, const char *format,
			     ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(dl->error, sizeof(dl->error), format, args);
	va_end(args);
	return dl->result = result;
}

/* "(01) GTIN: the check digit is wrong" */
static enum dl_result refuse_ai(struct digital_link *dl, enum dl_result result,
				const struct gs1_ai *ai, uint16_t number, const char *reason)
{
	dl->error_ai = number;
	return refuse(dl, result, "(%0*u) %s: %s", ai->digits, number, ai->title, reason);
}

static enum dl_result refuse_value(struct digital_link *dl, const struct dl_element *e,
				   const struct gs1_complaint *complaint)
{
	static const enum dl_result results[] = {
		[GS1_TOO_SHORT] = DL_VALUE_TOO_SHORT,
		[GS1_TOO_LONG] = DL_VALUE_TOO_LONG,
		[GS1_BAD_LENGTH] = DL_BAD_VALUE_LENGTH,
		[GS1_BAD_CHARACTER] = DL_BAD_VALUE_CHARACTER,
		[GS1_BAD_CHECK_DIGIT] = DL_BAD_CHECK_DIGIT,
		[GS1_BAD_PREFIX] = DL_BAD_COMPANY_PREFIX,
		[GS1_BAD_DATE] = DL_BAD_DATE,
		[GS1_BAD_CONTENT] = DL_BAD_VALUE,
	};

	return refuse_ai(dl, results[complaint->fault], e->ai, e->number, complaint->reason);
}

/* --- characters --- */

enum { IN_URI = 1 << 0, IN_HOST = 1 << 1, UNRESERVED = 1 << 2 };

/* RFC 3986 section 2; a host holds names, addresses in brackets and a port, but no user. */
static const unsigned char classes[256] = {
	['0' ... '9'] = IN_URI | IN_HOST | UNRESERVED,
	['A' ... 'Z'] = IN_URI | IN_HOST | UNRESERVED,
	['a' ... 'z'] = IN_URI | IN_HOST | UNRESERVED,
	['-'] = IN_URI | IN_HOST | UNRESERVED,
	['.'] = IN_URI | IN_HOST | UNRESERVED,
	['_'] = IN_URI | UNRESERVED,
	['~'] = IN_URI | UNRESERVED,
	[':'] = IN_URI | IN_HOST,
	['['] = IN_URI | IN_HOST,
	[']'] = IN_URI | IN_HOST,
	['/'] = IN_URI,
	['?'] = IN_URI,
	['#'] = IN_URI,
	['@'] = IN_URI,
	['!'] = IN_URI,
	['$' ... ','] = IN_URI,
	[';'] = IN_URI,
	['='] = IN_URI,
};

static bool all_of(struct slice s, unsigned char class)
{
	unsigned char common = class;

	for (size_t i = 0; i < s.length; i++)
		common &= classes[(unsigned char)s.data[i]];
	return common != 0;
}

/* --- collecting elements --- */

/* Decoding never lengthens, so all values together fit `text` as the URI did. */
static struct slice decode(struct digital_link *dl, struct slice raw, bool plus_is_space)
{
	char *out = dl->text + dl->text_length;
	size_t length = 0;

	for (size_t i = 0; i < raw.length; i++) {
		bool escapes = raw.data[i] == '%' && raw.length - i > 2;
		int high = escapes ? hex_value(raw.data[i + 1]) : -1;
		int low = high < 0 ? -1 : hex_value(raw.data[i + 2]);
		char c = raw.data[i];

		/* A "%" without two digits stands for itself, as in GS1's own engine. */
		if (low >= 0) {
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		out[length++] = c;
	}
	dl->text_length += length;
	return (struct slice){ out, length };
}

static enum dl_result no_room(struct digital_link *dl)
{
	if (dl->element_count + dl->ignored_count < DL_ELEMENTS_MAX)
		return DL_OK;
	return refuse(dl, DL_TOO_MANY, "more than %d AIs and parameters", DL_ELEMENTS_MAX);
}

static enum dl_result add_ignored(struct digital_link *dl, struct slice parameter)
{
	char *copy = dl->text + dl->text_length;

	if (no_room(dl) != DL_OK)
		return dl->result;
	if (parameter.length > 0)
		memcpy(copy, parameter.data, parameter.length);
	dl->text_length += parameter.length;
	dl->ignored[dl->ignored_count++] = (struct slice){ copy, parameter.length };
	return DL_OK;
}

static enum dl_result add_element(struct digital_link *dl, const struct gs1_ai *ai, uint16_t number,
				  struct slice raw, bool in_query)
{
	struct dl_element *e = &dl->elements[dl->element_count];
	struct gs1_complaint complaint;

	if (no_room(dl) != DL_OK)
		return dl->result;
	if (raw.length == 0)
		return refuse_ai(dl, DL_EMPTY_VALUE, ai, number, "the value is empty");
	*e = (struct dl_element){ ai, number, decode(dl, raw, in_query) };
	if (slice_find(e->value, '\0') < e->value.length)
		return refuse_ai(dl, DL_NUL_IN_VALUE, ai, number, "the value holds a NUL byte");
	if (gs1_ai_check_length(ai, e->value, &complaint) != GS1_FINE)
		return refuse_value(dl, e, &complaint);
	dl->element_count++;
	return DL_OK;
}

/* --- the path --- */

/* Offset of the last "/" before `end`, or `end` when there is none. */
static size_t last_slash(struct slice path, size_t end)
{
	const char *hit = end == 0 ? NULL : memrchr(path.data, '/', end);

	return hit == NULL ? end : (size_t)(hit - path.data);
}

/*
 * Walks /AI/value pairs from the end until an AI is a primary key, whose "/" is `*ret_start`.
 * From the end, because the stem before the key may hold anything, keys included (section 4.2).
 */
static bool find_key(struct slice path, size_t *ret_start)
{
	size_t end = path.length;

	for (;;) {
		size_t value = last_slash(path, end);
		size_t start = last_slash(path, value);
		const struct gs1_ai *ai;
		uint16_t number;

		if (value == end || start == value)
			return false;
		ai = gs1_ai_find((struct slice){ path.data + start + 1, value - start - 1 },
				 &number);
		if (ai == NULL)
			return false;
		if ((ai->flags & GS1_AI_KEY) != 0) {
			*ret_start = start;
			return true;
		}
		end = start;
	}
}

/* `pairs` begins with the key's "/" and holds only known AIs, as find_key() has made sure. */
static enum dl_result read_pairs(struct digital_link *dl, struct slice pairs)
{
	struct slice part;

	(void)slice_cut(&pairs, '/', &part);
	while (slice_cut(&pairs, '/', &part)) {
		uint16_t number;
		const struct gs1_ai *ai = gs1_ai_find(part, &number);
		struct slice value = { NULL, 0 };

		(void)slice_cut(&pairs, '/', &value);
		if (add_element(dl, ai, number, value, false) != DL_OK)
			return dl->result;
	}
	dl->path_count = dl->element_count;
	return DL_OK;
}

static enum dl_result read_path(struct digital_link *dl, struct slice path)
{
	bool slash = path.length > 1 && path.data[path.length - 1] == '/';
	struct slice bare = { path.data, path.length - (slash ? 1 : 0) };
	size_t start;

	if (find_key(bare, &start))
		return read_pairs(dl, slice_from(bare, start));
	/* With its slash the path may still say more: which AI it is that has no value. */
	if (slash && find_key(path, &start))
		return read_pairs(dl, slice_from(path, start));
	return refuse(dl, DL_NO_KEY,
		      "the path does not end in a GS1 key with its value and qualifiers");
}

/* --- the query --- */

static enum dl_result read_parameter(struct digital_link *dl, struct slice parameter)
{
	size_t equals = slice_find(parameter, '=');
	struct slice name = { parameter.data, equals };
	const struct gs1_ai *ai;
	uint16_t number;

	if (equals == parameter.length || (name.length > 0 && !gs1_is_digits(name)))
		return add_ignored(dl, parameter);
	ai = gs1_ai_find(name, &number);
	if (ai == NULL)
		return refuse(dl, DL_UNKNOWN_AI, "query parameter \"%.*s\" is a number but no AI",
			      (int)(name.length > 20 ? 20 : name.length), name.data);
	return add_element(dl, ai, number, slice_from(parameter, equals + 1), true);
}

static enum dl_result read_query(struct digital_link *dl, struct slice query)
{
	while (query.length > 0) {
		size_t length;

		while (query.length > 0 && query.data[0] == '&')
			query = slice_from(query, 1);
		length = slice_find(query, '&');
		if (read_parameter(dl, (struct slice){ query.data, length }) != DL_OK)
			return dl->result;
		query = slice_from(query, length);
	}
	return DL_OK;
}

/* --- the whole --- */

struct numbers {
	size_t count;
	uint16_t of[DL_ELEMENTS_MAX];
};

static enum dl_result check_query(struct digital_link *dl, const struct numbers *numbers)
{
	for (size_t i = dl->path_count; i < dl->element_count; i++) {
		const struct dl_element *e = &dl->elements[i];

		if ((e->ai->flags & GS1_AI_ATTRIBUTE) == 0)
			return refuse_ai(dl, DL_NOT_AN_ATTRIBUTE, e->ai, e->number,
					 "may not stand in the query");
		if (gs1_ai_fits_path(dl->elements[0].ai, numbers->of + 1, dl->path_count - 1,
				     e->number))
			return refuse_ai(dl, DL_BELONGS_IN_PATH, e->ai, e->number,
					 "stands in the query but belongs in the path");
	}
	return DL_OK;
}

static enum dl_result check_duplicates(struct digital_link *dl, const struct numbers *numbers)
{
	for (size_t i = 1; i < numbers->count; i++)
		for (size_t j = 0; j < i; j++)
			if (numbers->of[i] == numbers->of[j])
				return refuse_ai(dl, DL_DUPLICATE_AI, dl->elements[i].ai,
						 numbers->of[i], "stands there twice");
	return DL_OK;
}

static enum dl_result check_values(struct digital_link *dl)
{
	for (size_t i = 0; i < dl->element_count; i++) {
		const struct dl_element *e = &dl->elements[i];
		struct gs1_complaint complaint;

		if (gs1_ai_check_value(e->ai, e->value, &complaint) != GS1_FINE)
			return refuse_value(dl, e, &complaint);
	}
	return DL_OK;
}

/* A signature (8030) signs one thing, so keys with an optional serial must have it. */
static enum dl_result check_signature(struct digital_link *dl)
{
	static const uint16_t keys[] = { 253, 255, 8003 };

	if (digital_link_value(dl, 8030).length == 0)
		return DL_OK;
	for (size_t i = 0; i < dl->element_count; i++) {
		const struct dl_element *e = &dl->elements[i];

		for (size_t k = 0; k < COUNT_OF(keys); k++)
			if (e->number == keys[k] && e->value.length == gs1_ai_shortest(e->ai))
				return refuse_ai(
				    dl, DL_SERIAL_MISSING, e->ai, e->number,
				    "needs its serial when there is a signature (8030)");
	}
	return DL_OK;
}

static enum dl_result check_together(struct digital_link *dl, const struct numbers *numbers)
{
	char reason[DL_ERROR_MAX];
	struct slice missing;
	uint16_t other;

	for (size_t i = 0; i < dl->element_count; i++) {
		const struct dl_element *e = &dl->elements[i];

		if (gs1_ai_excludes_any(e->ai, e->number, numbers->of, numbers->count, &other)) {
			(void)snprintf(reason, sizeof(reason), "must not stand beside (%02u)",
				       other);
			return refuse_ai(dl, DL_AI_EXCLUDED, e->ai, e->number, reason);
		}
		if (!gs1_ai_satisfied(e->ai, e->number, numbers->of, numbers->count, &missing)) {
			(void)snprintf(reason, sizeof(reason),
				       "needs one of the AIs %.*s beside it", SLICE_ARG(missing));
			return refuse_ai(dl, DL_AI_MISSING, e->ai, e->number, reason);
		}
	}
	return DL_OK;
}

/* The words of the common case, from the elements. */
static void name_common(struct digital_link *dl)
{
	struct slice gtin = dl->elements[0].value;

	dl->lot = digital_link_value(dl, 10);
	dl->serial = digital_link_value(dl, 21);
	dl->has_gtin = dl->elements[0].number == 1;
	dl->gtin = 0;
	for (size_t i = 0; dl->has_gtin && i < gtin.length; i++)
		dl->gtin = dl->gtin * 10 + (uint64_t)(gtin.data[i] - '0');
}

static enum dl_result check(struct digital_link *dl)
{
	struct numbers numbers = { .count = dl->element_count };

	for (size_t i = 0; i < dl->element_count; i++)
		numbers.of[i] = dl->elements[i].number;
	if (!gs1_ai_path_ok(dl->elements[0].ai, numbers.of + 1, dl->path_count - 1))
		return refuse_ai(dl, DL_BAD_QUALIFIERS, dl->elements[0].ai, numbers.of[0],
				 "the AIs after it in the path do not qualify it in this order");
	if (check_duplicates(dl, &numbers) != DL_OK || check_query(dl, &numbers) != DL_OK ||
	    check_values(dl) != DL_OK || check_together(dl, &numbers) != DL_OK ||
	    check_signature(dl) != DL_OK)
		return dl->result;
	name_common(dl);
	return DL_OK;
}

/* Only what must be known before the first element: clearing all of it would cost more than
 * parsing. */
static void begin(struct digital_link *dl)
{
	dl->result = DL_OK;
	dl->error_ai = DL_NO_AI;
	dl->error[0] = '\0';
	dl->element_count = dl->path_count = dl->ignored_count = dl->text_length = 0;
}

static enum dl_result read_and_check(struct digital_link *dl, struct slice path, struct slice query)
{
	if (read_path(dl, path) != DL_OK || read_query(dl, query) != DL_OK)
		return dl->result;
	return check(dl);
}

static enum dl_result refuse_long(struct digital_link *dl)
{
	return refuse(dl, DL_TOO_LONG, "longer than %d bytes", DL_URI_MAX);
}

static enum dl_result refuse_character(struct digital_link *dl)
{
	return refuse(dl, DL_BAD_CHARACTER, "a character that no URI may hold");
}

enum dl_result digital_link_parse_path(struct slice raw_path, struct slice raw_query,
				       struct digital_link *ret)
{
	begin(ret);
	if (raw_path.length > DL_URI_MAX || raw_query.length > DL_URI_MAX - raw_path.length)
		return refuse_long(ret);
	if (!all_of(raw_path, IN_URI) || !all_of(raw_query, IN_URI) ||
	    slice_find(raw_path, '?') < raw_path.length ||
	    slice_find(raw_path, '#') < raw_path.length ||
	    slice_find(raw_query, '#') < raw_query.length)
		return refuse_character(ret);
	return read_and_check(ret, raw_path, raw_query);
}

/* RFC 3986 folds the scheme's case; GS1's engine takes all small or all capitals (QR), and so do
 * we. */
static bool cut_scheme(struct slice *uri)
{
	static const struct slice schemes[] = { SLICE("https://"), SLICE("http://"),
						SLICE("HTTPS://"), SLICE("HTTP://") };

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		if (!slice_starts(*uri, schemes[i]))
			continue;
		*uri = slice_from(*uri, schemes[i].length);
		return true;
	}
	return false;
}

enum dl_result digital_link_parse(struct slice uri, struct digital_link *ret)
{
	struct slice host, path, query = { NULL, 0 };

	begin(ret);
	if (uri.length > DL_URI_MAX)
		return refuse_long(ret);
	if (!all_of(uri, IN_URI))
		return refuse_character(ret);
	if (!cut_scheme(&uri))
		return refuse(ret, DL_BAD_SCHEME, "begins with neither http:// nor https://");
	host = (struct slice){ uri.data, slice_find(uri, '/') };
	if (host.length == 0 || !all_of(host, IN_HOST))
		return refuse(ret, DL_BAD_HOST,
			      "no host, or a host with a character it may not hold");
	uri = slice_from(uri, host.length);
	uri.length = slice_find(uri, '#');
	path = (struct slice){ uri.data, slice_find(uri, '?') };
	if (path.length < uri.length)
		query = slice_from(uri, path.length + 1);
	return read_and_check(ret, path, query);
}

struct slice digital_link_value(const struct digital_link *dl, uint16_t number)
{
	for (size_t i = 0; i < dl->element_count; i++)
		if (dl->elements[i].number == number)
			return dl->elements[i].value;
	return (struct slice){ NULL, 0 };
}

/* --- writing --- */

static void add_number(struct buf *out, const struct dl_element *e)
{
	char digits[4];
	unsigned number = e->number;

	for (size_t i = e->ai->digits; i > 0; i--) {
		digits[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	buf_add(out, digits, e->ai->digits);
}

/* Everything but the unreserved characters: what a stem or a server does with others may differ. */
static size_t escape(char character, char room[3])
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char c = (unsigned char)character;

	room[0] = character;
	if ((classes[c] & UNRESERVED) != 0)
		return 1;
	room[0] = '%';
	room[1] = digits[c >> 4];
	room[2] = digits[c & 15];
	return 3;
}

void digital_link_add_escaped(struct buf *out, struct slice s)
{
	char room[3];

	for (size_t i = 0; i < s.length; i++)
		buf_add(out, room, escape(s.data[i], room));
}

void digital_link_item_path(uint64_t gtin, struct slice serial, char ret_path[DL_ITEM_PATH_SIZE])
{
	static const char before[] = "/01/", between[] = "/21/";
	char room[3], *at = ret_path;

	assert(serial.length <= GS1_SERIAL_MAX);
	memcpy(at, before, sizeof(before) - 1);
	at += sizeof(before) - 1;
	gtin_format(gtin, at);
	at += GTIN_DIGITS;
	memcpy(at, between, sizeof(between) - 1);
	at += sizeof(between) - 1;
	for (size_t i = 0; i < serial.length; i++) {
		size_t length = escape(serial.data[i], room);

		memcpy(at, room, length);
		at += length;
	}
	*at = '\0';
}

void digital_link_canonical_path(const struct digital_link *dl, struct buf *out)
{
	for (size_t i = 0; i < dl->path_count; i++) {
		buf_add_char(out, '/');
		add_number(out, &dl->elements[i]);
		buf_add_char(out, '/');
		digital_link_add_escaped(out, dl->elements[i].value);
	}
}

static void add_attributes(const struct digital_link *dl, unsigned fixed, char *separator,
			   struct buf *out)
{
	for (size_t i = dl->path_count; i < dl->element_count; i++) {
		const struct dl_element *e = &dl->elements[i];

		if ((e->ai->flags & GS1_AI_FIXED) != fixed)
			continue;
		buf_add_char(out, *separator);
		*separator = '&';
		add_number(out, e);
		buf_add_char(out, '=');
		digital_link_add_escaped(out, e->value);
	}
}

void digital_link_canonical(const struct digital_link *dl, struct buf *out)
{
	char separator = '?';

	buf_add_string(out, "https://id.gs1.org");
	digital_link_canonical_path(dl, out);
	add_attributes(dl, GS1_AI_FIXED, &separator, out);
	add_attributes(dl, 0, &separator, out);
}

void digital_link_element_string(const struct digital_link *dl, struct buf *out)
{
	for (size_t i = 0; i < dl->element_count; i++) {
		struct slice value = dl->elements[i].value;

		buf_add_char(out, '(');
		add_number(out, &dl->elements[i]);
		buf_add_char(out, ')');
		for (size_t k = 0; k < value.length; k++) {
			if (value.data[k] == '(')
				buf_add_char(out, '\\');
			buf_add_char(out, value.data[k]);
		}
	}
}
