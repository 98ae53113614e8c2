/* Makes and reads the keys of packaging lines. */
#include "model/line_key.h"

#include <openssl/evp.h>

#include "model/serial.h"

static const struct slice prefix = SLICE("sy_");
static const char digits[] = "0123456789abcdef";

void sha256_hex(struct slice bytes, char ret_hex[SHA256_HEX_SIZE])
{
	unsigned char digest[32];

	/* Fails only where OpenSSL has no memory for a context; nothing sensible goes on from
	 * there. */
	if (!EVP_Digest(bytes.data, bytes.length, digest, NULL, EVP_sha256(), NULL))
		abort();
	for (unsigned i = 0; i < sizeof(digest); i++) {
		ret_hex[2 * i] = digits[digest[i] >> 4];
		ret_hex[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_hex[2 * sizeof(digest)] = '\0';
}

void line_key_make(const uint8_t random[LINE_KEY_RANDOM], char ret_text[LINE_KEY_TEXT_SIZE],
		   struct line_key *ret_key)
{
	char *to = ret_text;

	memcpy(to, prefix.data, prefix.length);
	to += prefix.length;
	for (unsigned i = 0; i < LINE_KEY_ID; i++)
		*to++ = serial_character(random[i] % SERIAL_KEY_IDS);
	*to++ = '_';
	for (unsigned i = LINE_KEY_ID; i < LINE_KEY_RANDOM; i++) {
		*to++ = digits[random[i] >> 4];
		*to++ = digits[random[i] & 15];
	}
	*to = '\0';
	if (!line_key_read(slice_of(ret_text), ret_key))
		abort();
}

static bool consists_of(struct slice text, const char *set)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] == '\0' || strchr(set, text.data[i]) == NULL)
			return false;
	return true;
}

bool line_key_read(struct slice text, struct line_key *ret_key)
{
	struct slice id, secret;

	if (text.length != LINE_KEY_TEXT_SIZE - 1 || !slice_starts(text, prefix))
		return false;
	id = (struct slice){ text.data + prefix.length, LINE_KEY_ID };
	secret = (struct slice){ id.data + LINE_KEY_ID + 1, LINE_KEY_SECRET };
	if (id.data[LINE_KEY_ID] != '_' || !consists_of(id, SERIAL_ALPHABET) ||
	    !consists_of(secret, digits))
		return false;
	memcpy(ret_key->id, id.data, id.length);
	ret_key->id[id.length] = '\0';
	sha256_hex(secret, ret_key->sha256);
	return true;
}
