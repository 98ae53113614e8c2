/* Seals and opens small secrets. */
#include "model/seal.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { SECRET_MOST = 64, TAG_SIZE = 16, SECRET_AT = 1 + SEAL_NONCE_SIZE };

static const uint8_t *bytes_of(struct slice s)
{
	return (const uint8_t *)s.data;
}

static bool seal(EVP_CIPHER_CTX *gcm, const uint8_t *key, struct slice use, struct slice secret,
		 uint8_t *sealed)
{
	uint8_t *tag = sealed + SECRET_AT + secret.length;
	int n;

	return EVP_EncryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, key, sealed + 1) == 1 &&
	       EVP_EncryptUpdate(gcm, NULL, &n, bytes_of(use), (int)use.length) == 1 &&
	       EVP_EncryptUpdate(gcm, sealed + SECRET_AT, &n, bytes_of(secret),
				 (int)secret.length) == 1 &&
	       EVP_EncryptFinal_ex(gcm, tag, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1;
}

bool seal_make(const uint8_t key[SEAL_KEY_SIZE], struct slice use, struct slice secret,
	       const uint8_t nonce[SEAL_NONCE_SIZE], uint8_t *ret_sealed)
{
	uint8_t sealed[SECRET_MOST + SEAL_MORE] = { SEAL_FORMAT };
	EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
	bool done;

	assert(secret.length > 0 && secret.length <= SECRET_MOST);
	if (gcm == NULL)
		return false;
	memcpy(sealed + 1, nonce, SEAL_NONCE_SIZE);
	done = seal(gcm, key, use, secret, sealed);
	EVP_CIPHER_CTX_free(gcm);
	if (done)
		memcpy(ret_sealed, sealed, secret.length + SEAL_MORE);
	return done;
}

/* SEAL_REFUSED only where the tag itself does not fit. */
static enum seal_result open_sealed(EVP_CIPHER_CTX *gcm, const uint8_t *key, struct slice use,
				    const uint8_t *sealed, size_t length, uint8_t *secret)
{
	uint8_t tag[TAG_SIZE];
	int n;

	memcpy(tag, sealed + SECRET_AT + length, TAG_SIZE);
	if (EVP_DecryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, key, sealed + 1) != 1 ||
	    EVP_DecryptUpdate(gcm, NULL, &n, bytes_of(use), (int)use.length) != 1 ||
	    EVP_DecryptUpdate(gcm, secret, &n, sealed + SECRET_AT, (int)length) != 1 ||
	    EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1)
		return SEAL_FAILED;
	return EVP_DecryptFinal_ex(gcm, secret + n, &n) == 1 ? SEAL_OK : SEAL_REFUSED;
}

enum seal_result seal_open(const uint8_t key[SEAL_KEY_SIZE], struct slice use, struct slice sealed,
			   size_t length, uint8_t *ret_secret)
{
	uint8_t secret[SECRET_MOST];
	enum seal_result result;
	EVP_CIPHER_CTX *gcm;

	assert(length > 0 && length <= SECRET_MOST);
	if (sealed.length != length + SEAL_MORE || sealed.data[0] != SEAL_FORMAT)
		return SEAL_BAD_FORMAT;
	gcm = EVP_CIPHER_CTX_new();
	if (gcm == NULL)
		return SEAL_FAILED;
	result = open_sealed(gcm, key, use, bytes_of(sealed), length, secret);
	EVP_CIPHER_CTX_free(gcm);
	if (result == SEAL_OK)
		memcpy(ret_secret, secret, length);
	OPENSSL_cleanse(secret, sizeof(secret));
	return result;
}
