/*
 * Fuzzes the opening of compressed Digital Links: any path. What comes out is a path and a query in
 * plain characters, and, where it is a link, one whose canonical path opens to itself.
 */
#include <assert.h>

#include "model/digital_link.h"
#include "model/digital_link_compressed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct slice opened)
{
	static struct digital_link link;
	struct slice path = { opened.data, slice_find(opened, '?') };
	struct slice query = path.length < opened.length ? slice_from(opened, path.length + 1)
							 : (struct slice){ NULL, 0 };
	struct buf again;

	assert(path.length > 0 && path.data[0] == '/');
	for (size_t i = 0; i < opened.length; i++)
		assert(opened.data[i] > ' ' && (unsigned char)opened.data[i] < 0x7f);
	if (digital_link_parse_path(path, query, &link) != DL_OK)
		return;
	buf_init(&again, DL_CANONICAL_MAX);
	digital_link_canonical_path(&link, &again);
	assert(digital_link_parse_path(buf_slice(&again), (struct slice){ NULL, 0 }, &link) ==
	       DL_OK);
	buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out;

	buf_init(&out, DL_CANONICAL_MAX);
	if (digital_link_decompress((struct slice){ (const char *)data, size }, &out) ==
		DL_OPENED &&
	    buf_ok(&out))
		look(buf_slice(&out));
	buf_release(&out);
	return 0;
}
