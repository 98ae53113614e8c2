/*
 * GTIN -> how many codes were issued, whether it has serials made elsewhere, and the epoch of its
 * public data. Made for a million rows:
 * 24 bytes each, in many small tables that grow one at a time, so that no step takes long.
 */
#ifndef SUYUAN_WEB_GTIN_TABLE_H
#define SUYUAN_WEB_GTIN_TABLE_H

#include "base/siphash.h"
#include "store/lookup.h"

enum { GTIN_TABLE_SHARDS = 256 };

struct gtin_shard {
	struct lookup_gtin *rows; /* epoch 0: free */
	unsigned size, used;	  /* size: a power of two, or 0 */
};

/* Zeroed memory with a random key is an empty one. */
struct gtin_table {
	struct siphash_key key;
	struct gtin_shard shards[GTIN_TABLE_SHARDS];
	size_t count;
};

void gtin_table_release(struct gtin_table *t); /* accepts NULL; empty and usable afterwards */

/* Borrowed until the next gtin_table_put(). NULL when there is none. */
const struct lookup_gtin *gtin_table_find(const struct gtin_table *t, uint64_t gtin);

enum gtin_table_result {
	GTIN_TABLE_PUT,
	GTIN_TABLE_OLDER, /* it holds a higher epoch or count already: those stay */
	GTIN_TABLE_OUT_OF_MEMORY,
};
MUSTCHECK enum gtin_table_result gtin_table_put(struct gtin_table *t,
						const struct lookup_gtin *row);

#endif
