/* Counts misses by address and GTIN. */
#include "web/guess.h"

#include <openssl/rand.h>

#include "web/guess_table.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/module.h"
#include "web/worker_log.h"

enum {
	ADDRESSES = 32768,
	GTINS = 2048,
	EXEMPT_MOST = 16,
};

static struct guess_table addresses, gtins;
static bool on, gtins_on;
static struct client_address exempt[EXEMPT_MOST];
static unsigned exempt_count;

/* --- names ----------------------------------------------------------------------------------- */

static bool is_counted(const struct request *r)
{
	for (unsigned i = 0; i < exempt_count; i++)
		if (client_address_equal(&exempt[i], &r->client))
			return false;
	return on;
}

static struct slice gtin_name(const uint64_t *gtin)
{
	return (struct slice){ (const char *)gtin, sizeof(*gtin) };
}

/* --- what others ask ------------------------------------------------------------------------- */

static unsigned refused(unsigned seconds)
{
	if (seconds > 0)
		metric_add(METRIC_GUESSES_REFUSED, 1);
	return seconds;
}

unsigned guess_wait(const struct request *r)
{
	if (!is_counted(r))
		return 0;
	return refused(
	    guess_table_wait(&addresses, client_address_household(&r->client), loop_now_ms()));
}

unsigned guess_wait_foreign(const struct request *r, uint64_t gtin)
{
	unsigned seconds = guess_wait(r);

	if (seconds > 0 || !gtins_on || !is_counted(r) ||
	    guess_table_level(&addresses, client_address_household(&r->client), loop_now_ms()) == 0)
		return seconds;
	return refused(guess_table_wait(&gtins, gtin_name(&gtin), loop_now_ms()));
}

void guess_missed(const struct request *r, unsigned worth)
{
	metric_add(METRIC_GUESSES_MISSED, 1);
	if (is_counted(r))
		guess_table_miss(&addresses, client_address_household(&r->client), worth,
				 loop_now_ms());
}

void guess_missed_foreign(const struct request *r, uint64_t gtin)
{
	guess_missed(r, GUESS_OF_FOREIGN);
	if (gtins_on)
		guess_table_miss(&gtins, gtin_name(&gtin), 1, loop_now_ms());
}

void guess_hit(const struct request *r, uint64_t gtin, struct slice serial)
{
	if (addresses.used == 0 || !is_counted(r))
		return;
	guess_table_hit(&addresses, client_address_household(&r->client),
			siphash(&addresses.key, serial) ^ gtin, loop_now_ms());
}

/* --- the module ------------------------------------------------------------------------------ */

static bool add_exempt(struct slice text)
{
	if (exempt_count == EXEMPT_MOST || !client_address_read(text, &exempt[exempt_count]))
		return false;
	client_address_unmap(&exempt[exempt_count++]);
	return true;
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	struct slice rest = slice_of(s->guess_exempt), word;

	exempt_count = 0;
	while (slice_cut(&rest, ' ', &word)) {
		if (word.length == 0 || add_exempt(word))
			continue;
		(void)snprintf(why, why_size,
			       "guess_exempt: \"%.*s\" is no address, or there are more than %d",
			       SLICE_ARG(word), EXEMPT_MOST);
		return false;
	}
	return true;
}

static void start(const struct settings *s)
{
	unsigned burst = (unsigned)s->guess_burst, rate = (unsigned)s->guess_per_minute;
	unsigned gtin_rate = (unsigned)s->guess_gtin_per_minute;
	struct siphash_key keys[2];

	if (RAND_bytes((unsigned char *)keys, sizeof(keys)) != 1)
		worker_fatal("no random bytes");
	on = rate > 0;
	gtins_on = gtin_rate > 0;
	if ((on && !guess_table_init(&addresses, &keys[0], ADDRESSES, burst, rate)) ||
	    (gtins_on && !guess_table_init(&gtins, &keys[1], GTINS, gtin_rate, gtin_rate)))
		worker_fatal("no memory for the defence against guessing");
}

static void stop(void)
{
	guess_table_release(&addresses);
	guess_table_release(&gtins);
	on = gtins_on = false;
}

const struct module module_guess = {
	.name = "guess",
	.programs = PROGRAM_LOOKUP,
	.prepare = prepare,
	.start = start,
	.stop = stop,
};
