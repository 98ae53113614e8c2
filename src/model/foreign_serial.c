/* Looks at a serial made elsewhere with GS1's eyes and with those of every key. */
#include "model/foreign_serial.h"

#include "model/gs1.h"

static size_t bad_character(struct slice serial)
{
	for (size_t i = 0; i < serial.length; i++)
		if (!gs1_is_cset82((struct slice){ serial.data + i, 1 }))
			return i + 1;
	return 0;
}

/* Only the key its first character names can read it, and nothing but our alphabet. */
static bool is_computed(struct keyring *ring, uint64_t gtin, struct slice serial)
{
	struct serial_key *key;
	uint64_t counter;
	unsigned id;

	if (serial_key_id(serial, &id) != SERIAL_OK)
		return false;
	key = keyring_find(ring, id);
	return key != NULL && serial_decode(key, serial, gtin, &counter) == SERIAL_OK &&
	       counter < SERIAL_COUNTERS;
}

enum foreign_result foreign_serial_check(struct keyring *ring, uint64_t gtin, struct slice serial,
					 size_t *ret_position)
{
	size_t bad;

	if (serial.length == 0)
		return FOREIGN_EMPTY;
	bad = bad_character(serial);
	if (bad != 0) {
		*ret_position = bad;
		return FOREIGN_BAD_CHARACTER;
	}
	if (serial.length > GS1_SERIAL_MAX)
		return FOREIGN_TOO_LONG;
	if (slice_equal(serial, S(".")) || slice_equal(serial, S("..")))
		return FOREIGN_DOTS;
	return is_computed(ring, gtin, serial) ? FOREIGN_COMPUTED : FOREIGN_OK;
}

static const struct {
	const char *word, *reason;
} results[] = {
	[FOREIGN_OK] = { "ok", "fine" },
	[FOREIGN_EMPTY] = { "empty", "there is no serial" },
	[FOREIGN_TOO_LONG] = { "too_long", "a serial has at most 20 characters" },
	[FOREIGN_BAD_CHARACTER] = { "bad_character",
				    "a character that no serial may hold (GS1 character set 82: "
				    "A-Z a-z 0-9 ! \" % & ' ( ) * + , - . / : ; < = > ? _)" },
	[FOREIGN_DOTS] = { "dots", "browsers take \".\" and \"..\" out of an address" },
	[FOREIGN_COMPUTED] = { "computed", "a serial key reads it as a code that is issued here, "
					   "or may be one day" },
};

const char *foreign_serial_word(enum foreign_result result)
{
	return results[result].word;
}

const char *foreign_serial_reason(enum foreign_result result)
{
	return results[result].reason;
}
