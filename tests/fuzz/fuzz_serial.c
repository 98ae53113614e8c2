/*
 * Fuzzes serials: any text under any GTIN, each as a serial of the key it names. What decodes must
 * encode to the same text; what is refused must leave the result alone.
 */
#include <assert.h>

#include "model/serial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct serial_key *key_of(unsigned id)
{
	static struct serial_key keys[SERIAL_KEY_IDS];
	static bool made[SERIAL_KEY_IDS];
	uint8_t bytes[SERIAL_KEY_SIZE] = { (uint8_t)id, 1, 2, 3 };

	if (!made[id])
		made[id] = serial_key_init(&keys[id], id, bytes);
	assert(made[id]);
	return &keys[id];
}

static void there_and_back(struct serial_key *key, struct slice serial, uint64_t gtin)
{
	const uint64_t untouched = 0x5a5a5a5a5a5a5a5a;
	uint64_t counter = untouched;
	char again[SERIAL_LENGTH_MOST + 1];
	char many[2 * SERIAL_LENGTH_MOST];

	if (serial_decode(key, serial, gtin, &counter) != SERIAL_OK) {
		assert(counter == untouched);
		return;
	}
	assert(serial_encode(key, gtin, counter, (unsigned)serial.length, again) == SERIAL_OK);
	assert(slice_equal(slice_of(again), serial));
	if (serial_encode_many(key, gtin, counter, 2, (unsigned)serial.length, many) == SERIAL_OK)
		assert(memcmp(many, again, serial.length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t gtin;
	struct slice serial;
	unsigned id;

	if (size < sizeof(gtin))
		return 0;
	memcpy(&gtin, data, sizeof(gtin));
	serial = (struct slice){ (const char *)data + sizeof(gtin), size - sizeof(gtin) };
	if (serial_key_id(serial, &id) != SERIAL_OK)
		id = 0;
	there_and_back(key_of(id), serial, gtin);
	there_and_back(key_of(id), serial, gtin % SERIAL_GTINS);
	return 0;
}
