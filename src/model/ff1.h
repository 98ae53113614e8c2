/*
 * FF1 (NIST SP 800-38G, section 6.2): encrypts a row of numerals into another row of
 * the same length over the same radix. It is a permutation, so two different rows
 * never become the same one.
 *
 * All of the input of a round but one block is the same for every row of one tweak
 * and length; ff1_init() chains it once, and a round then costs one AES block.
 */
#ifndef SUYUAN_MODEL_FF1_H
#define SUYUAN_MODEL_FF1_H

#include <openssl/evp.h>

#include "base/base.h"

enum {
	FF1_BLOCK = 16,
	FF1_ROUNDS = 10,
	FF1_TWEAK_MAXIMUM = 64, /* bytes */
};

/* AES with one key, ready to encrypt single blocks. */
struct ff1_aes {
	EVP_CIPHER_CTX *ecb; /* owned; its memory is wiped by OpenSSL on release */
};

/* `size` is 16, 24 or 32 bytes; the caller wipes `key`. False: other size or no memory. */
MUSTCHECK bool ff1_aes_init(struct ff1_aes *aes, const uint8_t *key, size_t size);
void ff1_aes_release(struct ff1_aes *aes); /* accepts NULL and zeroed structs */

/* What all rows of one (key, radix, length, tweak) share. A plain value. */
struct ff1 {
	EVP_CIPHER_CTX *ecb;	/* borrowed from the struct ff1_aes */
	unsigned bytes;		/* b of the standard: bytes of one half as a number */
	unsigned mac_bytes;	/* d of the standard: bytes taken of each round's output */
	uint64_t left_modulus;	/* radix ^ left numerals */
	uint64_t right_modulus; /* radix ^ right numerals */
	uint64_t high, low;	/* the last block without round and number, chained */
};

/* The two halves of a row, each read as a big-endian number. left < left_modulus … */
struct ff1_halves {
	uint64_t left;
	uint64_t right;
};

/* How many of `length` numerals are in the left half; the others are in the right. */
unsigned ff1_left_length(unsigned length);

/*
 * False where the standard or this implementation cannot: radix < 2 or > 65536, length
 * < 2, fewer than one million rows (SP 800-38G rev. 1), a half that needs more than 60
 * bits, a tweak over FF1_TWEAK_MAXIMUM. `aes` must outlive `f`.
 */
MUSTCHECK bool ff1_init(struct ff1 *f, struct ff1_aes *aes, unsigned radix, unsigned length,
			const uint8_t *tweak, size_t tweak_size);
/* In place; each half must be below its modulus. */
void ff1_encrypt(const struct ff1 *f, struct ff1_halves *row);
void ff1_decrypt(const struct ff1 *f, struct ff1_halves *row);
/*
 * The same as `count` calls of ff1_encrypt(), with AES running over many blocks at once: OpenSSL
 * then keeps the processor's AES unit busy, which is half of the time all of it takes.
 */
void ff1_encrypt_many(const struct ff1 *f, struct ff1_halves *rows, size_t count);

#endif
