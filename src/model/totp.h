/*
 * Codes of a second factor: six digits that change every 30 seconds (RFC 6238 with HMAC-SHA-1, over
 * RFC 4226). The time is passed in.
 */
#ifndef SUYUAN_MODEL_TOTP_H
#define SUYUAN_MODEL_TOTP_H

#include "base/buf.h"

enum {
	TOTP_SECRET = 20,	   /* bytes, as RFC 4226, section 4 recommends */
	TOTP_BASE32_SIZE = 32 + 1, /* of such a secret, without padding */
	TOTP_SECONDS = 30,
	TOTP_DIGITS = 6,
	TOTP_URI_MOST = 1024,
};

/* The code of a time step, with leading zeros. */
void totp_code(const uint8_t secret[TOTP_SECRET], uint64_t step, char ret_code[TOTP_DIGITS + 1]);
/*
 * Whether `code` is that of now (seconds since 1970) or of the step before or after, and of none up
 * to `used`; the step then is to be kept as used. Compares in constant time.
 */
MUSTCHECK bool totp_find(const uint8_t secret[TOTP_SECRET], struct slice code, uint64_t now,
			 uint64_t used, uint64_t *ret_step);
/* RFC 4648, section 6, for who types it. */
void totp_base32(const uint8_t secret[TOTP_SECRET], char ret_text[TOTP_BASE32_SIZE]);
/* "otpauth://totp/…", as the apps' QR codes have it. */
void totp_uri(const uint8_t secret[TOTP_SECRET], struct slice name, struct buf *out);

#endif
