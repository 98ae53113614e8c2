/*
 * Brings a database to the schema this program was built for: the embedded files of migrations/, in
 * order, each in a transaction of its own, recorded in base.migration with its SHA-256, under an
 * advisory lock so that two runs at once do the work once.
 *
 * A migration that needs what somebody else holds, a table that a backup reads perhaps, waits for
 * it half a second, leaves nothing behind and is tried again every few seconds, without end:
 * whoever asks for that table while it waits, each lookup, stands behind it.
 */
#ifndef SUYUAN_STORE_MIGRATE_H
#define SUYUAN_STORE_MIGRATE_H

#include "store/db.h"

enum migrate_result {
	MIGRATE_OK,
	MIGRATE_NO_ROLES,  /* the four roles are not there, or this is another than the owner */
	MIGRATE_CHANGED,   /* a recorded migration is not the file this program holds */
	MIGRATE_GAP,	   /* the record skips a number */
	MIGRATE_NEWER,	   /* the database was migrated by a newer program */
	MIGRATE_SQL,	   /* a statement failed; its migration left nothing behind */
	MIGRATE_CONNECTION /* the connection or the lock failed: db->error */
};

struct migrate_state {
	unsigned number;
	const char *name; /* of the file */
	char sha256[65];  /* of the text this program holds */
	char done_at[40]; /* "" = waits */
};

struct migrate_report {
	struct migrate_state *states; /* one for each embedded migration; owned */
	unsigned count;
	unsigned applied; /* by this run */
	char why[1400];	  /* for people, "" when all is well: "0002_trace.sql:14: …" */
};

/* Who is told that a run takes longer. */
struct migrate_watcher {
	/* The file `name` waits for what somebody else holds; once a migration. */
	void (*waits)(void *context, const char *name);
	void *context;
};

/* `watcher` NULL only looks. The report is filled as far as it went, whatever the result. */
MUSTCHECK enum migrate_result migrate_run(struct db *db, const struct migrate_watcher *watcher,
					  struct migrate_report *ret_report);
void migrate_report_release(struct migrate_report *report); /* accepts NULL and zeroed structs */

#endif
