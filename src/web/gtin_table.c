/* Open addressing with linear probing in each shard; nothing is ever taken out alone. */
#include "web/gtin_table.h"

enum { SHARD_LEAST = 16 };

static uint64_t hash_of(const struct gtin_table *t, uint64_t gtin)
{
	return siphash(&t->key, (struct slice){ (const char *)&gtin, sizeof(gtin) });
}

static struct gtin_shard *shard_of(struct gtin_table *t, uint64_t hash)
{
	return &t->shards[hash >> 56];
}

/* The row of that GTIN, or the free one where it belongs. The shard is never full. */
static struct lookup_gtin *probe(const struct gtin_shard *s, uint64_t gtin, uint64_t hash)
{
	unsigned at = (unsigned)hash & (s->size - 1);

	while (s->rows[at].epoch != 0 && s->rows[at].gtin != gtin)
		at = (at + 1) & (s->size - 1);
	return &s->rows[at];
}

const struct lookup_gtin *gtin_table_find(const struct gtin_table *t, uint64_t gtin)
{
	uint64_t hash = hash_of(t, gtin);
	const struct gtin_shard *s = &t->shards[hash >> 56];
	const struct lookup_gtin *row;

	if (s->size == 0)
		return NULL;
	row = probe(s, gtin, hash);
	return row->epoch == 0 ? NULL : row;
}

static bool grow(struct gtin_table *t, struct gtin_shard *s)
{
	struct gtin_shard bigger = { .size = s->size == 0 ? SHARD_LEAST : s->size * 2,
				     .used = s->used };

	bigger.rows = calloc(bigger.size, sizeof(*bigger.rows));
	if (bigger.rows == NULL)
		return false;
	for (unsigned i = 0; i < s->size; i++)
		if (s->rows[i].epoch != 0)
			*probe(&bigger, s->rows[i].gtin, hash_of(t, s->rows[i].gtin)) = s->rows[i];
	free(s->rows);
	*s = bigger;
	return true;
}

enum gtin_table_result gtin_table_put(struct gtin_table *t, const struct lookup_gtin *row)
{
	uint64_t hash = hash_of(t, row->gtin);
	struct gtin_shard *s = shard_of(t, hash);
	struct lookup_gtin *at;
	bool older;

	/* Three quarters full at most. */
	if (s->used + 1 > s->size / 4 * 3 && !grow(t, s))
		return GTIN_TABLE_OUT_OF_MEMORY;
	at = probe(s, row->gtin, hash);
	if (at->epoch == 0) {
		s->used++;
		t->count++;
		*at = *row;
		return GTIN_TABLE_PUT;
	}
	older = row->epoch < at->epoch || row->issued < at->issued;
	if (row->epoch > at->epoch)
		at->epoch = row->epoch;
	if (row->issued > at->issued)
		at->issued = row->issued;
	at->has_foreign |= row->has_foreign; /* never taken back */
	/* Who learns of an item does not say; the feed's row of that epoch is yet to come. */
	if (row->epoch >= at->epoch)
		at->redirects = row->redirects;
	return older ? GTIN_TABLE_OLDER : GTIN_TABLE_PUT;
}

void gtin_table_release(struct gtin_table *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < GTIN_TABLE_SHARDS; i++)
		free(t->shards[i].rows);
	memset(t->shards, 0, sizeof(t->shards));
	t->count = 0;
}
