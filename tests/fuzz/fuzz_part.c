/*
 * Fuzzes the readers of Range, entity tags, Accept and Accept-Encoding: a range lies within the
 * file and is read the same when it is printed, a tag that is put into any list in order is found
 * there, qualities keep their limits.
 */
#include <assert.h>

/* The servers are not among the layers fuzzers are linked with; these parts of them are pure. */
#include "web/http_accept.c"
#include "web/http_part.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_range(struct slice value, uint64_t length)
{
	struct byte_range range = { 1, 0 }, again;
	char printed[64];

	switch (range_read(value, length, &range)) {
	case RANGE_PART:
		assert(range.first <= range.last && range.last < length);
		(void)snprintf(printed, sizeof(printed), "bytes=%llu-%llu",
			       (unsigned long long)range.first, (unsigned long long)range.last);
		assert(range_read(slice_of(printed), length, &again) == RANGE_PART);
		assert(again.first == range.first && again.last == range.last);
		return;
	case RANGE_OUTSIDE:
	case RANGE_WHOLE:
		assert(range.first == 1 && range.last == 0);
		return;
	}
}

static void look_at_tags(struct slice list)
{
	const struct slice ours = S("\"ours\"");
	char *longer = malloc(list.length + 2 + ours.length);

	assert(longer != NULL);
	assert(!etag_listed_strongly(list, ours) || etag_listed_weakly(list, ours));
	memcpy(longer, ours.data, ours.length);
	memcpy(longer + ours.length, ", ", 2);
	memcpy(longer + ours.length + 2, list.data, list.length);
	assert(etag_listed_strongly((struct slice){ longer, ours.length + 2 + list.length }, ours));
	free(longer);
}

static void look_at_wishes(struct slice header)
{
	static const struct media_type types[] = {
		{ SLICE("text"), SLICE("csv") },
		{ SLICE("application"), SLICE("json") },
	};
	unsigned qualities[COUNT_OF(types)];

	accept_weigh(header, types, COUNT_OF(types), qualities);
	for (size_t i = 0; i < COUNT_OF(types); i++)
		assert(qualities[i] <= ACCEPT_FULL);
	(void)accept_encoding(header, S("gzip"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice header;
	char *copy;

	if (size < 1)
		return 0;
	/* A copy of its own size, so that a byte read behind it is seen. */
	copy = malloc(size > 1 ? size - 1 : 1);
	assert(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	header = (struct slice){ copy, size - 1 };
	look_at_range(header, data[0]);
	look_at_range(header, UINT64_MAX - data[0]);
	look_at_tags(header);
	look_at_wishes(header);
	free(copy);
	return 0;
}
