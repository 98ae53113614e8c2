/* Names requests. */
#include "web/request_id.h"

#include <openssl/rand.h>

#include "web/loop.h"
#include "web/module.h"

enum { ROUNDS = 6 };

static struct siphash_key server_key; /* of all workers, since before they begin */

uint64_t request_id_permute(const struct siphash_key *key, uint64_t number)
{
	uint32_t left = (uint32_t)(number >> 32), right = (uint32_t)number;

	for (uint8_t round = 0; round < ROUNDS; round++) {
		uint8_t text[5] = { (uint8_t)(right >> 24), (uint8_t)(right >> 16),
				    (uint8_t)(right >> 8), (uint8_t)right, round };
		uint32_t other = left ^ (uint32_t)siphash(key, (struct slice){ (const char *)text,
									       sizeof(text) });

		left = right;
		right = other;
	}
	return (uint64_t)left << 32 | right;
}

uint64_t request_id_next(void)
{
	static uint64_t next;

	/* The time keeps a worker that began anew from what the one before it had named. */
	if (next == 0)
		next = (loop_now_us() << 12) + app_worker_id() * 0x9E3779B97F4A7C15u;
	return request_id_permute(&server_key, next++);
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	(void)s;
	if (RAND_bytes((uint8_t *)&server_key, sizeof(server_key)) == 1)
		return true;
	(void)snprintf(why, why_size, "no random bytes");
	return false;
}

const struct module module_request_id = {
	.name = "request_id",
	.programs = PROGRAM_LOOKUP | PROGRAM_CONSOLE,
	.prepare = prepare,
};
