/* What is printed on an item, read: a link or a serial, then the counter in it. */
#include "model/printed_code.h"

#include "model/gbt33993.h"
#include "model/gs1.h"

static void malformed(struct printed_code *ret, const char *reason)
{
	ret->result = PRINTED_MALFORMED;
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
		malformed(ret, "the serial is not 1 to 20 characters of GS1's set");
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

static void read_link(struct keyring *ring, struct slice text, struct printed_code *ret)
{
	struct digital_link link;
	struct gbt_code gbt;

	if (digital_link_parse(text, &link) != DL_OK) {
		if (gbt_parse(text, &gbt) == GBT_OK && gbt.serial[0] != '\0')
			read_serial(ring, gbt.gtin, slice_of(gbt.serial), ret);
		else
			malformed(ret, link.error);
	} else if (!link.has_gtin || link.serial.length == 0) {
		malformed(ret, "the link names no single item");
	} else {
		read_serial(ring, link.gtin, link.serial, ret);
	}
}

void printed_code_read(struct keyring *ring, struct slice text, uint64_t gtin,
		       struct printed_code *ret)
{
	struct slice trimmed = slice_trim(text);

	*ret = (struct printed_code){ .result = PRINTED_MALFORMED };
	if (trimmed.length == 0)
		malformed(ret, "empty");
	else if (slice_find(trimmed, ':') < trimmed.length &&
		 (slice_starts(trimmed, S("http")) || slice_starts(trimmed, S("HTTP"))))
		read_link(ring, trimmed, ret);
	else if (gtin == 0)
		malformed(ret, "neither a GS1 Digital Link nor a serial with its GTIN");
	else
		read_serial(ring, gtin, trimmed, ret);
}
