/*
 * Batches in the database: taking the next counters of a GTIN in one short transaction, and reading
 * the row from which everything that is printed is computed (model/batch.h).
 */
#ifndef SUYUAN_STORE_BATCH_H
#define SUYUAN_STORE_BATCH_H

#include "model/batch.h"
#include "store/db.h"

enum { BATCH_ID_SIZE = 37 };

/* One row of code.batch with all its texts; freed by batch_row_release(). */
struct batch_row {
	char id[BATCH_ID_SIZE];
	unsigned key_id;
	unsigned pin_digits; /* of the PINs of its codes; 0: they have none */
	struct batch batch;  /* `key` is the caller's to set; `stem` points into `rows` */
	struct slice lot, product, produced, best_before, made_at; /* empty where there is none */
	PGresult *rows;						   /* owns the texts */
};
void batch_row_release(struct batch_row *row); /* accepts NULL and zeroed structs */

struct batch_order {
	uint64_t gtin;
	uint64_t quantity;
	unsigned length;  /* characters of a serial */
	const char *lot;  /* NULL: no lot */
	const char *stem; /* link_stem of the settings */
};

/*
 * Makes the batch and commits. False: db->error says why (nobody owns the GTIN, no key, too
 * many codes for the length …) and nothing was made, unless the connection broke while committing.
 */
MUSTCHECK bool batch_make(struct db *db, const struct batch_order *order,
			  char ret_id[BATCH_ID_SIZE]);
/* False: db->error; SQLSTATE P0002 when there is no such batch. */
MUSTCHECK bool batch_read(struct db *db, const char *id, struct batch_row *ret_row);

#endif
