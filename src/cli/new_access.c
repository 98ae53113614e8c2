/* Makes keys, tokens and links from the system's random bytes. */
#include "cli/new_access.h"

#include <openssl/crypto.h>
#include <sys/random.h>

bool new_access_make(struct new_access *ret_access, enum access_kind kind)
{
	uint8_t random[ACCESS_KEY_RANDOM];
	bool ok = getrandom(random, sizeof(random), 0) == sizeof(random);

	if (ok)
		access_key_make(kind, random, ret_access->text, &ret_access->key);
	OPENSSL_cleanse(random, sizeof(random));
	return ok;
}

void new_access_release(struct new_access *access)
{
	OPENSSL_cleanse(access, sizeof(*access));
}
