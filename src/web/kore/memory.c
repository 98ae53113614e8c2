/*
 * Kore's memory and pools on plain malloc, for sanitizer builds: its own allocator carves
 * everything out of large mappings, where no sanitizer sees an overflow or a leak.
 */
#include <sys/types.h>
#include <stdlib.h>
#include <string.h>
#include "kore.h"

struct tag {
	void *memory;
	u_int32_t id;
	TAILQ_ENTRY(tag) list;
};

static TAILQ_HEAD(, tag) tags = TAILQ_HEAD_INITIALIZER(tags);

void kore_mem_init(void)
{
}

void kore_mem_cleanup(void)
{
}

static void *checked(void *memory)
{
	if (memory == NULL)
		fatal("out of memory");
	return memory;
}

void *kore_malloc(size_t size)
{
	return checked(malloc(size == 0 ? 1 : size));
}

void *kore_calloc(size_t count, size_t size)
{
	return checked(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size));
}

void *kore_realloc(void *memory, size_t size)
{
	return checked(realloc(memory, size == 0 ? 1 : size));
}

void kore_mem_untag(void *memory)
{
	struct tag *t;

	TAILQ_FOREACH(t, &tags, list)
	{
		if (t->memory == memory) {
			TAILQ_REMOVE(&tags, t, list);
			free(t);
			return;
		}
	}
}

void kore_free(void *memory)
{
	if (memory != NULL)
		kore_mem_untag(memory);
	free(memory);
}

char *kore_strdup(const char *text)
{
	return checked(strdup(text));
}

void kore_mem_tag(void *memory, u_int32_t id)
{
	struct tag *t = kore_malloc(sizeof(*t));

	t->memory = memory;
	t->id = id;
	TAILQ_INSERT_TAIL(&tags, t, list);
}

void *kore_malloc_tagged(size_t size, u_int32_t id)
{
	void *memory = kore_malloc(size);

	kore_mem_tag(memory, id);
	return memory;
}

void *kore_mem_lookup(u_int32_t id)
{
	struct tag *t;

	TAILQ_FOREACH(t, &tags, list)
	if (t->id == id)
		return t->memory;
	return NULL;
}

void kore_pool_init(struct kore_pool *pool, const char *name, size_t size, size_t count)
{
	(void)count;
	memset(pool, 0, sizeof(*pool));
	pool->name = kore_strdup(name);
	pool->elen = size;
}

void kore_pool_cleanup(struct kore_pool *pool)
{
	kore_free(pool->name);
	pool->name = NULL;
}

void *kore_pool_get(struct kore_pool *pool)
{
	pool->inuse++;
	return kore_calloc(1, pool->elen);
}

void kore_pool_put(struct kore_pool *pool, void *element)
{
	pool->inuse--;
	kore_free(element);
}

#ifdef __SANITIZE_ADDRESS__
/* What Kore allocates once at start and never frees; nothing of ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:kore_module_handler_new\nleak:kore_seccomp_enable\nleak:kore_proctitle_setup\n"
	       "leak:kore_runtime_getcall\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif
