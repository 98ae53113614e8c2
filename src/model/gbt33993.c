/* Reads and writes the forms of a code that GB/T 33993 knows. */
#include "model/gbt33993.h"

#include "model/gs1_ai.h"

/* What is told apart of a code; anything else is unchecked. */
enum part { PART_GTIN, PART_LOT, PART_SERIAL, PART_EXPIRY, PART_OTHER };

static const struct {
	const char *keyword; /* in a URL, all small or all capitals; NULL: not known */
	const char *ai;
} parts[] = {
	[PART_GTIN] = { "gtin", "01" },
	[PART_LOT] = { "bat", "10" },
	[PART_SERIAL] = { "ser", "21" },
	[PART_EXPIRY] = { NULL, "17" },
};

/* Reading: what was met so far. */
struct reader {
	struct gbt_code code;
	bool met[PART_OTHER];
};

/* --- values --- */

static bool is_plain(struct slice value)
{
	for (size_t i = 0; i < value.length; i++)
		if (strchr("%&/<>?", value.data[i]) != NULL)
			return false;
	return true;
}

static bool copy(char *room, struct slice value)
{
	memcpy(room, value.data, value.length);
	room[value.length] = '\0';
	return true;
}

static bool take_gtin(struct gbt_code *c, struct slice value)
{
	return value.length == GTIN_DIGITS && gtin_parse(value, &c->gtin) == GTIN_OK;
}

static bool take_expiry(struct gbt_code *c, struct slice value)
{
	uint16_t number;
	const struct gs1_ai *ai = gs1_ai_find(S("17"), &number);
	struct gs1_complaint complaint;

	return gs1_ai_check_length(ai, value, &complaint) == GS1_FINE &&
	       gs1_ai_check_value(ai, value, &complaint) == GS1_FINE && copy(c->expiry, value);
}

static enum gbt_result take(struct reader *r, enum part part, struct slice value)
{
	struct gbt_code *c = &r->code;

	if (value.length == 0)
		return GBT_EMPTY;
	if (!r->met[PART_GTIN] && part != PART_GTIN)
		return GBT_NO_GTIN;
	if (part == PART_OTHER)
		return GBT_OK;
	if (r->met[part])
		return GBT_TWICE;
	r->met[part] = true;
	switch (part) {
	case PART_GTIN:
		return take_gtin(c, value) ? GBT_OK : GBT_BAD_GTIN;
	case PART_LOT:
		return gs1_lot_ok(value) && is_plain(value) && copy(c->lot, value) ? GBT_OK
										   : GBT_BAD_LOT;
	case PART_SERIAL:
		return gs1_serial_ok(value) && is_plain(value) && copy(c->serial, value)
			   ? GBT_OK
			   : GBT_BAD_SERIAL;
	case PART_EXPIRY:
		return take_expiry(c, value) ? GBT_OK : GBT_BAD_EXPIRY;
	case PART_OTHER:
		break;
	}
	return GBT_OK;
}

static enum gbt_result take_named(struct reader *r, struct slice name, enum part part,
				  struct slice value)
{
	if (part == PART_OTHER && r->code.unchecked.length == 0)
		r->code.unchecked = name;
	return take(r, part, value);
}

static enum gbt_result end(const struct reader *r, enum gbt_form form, struct gbt_code *ret_code)
{
	if (!r->met[PART_GTIN])
		return GBT_NO_GTIN;
	*ret_code = r->code;
	ret_code->form = form;
	return GBT_OK;
}

/* --- a URL --- */

/* "gtin" or "GTIN", not "Gtin". */
static bool is_keyword(struct slice segment, const char *keyword)
{
	char capitals[8];
	size_t length = strlen(keyword);

	for (size_t i = 0; i < length; i++)
		capitals[i] = (char)(keyword[i] - 'a' + 'A');
	return slice_equal(segment, slice_of(keyword)) ||
	       slice_equal(segment, (struct slice){ capitals, length });
}

static enum part keyword_part(struct slice segment)
{
	for (unsigned i = 0; i < PART_OTHER; i++)
		if (parts[i].keyword != NULL && is_keyword(segment, parts[i].keyword))
			return (enum part)i;
	return PART_OTHER;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decodes into `room`, which is as long as the segment. */
static bool decode(struct slice raw, char *room, struct slice *ret_value)
{
	size_t length = 0;

	for (size_t i = 0; i < raw.length; i++) {
		int high, low;

		if (raw.data[i] != '%') {
			room[length++] = raw.data[i];
			continue;
		}
		if (raw.length - i < 3)
			return false;
		high = digit_of(raw.data[i + 1]);
		low = digit_of(raw.data[i + 2]);
		if (high < 0 || low < 0)
			return false;
		room[length++] = (char)(high << 4 | low);
		i += 2;
	}
	*ret_value = (struct slice){ room, length };
	return true;
}

/* Pairs of keyword and value, from "gtin" on; one slash at the end is tolerated. */
static enum gbt_result read_pairs(struct slice path, struct gbt_code *ret_code)
{
	struct reader r = { .code.gtin = 0 };
	struct slice name, raw, value;
	char room[GBT_TEXT_MAX];
	enum gbt_result result = GBT_OK;

	if (path.length > 0 && path.data[path.length - 1] == '/')
		path.length--;
	while (result == GBT_OK && slice_cut(&path, '/', &name)) {
		if (!slice_cut(&path, '/', &raw))
			return GBT_EMPTY;
		if (!decode(raw, room, &value))
			return GBT_BAD_ESCAPE;
		result = take_named(&r, name, keyword_part(name), value);
	}
	return result == GBT_OK ? end(&r, GBT_MANUFACTURER_URL, ret_code) : result;
}

enum gbt_result gbt_parse_path(struct slice raw_path, struct gbt_code *ret_code)
{
	if (raw_path.length > GBT_TEXT_MAX)
		return GBT_TOO_LONG;
	if (!slice_starts(raw_path, S("/gtin/")) && !slice_starts(raw_path, S("/GTIN/")))
		return GBT_NO_FORM;
	return read_pairs(slice_from(raw_path, 1), ret_code);
}

/* Off with scheme and host; RFC 3986 folds the scheme's case. */
static bool cut_host(struct slice *text)
{
	static const struct slice schemes[] = { SLICE("https://"), SLICE("http://") };
	size_t host;

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct slice start = { text->data, schemes[i].length };

		if (text->length <= start.length || !slice_equal_nocase(start, schemes[i]))
			continue;
		*text = slice_from(*text, start.length);
		host = slice_find(*text, '/');
		*text = slice_from(*text, host);
		return host > 0 && text->length > 0;
	}
	return false;
}

/* The path behind any stem, from the segment "gtin" on, without query and fragment. */
static enum gbt_result read_url(struct slice path, struct gbt_code *ret_code)
{
	struct slice rest, segment;

	path.length = slice_find(path, '#');
	path.length = slice_find(path, '?');
	rest = slice_from(path, 1);
	for (struct slice from = rest; slice_cut(&rest, '/', &segment); from = rest)
		if (keyword_part(segment) == PART_GTIN)
			return read_pairs(from, ret_code);
	return GBT_NO_FORM;
}

/* --- element strings --- */

/* An AI in brackets at the start of the text, or nothing. */
static bool starts_element(struct slice text, struct slice *ret_ai)
{
	size_t length = text.length == 0 ? 0 : slice_find(text, ')');

	if (length < 3 || length > 5 || length == text.length || text.data[0] != '(')
		return false;
	*ret_ai = (struct slice){ text.data + 1, length - 1 };
	return gs1_is_digits(*ret_ai);
}

/* A bracket inside a value may stand as "\(", as GS1's tools write it. */
static struct slice cut_value(struct slice *text, char *room)
{
	struct slice ai;
	size_t length = 0;

	while (text->length > 0 && !starts_element(*text, &ai)) {
		bool escaped = text->length > 1 && text->data[0] == '\\' && text->data[1] == '(';

		room[length++] = text->data[escaped];
		*text = slice_from(*text, escaped ? 2 : 1);
	}
	return (struct slice){ room, length };
}

static enum part ai_part(struct slice ai)
{
	for (unsigned i = 0; i < PART_OTHER; i++)
		if (slice_equal(ai, slice_of(parts[i].ai)))
			return (enum part)i;
	return PART_OTHER;
}

static enum gbt_result read_elements(struct slice text, struct gbt_code *ret_code)
{
	struct reader r = { .code.gtin = 0 };
	char room[GBT_TEXT_MAX];
	enum gbt_result result = GBT_OK;
	struct slice ai;

	while (result == GBT_OK && text.length > 0) {
		if (!starts_element(text, &ai))
			return GBT_NO_FORM;
		text = slice_from(text, ai.length + 2);
		result = take_named(&r, ai, ai_part(ai), cut_value(&text, room));
	}
	return result == GBT_OK ? end(&r, GBT_ELEMENTS, ret_code) : result;
}

enum gbt_result gbt_parse(struct slice text, struct gbt_code *ret_code)
{
	if (text.length > GBT_TEXT_MAX)
		return GBT_TOO_LONG;
	if (text.length > 0 && text.data[0] == '(')
		return read_elements(text, ret_code);
	return cut_host(&text) ? read_url(text, ret_code) : GBT_NO_FORM;
}

/* --- writing --- */

/* Everything but RFC 3986's unreserved characters is escaped. */
static void add_escaped(struct buf *out, struct slice value)
{
	static const char unreserved[] = "-._~", digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < value.length; i++) {
		unsigned char c = (unsigned char)value.data[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z') || strchr(unreserved, c) != NULL;
		char escaped[3] = { '%', digits[c >> 4], digits[c & 15] };

		if (plain)
			buf_add_char(out, (char)c);
		else
			buf_add(out, escaped, sizeof(escaped));
	}
}

bool gbt_print_url(struct slice stem, uint64_t gtin, struct slice lot, struct slice serial,
		   struct buf *out)
{
	char digits[GTIN_TEXT_SIZE];

	if ((lot.length > 0 && !gs1_lot_ok(lot)) || (serial.length > 0 && !gs1_serial_ok(serial)) ||
	    !is_plain(lot) || !is_plain(serial))
		return false;
	gtin_format(gtin, digits);
	buf_add_slice(out, stem);
	buf_add_string(out, "/gtin/");
	buf_add_string(out, digits);
	if (lot.length > 0) {
		buf_add_string(out, "/bat/");
		add_escaped(out, lot);
	}
	if (serial.length > 0) {
		buf_add_string(out, "/ser/");
		add_escaped(out, serial);
	}
	return true;
}

/* --- words --- */

static const struct {
	const char *word, *reason;
} results[] = {
	[GBT_OK] = { "ok", "fine" },
	[GBT_TOO_LONG] = { "too_long", "longer than 2000 bytes" },
	[GBT_NO_FORM] = { "no_form", "neither element strings in brackets nor a URL with the "
				     "keyword gtin" },
	[GBT_NO_GTIN] = { "no_gtin", "the GTIN does not come first" },
	[GBT_BAD_GTIN] = { "bad_gtin", "the GTIN is not 14 digits with the right check digit" },
	[GBT_BAD_LOT] = { "bad_lot", "the lot is not 1 to 20 of GS1's characters without "
				     "% & / < > ?" },
	[GBT_BAD_SERIAL] = { "bad_serial", "the serial is not 1 to 20 of GS1's characters "
					   "without % & / < > ?" },
	[GBT_BAD_EXPIRY] = { "bad_expiry", "the expiry is not a date YYMMDD" },
	[GBT_TWICE] = { "twice", "a part comes twice" },
	[GBT_EMPTY] = { "empty", "a part has no value" },
	[GBT_BAD_ESCAPE] = { "bad_escape", "a % is not followed by two hexadecimal digits" },
};

const char *gbt_result_word(enum gbt_result result)
{
	return results[result].word;
}

const char *gbt_reason(enum gbt_result result)
{
	return results[result].reason;
}
