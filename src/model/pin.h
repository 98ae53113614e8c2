/*
 * The PIN under the scratch-off field of an item (FEATURES C7). Like the serial it is computed and
 * stored nowhere: the first 64 bits of HMAC-SHA-256 (RFC 2104) over the GTIN, the serial and the
 * number of digits, under a key made from the serial key, as a decimal number. Who knows the code
 * learns nothing of the PIN; who knows many PINs learns nothing of another.
 */
#ifndef SUYUAN_MODEL_PIN_H
#define SUYUAN_MODEL_PIN_H

#include "model/serial.h"

enum {
	PIN_DIGITS_LEAST = 4,
	PIN_DIGITS_MOST = 8,
	PIN_DIGITS = 6, /* unless somebody says otherwise */
	PIN_TRIES = 5,	/* wrong ones; then it is locked */
	PIN_SIZE = PIN_DIGITS_MOST + 1,
};

/* For serial_key_init(): NULL where OpenSSL is out of memory. Freed by pin_mac_free(). */
struct evp_mac_ctx_st;
MUSTCHECK struct evp_mac_ctx_st *pin_mac_new(const uint8_t serial_key[SERIAL_KEY_SIZE]);
void pin_mac_free(struct evp_mac_ctx_st *mac); /* wipes; accepts NULL */

/*
 * Writes PIN_DIGITS_LEAST to PIN_DIGITS_MOST digits and a NUL. `serial` is one that `k` made, at
 * most SERIAL_LENGTH_MOST characters. False: OpenSSL is out of memory. The caller wipes it.
 */
MUSTCHECK bool pin_of(struct serial_key *k, uint64_t gtin, struct slice serial, unsigned digits,
		      char ret_pin[PIN_SIZE]);

/*
 * What was typed, as digits and a NUL: blanks and dashes dropped, full-width digits made plain.
 * False: something else is in it, more than PIN_DIGITS_MOST digits, or ill-formed UTF-8. Nothing
 * typed is "".
 */
MUSTCHECK bool pin_read(struct slice typed, char ret_pin[PIN_SIZE]);

/* In a time that does not tell where they differ. Both have PIN_SIZE bytes, zeros behind the end.
 */
bool pin_equal(const char a[PIN_SIZE], const char b[PIN_SIZE]);

#endif
