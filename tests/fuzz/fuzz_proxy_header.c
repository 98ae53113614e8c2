/*
 * Fuzzes the reader of the PROXY header: what it takes lies within the bytes, any beginning of it
 * is incomplete, and what follows does not change it.
 */
#include <assert.h>

/* The servers are not among the layers fuzzers are linked with; these parts of them are pure. */
#include "web/client_address.c"
#include "web/proxy_header.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own size, so that a byte read behind it is seen. */
	char *bytes = malloc(size > 0 ? size : 1);
	struct client_address client = { .is_ipv6 = false }, again;
	size_t length = 0, same = 0;
	enum proxy_result result;

	assert(bytes != NULL);
	if (size > 0)
		memcpy(bytes, data, size);
	result = proxy_header_read((struct slice){ bytes, size }, &client, &length);
	if (result == PROXY_CLIENT || result == PROXY_ITSELF) {
		assert(length > 0 && length <= size && length <= PROXY_HEADER_MOST);
		assert(proxy_header_read((struct slice){ bytes, length }, &again, &same) == result);
		assert(same == length);
		for (size_t i = 0; i < length; i++)
			assert(proxy_header_read((struct slice){ bytes, i }, &again, &same) ==
			       PROXY_INCOMPLETE);
	} else {
		assert(length == 0 || result == PROXY_BAD);
	}
	free(bytes);
	return 0;
}
