/*
 * Fuzzes the choice of a language: it is always one of those there are, never depends on case, and
 * a language that is asked for outright is given.
 */
#include <assert.h>
#include <ctype.h>

#include "model/language.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const tags[] = { "zh-CN", "en", "fr", "pt-BR" };

static unsigned choose(struct slice wanted, struct slice accept)
{
	unsigned chosen = language_choose(tags, COUNT_OF(tags), wanted, accept);

	assert(chosen < COUNT_OF(tags));
	return chosen;
}

/* A copy of its own size, so that a byte read behind it is seen. */
static struct slice copy_of(struct slice s)
{
	char *copy = malloc(s.length > 0 ? s.length : 1);

	assert(copy != NULL);
	if (s.length > 0)
		memcpy(copy, s.data, s.length);
	return (struct slice){ copy, s.length };
}

static void in_capitals(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		((char *)(uintptr_t)s.data)[i] = (char)toupper((unsigned char)s.data[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	size_t half = size > 0 ? data[0] % size : 0;
	struct slice wanted = copy_of((struct slice){ bytes, half });
	struct slice accept = copy_of((struct slice){ bytes + half, size - half });
	unsigned chosen = choose(wanted, accept);

	for (unsigned i = 0; i < COUNT_OF(tags); i++)
		assert(choose(slice_of(tags[i]), accept) == i);
	in_capitals(wanted);
	in_capitals(accept);
	assert(choose(wanted, accept) == chosen);
	free((char *)(uintptr_t)wanted.data);
	free((char *)(uintptr_t)accept.data);
	return 0;
}
