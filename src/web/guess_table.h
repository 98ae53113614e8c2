/*
 * Who missed how often of late: a level for each address, or each GTIN, that rises with every miss
 * and sinks with time and with every different code that was found. Memory of a fixed size: where
 * it is full, the lowest level gives way. Strangers cannot choose whom they push out, because the
 * hash is keyed. No clock: the time is passed in, in ms of any origin.
 */
#ifndef SUYUAN_WEB_GUESS_TABLE_H
#define SUYUAN_WEB_GUESS_TABLE_H

#include "base/siphash.h"

enum { GUESS_WAYS = 8, GUESS_MISS = 1000 /* a miss in units of level */ };

struct guess_row {
	uint32_t tag;	 /* 0: free */
	uint32_t level;	 /* at `at_ms` */
	uint32_t at_ms;	 /* lower half of the time */
	uint32_t minute; /* that `found` is of */
	uint64_t found;	 /* bits of the codes found in that minute */
};

struct guess_table {
	struct siphash_key key; /* random */
	struct guess_row *rows; /* owned */
	unsigned sets;		/* a power of two; GUESS_WAYS rows each */
	unsigned used;
	uint32_t most;	     /* level from which on a miss is one too many */
	uint32_t per_minute; /* misses that are forgotten in a minute */
};

/* `burst` misses at once are allowed, later `per_minute`. False: out of memory. */
MUSTCHECK bool guess_table_init(struct guess_table *t, const struct siphash_key *key, unsigned rows,
				unsigned burst, unsigned per_minute);
void guess_table_release(struct guess_table *t); /* accepts NULL and zeroed structs */

/* Seconds until a miss of this one is allowed again; 0: now. */
unsigned guess_table_wait(const struct guess_table *t, struct slice name, uint64_t now_ms);
/* Its level, in units of GUESS_MISS; 0 for whoever is not known. */
uint32_t guess_table_level(const struct guess_table *t, struct slice name, uint64_t now_ms);
void guess_table_miss(struct guess_table *t, struct slice name, unsigned misses, uint64_t now_ms);
/*
 * A code was found. `item` tells codes apart: the same one counts once a minute, and no more than
 * 64 do, so that who holds one code cannot buy guesses with it.
 */
void guess_table_hit(struct guess_table *t, struct slice name, uint64_t item, uint64_t now_ms);

#endif
