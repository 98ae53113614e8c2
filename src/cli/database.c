/* The operator's connection and its failures in words, and what is read first: brand and keys. */
#include "cli/database.h"

#include "store/master_key.h"
#include "store/serial_keys.h"
#include "store/sql.h"

int command_open(const struct command_context *context, struct db *ret_db)
{
	if (db_open(ret_db, context->settings.database_url, "suyuan"))
		return EXIT_OK;
	return command_fail(context, EXIT_BUSY, "the database cannot be reached: %s",
			    ret_db->error.text);
}

int command_fail_store(const struct command_context *context, const struct db *db, const char *what)
{
	int status = store_error_is_busy(&db->error) ? EXIT_BUSY : EXIT_FAILED;

	return command_fail(context, status, "%s: %s", what, db->error.text);
}

int command_list(const struct command_context *context, struct db *db, const char *what,
		 print_row *print, const struct sql_query *query, unsigned count,
		 const struct db_value *values)
{
	PGresult *rows = db_query(db, query, count, values);

	if (rows == NULL)
		return command_fail_store(context, db, what);
	for (int i = 0; i < PQntuples(rows); i++)
		print(rows, i, context->json);
	PQclear(rows);
	return EXIT_OK;
}

int command_brand_id(const struct command_context *context, struct db *db, const char *slug,
		     int64_t *ret_id)
{
	PGresult *rows = db_query(db, &sql_brand_find, DB_VALUES(db_text(slug)));
	int found = rows == NULL ? -1 : PQntuples(rows);

	if (found == 1)
		*ret_id = db_number_at(rows, 0, 0);
	PQclear(rows);
	if (found == 1)
		return EXIT_OK;
	if (found == 0)
		return command_fail(context, EXIT_FAILED, "there is no brand %s", slug);
	return command_fail_store(context, db, slug);
}

int command_load_keys(const struct command_context *context, struct db *db, struct keyring *ring)
{
	struct master_key master;
	char why[512];
	bool loaded;

	if (!master_key_load(context->settings.master_key_file, &master, why, sizeof(why)))
		return command_fail(context, EXIT_FAILED, "%s", why);
	loaded = serial_keys_load(db, &master, ring);
	master_key_release(&master);
	return loaded ? EXIT_OK : command_fail_store(context, db, "the keys cannot be used");
}
