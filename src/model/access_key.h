/*
 * Secrets of 256 random bits that let somebody in, as text: PREFIX, an id of ten characters, "_"
 * and 64 hexadecimal digits. The store keeps the id and the SHA-256 of the digits: with that many
 * random bits a slow hash would add nothing.
 */
#ifndef SUYUAN_MODEL_ACCESS_KEY_H
#define SUYUAN_MODEL_ACCESS_KEY_H

#include "base/slice.h"

enum {
	ACCESS_KEY_ID = 10,
	ACCESS_KEY_SECRET = 64,
	ACCESS_KEY_TEXT_SIZE = 4 + ACCESS_KEY_ID + 1 + ACCESS_KEY_SECRET + 1, /* at most */
	ACCESS_KEY_RANDOM = ACCESS_KEY_ID + ACCESS_KEY_SECRET / 2, /* bytes that make a key */
	SHA256_HEX_SIZE = 64 + 1,
};

enum access_kind {
	ACCESS_LINE,	/* "sy_": of a packaging line, for the API */
	ACCESS_TOKEN,	/* "syt_": of a person's program, for the API */
	ACCESS_SESSION, /* "sys_": of a browser that signed in; in a cookie */
	ACCESS_LINK,	/* "syl_": in a link by which a person sets a password, once */
	ACCESS_KINDS
};

struct access_key {
	char id[ACCESS_KEY_ID + 1];
	char sha256[SHA256_HEX_SIZE]; /* of the secret's 64 digits */
};

/* From random bytes; ret_text is told once, and must be wiped by the caller. */
void access_key_make(enum access_kind kind, const uint8_t random[ACCESS_KEY_RANDOM], char ret_text[ACCESS_KEY_TEXT_SIZE],
		   struct access_key *ret_key);
/* False: no text of that form and kind. */
MUSTCHECK bool access_key_read(enum access_kind kind, struct slice text, struct access_key *ret_key);

/* SHA-256 (FIPS 180-4) in lower-case hexadecimal digits. */
void sha256_hex(struct slice bytes, char ret_hex[SHA256_HEX_SIZE]);

#endif
