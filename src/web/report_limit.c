/*
 * Two tables of what is left to each address, as the moment at which it will have all its turns
 * again (the generic cell rate algorithm, ITU-T I.371): one number an address, changed at one
 * stroke, so that workers need no lock and one that is killed leaves none.
 */
#include "web/report_limit.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "base/siphash.h"

enum { SETS = 1024, WAYS = 8 };

struct rate {
	uint32_t every_s;		 /* one more turn, up to … */
	uint32_t burst;			 /* … so many */
	unsigned ipv4_bytes, ipv6_bytes; /* of the address that count */
};

static const struct rate rates[] = {
	{ .every_s = 60, .burst = 10, .ipv4_bytes = 4, .ipv6_bytes = 8 },
	{ .every_s = 864, .burst = 100, .ipv4_bytes = 3, .ipv6_bytes = 6 },
};

/* High half: what tells the address from others of its set; low half: the moment, in s. */
typedef _Atomic uint64_t cell; /* a plain number, not a struct */

struct tables {
	struct siphash_key key;
	cell cells[COUNT_OF(rates)][SETS][WAYS];
};

static struct tables *tables;

bool report_limit_prepare(void)
{
	void *memory;

	if (tables != NULL)
		return true;
	memory =
	    mmap(NULL, sizeof(*tables), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	tables = memory;
	errno = EIO;
	return RAND_bytes((unsigned char *)&tables->key, sizeof(tables->key)) == 1;
}

/* Since the machine began, the same in all workers; never 0. */
static uint32_t now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)t.tv_sec + 1;
}

static uint64_t hash_of(const struct rate *rate, const struct client_address *client)
{
	char text[2 + sizeof(client->bytes)] = { (char)rate->ipv4_bytes, (char)client->is_ipv6 };
	unsigned length = client->is_ipv6 ? rate->ipv6_bytes : rate->ipv4_bytes;

	memcpy(text + 2, client->bytes, length);
	return siphash(&tables->key, (struct slice){ text, 2 + length });
}

/* The address's own cell; else the one whose owner will be missed the least. */
static cell *cell_of(cell *set, uint32_t tag)
{
	cell *best = &set[0];

	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t held = atomic_load(&set[i]);

		if ((uint32_t)(held >> 32) == tag)
			return &set[i];
		if ((uint32_t)held < (uint32_t)atomic_load(best))
			best = &set[i];
	}
	return best;
}

static unsigned take(size_t table, const struct client_address *client, bool count)
{
	const struct rate *rate = &rates[table];
	uint64_t hash = hash_of(rate, client), held, wanted;
	uint32_t tag = (uint32_t)(hash >> 32) | 1, now = now_s(), full, most;
	cell *at = cell_of(tables->cells[table][hash % SETS], tag);

	held = atomic_load(at);
	do {
		full = (uint32_t)(held >> 32) == tag && (uint32_t)held > now ? (uint32_t)held : now;
		full += rate->every_s;
		most = now + rate->every_s * rate->burst;
		if (full > most)
			return full - most;
		wanted = (uint64_t)tag << 32 | full;
	} while (count && !atomic_compare_exchange_weak(at, &held, wanted));
	return 0;
}

unsigned report_limit_wait(const struct client_address *client)
{
	unsigned longest = 0;

	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		unsigned wait = take(i, client, false);

		longest = wait > longest ? wait : longest;
	}
	return longest;
}

unsigned report_limit_take(const struct client_address *client)
{
	unsigned wait = report_limit_wait(client);

	for (size_t i = 0; i < COUNT_OF(rates) && wait == 0; i++)
		wait = take(i, client, true);
	return wait;
}
