/*
 * Visits in the database (migrations/0013_seen.sql, 0018): from the inbox into the counts, and what
 * is kept of who looked. Every function fails with the story in db->error.
 */
#ifndef SUYUAN_STORE_VISITS_H
#define SUYUAN_STORE_VISITS_H

#include "store/db.h"

enum { VISITS_ELSEWHERE = -1 };

/*
 * Counts `most` of the looks that came in, or somewhat more, in a transaction of its own.
 * *ret_taken: how many there were, VISITS_ELSEWHERE while another process counts.
 */
MUSTCHECK bool visits_roll_up(struct db *db, uint64_t most, uint64_t apart_seconds,
			      int64_t *ret_taken);

/* How long what is kept; no more than that is removed. */
struct visits_terms {
	uint64_t scan_days;	/* rows that nobody counted */
	uint64_t visitor_hours; /* who looked at what */
	uint64_t check_days;	/* sums; 0: for ever */
};
/* *ret_gone: rows removed. Keys of past days go, too. */
MUSTCHECK bool visits_forget(struct db *db, const struct visits_terms *terms, int64_t *ret_gone);
/* Makes the keys of today and tomorrow where there are none. */
MUSTCHECK bool visits_make_keys(struct db *db);

#endif
