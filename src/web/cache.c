/* A chained hash table whose entries also stand around a clock; its hand puts out the unused. */
#include "web/cache.h"

#include <assert.h>

#include "web/metrics.h"

enum { BYTES_A_BUCKET = 512, BUCKETS_LEAST = 64 };

struct cache {
	struct siphash_key key;
	size_t most, bytes, count;
	struct cache_entry **buckets;
	size_t bucket_count; /* a power of two */
	struct cache_entry *hand;
};

static void add_bytes(struct cache *c, size_t bytes)
{
	c->bytes += bytes;
	metric_add(METRIC_CACHE_BYTES, bytes);
}

static void remove_bytes(struct cache *c, size_t bytes)
{
	c->bytes -= bytes;
	metric_sub(METRIC_CACHE_BYTES, bytes);
}

struct cache *cache_new(size_t bytes, const struct siphash_key *key)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->key = *key;
	c->most = bytes;
	for (c->bucket_count = BUCKETS_LEAST; c->bucket_count < bytes / BYTES_A_BUCKET;)
		c->bucket_count *= 2;
	c->buckets = calloc(c->bucket_count, sizeof(struct cache_entry *));
	if (c->buckets == NULL) {
		free(c);
		return NULL;
	}
	add_bytes(c, c->bucket_count * sizeof(struct cache_entry *));
	return c;
}

void cache_clear(struct cache *c)
{
	while (c->hand != NULL)
		cache_remove(c->hand);
}

void cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	cache_clear(c);
	free(c->buckets);
	free(c);
}

static struct cache_entry **bucket_of(struct cache *c, uint64_t hash)
{
	return &c->buckets[hash & (c->bucket_count - 1)];
}

static struct cache_entry *find_hashed(struct cache *c, struct slice key, uint64_t hash)
{
	for (struct cache_entry *e = *bucket_of(c, hash); e != NULL; e = e->chain)
		if (e->hash == hash && e->key_length == key.length &&
		    memcmp(e->key, key.data, key.length) == 0)
			return e;
	return NULL;
}

uint64_t cache_hash(const struct cache *c, struct slice key)
{
	return siphash(&c->key, key);
}

struct cache_entry *cache_find(struct cache *c, struct slice key)
{
	return cache_find_hashed(c, key, cache_hash(c, key));
}

struct cache_entry *cache_find_hashed(struct cache *c, struct slice key, uint64_t hash)
{
	struct cache_entry *e;

	if (key.length > CACHE_KEY_MOST)
		return NULL;
	e = find_hashed(c, key, hash);
	metric_add(e == NULL ? METRIC_CACHE_MISSES : METRIC_CACHE_HITS, 1);
	if (e != NULL)
		e->used = true;
	return e;
}

/* --- the clock ------------------------------------------------------------------------------- */

/* Behind the hand: it is the last that the hand comes to. */
static void clock_insert(struct cache *c, struct cache_entry *e)
{
	if (c->hand == NULL) {
		e->before = e->behind = e;
		c->hand = e;
		return;
	}
	e->behind = c->hand;
	e->before = c->hand->before;
	e->before->behind = e;
	e->behind->before = e;
}

static void clock_remove(struct cache *c, struct cache_entry *e)
{
	if (c->hand == e)
		c->hand = e->behind == e ? NULL : e->behind;
	e->before->behind = e->behind;
	e->behind->before = e->before;
}

static void make_room(struct cache *c, const struct cache_entry *spared)
{
	while (c->bytes > c->most && c->hand != NULL && c->count > 1) {
		struct cache_entry *e = c->hand;

		if (e->used || e == spared) {
			e->used = false;
			c->hand = e->behind;
		} else {
			metric_add(METRIC_CACHE_EVICTIONS, 1);
			cache_remove(e);
		}
	}
}

/* --- coming and going ------------------------------------------------------------------------ */

bool cache_add(struct cache *c, struct cache_entry *e, struct slice key, size_t size)
{
	return cache_add_hashed(c, e, key, cache_hash(c, key), size);
}

bool cache_add_hashed(struct cache *c, struct cache_entry *e, struct slice key, uint64_t hash,
		      size_t size)
{
	struct cache_entry *old, **bucket = bucket_of(c, hash);

	assert(e->in == NULL);
	if (key.length > CACHE_KEY_MOST)
		return false;
	old = find_hashed(c, key, hash);
	if (old != NULL)
		cache_remove(old);
	if (size > c->most / 8)
		return false;
	e->in = c;
	e->used = false; /* seen once is not yet worth keeping */
	e->size = size;
	e->hash = hash;
	e->key_length = (unsigned char)key.length;
	memcpy(e->key, key.data, key.length);
	e->chain = *bucket;
	*bucket = e;
	clock_insert(c, e);
	add_bytes(c, size);
	c->count++;
	metric_add(METRIC_CACHE_ENTRIES, 1);
	(void)cache_ref(e);
	make_room(c, e);
	return true;
}

void cache_grow(struct cache_entry *e, size_t more)
{
	struct cache *c = e->in;

	if (c == NULL)
		return;
	e->size += more;
	add_bytes(c, more);
	if (e->size > c->most / 8)
		cache_remove(e);
	else
		make_room(c, e);
}

void cache_remove(struct cache_entry *e)
{
	struct cache *c = e->in;
	struct cache_entry **at;

	if (c == NULL)
		return;
	for (at = bucket_of(c, e->hash); *at != e; at = &(*at)->chain)
		;
	*at = e->chain;
	clock_remove(c, e);
	remove_bytes(c, e->size);
	c->count--;
	metric_sub(METRIC_CACHE_ENTRIES, 1);
	e->in = NULL;
	cache_unref(e);
}

struct cache_entry *cache_ref(struct cache_entry *e)
{
	e->references++;
	return e;
}

void cache_unref(struct cache_entry *e)
{
	if (e == NULL)
		return;
	assert(e->references > 0);
	if (--e->references == 0)
		e->free(e);
}

size_t cache_bytes(const struct cache *c)
{
	return c->bytes;
}

size_t cache_count(const struct cache *c)
{
	return c->count;
}
