/* Blocks of one size, cut from mappings that lie at multiples of their size. */
#include "base/slab.h"

#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <stdalign.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 256 << 10 };

/* What stands behind a block for AddressSanitizer, which sees who writes over the end. */
#ifdef __SANITIZE_ADDRESS__
enum { GAP = 16 };
#else
enum { GAP = 0 };
#endif

/* A block that nobody has. */
struct spare {
	struct spare *next;
};

/* Stands at the beginning of its memory. */
struct slab_piece {
	TAILQ_ENTRY(slab_piece) among; /* those with room */
	struct slab_piece *next_empty, *next;
	struct spare *spare; /* came back */
	size_t cut;	     /* blocks that were ever given since it was empty */
	size_t count;	     /* given and not taken back */
	alignas(max_align_t) char data[];
};

void slab_init(struct slab *s, size_t size)
{
	assert(size > 0 && size <= SLAB_BLOCK_MOST);
	*s = (struct slab){ .block =
				(size + alignof(struct spare) - 1) & ~(alignof(struct spare) - 1) };
	s->piece_blocks = (PIECE - sizeof(struct slab_piece)) / (s->block + GAP);
	TAILQ_INIT(&s->roomy);
}

void slab_release(struct slab *s)
{
	if (s == NULL)
		return;
	assert(s->count == 0);
	while (s->all != NULL) {
		struct slab_piece *p = s->all;

		s->all = p->next;
		ASAN_UNPOISON_MEMORY_REGION(p, PIECE);
		(void)munmap(p, PIECE);
	}
	*s = (struct slab){ .block = s->block, .piece_blocks = s->piece_blocks };
	TAILQ_INIT(&s->roomy);
}

/* --- pieces ---------------------------------------------------------------------------------- */

/* Twice as much is asked for, and what stands before and behind is left. */
static void *map_aligned(void)
{
	char *got =
	    mmap(NULL, 2 * PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (got == MAP_FAILED)
		return NULL;
	before = (PIECE - (uintptr_t)got % PIECE) % PIECE;
	if (before > 0)
		(void)munmap(got, before);
	(void)munmap(got + before + PIECE, PIECE - before);
	return got + before;
}

static struct slab_piece *piece_new(struct slab *s)
{
	struct slab_piece *p = map_aligned();

	if (p == NULL)
		return NULL;
	ASAN_POISON_MEMORY_REGION(p->data, PIECE - sizeof(*p));
	p->next = s->all;
	s->all = p;
	return p;
}

static struct slab_piece *piece_with_room(struct slab *s)
{
	struct slab_piece *p = TAILQ_FIRST(&s->roomy);

	if (p != NULL)
		return p;
	p = s->empty;
	if (p != NULL)
		s->empty = p->next_empty;
	else
		p = piece_new(s);
	if (p == NULL)
		return NULL;
	TAILQ_INSERT_HEAD(&s->roomy, p, among);
	s->bytes += PIECE;
	return p;
}

/* Its first page, with what is known of it, stays. */
static void give_back(struct slab *s, struct slab_piece *p)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	TAILQ_REMOVE(&s->roomy, p, among);
	p->spare = NULL;
	p->cut = 0;
	if (page < PIECE)
		(void)madvise((char *)p + page, PIECE - page, MADV_DONTNEED);
	p->next_empty = s->empty;
	s->empty = p;
	s->bytes -= PIECE;
}

/* --- blocks ---------------------------------------------------------------------------------- */

static void *take(const struct slab *s, struct slab_piece *p)
{
	struct spare *found = p->spare;

	if (found == NULL) {
		found = (struct spare *)(void *)(p->data + p->cut * (s->block + GAP));
		p->cut++;
		ASAN_UNPOISON_MEMORY_REGION(found, s->block);
	} else {
		ASAN_UNPOISON_MEMORY_REGION(found, s->block);
		p->spare = found->next;
	}
	return found;
}

void *slab_get(struct slab *s)
{
	struct slab_piece *p = piece_with_room(s);

	if (p == NULL)
		return NULL;
	p->count++;
	s->count++;
	if (p->count == s->piece_blocks)
		TAILQ_REMOVE(&s->roomy, p, among);
	return memset(take(s, p), 0, s->block);
}

/*
 * A piece that has room again is the last to be given from: what is of the same age often goes
 * at the same time, and until then it may be empty.
 */
void slab_put(struct slab *s, void *block)
{
	struct slab_piece *p = (struct slab_piece *)((uintptr_t)block & ~(uintptr_t)(PIECE - 1));
	struct spare *back = block;

	if (block == NULL)
		return;
	assert(p->count > 0);
	if (p->count == s->piece_blocks)
		TAILQ_INSERT_TAIL(&s->roomy, p, among);
	back->next = p->spare;
	p->spare = back;
	ASAN_POISON_MEMORY_REGION(back, s->block);
	p->count--;
	s->count--;
	if (p->count == 0 && p != TAILQ_FIRST(&s->roomy))
		give_back(s, p);
}
