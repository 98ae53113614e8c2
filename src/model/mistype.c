/* Codes one slip away from what was typed. */
#include "model/mistype.h"

/* One search; `found` stays at the first slip, and the others are looked at all the same. */
struct search {
	struct keyring *ring;
	uint64_t gtin, issued;
	bool found;
	unsigned at;
};

static void look(struct search *s, const char *serial, unsigned length, unsigned at)
{
	struct slice text = { serial, length };
	struct serial_key *key;
	uint64_t counter;
	unsigned id;

	if (serial_key_id(text, &id) != SERIAL_OK)
		return;
	key = keyring_find(s->ring, id);
	if (key == NULL || serial_decode(key, text, s->gtin, &counter) != SERIAL_OK ||
	    counter >= s->issued || s->found)
		return;
	s->found = true;
	s->at = at;
}

/* Every other character at one place. */
static void look_at_place(struct search *s, char *serial, unsigned length, unsigned place,
			  unsigned at)
{
	char typed = serial[place];

	for (unsigned digit = 0; digit < SERIAL_KEY_IDS; digit++) {
		serial[place] = serial_character(digit);
		if (serial[place] != typed)
			look(s, serial, length, at);
	}
	serial[place] = typed;
}

static void look_for_wrong(struct search *s, char *serial, unsigned length)
{
	for (unsigned i = 0; i < length; i++)
		look_at_place(s, serial, length, i, i);
}

static void look_for_turned(struct search *s, char *serial, unsigned length)
{
	for (unsigned i = 0; i + 1 < length; i++) {
		char first = serial[i];

		serial[i] = serial[i + 1];
		serial[i + 1] = first;
		if (serial[i] != first)
			look(s, serial, length, i);
		serial[i + 1] = serial[i];
		serial[i] = first;
	}
}

static void look_for_missing(struct search *s, const char *serial, unsigned length)
{
	char longer[SERIAL_LENGTH_MOST + 1];

	for (unsigned i = 0; i <= length; i++) {
		memcpy(longer, serial, i);
		longer[i] = '\0'; /* no character: all of them are looked at */
		memcpy(longer + i + 1, serial + i, length - i);
		look_at_place(s, longer, length + 1, i, i);
	}
}

static void look_for_extra(struct search *s, const char *serial, unsigned length)
{
	char shorter[SERIAL_LENGTH_MOST + 1];

	for (unsigned i = 0; i < length; i++) {
		memcpy(shorter, serial, i);
		memcpy(shorter + i, serial + i + 1, length - i - 1);
		look(s, shorter, length - 1, i);
	}
}

/* Even so many looks find an issued code by accident at most once in SERIAL_GUESSES. */
static bool may_look(unsigned length, uint64_t issued)
{
	unsigned bits = 5 * (length - 1);

	if (length < SERIAL_LENGTH_LEAST || length > SERIAL_LENGTH_MOST)
		return false;
	return bits >= 64 || issued <= (UINT64_C(1) << bits) / SERIAL_GUESSES / MISTYPE_LOOKS;
}

bool mistype_find(struct keyring *ring, uint64_t gtin, uint64_t issued, const char *serial,
		  unsigned length, unsigned usual, unsigned *ret_at)
{
	struct search s = { .ring = ring, .gtin = gtin, .issued = issued };
	char text[SERIAL_LENGTH_MOST + 1];

	memcpy(text, serial, length);
	if (may_look(length, issued)) {
		look_for_wrong(&s, text, length);
		look_for_turned(&s, text, length);
	}
	if (length + 1 == usual && may_look(usual, issued))
		look_for_missing(&s, text, length);
	if (length == usual + 1 && may_look(usual, issued))
		look_for_extra(&s, text, length);
	if (s.found)
		*ret_at = s.at;
	return s.found;
}
