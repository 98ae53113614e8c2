/* Keeps the master key of a console worker, and opens serial keys with it. */
#include "web/batch_keys.h"

#include <openssl/crypto.h>
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
