/* What the parts of `suyuan links` share: putting links at a place. */
#ifndef SUYUAN_CLI_LINKS_H
#define SUYUAN_CLI_LINKS_H

#include "cli/command.h"
#include "store/db.h"
#include "store/link_given.h"

/* Under what links stand. */
struct links_place {
	uint64_t gtin;
	const char *lot, *serial; /* "" where it is none; not both */
};

struct links_done {
	int64_t added, changed, same;
};

/*
 * Adds to `done` what `how`, links_put or links_record, did in the caller's transaction; `row` is
 * one of link_given_read() as JSON. False: db->error, where store_error_is(…, "SY403") and the like
 * tell that it was refused.
 */
MUSTCHECK bool links_put(struct db *db, const struct sql_query *how,
			 const struct links_place *place, const char *row, const char *source,
			 struct links_done *done);

/* `suyuan links import`: a file of JSON lines or CSV, all of it or nothing. */
MUSTCHECK int links_import(struct command_context *context, const char *path);

#endif
