/* What Redis hands back opens only if we sealed it, for that key, unchanged. */
#include "web/lookup_sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct slice secret = SLICE("0123456789abcdef0123456789abcdef");
static const struct slice key = SLICE("sy:{09506000134352}:0:lot:L1");

static const struct lookup_documents full = {
	.epoch = 7,
	.source = { .brand = SLICE("{\"name\":{}}"),
		    .product = SLICE("{}"),
		    .lot = SLICE("{\"lot\":\"L1\"}") },
	.hidden_names = SLICE("lot.best_before\nproduct.name"),
	.recall_reason = SLICE("{\"en\":\"x\"}"),
	.recall_since = SLICE("2026-09-01"),
	.best_until = INT64_C(-30610224001),
};

static void seal(struct buf *out, const struct lookup_documents *d)
{
	buf_init(out, 1 << 20);
	assert_true(sealed_write(out, secret, key, d));
}

static void test_gives_back_what_was_sealed(void **state)
{
	struct buf value;
	struct lookup_documents d;

	(void)state;
	seal(&value, &full);
	assert_true(sealed_open(buf_slice(&value), secret, key, &d));
	assert_int_equal(d.epoch, 7);
	assert_true(d.best_until == full.best_until);
	assert_true(slice_equal(d.source.brand, full.source.brand));
	assert_true(slice_equal(d.source.lot, full.source.lot));
	assert_true(d.recalled);
	assert_true(slice_equal(d.recall_since, full.recall_since));
	assert_int_equal(d.source.hidden,
			 field_bit(FIELD_LOT_BEST_BEFORE) | field_bit(FIELD_PRODUCT_NAME));
	buf_release(&value);
}

static void test_texts_that_are_missing_stay_missing(void **state)
{
	const struct lookup_documents bare = { .epoch = 1,
					       .source = { .product = SLICE("{}") },
					       .best_until = BEST_FOREVER };
	struct buf value;
	struct lookup_documents d;

	(void)state;
	seal(&value, &bare);
	assert_true(sealed_open(buf_slice(&value), secret, key, &d));
	assert_null(d.source.brand.data);
	assert_true(d.best_until == BEST_FOREVER);
	assert_false(d.recalled);
	assert_int_equal(d.source.hidden, 0);
	buf_release(&value);
}

static void test_does_not_open_with_any_bit_changed(void **state)
{
	struct buf value;
	struct lookup_documents d;

	(void)state;
	seal(&value, &full);
	for (size_t bit = 0; bit < value.length * 8; bit++) {
		value.data[bit / 8] = (char)(value.data[bit / 8] ^ (1 << bit % 8));
		assert_false(sealed_open(buf_slice(&value), secret, key, &d));
		value.data[bit / 8] = (char)(value.data[bit / 8] ^ (1 << bit % 8));
	}
	buf_release(&value);
}

static void test_does_not_open_cut_off_or_with_more_behind(void **state)
{
	struct buf value;
	struct lookup_documents d;

	(void)state;
	seal(&value, &full);
	for (size_t length = 0; length < value.length; length++)
		assert_false(sealed_open((struct slice){ value.data, length }, secret, key, &d));
	buf_add_char(&value, 'x');
	assert_false(sealed_open(buf_slice(&value), secret, key, &d));
	buf_release(&value);
}

static void test_does_not_open_under_another_key_or_secret(void **state)
{
	struct buf value;
	struct lookup_documents d;

	(void)state;
	seal(&value, &full);
	assert_false(sealed_open(buf_slice(&value), secret, S("sy:{09506000134352}:0:lot:L2"), &d));
	assert_false(
	    sealed_open(buf_slice(&value), S("1123456789abcdef0123456789abcdef"), key, &d));
	buf_release(&value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gives_back_what_was_sealed),
		cmocka_unit_test(test_texts_that_are_missing_stay_missing),
		cmocka_unit_test(test_does_not_open_with_any_bit_changed),
		cmocka_unit_test(test_does_not_open_cut_off_or_with_more_behind),
		cmocka_unit_test(test_does_not_open_under_another_key_or_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
