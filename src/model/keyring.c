/* Serial keys: wrapped for the store, unwrapped into a ring of keys ready for use. */
#include "model/keyring.h"

#include <assert.h>
#include <openssl/crypto.h>

enum {
	FORMAT = 1,
	TAG_SIZE = 16,
	NONCE_AT = 1,
	KEY_AT = NONCE_AT + KEYRING_NONCE_SIZE,
	TAG_AT = KEY_AT + SERIAL_KEY_SIZE,
};

/* What is authenticated beside the key itself: purpose, format, key id. */
struct associated {
	uint8_t bytes[20];
};

static struct associated associated_data(unsigned id)
{
	struct associated a = { "suyuan serial key" };

	a.bytes[18] = FORMAT;
	a.bytes[19] = (uint8_t)id;
	return a;
}

void master_key_release(struct master_key *m)
{
	if (m == NULL)
		return;
	OPENSSL_cleanse(m->bytes, sizeof(m->bytes));
	OPENSSL_cleanse(m->next, sizeof(m->next));
	m->has_next = false;
}

void master_key_next(const struct master_key *m, struct master_key *ret_next)
{
	assert(m->has_next);
	*ret_next = (struct master_key){ .has_next = false };
	memcpy(ret_next->bytes, m->next, sizeof(m->next));
}

/* --- one wrapped key --- */

static bool seal(EVP_CIPHER_CTX *gcm, const struct master_key *m, struct associated a,
		 const uint8_t *key, uint8_t *wrapped)
{
	int n;

	return EVP_EncryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, m->bytes, wrapped + NONCE_AT) ==
		   1 &&
	       EVP_EncryptUpdate(gcm, NULL, &n, a.bytes, sizeof(a.bytes)) == 1 &&
	       EVP_EncryptUpdate(gcm, wrapped + KEY_AT, &n, key, SERIAL_KEY_SIZE) == 1 &&
	       EVP_EncryptFinal_ex(gcm, wrapped + TAG_AT, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, wrapped + TAG_AT) == 1;
}

enum keyring_result keyring_wrap(const struct master_key *m, unsigned id,
				 const uint8_t key[SERIAL_KEY_SIZE],
				 const uint8_t nonce[KEYRING_NONCE_SIZE],
				 uint8_t ret_wrapped[KEYRING_WRAPPED_SIZE])
{
	uint8_t wrapped[KEYRING_WRAPPED_SIZE] = { FORMAT };
	EVP_CIPHER_CTX *gcm;
	bool sealed;

	if (id >= SERIAL_KEY_IDS)
		return KEYRING_BAD_ID;
	gcm = EVP_CIPHER_CTX_new();
	if (gcm == NULL)
		return KEYRING_FAILED;
	memcpy(wrapped + NONCE_AT, nonce, KEYRING_NONCE_SIZE);
	sealed = seal(gcm, m, associated_data(id), key, wrapped);
	EVP_CIPHER_CTX_free(gcm);
	if (!sealed)
		return KEYRING_FAILED;
	memcpy(ret_wrapped, wrapped, sizeof(wrapped));
	return KEYRING_OK;
}

/* KEYRING_REFUSED only where the tag itself does not fit. */
static enum keyring_result open_sealed(EVP_CIPHER_CTX *gcm,
				       const uint8_t master[KEYRING_MASTER_SIZE],
				       struct associated a, const uint8_t *wrapped, uint8_t *key)
{
	uint8_t tag[TAG_SIZE];
	int n;

	memcpy(tag, wrapped + TAG_AT, TAG_SIZE);
	if (EVP_DecryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, master, wrapped + NONCE_AT) != 1 ||
	    EVP_DecryptUpdate(gcm, NULL, &n, a.bytes, sizeof(a.bytes)) != 1 ||
	    EVP_DecryptUpdate(gcm, key, &n, wrapped + KEY_AT, SERIAL_KEY_SIZE) != 1 ||
	    EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1)
		return KEYRING_FAILED;
	return EVP_DecryptFinal_ex(gcm, key + n, &n) == 1 ? KEYRING_OK : KEYRING_REFUSED;
}

enum keyring_result keyring_unwrap(const struct master_key *m, unsigned id, struct slice wrapped,
				   uint8_t ret_key[SERIAL_KEY_SIZE])
{
	uint8_t key[SERIAL_KEY_SIZE];
	enum keyring_result result;
	EVP_CIPHER_CTX *gcm;

	if (id >= SERIAL_KEY_IDS)
		return KEYRING_BAD_ID;
	if (wrapped.length != KEYRING_WRAPPED_SIZE || wrapped.data[0] != FORMAT)
		return KEYRING_BAD_FORMAT;
	gcm = EVP_CIPHER_CTX_new();
	if (gcm == NULL)
		return KEYRING_FAILED;
	result =
	    open_sealed(gcm, m->bytes, associated_data(id), (const uint8_t *)wrapped.data, key);
	if (result == KEYRING_REFUSED && m->has_next)
		result = open_sealed(gcm, m->next, associated_data(id),
				     (const uint8_t *)wrapped.data, key);
	EVP_CIPHER_CTX_free(gcm);
	if (result == KEYRING_OK)
		memcpy(ret_key, key, sizeof(key));
	OPENSSL_cleanse(key, sizeof(key));
	return result;
}

enum keyring_result keyring_rewrap(const struct master_key *from, const struct master_key *to,
				   unsigned id, struct slice wrapped,
				   const uint8_t nonce[KEYRING_NONCE_SIZE],
				   uint8_t ret_wrapped[KEYRING_WRAPPED_SIZE])
{
	uint8_t key[SERIAL_KEY_SIZE];
	enum keyring_result result = keyring_unwrap(from, id, wrapped, key);

	if (result != KEYRING_OK)
		return result;
	result = keyring_wrap(to, id, key, nonce, ret_wrapped);
	OPENSSL_cleanse(key, sizeof(key));
	return result;
}

/* --- the ring --- */

void keyring_init(struct keyring *ring)
{
	*ring = (struct keyring){ 0 };
}

void keyring_release(struct keyring *ring)
{
	if (ring == NULL)
		return;
	for (unsigned id = 0; id < SERIAL_KEY_IDS; id++) {
		serial_key_release(&ring->keys[id]);
		ring->present[id] = false;
	}
}

enum keyring_result keyring_add(struct keyring *ring, unsigned id, struct slice wrapped,
				const struct master_key *m)
{
	uint8_t key[SERIAL_KEY_SIZE];
	enum keyring_result result;

	if (id >= SERIAL_KEY_IDS)
		return KEYRING_BAD_ID;
	if (ring->present[id])
		return KEYRING_TAKEN;
	result = keyring_unwrap(m, id, wrapped, key);
	if (result != KEYRING_OK)
		return result;
	ring->present[id] = serial_key_init(&ring->keys[id], id, key);
	OPENSSL_cleanse(key, sizeof(key));
	return ring->present[id] ? KEYRING_OK : KEYRING_FAILED;
}

struct serial_key *keyring_find(struct keyring *ring, unsigned id)
{
	return id < SERIAL_KEY_IDS && ring->present[id] ? &ring->keys[id] : NULL;
}

const char *keyring_reason(enum keyring_result result)
{
	static const char *const reasons[] = {
		[KEYRING_OK] = "fine",
		[KEYRING_BAD_ID] = "key ids are 0 to 31",
		[KEYRING_TAKEN] = "there is a key with this id already",
		[KEYRING_BAD_FORMAT] = "this is not a wrapped key",
		[KEYRING_REFUSED] =
		    "the wrapped key does not open: another master key, another key id,"
		    " or changed bytes",
		[KEYRING_FAILED] = "out of memory",
	};

	return reasons[result];
}
