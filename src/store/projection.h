/*
 * Makes the public documents of products and lots anew from the private records and the policy, all
 * in SQL (sql/project_*.sql): at most PROJECTION_CHUNK documents a transaction, written only where
 * they changed, changed GTINs touched so that every lookup node drops its copies.
 *
 * Runs may overlap: each transaction waits for those of the same brand, so a later one never writes
 * from an older policy than an earlier one. A run that is cut off leaves whole documents, some of
 * them old; the hide list stays until a run over the same GTINs ends.
 */
#ifndef SUYUAN_STORE_PROJECTION_H
#define SUYUAN_STORE_PROJECTION_H

#include "store/db.h"

enum { PROJECTION_CHUNK = 500 };

struct projection {
	/* Called after each transaction, may be NULL: documents looked at so far. */
	void (*progress)(void *context, uint64_t documents);
	void *context;

	/* Filled by the run. */
	uint64_t products; /* looked at */
	uint64_t lots;
	uint64_t changed; /* documents written or removed */
};

/*
 * The products and lots of `count` GTINs and of those they went into, whose pages name them; ones
 * nobody owns are passed over. Must be called outside a transaction, after the commit of what
 * changed. False: db->error; what was done stays done.
 */
MUSTCHECK bool projection_run(struct db *db, struct projection *p, const uint64_t *gtins,
			      size_t count);
/* A brand's own document and all its GTINs, or those of every brand (brand_id 0). */
MUSTCHECK bool projection_run_brand(struct db *db, struct projection *p, int64_t brand_id);
/* The brand's own document alone; inside the caller's transaction. Touches the brand's GTINs if it
 * changed. */
MUSTCHECK bool projection_brand(struct db *db, int64_t brand_id);

#endif
