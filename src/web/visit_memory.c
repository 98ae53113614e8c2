/* Two hash tables in shared memory, without locks. */
#include "web/visit_memory.h"

#include <stdatomic.h>
#include <sys/mman.h>

enum {
	PAIR_SLOTS = 8,		/* of a bucket: one line of cache */
	PAIR_BUCKETS = 1 << 15, /* 2 MiB, 262,144 visitors */
	PAIR_TIME_BITS = 24,	/* of seconds: half a year until it comes round */
	ITEM_SLOTS = 4,
	ITEM_BUCKETS = 1 << 15, /* 2 MiB, 131,072 items */
	ITEM_STEP_S = 16,
	ITEM_TRUST_STEPS = 15 * 60 / ITEM_STEP_S,
	TRIES = 4,
};

#define PAIR_TIME_MASK ((UINT64_C(1) << PAIR_TIME_BITS) - 1)

/* A visitor at an item: the upper bits of their hash, and when. 0: empty. */
struct pair_bucket {
	_Alignas(64) _Atomic uint64_t words[PAIR_SLOTS];
};

/* `name` is the item ^ `value`: halves of two writers together fit no item. */
struct item_slot {
	_Atomic uint64_t name, value;
};

struct item_bucket {
	_Alignas(64) struct item_slot slots[ITEM_SLOTS];
};

struct visit_memory {
	unsigned apart_seconds;
	struct pair_bucket pairs[PAIR_BUCKETS];
	struct item_bucket items[ITEM_BUCKETS];
};

struct visit_memory *visit_memory_new(unsigned apart_seconds)
{
	struct visit_memory *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (m == MAP_FAILED)
		return NULL;
	m->apart_seconds = apart_seconds;
	return m;
}

void visit_memory_free(struct visit_memory *m)
{
	if (m != NULL)
		(void)munmap(m, sizeof(*m));
}

static uint64_t load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static bool swap(_Atomic uint64_t *word, uint64_t old, uint64_t new)
{
	return atomic_compare_exchange_strong_explicit(word, &old, new, memory_order_relaxed,
						       memory_order_relaxed);
}

/* --- visitors at items --- */

/* Both are random already; what is needed is that the pair is neither's bits alone. */
static uint64_t pair_hash(uint64_t item, uint64_t visitor)
{
	uint64_t h = item ^ (visitor << 31 | visitor >> 33);

	h ^= h >> 32;
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* A moment that another worker wrote a tick ahead of this one's clock is now. */
static uint64_t pair_age(uint64_t word, uint64_t now_s)
{
	uint64_t age = (now_s - word) & PAIR_TIME_MASK;

	return age > PAIR_TIME_MASK / 2 ? 0 : age;
}

/* Puts it where nothing is, else in place of the oldest. False: another worker was faster there. */
static bool pair_put(struct pair_bucket *b, uint64_t word, uint64_t now_s)
{
	unsigned oldest = 0;
	uint64_t age = 0;

	for (unsigned i = 0; i < PAIR_SLOTS; i++) {
		uint64_t w = load(&b->words[i]);

		if (w == 0)
			return swap(&b->words[i], 0, word);
		if (pair_age(w, now_s) > age) {
			age = pair_age(w, now_s);
			oldest = i;
		}
	}
	return swap(&b->words[oldest], load(&b->words[oldest]), word);
}

bool visit_memory_meet(struct visit_memory *m, uint64_t item, uint64_t visitor, uint64_t now_s)
{
	uint64_t hash = pair_hash(item, visitor);
	struct pair_bucket *b = &m->pairs[hash % PAIR_BUCKETS];
	uint64_t word = (hash & ~PAIR_TIME_MASK) | (now_s & PAIR_TIME_MASK);

	for (unsigned i = 0; i < PAIR_SLOTS; i++) {
		uint64_t w = load(&b->words[i]);

		if (w == 0 || ((w ^ word) & ~PAIR_TIME_MASK) != 0)
			continue;
		if (pair_age(w, now_s) < m->apart_seconds)
			return false;
		/* Who loses the race met the same visitor in the same moment. */
		return swap(&b->words[i], w, word);
	}
	for (unsigned i = 0; i < TRIES && !pair_put(b, word, now_s); i++)
		;
	return true;
}

/* --- items --- */

/* visits : 32 | first day : 16 | when it was counted last, in steps : 16 */
static uint64_t item_value(struct visit_count c, uint64_t step)
{
	uint64_t visits = c.visits < UINT32_MAX ? c.visits : UINT32_MAX;

	return visits << 32 | (uint64_t)(c.first_day & UINT16_MAX) << 16 | (step & UINT16_MAX);
}

static uint64_t item_age(uint64_t value, uint64_t step)
{
	uint64_t age = (step - value) & UINT16_MAX;

	return age > UINT16_MAX / 2 ? 0 : age;
}

/* The item's slot with its value, else the one that makes room. */
static struct item_slot *item_find(struct item_bucket *b, uint64_t item, uint64_t step,
				   uint64_t *ret_value, bool *ret_found)
{
	struct item_slot *oldest = &b->slots[0];
	uint64_t age = 0;

	*ret_found = true;
	for (unsigned i = 0; i < ITEM_SLOTS; i++) {
		uint64_t value = load(&b->slots[i].value);
		uint64_t this_age = value == 0 ? UINT64_MAX : item_age(value, step);

		*ret_value = value;
		if (value != 0 && (load(&b->slots[i].name) ^ value) == item)
			return &b->slots[i];
		if (this_age > age) {
			age = this_age;
			oldest = &b->slots[i];
		}
	}
	*ret_value = load(&oldest->value);
	*ret_found = false;
	return oldest;
}

/* The later of what both know. */
static struct visit_count joined(struct visit_count stored, uint64_t value)
{
	struct visit_count c = { value >> 32, (uint32_t)(value >> 16) & UINT16_MAX };

	if (stored.visits > c.visits)
		c.visits = stored.visits;
	if (stored.first_day != 0)
		c.first_day = stored.first_day;
	return c;
}

struct visit_count visit_memory_count(struct visit_memory *m, uint64_t item,
				      struct visit_count stored, bool add, uint32_t today,
				      uint64_t now_s)
{
	struct item_bucket *b = &m->items[item % ITEM_BUCKETS];
	struct visit_count count = stored;
	uint64_t value, step = now_s / ITEM_STEP_S;

	for (unsigned i = 0; i < TRIES; i++) {
		bool found;
		struct item_slot *slot = item_find(b, item, step, &value, &found);
		uint64_t next;

		count = stored;
		if (found && item_age(value, step) <= ITEM_TRUST_STEPS)
			count = joined(stored, value);
		if (!add)
			return count;
		count.visits++;
		if (count.first_day == 0)
			count.first_day = today;
		next = item_value(count, step);
		if (!swap(&slot->value, value, next))
			continue;
		atomic_store_explicit(&slot->name, item ^ next, memory_order_relaxed);
		return count;
	}
	return count;
}
