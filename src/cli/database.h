/*
 * What every command that uses the store begins and ends with: connecting as the operator, and
 * telling a failure in words with the right exit status.
 */
#ifndef SUYUAN_CLI_DATABASE_H
#define SUYUAN_CLI_DATABASE_H

#include "cli/command.h"
#include "model/keyring.h"
#include "store/db.h"

/* EXIT_OK, or what was reported. Closed by db_close(). */
MUSTCHECK int command_open(const struct command_context *context, struct db *ret_db);
/* Reports db->error; EXIT_BUSY when trying again may help, else EXIT_FAILED. */
int command_fail_store(const struct command_context *context, const struct db *db,
		       const char *what);

/*
 * Asks the query and prints each row; EXIT_OK, or what was reported, with `what` before the reason.
 * `count` and `values` are those of db_query().
 */
typedef void print_row(const PGresult *rows, int row, bool json);
MUSTCHECK int command_list(const struct command_context *context, struct db *db, const char *what,
			   print_row *print, const struct sql_query *query, unsigned count,
			   const struct db_value *values);

/* The id of a brand by its slug; EXIT_OK, or what was reported. */
MUSTCHECK int command_brand_id(const struct command_context *context, struct db *db,
			       const char *slug, int64_t *ret_id);
/*
 * Every serial key, opened with the master key of the settings, into an empty ring; EXIT_OK, or
 * what was reported.
 */
MUSTCHECK int command_load_keys(const struct command_context *context, struct db *db,
				struct keyring *ring);

#endif
