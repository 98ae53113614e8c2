/* Makes and reads the keys that let lines and people in. */
#include "model/access_key.h"

#include <openssl/evp.h>

#include "model/serial.h"

static const struct slice prefixes[ACCESS_KINDS] = {
	[ACCESS_LINE] = SLICE("sy_"),
	[ACCESS_TOKEN] = SLICE("syt_"),
	[ACCESS_SESSION] = SLICE("sys_"),
	[ACCESS_LINK] = SLICE("syl_"),
};
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

void access_key_make(enum access_kind kind, const uint8_t random[ACCESS_KEY_RANDOM], char ret_text[ACCESS_KEY_TEXT_SIZE],
		   struct access_key *ret_key)
{
	struct slice prefix = prefixes[kind];
	char *to = ret_text;

	memcpy(to, prefix.data, prefix.length);
	to += prefix.length;
	for (unsigned i = 0; i < ACCESS_KEY_ID; i++)
		*to++ = serial_character(random[i] % SERIAL_KEY_IDS);
	*to++ = '_';
	for (unsigned i = ACCESS_KEY_ID; i < ACCESS_KEY_RANDOM; i++) {
		*to++ = digits[random[i] >> 4];
		*to++ = digits[random[i] & 15];
	}
	*to = '\0';
	if (!access_key_read(kind, slice_of(ret_text), ret_key))
		abort();
}

static bool consists_of(struct slice text, const char *set)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] == '\0' || strchr(set, text.data[i]) == NULL)
			return false;
	return true;
}

bool access_key_read(enum access_kind kind, struct slice text, struct access_key *ret_key)
{
	struct slice prefix = prefixes[kind], id, secret;

	if (text.length != prefix.length + ACCESS_KEY_ID + 1 + ACCESS_KEY_SECRET || !slice_starts(text, prefix))
		return false;
	id = (struct slice){ text.data + prefix.length, ACCESS_KEY_ID };
	secret = (struct slice){ id.data + ACCESS_KEY_ID + 1, ACCESS_KEY_SECRET };
	if (id.data[ACCESS_KEY_ID] != '_' || !consists_of(id, SERIAL_ALPHABET) ||
	    !consists_of(secret, digits))
		return false;
	memcpy(ret_key->id, id.data, id.length);
	ret_key->id[id.length] = '\0';
	sha256_hex(secret, ret_key->sha256);
	return true;
}
