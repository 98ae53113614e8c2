/* What a batch prints: serials and addresses, computed from its record. */
#include "model/batch.h"

#include <assert.h>

#include "model/gs1.h"

enum { STEM_MOST = 128 };

/* --- the stem --- */

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static size_t scheme_length(struct slice stem)
{
	static const struct slice schemes[] = { SLICE("https://"), SLICE("http://") };

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct slice start = { stem.data, schemes[i].length };

		if (stem.length > start.length && slice_equal_nocase(start, schemes[i]))
			return start.length;
	}
	return 0;
}

/* Scheme, host and port. */
static size_t authority_end(struct slice stem)
{
	size_t scheme = scheme_length(stem);

	return scheme + slice_find(slice_from(stem, scheme), '/');
}

static bool port_ok(struct slice port)
{
	uint64_t number;

	return port.length <= 5 && slice_to_u64(port, &number) && number >= 1 && number <= 65535;
}

static bool host_ok(struct slice authority)
{
	size_t colon = slice_find(authority, ':');

	if (colon == 0 || authority.data[0] == '.' || authority.data[0] == '-')
		return false;
	for (size_t i = 0; i < colon; i++) {
		char c = authority.data[i];

		if (!is_letter_or_digit(c) && c != '-' && c != '.')
			return false;
		if (c == '.' && i + 1 < colon && authority.data[i + 1] == '.')
			return false;
	}
	return colon == authority.length || port_ok(slice_from(authority, colon + 1));
}

/* Empty, or segments that are neither empty nor dots only, without a final slash. */
static bool path_ok(struct slice path)
{
	struct slice segment;

	if (path.length == 0)
		return true;
	path = slice_from(path, 1);
	if (path.length == 0)
		return false;
	while (slice_cut(&path, '/', &segment)) {
		if (segment.length == 0 || segment.data[0] == '.')
			return false;
		for (size_t i = 0; i < segment.length; i++)
			if (!is_letter_or_digit(segment.data[i]) &&
			    (segment.data[i] == '\0' || strchr("-._~", segment.data[i]) == NULL))
				return false;
	}
	return true;
}

bool batch_stem_ok(struct slice stem)
{
	size_t scheme = scheme_length(stem), end;

	if (scheme == 0 || stem.length > STEM_MOST)
		return false;
	end = authority_end(stem);
	return host_ok((struct slice){ stem.data + scheme, end - scheme }) &&
	       path_ok(slice_from(stem, end));
}

void batch_print_stem(struct slice stem, struct buf *out)
{
	size_t end = authority_end(stem);

	for (size_t i = 0; i < end; i++) {
		char c = stem.data[i];

		buf_add_char(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
	buf_add_slice(out, slice_from(stem, end));
}

/* --- the batch --- */

enum batch_result batch_check(const struct batch *b)
{
	if (b->gtin >= SERIAL_GTINS || !gtin_valid(b->gtin))
		return BATCH_BAD_GTIN;
	if (b->length < SERIAL_LENGTH_LEAST || b->length > SERIAL_LENGTH_MOST)
		return BATCH_BAD_LENGTH;
	if (b->quantity == 0 || b->quantity > BATCH_QUANTITY_MOST)
		return BATCH_BAD_QUANTITY;
	if (b->first >= SERIAL_COUNTERS || b->quantity > SERIAL_COUNTERS - b->first)
		return BATCH_NO_COUNTERS;
	if (!serial_settings_ok(b->length, b->first + b->quantity))
		return BATCH_GUESSABLE;
	if (!batch_stem_ok(b->stem))
		return BATCH_BAD_STEM;
	return BATCH_OK;
}

const char *batch_reason(enum batch_result result)
{
	static const char *const reasons[] = {
		[BATCH_OK] = "fine",
		[BATCH_BAD_GTIN] = "the GTIN is not 14 digits with a right check digit",
		[BATCH_BAD_LENGTH] = "a serial has 10 to 20 characters",
		[BATCH_BAD_QUANTITY] = "a batch has 1 to 1000000000 codes",
		[BATCH_NO_COUNTERS] = "no counters are left for this product and key",
		[BATCH_GUESSABLE] = "with so many codes a serial of this length could be guessed;"
				    " make serials longer",
		[BATCH_BAD_STEM] = "the link stem is not like https://id.example.com",
	};

	return reasons[result];
}

void batch_serials(const struct batch *b, uint64_t index, size_t count, char *ret_serials)
{
	enum serial_result result;

	assert(index <= b->quantity && count <= b->quantity - index);
	result =
	    serial_encode_many(b->key, b->gtin, b->first + index, count, b->length, ret_serials);
	assert(result == SERIAL_OK);
}

void batch_uri_prefix(const struct batch *b, struct buf *out)
{
	char gtin[GTIN_TEXT_SIZE];

	gtin_format(b->gtin, gtin);
	batch_print_stem(b->stem, out);
	buf_add_string(out, "/01/");
	buf_add_string(out, gtin);
	buf_add_string(out, "/21/");
}

void serial_print_grouped(struct slice serial, struct buf *out)
{
	enum { GROUP = 4 };

	for (size_t i = 0; i < serial.length; i++) {
		if (i > 0 && i % GROUP == 0 && i + 1 < serial.length)
			buf_add_char(out, '-');
		buf_add_char(out, serial.data[i]);
	}
}
