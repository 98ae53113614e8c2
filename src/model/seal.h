/*
 * Small secrets sealed with AES-256-GCM (SP 800-38D): one byte of format, the nonce, the secret,
 * the tag. What a secret is for, and whose it is, is bound as associated data: a sealed one neither
 * opens for another use or owner nor with one bit changed.
 */
#ifndef SUYUAN_MODEL_SEAL_H
#define SUYUAN_MODEL_SEAL_H

#include "base/slice.h"

enum {
	SEAL_KEY_SIZE = 32,
	SEAL_NONCE_SIZE = 12,
	SEAL_MORE = 1 + SEAL_NONCE_SIZE + 16, /* bytes that sealing adds */
	SEAL_FORMAT = 1,		      /* the first byte */
};

enum seal_result {
	SEAL_OK,
	SEAL_BAD_FORMAT, /* another length, or an unknown first byte */
	SEAL_REFUSED,	 /* other key, other use, or changed bytes: GCM cannot tell which */
	SEAL_FAILED,	 /* OpenSSL is out of memory */
};

/*
 * Writes secret.length + SEAL_MORE bytes; the secret has 1 to 64. `nonce` is random, fresh for
 * every call. false: out of memory.
 */
MUSTCHECK bool seal_make(const uint8_t key[SEAL_KEY_SIZE], struct slice use, struct slice secret,
			 const uint8_t nonce[SEAL_NONCE_SIZE], uint8_t *ret_sealed);
/* The way back, for a secret of `length` bytes. The caller wipes `ret_secret`. */
MUSTCHECK enum seal_result seal_open(const uint8_t key[SEAL_KEY_SIZE], struct slice use,
				     struct slice sealed, size_t length, uint8_t *ret_secret);

#endif
