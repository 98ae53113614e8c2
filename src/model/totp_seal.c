/* Seals and opens the secrets of second factors. */
#include "model/totp_seal.h"

#include <openssl/crypto.h>

enum { USE_ROOM = 64 };

static struct slice use_of(int64_t account, char room[USE_ROOM])
{
	(void)snprintf(room, USE_ROOM, "suyuan second factor %lld", (long long)account);
	return slice_of(room);
}

static const uint8_t *sealing_key(const struct master_key *m)
{
	return m->has_next ? m->next : m->bytes;
}

bool totp_seal(const struct master_key *m, int64_t account, const uint8_t secret[TOTP_SECRET],
	       const uint8_t nonce[SEAL_NONCE_SIZE], uint8_t ret_sealed[TOTP_SEALED])
{
	char room[USE_ROOM];

	return seal_make(sealing_key(m), use_of(account, room),
			 (struct slice){ (const char *)secret, TOTP_SECRET }, nonce, ret_sealed);
}

enum keyring_result totp_open(const struct master_key *m, int64_t account, struct slice stored,
			      uint8_t ret_secret[TOTP_SECRET])
{
	char room[USE_ROOM];
	struct slice use = use_of(account, room);
	enum seal_result result;

	if (stored.length == TOTP_SECRET) {
		memcpy(ret_secret, stored.data, TOTP_SECRET);
		return KEYRING_OK;
	}
	result = seal_open(m->bytes, use, stored, TOTP_SECRET, ret_secret);
	if (result == SEAL_REFUSED && m->has_next)
		result = seal_open(m->next, use, stored, TOTP_SECRET, ret_secret);
	return keyring_result_of(result);
}

bool totp_is_sealed(const struct master_key *m, int64_t account, struct slice stored)
{
	uint8_t secret[TOTP_SECRET];
	char room[USE_ROOM];
	bool is = seal_open(sealing_key(m), use_of(account, room), stored, TOTP_SECRET, secret) ==
		  SEAL_OK;

	OPENSSL_cleanse(secret, sizeof(secret));
	return is;
}
