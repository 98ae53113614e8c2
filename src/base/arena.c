/* Memory of one lifetime, handed out from growing blocks. */
#include "base/arena.h"

#include <stdalign.h>

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) char data[];
};

enum { FIRST_BLOCK = 4096 };

void arena_init(struct arena *a, size_t maximum)
{
	*a = (struct arena){ .maximum = maximum };
}

void arena_extend(struct arena *a, size_t more)
{
	a->maximum += more;
	a->failed = false;
}

void arena_release(struct arena *a)
{
	if (a == NULL)
		return;
	while (a->blocks != NULL) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	*a = (struct arena){ .maximum = a->maximum };
}

static struct arena_block *add_block(struct arena *a, size_t size)
{
	size_t wanted = a->blocks == NULL ? FIRST_BLOCK : a->blocks->size * 2;
	struct arena_block *block;

	if (wanted < size)
		wanted = size;
	block = malloc(sizeof(*block) + wanted);
	if (block == NULL)
		return NULL;
	*block = (struct arena_block){ .next = a->blocks, .size = wanted };
	a->blocks = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_block *block = a->blocks;
	void *piece;

	if (a->failed || rounded < size || rounded > a->maximum - a->used) {
		a->failed = true;
		return NULL;
	}
	if (block == NULL || block->size - block->used < rounded) {
		block = add_block(a, rounded);
		if (block == NULL) {
			a->failed = true;
			return NULL;
		}
	}
	piece = block->data + block->used;
	block->used += rounded;
	a->used += rounded;
	return memset(piece, 0, rounded);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		a->failed = true;
		return NULL;
	}
	return arena_alloc(a, total);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
	char *copy = arena_alloc(a, s.length + 1);

	if (copy == NULL)
		return (struct slice){ NULL, 0 };
	if (s.length > 0)
		memcpy(copy, s.data, s.length);
	return (struct slice){ copy, s.length };
}
