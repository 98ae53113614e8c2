/* Serial keys: wrapped for the store, unwrapped into a ring of keys ready for use. */
#include "model/keyring.h"

#include <assert.h>
#include <openssl/crypto.h>

/* What is authenticated beside the key itself: purpose, format, key id. */
struct associated {
	uint8_t bytes[20];
};

static struct associated associated_data(unsigned id)
{
	struct associated a = { "suyuan serial key" };

	a.bytes[18] = SEAL_FORMAT;
	a.bytes[19] = (uint8_t)id;
	return a;
}

static struct slice slice_of_bytes(const uint8_t *data, size_t length)
{
	return (struct slice){ (const char *)data, length };
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

enum keyring_result keyring_result_of(enum seal_result result)
{
	static const enum keyring_result results[] = {
		[SEAL_OK] = KEYRING_OK,
		[SEAL_BAD_FORMAT] = KEYRING_BAD_FORMAT,
		[SEAL_REFUSED] = KEYRING_REFUSED,
		[SEAL_FAILED] = KEYRING_FAILED,
	};

	return results[result];
}

enum keyring_result keyring_wrap(const struct master_key *m, unsigned id,
				 const uint8_t key[SERIAL_KEY_SIZE],
				 const uint8_t nonce[KEYRING_NONCE_SIZE],
				 uint8_t ret_wrapped[KEYRING_WRAPPED_SIZE])
{
	struct associated a = associated_data(id);

	if (id >= SERIAL_KEY_IDS)
		return KEYRING_BAD_ID;
	return seal_make(m->bytes, slice_of_bytes(a.bytes, sizeof(a.bytes)),
			 slice_of_bytes(key, SERIAL_KEY_SIZE), nonce, ret_wrapped)
		   ? KEYRING_OK
		   : KEYRING_FAILED;
}

enum keyring_result keyring_unwrap(const struct master_key *m, unsigned id, struct slice wrapped,
				   uint8_t ret_key[SERIAL_KEY_SIZE])
{
	struct associated a = associated_data(id);
	struct slice use = slice_of_bytes(a.bytes, sizeof(a.bytes));
	enum seal_result result;

	if (id >= SERIAL_KEY_IDS)
		return KEYRING_BAD_ID;
	result = seal_open(m->bytes, use, wrapped, SERIAL_KEY_SIZE, ret_key);
	if (result == SEAL_REFUSED && m->has_next)
		result = seal_open(m->next, use, wrapped, SERIAL_KEY_SIZE, ret_key);
	return keyring_result_of(result);
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
