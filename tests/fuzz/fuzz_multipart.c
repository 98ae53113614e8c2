/*
 * Fuzzes the reader of forms: what it accepts lies in the body, part behind part, holds no
 * delimiter, and is read the same when it is written again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_inside(struct slice part, struct slice whole)
{
	assert(part.length == 0 ||
	       (part.data >= whole.data && part.data + part.length <= whole.data + whole.length));
}

static void write_again(struct buf *out, struct slice boundary, const struct multipart_part *parts,
			unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		buf_add_format(out, "--%.*s\r\nContent-Disposition: form-data; name=\"",
			       SLICE_ARG(boundary));
		buf_add_slice(out, parts[i].name);
		buf_add_string(out, "\"\r\n\r\n");
		buf_add_slice(out, parts[i].body);
		buf_add_string(out, "\r\n");
	}
	buf_add_format(out, "--%.*s--\r\n", SLICE_ARG(boundary));
	assert(buf_ok(out));
}

static void compare(struct slice boundary, struct slice body)
{
	struct multipart_part parts[MULTIPART_PARTS_MOST], again[MULTIPART_PARTS_MOST];
	unsigned count, count_again;
	struct buf out;

	if (multipart_read(body, boundary, parts, &count) != MULTIPART_OK)
		return;
	buf_init(&out, 1 << 20);
	write_again(&out, boundary, parts, count);
	assert(multipart_read(buf_slice(&out), boundary, again, &count_again) == MULTIPART_OK);
	assert(count == count_again);
	for (unsigned i = 0; i < count; i++) {
		assert_inside(parts[i].body, body);
		assert_inside(parts[i].name, body);
		assert(slice_equal(parts[i].name, again[i].name));
		assert(slice_equal(parts[i].body, again[i].body));
	}
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice boundary = S("b"), body, type;
	char *copy = malloc(size + (size == 0));

	assert(copy != NULL);
	memcpy(copy, data, size);
	body = (struct slice){ copy, size };
	/* The first line is the Content-Type, if it is one; a copy ends where the input does. */
	if (slice_cut(&body, '\n', &type) && body.data != NULL &&
	    multipart_boundary(type, &boundary) == MULTIPART_OK)
		compare(boundary, body);
	compare(S("b"), (struct slice){ copy, size });
	free(copy);
	return 0;
}
