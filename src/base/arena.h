/*
 * Memory of one lifetime: many small pieces, one release. What is put into an arena is
 * never freed alone and lives until arena_release().
 */
#ifndef SUYUAN_BASE_ARENA_H
#define SUYUAN_BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;		    /* bytes handed out */
	size_t maximum;		    /* bytes it may ever hand out */
	bool failed;		    /* sticky */
};

void arena_init(struct arena *a, size_t maximum);
/* It may hand out so many bytes more, also where it had met its limit before. */
void arena_extend(struct arena *a, size_t more);
/* Accepts NULL and zeroed structs; the arena may be used again. */
void arena_release(struct arena *a);

/* Zeroed, aligned for any type. NULL when the limit is met or memory is out. */
MUSTCHECK void *arena_alloc(struct arena *a, size_t size);
/* The same, for `count` things of `size` bytes, overflow checked. */
MUSTCHECK void *arena_array(struct arena *a, size_t count, size_t size);
/* Copies, with a NUL behind that the length does not count; {NULL,0} on failure. */
struct slice arena_copy(struct arena *a, struct slice s);

#endif
