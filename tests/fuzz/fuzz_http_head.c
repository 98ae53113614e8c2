/*
 * Fuzzes the reader of request heads: whatever it accepts lies within what it was given, keeps its
 * limits, and is read the same when more bytes follow or the head arrives in two pieces.
 */
#include <assert.h>

/* The servers are not among the layers fuzzers are linked with; this part of them is pure. */
#include "web/http_head.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_inside(struct slice piece, struct slice whole)
{
	assert(
	    piece.length == 0 ||
	    (piece.data >= whole.data && piece.data + piece.length <= whole.data + whole.length) ||
	    slice_equal(piece, S("/"))); /* an absolute target without a path */
}

static void look_inside(const struct http_head *h, struct slice bytes)
{
	struct slice head = { bytes.data, h->length };

	assert(h->length >= 18 && h->length <= bytes.length && h->length <= HEAD_MAXIMUM);
	assert(slice_ends(head, S("\r\n\r\n")));
	assert(h->path.length > 0 && h->path.length <= TARGET_MAXIMUM);
	assert(h->path.data[0] == '/' || (h->method == METHOD_OPTIONS && h->path.data[0] == '*'));
	assert(slice_find(h->path, '?') == h->path.length);
	assert(h->host.length > 0 || h->is_http_1_0);
	assert_inside(h->path, head);
	assert_inside(h->query, head);
	assert_inside(h->host, head);
	assert(h->field_count <= HEAD_FIELDS);
	for (unsigned i = 0; i < h->field_count; i++) {
		assert_inside(http_head_at(h, i).name, head);
		assert_inside(http_head_at(h, i).value, head);
		assert(memchr(http_head_at(h, i).value.data, '\n', http_head_at(h, i).value.length) == NULL);
	}
	/* No body may hide where a reader that ignores it would see a request. */
	assert(h->body_length == 0 || (h->method & (METHOD_POST | METHOD_PUT | METHOD_PATCH)));
	assert(http_head_field(h, S("transfer-encoding")).data == NULL);
}

static void reads_the_same_in_pieces(struct slice bytes, const struct http_head *h)
{
	struct http_head again;

	assert(http_head_parse((struct slice){ bytes.data, h->length }, &again) == HEAD_COMPLETE);
	assert(again.length == h->length && again.body_length == h->body_length);
	for (size_t length = 0; length < h->length; length += 1 + h->length / 16)
		assert(http_head_parse((struct slice){ bytes.data, length }, &again) ==
		       HEAD_INCOMPLETE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own size, so that a byte read behind it is seen. */
	char *copy = malloc(size + 1);
	struct slice bytes = { copy, size };
	struct http_head head;
	enum head_result result;

	assert(copy != NULL);
	memcpy(copy, data, size);
	copy = realloc(copy, size == 0 ? 1 : size);
	assert(copy != NULL);
	bytes.data = copy;
	result = http_head_parse(bytes, &head);
	if (result == HEAD_COMPLETE) {
		look_inside(&head, bytes);
		reads_the_same_in_pieces(bytes, &head);
	} else if (result != HEAD_INCOMPLETE) {
		assert(head_status(result) >= 400 && strlen(head_explanation(result)) > 0);
	}
	free(copy);
	return 0;
}
