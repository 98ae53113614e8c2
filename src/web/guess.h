/*
 * The defence against guessing (FEATURES O2): misses are counted for each address (IPv4, or the /64
 * of IPv6) and, where codes can be guessed at all, for each GTIN. A class that scans real codes
 * behind one address is never in the way, because what is certain from memory is always answered
 * and codes that are found make up for misses. In the memory of each worker.
 */
#ifndef SUYUAN_WEB_GUESS_H
#define SUYUAN_WEB_GUESS_H

#include "web/request.h"

/* How many misses one of its kind is worth. */
enum {
	GUESS_OF_COMPUTED = 1, /* never hits in practice */
	GUESS_OF_TYPED = 2,    /* costs us a search */
	GUESS_OF_FOREIGN = 4,  /* serials made elsewhere may count up */
	GUESS_OF_PIN = 4,
};

/* Seconds this client has to wait before it may miss again; 0: it may. */
unsigned guess_wait(const struct request *r);
/*
 * The same before asking the database for a serial made elsewhere. Where very many guess at one
 * GTIN, those who missed of late wait.
 */
unsigned guess_wait_foreign(const struct request *r, uint64_t gtin);

void guess_missed(const struct request *r, unsigned worth);
void guess_missed_foreign(const struct request *r, uint64_t gtin);
void guess_hit(const struct request *r, uint64_t gtin, struct slice serial);

#endif
