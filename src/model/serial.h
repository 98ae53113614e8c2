/*
 * A serial is computed, not stored: the key's character, then FF1 (SP 800-38G, radix 32,
 * AES-256, tweak = the 14 ASCII digits of the GTIN) over the base-32 digits of a counter,
 * most significant first. Different counters never give the same serial; without the key
 * nobody can tell a serial from a random one.
 */
#ifndef SUYUAN_MODEL_SERIAL_H
#define SUYUAN_MODEL_SERIAL_H

#include "base/slice.h"
#include "model/ff1.h"

/* Digits 0 to 31 as printed: no I, L, O, U; every one in QR's alphanumeric set. */
#define SERIAL_ALPHABET "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

enum {
	SERIAL_KEY_SIZE = 32,	  /* bytes of an AES-256 key */
	SERIAL_KEY_IDS = 32,	  /* key ids are 0 to 31, one character each */
	SERIAL_LENGTH_LEAST = 10, /* characters, key character included */
	SERIAL_LENGTH_MOST = 20,  /* GS1: AI (21) holds at most 20 */
	SERIAL_GUESSES = 100000,  /* a guess may hit at most once in this many */
};
/* Counters that are ever issued are below this; higher ones decode, but were never issued. */
#define SERIAL_COUNTERS (UINT64_C(1) << 40)
/* GTINs are below this: 14 decimal digits. */
#define SERIAL_GTINS UINT64_C(100000000000000)

enum serial_result {
	SERIAL_OK,
	SERIAL_BAD_LENGTH,    /* not 10 to 20 characters */
	SERIAL_BAD_CHARACTER, /* a byte that is not in SERIAL_ALPHABET (lower case included) */
	SERIAL_BAD_GTIN,      /* more than 14 digits */
	SERIAL_OTHER_KEY,     /* its first character names another key */
	SERIAL_OUT_OF_RANGE,  /* the counter does not fit the length (encode) or 64 bits (decode) */
};

/* One key, ready for use. One process may use it from one thread at a time. */
struct serial_key {
	struct ff1_aes aes;
	struct evp_mac_ctx_st *pins; /* of model/pin.h */
	unsigned id;		     /* 0 to 31 */
};

/* `key` is copied into OpenSSL's context; the caller wipes it. False: id > 31 or no memory. */
MUSTCHECK bool serial_key_init(struct serial_key *k, unsigned id,
			       const uint8_t key[SERIAL_KEY_SIZE]);
void serial_key_release(struct serial_key *k); /* wipes; accepts NULL and zeroed structs */

/*
 * Writes `length` characters and a NUL. SERIAL_BAD_LENGTH, SERIAL_BAD_GTIN or
 * SERIAL_OUT_OF_RANGE leave `ret_serial` untouched. No heap.
 */
MUSTCHECK enum serial_result serial_encode(struct serial_key *k, uint64_t gtin, uint64_t counter,
					   unsigned length, char *ret_serial);
/*
 * The serials of counters first to first + count - 1, `length` characters each, one behind
 * the other without anything between. Same results; `ret_serials` holds count * length bytes.
 */
MUSTCHECK enum serial_result serial_encode_many(struct serial_key *k, uint64_t gtin, uint64_t first,
						size_t count, unsigned length, char *ret_serials);
/*
 * The counter that a serial of this GTIN stands for. Every well-formed serial stands for
 * some number: only a counter below the highest one issued makes it one of ours.
 */
MUSTCHECK enum serial_result serial_decode(struct serial_key *k, struct slice serial, uint64_t gtin,
					   uint64_t *ret_counter);

/* The key id in the first character. SERIAL_BAD_LENGTH when empty, SERIAL_BAD_CHARACTER. */
MUSTCHECK enum serial_result serial_key_id(struct slice serial, unsigned *ret_id);
/* Key ids and characters; id must be below SERIAL_KEY_IDS. */
char serial_character(unsigned id);

/*
 * May `issued` codes of one GTIN be out at this length? No where a guess would hit one of
 * them more often than once in SERIAL_GUESSES.
 */
bool serial_settings_ok(unsigned length, uint64_t issued);
/* The most codes of one GTIN for which it says yes; 0 where the length is none. */
uint64_t serial_counters_most(unsigned length);

/* One sentence for people, without a full stop. */
const char *serial_reason(enum serial_result result);

#endif
