/*
 * What a worker remembers: entries found by a short key, bounded by bytes, the least used leaving
 * first (CLOCK). Finding, adding and leaving take constant time; strangers cannot choose keys
 * that fall together.
 *
 * An entry is a struct inside its owner's, counted by references: one that left the cache, or was
 * replaced, lives until the last of its users has let go.
 */
#ifndef SUYUAN_WEB_CACHE_H
#define SUYUAN_WEB_CACHE_H

#include "base/siphash.h"
#include "base/slice.h"

enum { CACHE_KEY_MOST = 160 };

struct cache_entry {
	void (*free)(struct cache_entry *e); /* called at the last unref */
	/* private */
	unsigned references;
	bool used; /* since the hand passed */
	struct cache *in;
	size_t size;
	uint64_t hash;
	struct cache_entry *chain;	     /* next in the bucket */
	struct cache_entry *before, *behind; /* around the clock */
	unsigned char key_length;
	char key[CACHE_KEY_MOST];
};

struct cache;

/* NULL: out of memory. The table itself is counted, too. */
MUSTCHECK struct cache *cache_new(size_t bytes, const struct siphash_key *key);
void cache_free(struct cache *c); /* lets go of every entry; accepts NULL */
void cache_clear(struct cache *c);

/* NULL when there is none. Borrowed: take a reference to keep it beyond the next cache call. */
struct cache_entry *cache_find(struct cache *c, struct slice key);
/*
 * Puts it in, in place of any with the same key, and takes a reference of its own. `size` is all
 * the memory that hangs on it. One larger than an eighth of the cache is not kept: false.
 */
bool cache_add(struct cache *c, struct cache_entry *e, struct slice key, size_t size);

/*
 * The same with a hash that the caller says: cache_hash() of the key, or of a part of it that few
 * keys share, which then stand beside each other and are looked for at the cost of one.
 */
uint64_t cache_hash(const struct cache *c, struct slice key);
struct cache_entry *cache_find_hashed(struct cache *c, struct slice key, uint64_t hash);
bool cache_add_hashed(struct cache *c, struct cache_entry *e, struct slice key, uint64_t hash,
		      size_t size);
/* More memory hangs on it now. It may be put out, as any other. Nothing happens to one outside. */
void cache_grow(struct cache_entry *e, size_t more);
void cache_remove(struct cache_entry *e); /* nothing happens to one outside */

struct cache_entry *cache_ref(struct cache_entry *e); /* returns e */
void cache_unref(struct cache_entry *e);	      /* accepts NULL */

size_t cache_bytes(const struct cache *c);
size_t cache_count(const struct cache *c);

#endif
