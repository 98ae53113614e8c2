/* Computes and checks the codes of a second factor. */
#include "model/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

void totp_code(const uint8_t secret[TOTP_SECRET], uint64_t step, char ret_code[TOTP_DIGITS + 1])
{
	unsigned char message[8], mac[EVP_MAX_MD_SIZE];
	unsigned length = 0, at;
	uint32_t number;

	for (unsigned i = 0; i < sizeof(message); i++)
		message[i] = (unsigned char)(step >> (56 - 8 * i));
	if (HMAC(EVP_sha1(), secret, TOTP_SECRET, message, sizeof(message), mac, &length) == NULL)
		abort(); /* only without memory */
	/* RFC 4226, 5.3: 31 bits from where the last four say. */
	at = mac[length - 1] & 15;
	number = ((uint32_t)mac[at] & 127) << 24 | (uint32_t)mac[at + 1] << 16 |
		 (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	(void)snprintf(ret_code, TOTP_DIGITS + 1, "%06u", (unsigned)(number % 1000000));
}

bool totp_find(const uint8_t secret[TOTP_SECRET], struct slice code, uint64_t now, uint64_t used,
	       uint64_t *ret_step)
{
	uint64_t current = now / TOTP_SECONDS;
	char expected[TOTP_DIGITS + 1];

	for (uint64_t step = current == 0 ? 0 : current - 1; step <= current + 1; step++) {
		totp_code(secret, step, expected);
		if (step <= used || !slice_equal_constant_time(code, slice_of(expected)))
			continue;
		*ret_step = step;
		return true;
	}
	return false;
}

void totp_base32(const uint8_t secret[TOTP_SECRET], char ret_text[TOTP_BASE32_SIZE])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char *to = ret_text;

	for (unsigned bit = 0; bit < 8 * TOTP_SECRET; bit += 5) {
		unsigned pair = (unsigned)secret[bit / 8] << 8;

		if (bit / 8 + 1 < TOTP_SECRET)
			pair |= secret[bit / 8 + 1];
		*to++ = alphabet[pair >> (11 - bit % 8) & 31];
	}
	*to = '\0';
}

static void add_escaped(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';

		if (plain)
			buf_add_char(out, (char)c);
		else
			buf_add_format(out, "%%%02X", c);
	}
}

void totp_uri(const uint8_t secret[TOTP_SECRET], struct slice name, struct buf *out)
{
	char text[TOTP_BASE32_SIZE];

	totp_base32(secret, text);
	buf_add_string(out, "otpauth://totp/Suyuan:");
	add_escaped(out, name);
	buf_add_format(out, "?secret=%s&issuer=Suyuan", text);
}
