/* What a serial stands for, with the keys that this worker has in memory. */
#ifndef SUYUAN_WEB_SERIAL_COUNTER_H
#define SUYUAN_WEB_SERIAL_COUNTER_H

#include "model/serial.h"

enum serial_counter {
	SERIAL_COUNTER_FOUND,
	SERIAL_COUNTER_NONE,	 /* it is no serial as they are computed */
	SERIAL_COUNTER_BEYOND,	 /* it stands for no number that is ever issued */
	SERIAL_COUNTER_NO_KEY,	 /* there is no key of that name */
	SERIAL_COUNTER_KEY_AWAY, /* there may be, but not here: nothing can be said of it */
};

/* *ret_counter only when found, at most INT64_MAX; *ret_key, its key's name, unless there is none.
 */
MUSTCHECK enum serial_counter serial_counter(uint64_t gtin, struct slice serial,
					     uint64_t *ret_counter, unsigned *ret_key);

#endif
