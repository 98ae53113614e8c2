/* Levels of misses in a set-associative table. */
#include "web/guess_table.h"

enum { MINUTE_MS = 60000, FOUND_BITS = 64, OVER_MOST = 8 };

bool guess_table_init(struct guess_table *t, const struct siphash_key *key, unsigned rows,
		      unsigned burst, unsigned per_minute)
{
	unsigned sets = 1;

	while (sets * GUESS_WAYS < rows)
		sets *= 2;
	*t = (struct guess_table){
		.key = *key, .sets = sets, .most = burst * GUESS_MISS, .per_minute = per_minute
	};
	t->rows = calloc((size_t)sets * GUESS_WAYS, sizeof(*t->rows));
	return t->rows != NULL;
}

void guess_table_release(struct guess_table *t)
{
	if (t == NULL)
		return;
	free(t->rows);
	*t = (struct guess_table){ .rows = NULL };
}

static struct guess_row *set_of(const struct guess_table *t, struct slice name, uint32_t *ret_tag)
{
	uint64_t hash = siphash(&t->key, name);

	*ret_tag = (uint32_t)hash | 1;
	return &t->rows[(size_t)(hash >> 32 & (t->sets - 1)) * GUESS_WAYS];
}

static struct guess_row *find(const struct guess_table *t, struct slice name)
{
	uint32_t tag;
	struct guess_row *set;

	if (t->used == 0)
		return NULL;
	set = set_of(t, name, &tag);
	for (unsigned i = 0; i < GUESS_WAYS; i++)
		if (set[i].tag == tag)
			return &set[i];
	return NULL;
}

static uint32_t level_now(const struct guess_table *t, const struct guess_row *row, uint64_t now_ms)
{
	uint64_t sunk =
	    (uint64_t)((uint32_t)now_ms - row->at_ms) * t->per_minute * GUESS_MISS / MINUTE_MS;

	return sunk >= row->level ? 0 : row->level - (uint32_t)sunk;
}

static void settle(const struct guess_table *t, struct guess_row *row, uint64_t now_ms)
{
	uint32_t level = level_now(t, row, now_ms);

	/* The time stays until something sank: many short whiles are no shorter than one. */
	if (level == row->level && level > 0)
		return;
	row->level = level;
	row->at_ms = (uint32_t)now_ms;
}

uint32_t guess_table_level(const struct guess_table *t, struct slice name, uint64_t now_ms)
{
	const struct guess_row *row = find(t, name);

	return row == NULL ? 0 : level_now(t, row, now_ms);
}

unsigned guess_table_wait(const struct guess_table *t, struct slice name, uint64_t now_ms)
{
	uint64_t over = (uint64_t)guess_table_level(t, name, now_ms) + GUESS_MISS;
	uint64_t a_minute = (uint64_t)t->per_minute * GUESS_MISS;

	if (over <= t->most)
		return 0;
	return (unsigned)(((over - t->most) * 60 + a_minute - 1) / a_minute);
}

/* The row of that tag, a free one, or the one with the lowest level. */
static struct guess_row *take_row(struct guess_table *t, struct slice name, uint64_t now_ms)
{
	uint32_t tag, lowest = UINT32_MAX;
	struct guess_row *set = set_of(t, name, &tag), *row = NULL;

	for (unsigned i = 0; i < GUESS_WAYS; i++) {
		uint32_t level = set[i].tag == 0 ? 0 : level_now(t, &set[i], now_ms);

		if (set[i].tag == tag)
			return &set[i];
		if (row == NULL || level < lowest) {
			row = &set[i];
			lowest = level;
		}
	}
	t->used += row->tag == 0;
	*row = (struct guess_row){ .tag = tag, .at_ms = (uint32_t)now_ms };
	return row;
}

void guess_table_miss(struct guess_table *t, struct slice name, unsigned misses, uint64_t now_ms)
{
	struct guess_row *row = take_row(t, name, now_ms);
	/* Nobody has to wait for long who stops. */
	uint64_t most = (uint64_t)t->most + OVER_MOST * GUESS_MISS, level;

	settle(t, row, now_ms);
	level = row->level + (uint64_t)misses * GUESS_MISS;
	row->level = (uint32_t)(level < most ? level : most);
}

void guess_table_hit(struct guess_table *t, struct slice name, uint64_t item, uint64_t now_ms)
{
	struct guess_row *row = find(t, name);
	uint32_t minute = (uint32_t)(now_ms / MINUTE_MS);
	uint64_t bit = UINT64_C(1) << (item % FOUND_BITS);

	if (row == NULL)
		return; /* nothing to be made up for */
	if (row->minute != minute) {
		row->minute = minute;
		row->found = 0;
	}
	if ((row->found & bit) != 0)
		return;
	row->found |= bit;
	settle(t, row, now_ms);
	row->level = row->level > GUESS_MISS ? row->level - GUESS_MISS : 0;
}
