/*
 * Jobs in the database (migrations/0012_work.sql): taking the one whose turn it is, committing the
 * files it makes together with the progress they mean, and saying how it ended.
 *
 * Who holds a job holds its advisory lock in the very session that commits: a session that is gone
 * has lost both, so that nobody waits for a time-out and nothing is done twice. That needs a
 * connection of one's own to PostgreSQL, not one that a pooler lends for a transaction.
 *
 * Every function fails with the story in db->error.
 */
#ifndef SUYUAN_STORE_JOB_H
#define SUYUAN_STORE_JOB_H

#include "store/db.h"

enum {
	JOB_KIND_SIZE = 32,
	JOB_PART_SIZE = 1 << 20, /* bytes of every part of a file but the last */
	JOB_DIGEST_SIZE = 32,	 /* SHA-256 */
};

/* A job just taken. */
struct job_row {
	int64_t id;
	char kind[JOB_KIND_SIZE];
	struct slice arguments; /* JSON; in `rows` */
	uint64_t done, total;	/* in the kind's own unit; done: what its files hold */
	uint64_t files;		/* made already: the next has this position */
	uint64_t tries;		/* this one included; since a file was made */
	bool cancel_wanted;
	PGresult *rows; /* owned */
};
void job_row_release(struct job_row *row); /* accepts NULL and zeroed structs */

/* For one session: to be woken by job.wake(), and a dead peer noticed by the kernel's means. */
MUSTCHECK bool job_listen(struct db *db);
/*
 * Takes the next job of these kinds ("{labels,export}"). *ret_found says whether there was one;
 * it is then this session's until job_unlock() or the session's end.
 */
MUSTCHECK bool job_take(struct db *db, const char *kinds, const char *worker,
			struct job_row *ret_row, bool *ret_found);
/* Says how far it is; *ret_cancel: whether it is to be cancelled. */
MUSTCHECK bool job_progress(struct db *db, int64_t job, uint64_t done, bool *ret_cancel);

/*
 * Says what the job's files depend on besides its arguments. *ret_anew: it was something else when
 * the first of them was made, so they are removed, and the job begins anew.
 */
MUSTCHECK bool job_pin(struct db *db, int64_t job, const char *pin, bool *ret_anew);

struct job_file {
	uint64_t position; /* 0, 1, 2 … in the order they are made */
	const char *name;
	const char *media_type;
	uint64_t first;	 /* seq of its first label's code, from 1 */
	uint64_t labels; /* counted in the job's `done` */
};
/* What is known once the file is committed. */
struct job_file_result {
	bool cancel; /* the job is to be cancelled */
	bool others; /* another one waits for its turn */
	bool full;   /* the files of its brand take all the room they may */
};
/* One whole file, its parts and the new progress, in one transaction. */
MUSTCHECK bool job_add_file(struct db *db, int64_t job, const char *kinds,
			    const struct job_file *file, struct slice bytes,
			    struct job_file_result *ret);

enum job_end { JOB_END_DONE, JOB_END_FAILED, JOB_END_CANCELLED };
/* `reason` in words, or NULL. */
MUSTCHECK bool job_end(struct db *db, int64_t job, enum job_end end, const char *reason);
/*
 * Puts it back. With a `reason` it waits longer after each try; without one its turn comes after
 * those waiting now, and the try is not counted.
 */
MUSTCHECK bool job_leave(struct db *db, int64_t job, const char *reason);
MUSTCHECK bool job_unlock(struct db *db);

/* Removes files nobody is to have any more, at most `most`; see job.sweep() in the migration. */
MUSTCHECK bool job_sweep(struct db *db, uint64_t days, uint64_t most, uint64_t *ret_removed);

#endif
