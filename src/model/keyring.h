/*
 * The serial keys a process may use, and how they are kept: each wrapped by the master key
 * with AES-256-GCM (SP 800-38D), its key id bound as associated data, so that a wrapped key
 * neither opens under another id nor with one bit changed.
 */
#ifndef SUYUAN_MODEL_KEYRING_H
#define SUYUAN_MODEL_KEYRING_H

#include "model/seal.h"
#include "model/serial.h"

enum {
	KEYRING_MASTER_SIZE = SEAL_KEY_SIZE,
	KEYRING_NONCE_SIZE = SEAL_NONCE_SIZE,
	KEYRING_WRAPPED_SIZE = SERIAL_KEY_SIZE + SEAL_MORE,
};

enum keyring_result {
	KEYRING_OK,
	KEYRING_BAD_ID,	    /* over 31 */
	KEYRING_TAKEN,	    /* the ring holds a key with this id already */
	KEYRING_BAD_FORMAT, /* not KEYRING_WRAPPED_SIZE bytes, or an unknown format byte */
	KEYRING_REFUSED, /* other master key, other id, or changed bytes: GCM cannot tell which */
	KEYRING_FAILED,	 /* OpenSSL is out of memory */
};

/* While keys are rewrapped there are two, and what either wrapped is opened. */
struct master_key {
	uint8_t bytes[KEYRING_MASTER_SIZE]; /* wraps */
	uint8_t next[KEYRING_MASTER_SIZE];  /* with has_next: the one that is to follow */
	bool has_next;
};
void master_key_release(struct master_key *m); /* wipes both; accepts NULL */
/* The one that is to follow, alone; there must be one. The caller wipes it. */
void master_key_next(const struct master_key *m, struct master_key *ret_next);

/*
 * Wraps `key` under `id`. `nonce` is random, fresh for every call, never used twice with the
 * same master key. Writes KEYRING_WRAPPED_SIZE bytes. KEYRING_BAD_ID or KEYRING_FAILED.
 */
MUSTCHECK enum keyring_result keyring_wrap(const struct master_key *m, unsigned id,
					   const uint8_t key[SERIAL_KEY_SIZE],
					   const uint8_t nonce[KEYRING_NONCE_SIZE],
					   uint8_t ret_wrapped[KEYRING_WRAPPED_SIZE]);
/* The way back. Every error of keyring_add() but KEYRING_TAKEN. The caller wipes `ret_key`. */
MUSTCHECK enum keyring_result keyring_unwrap(const struct master_key *m, unsigned id,
					     struct slice wrapped,
					     uint8_t ret_key[SERIAL_KEY_SIZE]);
/*
 * From the bytes of one master key to those of another; the serial key itself never leaves the
 * function.
 */
MUSTCHECK enum keyring_result keyring_rewrap(const struct master_key *from,
					     const struct master_key *to, unsigned id,
					     struct slice wrapped,
					     const uint8_t nonce[KEYRING_NONCE_SIZE],
					     uint8_t ret_wrapped[KEYRING_WRAPPED_SIZE]);

/* Unwrapped keys, ready for use. It must not be copied or moved while in use. */
struct keyring {
	struct serial_key keys[SERIAL_KEY_IDS];
	bool present[SERIAL_KEY_IDS];
};

void keyring_init(struct keyring *ring);
void keyring_release(struct keyring *ring); /* wipes every key; accepts NULL and zeroed structs */
/* On any result but KEYRING_OK the ring is as before. */
MUSTCHECK enum keyring_result keyring_add(struct keyring *ring, unsigned id, struct slice wrapped,
					  const struct master_key *m);
/* NULL where the ring has no such key. Owned by the ring. */
struct serial_key *keyring_find(struct keyring *ring, unsigned id);

enum keyring_result keyring_result_of(enum seal_result result);
/* One sentence for people, without a full stop. */
const char *keyring_reason(enum keyring_result result);

#endif
