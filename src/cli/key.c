/* `suyuan key`: the master key's file and the serial keys it wraps. */
#include "cli/command.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <sys/random.h>

#include "cli/database.h"
#include "cli/json_line.h"
#include "store/master_key.h"
#include "store/serial_keys.h"
#include "store/sql.h"

extern const struct command command_key;

/* Makes the file with a new master key at random. */
static int make_master(struct command_context *context, const char *path)
{
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

static int key_next(struct command_context *context)
{
	char path[PATH_MAX];

	if (!master_key_next_path(context->settings.master_key_file, path, sizeof(path)))
		return command_fail(context, EXIT_FAILED, "%s: %s",
				    context->settings.master_key_file, strerror(ENAMETOOLONG));
	return make_master(context, path);
}

/* First the database, then the file: whichever of the two keys is needed meanwhile is at hand. */
static int rewrap(struct command_context *context, struct db *db, const struct master_key *master)
{
	const char *path = context->settings.master_key_file;
	unsigned count = 0;
	char why[512];

	if (!serial_keys_rewrap(db, master, &count))
		return command_fail_store(context, db,
					  "the keys are not rewrapped (trying again is safe)");
	if (!master_key_follow(path, why, sizeof(why)))
		return command_fail(context, EXIT_FAILED,
				    "%s: the keys are rewrapped, but the file is not in its place "
				    "yet; run this again",
				    why);
	if (context->json)
		json_line_print(
		    json_pack("{s:i,s:s}", "rewrapped", (int)count, "master_key_file", path));
	else
		printf("%u keys rewrapped; %s is the new master key, the old one stands beside "
		       "it\n",
		       count, path);
	return EXIT_OK;
}

static int key_rewrap(struct command_context *context, struct db *db)
{
	struct master_key master;
	char why[512];
	int status;

	if (!master_key_load(context->settings.master_key_file, &master, why, sizeof(why)))
		return command_fail(context, EXIT_FAILED, "%s", why);
	status = master.has_next ? rewrap(context, db, &master)
				 : command_fail(context, EXIT_FAILED,
						"there is no %s.next: `suyuan key next` makes one",
						context->settings.master_key_file);
	master_key_release(&master);
	return status;
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
	static const struct {
		const char *verb;
		int (*run)(struct command_context *context, struct db *db);
	} verbs[] = { { "add", key_add }, { "list", key_list }, { "rewrap", key_rewrap } };
	const char *verb = argc == 2 ? argv[1] : "";
	struct db db = { 0 };
	size_t i = 0;
	int status;

	if (strcmp(verb, "init") == 0)
		return make_master(context, context->settings.master_key_file);
	if (strcmp(verb, "next") == 0)
		return key_next(context);
	while (i < COUNT_OF(verbs) && strcmp(verb, verbs[i].verb) != 0)
		i++;
	if (i == COUNT_OF(verbs))
		return command_usage(&command_key, "say init, add, list, next or rewrap");
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = verbs[i].run(context, &db);
	db_close(&db);
	return status;
}

const struct command command_key = {
	.name = "key",
	.arguments = "init | add | list | next | rewrap",
	.summary = "make the master key and the keys codes are computed with",
	.help =
	    "  init   make the master key's file (master_key_file), once; never overwrites\n"
	    "  add    make a new serial key at random; it makes the codes from now on, the codes\n"
	    "         of older keys stay valid\n"
	    "  list   the keys there are\n"
	    "  next   make a second master key, in the file master_key_file.next, to follow the "
	    "first\n"
	    "  rewrap wrap the serial keys and the secrets of second factors with it and put its "
	    "file in\n"
	    "         the first one's place, which "
	    "stays as\n"
	    "         master_key_file.old for copies of the database from before. Ended at any "
	    "moment, "
	    "it\n"
	    "         leaves the keys readable; run it again then\n\n"
	    "To change the master key: `suyuan key next`; restart the servers and jobs, which read "
	    "both files\n"
	    "from then on; `suyuan key rewrap`. No code changes.\n",
	.run = run,
};
