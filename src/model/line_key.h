/*
 * The key a packaging line shows to the API: "sy_ID_SECRET", ID of ten characters, SECRET of 64
 * hexadecimal digits that stand for 256 random bits. The store keeps the ID and the SHA-256 of the
 * secret: with that many random bits a slow hash would add nothing.
 */
#ifndef SUYUAN_MODEL_LINE_KEY_H
#define SUYUAN_MODEL_LINE_KEY_H

#include "base/slice.h"

enum {
	LINE_KEY_ID = 10,
	LINE_KEY_SECRET = 64,
	LINE_KEY_TEXT_SIZE = 3 + LINE_KEY_ID + 1 + LINE_KEY_SECRET + 1,
	LINE_KEY_RANDOM = LINE_KEY_ID + LINE_KEY_SECRET / 2, /* bytes that make a key */
	SHA256_HEX_SIZE = 64 + 1,
};

struct line_key {
	char id[LINE_KEY_ID + 1];
	char sha256[SHA256_HEX_SIZE]; /* of the secret's 64 digits */
};

/* From random bytes; ret_text is what the line is told, once, and must be wiped by the caller. */
void line_key_make(const uint8_t random[LINE_KEY_RANDOM], char ret_text[LINE_KEY_TEXT_SIZE],
		   struct line_key *ret_key);
/* False: no text of that form. */
MUSTCHECK bool line_key_read(struct slice text, struct line_key *ret_key);

/* SHA-256 (FIPS 180-4) in lower-case hexadecimal digits. */
void sha256_hex(struct slice bytes, char ret_hex[SHA256_HEX_SIZE]);

#endif
