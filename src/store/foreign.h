/*
 * Serials made elsewhere in the database (migrations/0011_foreign.sql). A file's are COPYed into a
 * temporary table and taken in by one transaction:
 *
 *   store_foreign_open    outside a transaction: the temporary table
 *   store_foreign_add     any number of times: a COPY of its own for every piece
 *   db_begin
 *   store_foreign_begin   locks the GTIN and makes sure that no serial key came meanwhile
 *   store_foreign_take    piece by piece; what brought nothing new is told
 *   store_foreign_end     what it brought is written down, the lookup workers hear of it
 *   db_commit or db_rollback
 */
#ifndef SUYUAN_STORE_FOREIGN_H
#define SUYUAN_STORE_FOREIGN_H

#include "model/keyring.h"
#include "store/db.h"

MUSTCHECK bool store_foreign_open(struct db *db);
/* `rows`: number of the row from 1 on, line of the file, serial; in COPY's text format. */
MUSTCHECK bool store_foreign_add(struct db *db, struct slice rows);

/* Where serials go. */
struct foreign_place {
	uint64_t gtin;
	const char *lot; /* NULL: no lot */
};
enum { FOREIGN_LIST_SIZE = 37 };
/*
 * `ring` is what the serials were checked with. SQLSTATE SY403: nobody owns the GTIN; SY503: a
 * serial key was made meanwhile.
 */
MUSTCHECK bool store_foreign_begin(struct db *db, uint64_t gtin, const struct keyring *ring,
				   char ret_list[FOREIGN_LIST_SIZE]);

enum foreign_outcome {
	FOREIGN_REPEATED,  /* came before in the same file */
	FOREIGN_KNOWN,	   /* was taken in earlier */
	FOREIGN_OTHER_LOT, /* the same, but with another lot, which stays */
};
struct foreign_answer {
	uint64_t line;
	struct slice serial;
	enum foreign_outcome outcome;
	struct slice lot; /* it has; may be empty */
};
/* Takes in rows `done` + 1 to `done` + `most`; `each` hears of those that brought nothing. */
MUSTCHECK bool store_foreign_take(struct db *db, const char *list,
				  const struct foreign_place *place, uint64_t done, uint64_t most,
				  void (*each)(void *user, const struct foreign_answer *answer),
				  void *user);
/* `source`: the file's name. Does nothing where nothing was brought. */
MUSTCHECK bool store_foreign_end(struct db *db, const char *list, const struct foreign_place *place,
				 const char *source, uint64_t brought);

#endif
