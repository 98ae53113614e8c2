/*
 * The codes that `make bench` asks for, as paths, one a line.
 *
 *   usage: codes CONFIG make GTIN LOT QUANTITY       makes a batch, prints its id
 *          codes CONFIG issued BATCH COUNT PREFIX N  COUNT random codes of the batch, each once
 *          codes CONFIG forged BATCH COUNT PREFIX N  as many that look the same, none ever issued
 *
 * The codes go in equal parts to N files named PREFIX1 to PREFIXN. The batch is made by the same
 * function that `suyuan batch` calls, only that no billion lines of CSV are written.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/settings.h"
#include "model/gs1.h"
#include "store/batch.h"
#include "store/master_key.h"
#include "store/serial_keys.h"

struct codes {
	struct settings settings;
	struct db db;
	struct keyring ring;
	struct batch_row row;
};

MUSTCHECK static bool complain(const char *what, const char *why)
{
	fprintf(stderr, "codes: %s: %s\n", what, why);
	return false;
}

static uint64_t random_below(uint64_t limit)
{
	static uint64_t pool[512];
	static size_t left;

	if (left == 0) {
		for (size_t i = 0; i < sizeof(pool); i += 256)
			if (getrandom((char *)pool + i, 256, 0) != 256)
				abort();
		left = COUNT_OF(pool);
	}
	return pool[--left] % limit; /* limits here are so low that the remainder does no harm */
}

/* --- which ones ---------------------------------------------------------------------------- */

/*
 * `count` different numbers below `quantity` in random order: one from each of `count` equal
 * stretches, then shuffled.
 */
static uint64_t *choose(uint64_t quantity, uint64_t count)
{
	uint64_t *numbers = calloc(count, sizeof(*numbers)), stretch = quantity / count;

	if (numbers == NULL)
		return NULL;
	for (uint64_t i = 0; i < count; i++)
		numbers[i] = i * stretch + random_below(stretch);
	for (uint64_t i = count - 1; i > 0; i--) {
		uint64_t other = random_below(i + 1), number = numbers[i];

		numbers[i] = numbers[other];
		numbers[other] = number;
	}
	return numbers;
}

/* The key's character stays, the rest is made up. */
static void forge(const struct codes *c, char *serial)
{
	for (unsigned i = 1; i < c->row.batch.length; i++)
		serial[i] = SERIAL_ALPHABET[random_below(32)];
}

static bool write_part(struct codes *c, const char *path, const uint64_t *numbers, uint64_t count,
		       bool forged)
{
	char serial[SERIAL_LENGTH_MOST + 1] = "", gtin[GTIN_TEXT_SIZE];
	FILE *out = fopen(path, "w");

	if (out == NULL)
		return complain(path, strerror(errno));
	gtin_format(c->row.batch.gtin, gtin);
	for (uint64_t i = 0; i < count; i++) {
		batch_serials(&c->row.batch, numbers[i], 1, serial);
		if (forged)
			forge(c, serial);
		fprintf(out, "/01/%s/21/%s\n", gtin, serial);
	}
	return fclose(out) == 0 || complain(path, strerror(errno));
}

static bool write_codes(struct codes *c, uint64_t count, const char *prefix, uint64_t parts,
			bool forged)
{
	uint64_t *numbers = choose(c->row.batch.quantity, count), each = count / parts;
	char path[4096];
	bool ok = numbers != NULL || complain(prefix, strerror(errno));

	for (uint64_t i = 0; ok && i < parts; i++) {
		(void)snprintf(path, sizeof(path), "%s%u", prefix, (unsigned)i + 1);
		ok = write_part(c, path, numbers + i * each, each, forged);
	}
	free(numbers);
	return ok;
}

/* --- commands ------------------------------------------------------------------------------ */

static bool make(struct codes *c, char **arguments)
{
	struct batch_order order = { .length = (unsigned)c->settings.serial_length,
				     .lot = arguments[1],
				     .stem = c->settings.link_stem };
	char id[BATCH_ID_SIZE];

	if (gtin_parse(slice_of(arguments[0]), &order.gtin) != GTIN_OK ||
	    !slice_to_u64(slice_of(arguments[2]), &order.quantity))
		return complain("make", "wants GTIN LOT QUANTITY");
	if (!batch_make(&c->db, &order, id))
		return complain("no batch was made", c->db.error.text);
	printf("%s\n", id);
	return true;
}

static bool load_keys(struct codes *c)
{
	struct master_key master;
	char why[512];
	bool ok;

	if (!master_key_load(c->settings.master_key_file, &master, why, sizeof(why)))
		return complain("master key", why);
	ok = serial_keys_load(&c->db, &master, &c->ring) ||
	     complain("serial keys", c->db.error.text);
	master_key_release(&master);
	return ok;
}

static bool load_batch(struct codes *c, const char *id)
{
	if (!load_keys(c))
		return false;
	if (!batch_read(&c->db, id, &c->row))
		return complain(id, c->db.error.text);
	c->row.batch.key = keyring_find(&c->ring, c->row.key_id);
	return c->row.batch.key != NULL || complain(id, "its key is missing");
}

static bool write_some(struct codes *c, char **arguments, bool forged)
{
	uint64_t count, parts;

	if (!load_batch(c, arguments[0]))
		return false;
	if (!slice_to_u64(slice_of(arguments[1]), &count) || count == 0 ||
	    count > c->row.batch.quantity || !slice_to_u64(slice_of(arguments[3]), &parts) ||
	    parts == 0 || parts > count)
		return complain("wants", "BATCH COUNT PREFIX N");
	return write_codes(c, count, arguments[2], parts, forged);
}

static bool run(struct codes *c, int argc, char **argv)
{
	char why[512];

	if (!settings_load(&c->settings, argv[1], why, sizeof(why)))
		return complain("settings", why);
	if (!db_open(&c->db, c->settings.database_url, "bench"))
		return complain("database", c->db.error.text);
	if (argc == 6 && strcmp(argv[2], "make") == 0)
		return make(c, argv + 3);
	if (argc == 7 && strcmp(argv[2], "issued") == 0)
		return write_some(c, argv + 3, false);
	if (argc == 7 && strcmp(argv[2], "forged") == 0)
		return write_some(c, argv + 3, true);
	return complain(argv[2], "no such command, or another number of arguments");
}

int main(int argc, char **argv)
{
	static struct codes c;
	bool ok;

	if (argc < 3) {
		fprintf(stderr, "usage: codes CONFIG make GTIN LOT QUANTITY\n"
				"       codes CONFIG issued|forged BATCH COUNT PREFIX N\n");
		return 2;
	}
	settings_init(&c.settings);
	keyring_init(&c.ring);
	ok = run(&c, argc, argv);
	batch_row_release(&c.row);
	keyring_release(&c.ring);
	db_close(&c.db);
	settings_release(&c.settings);
	return ok ? 0 : 1;
}
