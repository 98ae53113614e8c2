/*
 * Memory for many things of one size that come and go in any order and live long, apart from
 * malloc's heap. Among what lives for a moment they would leave the heap in pieces: glibc then
 * gives the hole that was left longest ago, which no cache of the processor has any more.
 *
 * It is cut from large mappings. One that nothing is left in goes back to the system, so the
 * memory follows what is in use; the fullest traffic of yesterday does not stay.
 */
#ifndef SUYUAN_BASE_SLAB_H
#define SUYUAN_BASE_SLAB_H

#include <sys/queue.h>

#include "base/slice.h"

struct slab_piece;
TAILQ_HEAD(slab_pieces, slab_piece);

struct slab {
	struct slab_pieces roomy; /* with blocks to give, the next one first */
	struct slab_piece *empty; /* their memory is the system's */
	struct slab_piece *all;
	size_t block;	     /* bytes of one */
	size_t piece_blocks; /* blocks in a piece */
	size_t count;	     /* blocks given and not taken back */
	size_t bytes;	     /* of the pieces that are not empty */
};

enum { SLAB_BLOCK_MOST = 16384 };

/* Things of so many bytes, SLAB_BLOCK_MOST at most. */
void slab_init(struct slab *s, size_t size);
/* All that was given must have come back. Accepts NULL and zeroed structs. */
void slab_release(struct slab *s);

/* Zeroed, aligned for any type of that size that needs no more than max_align_t. NULL: out of
 * memory. */
MUSTCHECK void *slab_get(struct slab *s);
/* Accepts NULL. */
void slab_put(struct slab *s, void *block);

#endif
