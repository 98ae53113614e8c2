/* Keeps the serial keys of a console worker opened, and wipes them when it ends. */
#include "web/console_keys.h"

#include "web/batch_keys.h"
#include "web/db.h"
#include "web/module.h"

static struct keyring ring;

struct keyring *console_keys(void)
{
	return &ring;
}

void console_keys_take(const PGresult *rows)
{
	for (int i = 0; i < PQntuples(rows); i++) {
		uint64_t id = (uint64_t)db_i64_in(rows, i, 0);

		if (id < SERIAL_KEY_IDS && !ring.present[id])
			ring.present[id] =
			    batch_key_open((unsigned)id, db_text_in(rows, i, 1), &ring.keys[id]);
	}
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	(void)s;
	(void)why;
	(void)why_size;
	keyring_init(&ring);
	return true;
}

static void stop(void)
{
	keyring_release(&ring);
}

const struct module module_console_keys = {
	.name = "console_keys",
	.programs = PROGRAM_CONSOLE,
	.prepare = prepare,
	.stop = stop,
};
