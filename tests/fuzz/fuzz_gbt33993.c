/*
 * Fuzzes the reader of GB/T 33993's forms: any bytes, as a text and as a request's path. What it
 * accepts obeys the rules, and its URL reads as the same code and prints the same again.
 */
#include <assert.h>

#include "model/gbt33993.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print_is_stable(const struct gbt_code *c)
{
	struct slice lot = slice_of(c->lot), serial = slice_of(c->serial);
	struct gbt_code again;
	struct buf first, second;
	bool printed;

	buf_init(&first, GBT_TEXT_MAX);
	buf_init(&second, GBT_TEXT_MAX);
	printed = gbt_print_url(S("https://h"), c->gtin, lot, serial, &first);
	assert(printed && buf_ok(&first));
	assert(gbt_parse(buf_slice(&first), &again) == GBT_OK);
	assert(again.gtin == c->gtin && again.unchecked.length == 0);
	assert(slice_equal(slice_of(again.lot), lot) &&
	       slice_equal(slice_of(again.serial), serial));
	printed = gbt_print_url(S("https://h"), again.gtin, slice_of(again.lot),
				slice_of(again.serial), &second);
	assert(printed && slice_equal(buf_slice(&first), buf_slice(&second)));
	buf_release(&first);
	buf_release(&second);
}

static void judge(enum gbt_result result, const struct gbt_code *c, struct slice text)
{
	if (result != GBT_OK) {
		assert(c->gtin == 1);
		return;
	}
	assert(gtin_valid(c->gtin));
	assert(c->lot[0] == '\0' || gs1_lot_ok(slice_of(c->lot)));
	assert(c->serial[0] == '\0' || gs1_serial_ok(slice_of(c->serial)));
	assert(c->unchecked.length == 0 ||
	       (c->unchecked.data >= text.data &&
		c->unchecked.data + c->unchecked.length <= text.data + text.length));
	print_is_stable(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct gbt_code c = { .gtin = 1 };

	judge(gbt_parse(text, &c), &c, text);
	c = (struct gbt_code){ .gtin = 1 };
	judge(gbt_parse_path(text, &c), &c, text);
	return 0;
}
