/* PINs: a keyed hash of GTIN and serial as a few digits. */
#include "model/pin.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/utf8.h"
#include "model/gs1.h"
#include "model/typed.h"

enum { HASH_SIZE = 32, NUMBER_SIZE = 8 };

static const char label[] = "suyuan pin 1";

/* --- keys --- */

static EVP_MAC_CTX *mac_new(const uint8_t *key, size_t size)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);

	EVP_MAC_free(hmac);
	if (mac != NULL && EVP_MAC_init(mac, key, size, parameters) == 1)
		return mac;
	EVP_MAC_CTX_free(mac);
	return NULL;
}

static bool mac_end(EVP_MAC_CTX *mac, uint8_t ret_hash[HASH_SIZE])
{
	size_t size = 0;

	return EVP_MAC_final(mac, ret_hash, &size, HASH_SIZE) == 1 && size == HASH_SIZE;
}

/* The serial key makes a key of its own for PINs: no use of one tells anything of the other. */
EVP_MAC_CTX *pin_mac_new(const uint8_t serial_key[SERIAL_KEY_SIZE])
{
	EVP_MAC_CTX *from = mac_new(serial_key, SERIAL_KEY_SIZE), *mac = NULL;
	uint8_t key[HASH_SIZE];

	if (from != NULL && EVP_MAC_update(from, (const uint8_t *)label, sizeof(label) - 1) == 1 &&
	    mac_end(from, key))
		mac = mac_new(key, sizeof(key));
	EVP_MAC_CTX_free(from);
	OPENSSL_cleanse(key, sizeof(key));
	return mac;
}

void pin_mac_free(EVP_MAC_CTX *mac)
{
	EVP_MAC_CTX_free(mac);
}

/* --- PINs --- */

/* 64 bits are so many more than 10^8 that no digit comes more often than another. */
static void write_digits(const uint8_t hash[HASH_SIZE], unsigned digits, char ret_pin[PIN_SIZE])
{
	uint64_t number = 0;

	for (unsigned i = 0; i < NUMBER_SIZE; i++)
		number = number << 8 | hash[i];
	memset(ret_pin, 0, PIN_SIZE);
	for (unsigned i = digits; i-- > 0; number /= 10)
		ret_pin[i] = (char)('0' + number % 10);
}

bool pin_of(struct serial_key *k, uint64_t gtin, struct slice serial, unsigned digits,
	    char ret_pin[PIN_SIZE])
{
	uint8_t text[1 + GTIN_TEXT_SIZE + SERIAL_LENGTH_MOST] = { (uint8_t)digits };
	uint8_t hash[HASH_SIZE];
	bool ok;

	assert(digits >= PIN_DIGITS_LEAST && digits <= PIN_DIGITS_MOST);
	assert(serial.length <= SERIAL_LENGTH_MOST);
	gtin_format(gtin, (char *)text + 1);
	memcpy(text + 1 + GTIN_TEXT_SIZE, serial.data, serial.length);
	/* With no key it begins anew under the one it has. */
	ok = EVP_MAC_init(k->pins, NULL, 0, NULL) == 1 &&
	     EVP_MAC_update(k->pins, text, 1 + GTIN_TEXT_SIZE + serial.length) == 1 &&
	     mac_end(k->pins, hash);
	if (ok)
		write_digits(hash, digits, ret_pin);
	OPENSSL_cleanse(hash, sizeof(hash));
	return ok;
}

bool pin_read(struct slice typed, char ret_pin[PIN_SIZE])
{
	char pin[PIN_SIZE] = "";
	unsigned digits = 0;
	bool ok = utf8_valid(typed);

	while (ok && typed.length > 0) {
		uint32_t c = typed_plain(utf8_next(&typed));

		if (typed_is_blank(c) || typed_is_dash(c))
			continue;
		ok = c >= '0' && c <= '9' && digits < PIN_DIGITS_MOST;
		if (ok)
			pin[digits++] = (char)c;
	}
	if (ok)
		memcpy(ret_pin, pin, sizeof(pin));
	OPENSSL_cleanse(pin, sizeof(pin));
	return ok;
}

bool pin_equal(const char a[PIN_SIZE], const char b[PIN_SIZE])
{
	return CRYPTO_memcmp(a, b, PIN_SIZE) == 0;
}
