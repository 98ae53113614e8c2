/* What is printed on an item, read: a link, an element string or a serial, then the counter in it.
 */
#include "model/printed_code.h"

#include "model/gbt33993.h"
#include "model/gs1.h"

enum { GS = 0x1d, AI_LENGTH = 2, BRACKETED_MOST = 6 /* "(8020)" */ };

const char *printed_fault_word(enum printed_fault fault)
{
	static const char *const words[] = {
		[PRINTED_FINE] = "fine",       [PRINTED_EMPTY] = "empty",
		[PRINTED_NO_GTIN] = "no_gtin", [PRINTED_BAD_LINK] = "bad_link",
		[PRINTED_NO_ITEM] = "no_item", [PRINTED_BAD_SERIAL] = "bad_serial",
	};

	return words[fault];
}

static void malformed(struct printed_code *ret, enum printed_fault fault, const char *reason)
{
	ret->result = PRINTED_MALFORMED;
	ret->fault = fault;
	ret->gtin = 0;
	ret->serial[0] = '\0';
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
}

static void read_serial(struct keyring *ring, uint64_t gtin, struct slice serial,
			struct printed_code *ret)
{
	struct serial_key *key;
	uint64_t counter = 0;
	unsigned id = 0;

	if (!gs1_serial_ok(serial)) {
		malformed(ret, PRINTED_BAD_SERIAL,
			  "the serial is not 1 to 20 characters of GS1's set");
		return;
	}
	ret->gtin = gtin;
	memcpy(ret->serial, serial.data, serial.length);
	ret->serial[serial.length] = '\0';
	ret->result = PRINTED_OTHER;
	if (serial.length < SERIAL_LENGTH_LEAST || serial_key_id(serial, &id) != SERIAL_OK)
		return;
	ret->key_id = id;
	ret->length = (unsigned)serial.length;
	key = keyring_find(ring, id);
	if (key == NULL)
		ret->result = PRINTED_KEY_LATER;
	else if (serial_decode(key, serial, gtin, &counter) == SERIAL_OK &&
		 counter < SERIAL_COUNTERS) {
		ret->result = PRINTED_COMPUTED;
		ret->counter = counter;
	}
}

static void no_item(struct printed_code *ret)
{
	malformed(ret, PRINTED_NO_ITEM, "the link names no single item");
}

static void read_link(struct keyring *ring, struct slice text, struct printed_code *ret)
{
	struct digital_link link;
	struct gbt_code gbt;

	if (digital_link_parse(text, &link) != DL_OK) {
		if (gbt_parse(text, &gbt) == GBT_OK && gbt.serial[0] != '\0')
			read_serial(ring, gbt.gtin, slice_of(gbt.serial), ret);
		else
			malformed(ret, PRINTED_BAD_LINK, link.error);
	} else if (!link.has_gtin || link.serial.length == 0) {
		no_item(ret);
	} else {
		read_serial(ring, link.gtin, link.serial, ret);
	}
}

/* --- element strings ----------------------------------------------------------------------- */

/* What an element string says of an item; empty where it does not. */
struct elements {
	struct slice gtin, serial;
};

static void keep_element(struct elements *e, struct slice ai, struct slice value)
{
	if (slice_equal(ai, S("01")))
		e->gtin = value;
	else if (slice_equal(ai, S("21")))
		e->serial = value;
}

/* "(01)" at the beginning: digits between brackets. */
static bool bracketed(struct slice text, struct slice *ret_ai)
{
	size_t end;

	if (!slice_starts(text, S("(")))
		return false;
	/* Or each bracket of a long line is looked for to its end. */
	if (text.length > BRACKETED_MOST)
		text.length = BRACKETED_MOST;
	end = slice_find(text, ')');
	if (end == text.length || end < 1 + AI_LENGTH)
		return false;
	*ret_ai = (struct slice){ text.data + 1, end - 1 };
	return gs1_is_digits(*ret_ai);
}

/* "(01)09506000134352(10)L1(21)ABC"; a value ends where the next AI stands. */
static void read_bracketed(struct slice text, struct elements *e)
{
	struct slice ai, next, value;

	while (bracketed(text, &ai)) {
		text = slice_from(text, ai.length + 2);
		value = (struct slice){ text.data, 0 };
		while (text.length > 0 && !bracketed(text, &next)) {
			text = slice_from(text, 1);
			value.length++;
		}
		keep_element(e, ai, value);
	}
}

/*
 * Bytes behind the first two digits of an AI that has no GS behind it, whether those two are all of
 * it or not: element strings of predefined length (General Specifications, 7.8.5). 0: up to the
 * next GS.
 */
static size_t fixed_length(struct slice ai)
{
	static const struct {
		char digits[AI_LENGTH + 1];
		unsigned char length;
	} predefined[] = {
		{ "00", 18 }, { "01", 14 }, { "02", 14 }, { "03", 14 }, { "04", 16 }, { "11", 6 },
		{ "12", 6 },  { "13", 6 },  { "14", 6 },  { "15", 6 },	{ "16", 6 },  { "17", 6 },
		{ "18", 6 },  { "19", 6 },  { "20", 2 },  { "31", 8 },	{ "32", 8 },  { "33", 8 },
		{ "34", 8 },  { "35", 8 },  { "36", 8 },  { "41", 14 },
	};

	for (size_t i = 0; i < COUNT_OF(predefined); i++)
		if (slice_equal(ai, slice_of(predefined[i].digits)))
			return predefined[i].length;
	return 0;
}

/* "010950600013435221ABC<GS>10L1" */
static void read_scanned(struct slice text, struct elements *e)
{
	while (text.length > AI_LENGTH) {
		struct slice ai = { text.data, AI_LENGTH }, value = slice_from(text, AI_LENGTH);
		size_t fixed = fixed_length(ai), end;

		if (fixed > 0 && fixed < value.length)
			value.length = fixed;
		end = slice_find(value, GS);
		text = slice_from(text, AI_LENGTH + end);
		value.length = end;
		keep_element(e, ai, value);
		if (text.length > 0 && text.data[0] == GS)
			text = slice_from(text, 1);
	}
}

/* "01" and a GTIN. */
static bool is_scanned(struct slice text)
{
	uint64_t gtin;

	return slice_starts(text, S("01")) &&
	       gtin_parse((struct slice){ text.data + AI_LENGTH, GTIN_DIGITS }, &gtin) == GTIN_OK;
}

/* ISO/IEC 15424: GS1 DataMatrix, QR Code, 128, DataBar. */
static struct slice without_symbology(struct slice text)
{
	static const char *const marks[] = { "]d2", "]Q3", "]C1", "]e0" };

	for (size_t i = 0; i < COUNT_OF(marks); i++)
		if (slice_starts(text, slice_of(marks[i])))
			return slice_from(text, strlen(marks[i]));
	return text;
}

/* False: it is no element string. One is longer than any serial, which may begin the same way. */
static bool read_elements(struct keyring *ring, struct slice text, struct printed_code *ret)
{
	struct elements e = { S(""), S("") };
	uint64_t gtin;

	text = without_symbology(text);
	if (text.length <= GS1_SERIAL_MAX)
		return false;
	if (slice_starts(text, S("(01)")))
		read_bracketed(text, &e);
	else if (is_scanned(text))
		read_scanned(text, &e);
	else
		return false;
	if (gtin_parse(e.gtin, &gtin) != GTIN_OK)
		malformed(ret, PRINTED_BAD_LINK, "the element string has no GTIN in (01)");
	else if (e.serial.length == 0)
		no_item(ret);
	else
		read_serial(ring, gtin, e.serial, ret);
	return true;
}

/* --- serials as people type them ----------------------------------------------------------- */

/* Without what stands between groups. */
static struct slice ungrouped(struct slice text, char room[SERIAL_LENGTH_MOST])
{
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '-' || text.data[i] == ' ')
			continue;
		if (length == SERIAL_LENGTH_MOST)
			return text;
		room[length++] = text.data[i];
	}
	return (struct slice){ room, length };
}

/* As it stands; where that is no code of ours, as if the dashes and blanks stood between groups. */
static void read_typed(struct keyring *ring, uint64_t gtin, struct slice text,
		       struct printed_code *ret)
{
	char room[SERIAL_LENGTH_MOST];
	struct printed_code plain = { .result = PRINTED_MALFORMED };
	struct slice serial = ungrouped(text, room);

	read_serial(ring, gtin, text, ret);
	if (serial.length == text.length ||
	    (ret->result != PRINTED_OTHER && ret->result != PRINTED_MALFORMED))
		return;
	read_serial(ring, gtin, serial, &plain);
	if (plain.result == PRINTED_COMPUTED || plain.result == PRINTED_KEY_LATER)
		*ret = plain;
}

void printed_code_read(struct keyring *ring, struct slice text, uint64_t gtin,
		       struct printed_code *ret)
{
	struct slice trimmed = slice_trim(text);

	*ret = (struct printed_code){ .result = PRINTED_MALFORMED };
	if (trimmed.length == 0)
		malformed(ret, PRINTED_EMPTY, "empty");
	else if (slice_find(trimmed, ':') < trimmed.length &&
		 (slice_starts(trimmed, S("http")) || slice_starts(trimmed, S("HTTP"))))
		read_link(ring, trimmed, ret);
	else if (read_elements(ring, trimmed, ret))
		return;
	else if (gtin == 0)
		malformed(ret, PRINTED_NO_GTIN,
			  "neither a GS1 Digital Link nor a serial with its GTIN");
	else
		read_typed(ring, gtin, trimmed, ret);
}
