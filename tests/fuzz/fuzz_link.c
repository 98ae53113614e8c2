/*
 * Fuzzes the Digital Link parser: any bytes, as a URI and as path and query of a request. What it
 * accepts must have a canonical form that parses to the same values and is its own canonical form.
 */
#include <assert.h>

#include "model/digital_link.h"
#include "model/gs1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every slice must lie in the link's own text, and every count within its limit. */
static void look_inside(const struct digital_link *dl)
{
	assert(dl->element_count >= 1 && dl->path_count >= 1);
	assert(dl->path_count <= dl->element_count);
	assert(dl->element_count + dl->ignored_count <= DL_ELEMENTS_MAX);
	assert(dl->text_length <= DL_URI_MAX);
	for (size_t i = 0; i < dl->element_count; i++) {
		struct slice value = dl->elements[i].value;

		assert(value.length > 0 && value.data >= dl->text);
		assert(value.data + value.length <= dl->text + dl->text_length);
	}
	assert(!dl->has_gtin || gtin_valid(dl->gtin));
	assert(dl->serial.length == 0 || gs1_serial_ok(dl->serial));
	assert(dl->lot.length == 0 || gs1_lot_ok(dl->lot));
}

static void canonical_is_stable(const struct digital_link *dl)
{
	static struct digital_link again;
	struct buf first, second;

	buf_init(&first, DL_CANONICAL_MAX);
	buf_init(&second, DL_CANONICAL_MAX);
	digital_link_canonical(dl, &first);
	assert(buf_ok(&first));
	/* Escaping may carry a legal link over the limit; that is its own answer. */
	if (first.length <= DL_URI_MAX) {
		assert(digital_link_parse(buf_slice(&first), &again) == DL_OK);
		assert(again.element_count == dl->element_count && again.ignored_count == 0);
		for (size_t i = 0; i < dl->element_count; i++)
			assert(slice_equal(dl->elements[i].value,
					   digital_link_value(&again, dl->elements[i].number)));
		digital_link_canonical(&again, &second);
		assert(slice_equal(buf_slice(&first), buf_slice(&second)));
	}
	buf_clear(&first);
	digital_link_element_string(dl, &first);
	assert(buf_ok(&first));
	buf_release(&first);
	buf_release(&second);
}

static void judge(enum dl_result result, const struct digital_link *dl)
{
	assert(result == dl->result);
	assert((result == DL_OK) == (dl->error[0] == '\0'));
	if (result != DL_OK)
		return;
	look_inside(dl);
	canonical_is_stable(dl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct digital_link dl;
	struct slice uri = { (const char *)data, size };
	struct slice path = { uri.data, slice_find(uri, '?') };
	struct slice query = { NULL, 0 };

	if (path.length < uri.length)
		query = slice_from(uri, path.length + 1);
	judge(digital_link_parse(uri, &dl), &dl);
	judge(digital_link_parse_path(path, query, &dl), &dl);
	return 0;
}
