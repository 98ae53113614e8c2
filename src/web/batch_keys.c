/* Keeps the master key of a console worker, and opens with it what it seals. */
#include "web/batch_keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <unistd.h>

#include "store/master_key.h"
#include "web/module.h"
#include "web/worker_log.h"

static struct master_key master;
static bool has_master;

bool batch_key_open(unsigned id, struct slice wrapped, struct serial_key *ret_key)
{
	uint8_t key[SERIAL_KEY_SIZE];
	enum keyring_result result;
	bool ok;

	if (!has_master) {
		worker_log("error", "no master key: codes cannot be made (suyuan key init)");
		return false;
	}
	result = keyring_unwrap(&master, id, wrapped, key);
	if (result != KEYRING_OK) {
		worker_log("error", "serial key %u: %s", id, keyring_reason(result));
		return false;
	}
	ok = serial_key_init(ret_key, id, key);
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

static bool no_master(void)
{
	if (!has_master)
		worker_log("error", "no master key: no second factors (suyuan key init)");
	return !has_master;
}

bool batch_keys_seal_totp(int64_t account, const uint8_t secret[TOTP_SECRET],
			  uint8_t ret_sealed[TOTP_SEALED])
{
	uint8_t nonce[SEAL_NONCE_SIZE];

	return !no_master() && RAND_bytes(nonce, sizeof(nonce)) == 1 &&
	       totp_seal(&master, account, secret, nonce, ret_sealed);
}

bool batch_keys_open_totp(int64_t account, struct slice stored, uint8_t ret_secret[TOTP_SECRET])
{
	enum keyring_result result;

	/* One in the clear needs no key. */
	if (stored.length != TOTP_SECRET && no_master())
		return false;
	result = totp_open(&master, account, stored, ret_secret);
	if (result != KEYRING_OK)
		worker_log("error", "second factor of account %lld: %s", (long long)account,
			   keyring_reason(result));
	return result == KEYRING_OK;
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	/* Before `suyuan key init` there are no codes: the server may start all the same. */
	has_master = access(s->master_key_file, F_OK) == 0;
	return !has_master || master_key_load(s->master_key_file, &master, why, why_size);
}

static void stop(void)
{
	master_key_release(&master);
	has_master = false;
}

const struct module module_batch_keys = {
	.name = "batch_keys",
	.programs = PROGRAM_CONSOLE,
	.prepare = prepare,
	.stop = stop,
};
