/*
 * Taking in a list of serials made elsewhere, of any length: each is checked as it comes
 * (model/foreign_serial.h), the good ones go to the database in bounded memory and are taken in by
 * one transaction. An intake that ends early, in whatever way, has taken in nothing; the same list
 * again changes nothing.
 */
#ifndef SUYUAN_JOB_FOREIGN_H
#define SUYUAN_JOB_FOREIGN_H

#include "base/buf.h"
#include "model/foreign_serial.h"
#include "store/foreign.h"

struct foreign_refusal {
	uint64_t line;
	struct slice serial; /* as it stands in the file */
	struct slice code;   /* for programs: "bad_character" */
	struct slice reason; /* English, no full stop */
};

struct foreign_options {
	struct foreign_place place;
	/* Called for each refused serial; texts live until it returns. Not NULL. */
	void (*refused)(void *user, const struct foreign_refusal *refusal);
	/* How many of the good serials have been taken in. Not NULL. */
	void (*progress)(void *user, uint64_t taken);
	void *user;
};

struct foreign_counts {
	uint64_t read;	   /* serials in the file */
	uint64_t refused;  /* of them, for what they are or because they have another lot */
	uint64_t repeated; /* came before in the file */
	uint64_t known;	   /* were taken in earlier */
	uint64_t added;
};

/* One intake under way; zeroed after foreign_intake_release(). */
struct foreign_intake {
	struct foreign_counts counts;

	/* Private. */
	struct db *db;
	struct keyring *ring; /* the caller's */
	const struct foreign_options *options;
	uint64_t staged;
	struct buf rows;
};

/* False: db->error. `ring`, of every serial key, and `options` live as long as the intake. */
MUSTCHECK bool foreign_intake_init(struct foreign_intake *i, struct db *db, struct keyring *ring,
				   const struct foreign_options *options);
void foreign_intake_release(struct foreign_intake *i); /* accepts NULL and zeroed structs */
/* One serial of the file. False: db->error. */
MUSTCHECK bool foreign_intake_add(struct foreign_intake *i, uint64_t line, struct slice serial);
/*
 * All that was added, in one transaction; with `dry_run` it is undone. False: db->error, and
 * nothing was taken in unless error.in_doubt.
 */
MUSTCHECK bool foreign_intake_record(struct foreign_intake *i, const char *source, bool dry_run);

#endif
