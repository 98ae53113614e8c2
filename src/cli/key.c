/* `suyuan key`: the master key's file and the serial keys it wraps. */
#include "cli/command.h"

#include <openssl/crypto.h>
#include <sys/random.h>

#include "cli/database.h"
#include "cli/json_line.h"
#include "store/master_key.h"
#include "store/serial_keys.h"
#include "store/sql.h"

extern const struct command command_key;

static int key_init(struct command_context *context)
{
	const char *path = context->settings.master_key_file;
	struct master_key master;
	char why[512];
	bool made;

	if (getrandom(master.bytes, sizeof(master.bytes), 0) != sizeof(master.bytes))
		return command_fail(context, EXIT_FAILED, "no random bytes");
	made = master_key_create(path, &master, why, sizeof(why));
	master_key_release(&master);
	if (!made)
		return command_fail(context, EXIT_FAILED, "%s", why);
	if (context->json)
		json_line_print(json_pack("{s:s}", "master_key_file", path));
	else
		printf("%s made; keep a copy offline: without it nobody can read the codes\n",
		       path);
	return EXIT_OK;
}

static int key_add(struct command_context *context, struct db *db)
{
	struct master_key master;
	char why[512], letter[2] = "";
	unsigned id = 0;
	bool made;

	if (!master_key_load(context->settings.master_key_file, &master, why, sizeof(why)))
		return command_fail(context, EXIT_FAILED, "%s (`suyuan key init` makes one)", why);
	made = serial_keys_add(db, &master, &id);
	master_key_release(&master);
	if (!made)
		return command_fail_store(context, db, "the key was not made");
	letter[0] = serial_character(id);
	if (context->json)
		json_line_print(json_pack("{s:i,s:s}", "key_id", (int)id, "character", letter));
	else
		printf("new codes begin with %s\n", letter);
	return EXIT_OK;
}

static void print_key(const PGresult *rows, int i, bool json)
{
	int id = (int)db_number_at(rows, i, 0);
	const char letter[2] = { serial_character((unsigned)id), '\0' };
	bool current = db_bool_at(rows, i, 2);
	const char *made = PQgetvalue(rows, i, 3);

	if (json)
		json_line_print(json_pack("{s:i,s:s,s:b,s:s}", "key_id", id, "character", letter,
					  "current", (int)current, "made_at", made));
	else
		printf("%s   %s   %s\n", letter, made, current ? "makes new codes" : "");
}

static int key_list(struct command_context *context, struct db *db)
{
	return command_list(context, db, "the keys cannot be read", print_key, &sql_serial_key_list,
			    DB_NO_VALUES);
}

static int run(struct command_context *context, int argc, char **argv)
{
	const char *verb = argc == 2 ? argv[1] : "";
	struct db db = { 0 };
	int status;

	if (strcmp(verb, "init") == 0)
		return key_init(context);
	if (strcmp(verb, "add") != 0 && strcmp(verb, "list") != 0)
		return command_usage(&command_key, "say init, add or list");
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = verb[0] == 'a' ? key_add(context, &db) : key_list(context, &db);
	db_close(&db);
	return status;
}

const struct command command_key = {
	.name = "key",
	.arguments = "init | add | list",
	.summary = "make the master key and the keys codes are computed with",
	.help =
	    "  init   make the master key's file (master_key_file), once; never overwrites\n"
	    "  add    make a new serial key at random; it makes the codes from now on, the codes\n"
	    "         of older keys stay valid\n"
	    "  list   the keys there are\n",
	.run = run,
};
