/* Decodes serials. */
#include "web/serial_counter.h"

#include "web/state.h"

enum serial_counter serial_counter(uint64_t gtin, struct slice serial, uint64_t *ret_counter,
				   unsigned *ret_key)
{
	struct serial_key *key;
	uint64_t counter;

	if (serial.length < SERIAL_LENGTH_LEAST || serial_key_id(serial, ret_key) != SERIAL_OK)
		return SERIAL_COUNTER_NONE;
	key = state_key(*ret_key);
	if (key == NULL)
		return state_lacks_key(*ret_key) ? SERIAL_COUNTER_NO_KEY : SERIAL_COUNTER_KEY_AWAY;
	if (serial_decode(key, serial, gtin, &counter) != SERIAL_OK || counter > INT64_MAX)
		return SERIAL_COUNTER_BEYOND;
	*ret_counter = counter;
	return SERIAL_COUNTER_FOUND;
}
