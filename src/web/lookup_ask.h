/*
 * Asking PostgreSQL for items. What many customers ask at the same time goes as one statement: the
 * first questions leave at the end of the turn of the loop, and while answers are under way the
 * next ones wait for these, a few milliseconds at most, so that the busier it is, the less a
 * question costs.
 */
#ifndef SUYUAN_WEB_LOOKUP_ASK_H
#define SUYUAN_WEB_LOOKUP_ASK_H

#include "store/lookup.h"
#include "web/db.h"

/* A question, inside the caller's own operation; zeroed memory is none. */
struct lookup_ask {
	/*
	 * Called once, never from inside lookup_ask_send(). `item` is borrowed for the call; NULL
	 * with DB_OK: there is no such GTIN; NULL with anything else.
	 */
	void (*done)(void *arg, enum db_result result, const struct lookup_item *item);
	void *arg;
	/* private */
	struct lookup_batch *batch;
	unsigned place;
	struct refused refused;
};

/* `serial`: text that PostgreSQL takes, copied. */
void lookup_ask_send(struct lookup_ask *a, uint64_t gtin, uint64_t counter, struct slice serial);
/* `done` will not be called. Allowed at any time, also twice or never sent. */
void lookup_ask_forget(struct lookup_ask *a);

/* For web/lookup_backends. False: no memory. */
MUSTCHECK bool lookup_ask_start(struct db *db);
void lookup_ask_stop(void);

#endif
