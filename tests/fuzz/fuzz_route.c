/*
 * Fuzzes the way from a raw path and query to a route: what is decoded is UTF-8 without NUL, no
 * dots pass, and a value that is escaped whole comes back as it was.
 */
#include <assert.h>

/* The servers are not among the layers fuzzers are linked with; this part of them is pure. */
#include "web/router.c"

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route table[] = {
	{ PROGRAM_LOOKUP, METHOD_GET, "/", "root", NULL, 0 },
	{ PROGRAM_LOOKUP, METHOD_GET, "/a/{x}", "one", NULL, 0 },
	{ PROGRAM_LOOKUP, METHOD_POST, "/a/{x}/b/{y}", "two", NULL, 0 },
	{ PROGRAM_LOOKUP, METHOD_GET, "/01/{link...}", "rest", NULL, 0 },
};

static void look_at_path(struct slice path)
{
	struct request r = { .method = METHOD_GET, .path = path };
	unsigned allowed = 0;
	enum route_result result;

	arena_init(&r.arena, 1 << 20);
	result = route_find(table, COUNT_OF(table), PROGRAM_LOOKUP, &r, &allowed);
	assert((result == ROUTE_FOUND) == (r.route != NULL));
	assert(result != ROUTE_METHOD_NOT_ALLOWED || allowed != 0);
	for (unsigned i = 0; result == ROUTE_FOUND && i < r.capture_count; i++) {
		struct slice text = r.captures[i];

		if (slice_ends(slice_of(r.route->pattern), S("...}")))
			continue;
		assert(utf8_valid(text) && memchr(text.data, '\0', text.length) == NULL);
		assert(!slice_equal(text, S(".")) && !slice_equal(text, S("..")));
	}
	arena_release(&r.arena);
}

/* %XX for every byte. */
static void comes_back(struct slice text)
{
	static const char digits[] = "0123456789abcdef";
	struct arena arena;
	struct slice decoded;
	enum route_result result;
	char *escaped = malloc(3 * text.length + 1);

	assert(escaped != NULL);
	for (size_t i = 0; i < text.length; i++) {
		escaped[3 * i] = '%';
		escaped[3 * i + 1] = digits[(unsigned char)text.data[i] >> 4];
		escaped[3 * i + 2] = digits[text.data[i] & 15];
	}
	arena_init(&arena, 1 << 20);
	result =
	    percent_decode(&arena, (struct slice){ escaped, 3 * text.length }, false, &decoded);
	if (result == ROUTE_FOUND)
		assert(slice_equal(decoded, text));
	else
		assert(result == ROUTE_OUT_OF_MEMORY || !utf8_valid(text) ||
		       memchr(text.data, '\0', text.length) != NULL);
	arena_release(&arena);
	free(escaped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = malloc(size + 1);

	/* A copy of its own size, so that a byte read behind it is seen. */
	assert(path != NULL);
	path[0] = '/';
	if (size > 0)
		memcpy(path + 1, data, size);
	/* A head with a raw NUL is refused before there is a path. */
	if (memchr(path, '\0', size + 1) == NULL)
		look_at_path((struct slice){ path, size + 1 });
	comes_back((struct slice){ path + 1, size });
	free(path);
	return 0;
}
