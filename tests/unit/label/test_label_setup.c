/* What a door says of an order before there is a code, and what becomes of it, agree. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "label/label_writer.h"
#include "label/qr_shape.h"

static const struct slice gtin = SLICE("09506000134352"), serial = SLICE("8QJWAHA1QT7VMB");

static const struct slice urls[] = {
	SLICE("HTTPS://A.EXAMPLE/01/09506000134352/21/8QJWAHA1QT7VMB"),
	SLICE("HTTPS://A.LONGER.NAME.EXAMPLE.COM/WITH/A/PATH/01/09506000134352/21/8QJWAHA1QT7VMB"),
	SLICE("HTTPS://A.EXAMPLE/with/small/letters/01/09506000134352/21/8QJWAHA1QT7VMB"),
};

static void set(struct label_order *order, const char *member, const char *value)
{
	struct label_refusal refusal;

	assert_true(label_order_set(order, slice_of(member), slice_of(value), &refusal));
}

static enum label_result make_one(const struct label_setup *setup, struct slice url)
{
	const struct label_text text = { .gtin = gtin, .serial = serial };
	struct label_writer *writer = NULL;
	enum label_result result;
	struct buf out;

	buf_init(&out, LABEL_FILE_BYTES);
	result = label_writer_new(setup, true, &out, &writer);
	if (result == LABEL_MADE)
		result = label_writer_add(writer, url, &text, 1);
	label_writer_free(writer);
	buf_release(&out);
	return result;
}

/* 1: it fits, and did; 0: it does not, and did not. */
static unsigned agree(const struct label_order *order, struct slice url)
{
	struct label_refusal refusal = { "", "" };
	struct label_setup setup;
	bool fits;

	assert_true(label_order_check(order, &refusal));
	assert_true(label_setup_init(&setup, order, NULL, NULL, &refusal));
	fits = label_setup_fits(&setup, url.length, qr_shape_is_alphanumeric(url), &refusal);
	assert_int_equal(make_one(&setup, url), fits ? LABEL_MADE : LABEL_SYMBOL_TOO_BIG);
	if (!fits)
		assert_string_equal(refusal.member, "label");
	return fits;
}

static void test_a_label_is_too_small_before_and_after(void **state)
{
	static const char *const formats[] = { "pdf", "zpl" }, *const dpis[] = { "203", "300",
										 "600" };
	unsigned tried = 0, fitting = 0;
	char size[32];

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(formats) * COUNT_OF(dpis) * COUNT_OF(urls); i++) {
		for (unsigned mm = 28; mm < 70; mm++, tried++) { /* halves */
			struct label_order order;

			label_order_init(&order);
			set(&order, "format", formats[i % 2]);
			set(&order, "dpi", dpis[i / 2 % 3]);
			(void)snprintf(size, sizeof(size), "%u.%ux40", mm / 2, mm % 2 * 5);
			set(&order, "label", size);
			fitting += agree(&order, urls[i / 6]);
		}
	}
	assert_in_range(fitting, tried / 5, tried * 4 / 5);
}

static void test_a_code_that_no_symbol_holds_is_refused_before(void **state)
{
	struct label_refusal refusal;
	struct label_order order;
	struct label_setup setup;

	(void)state;
	label_order_init(&order);
	set(&order, "format", "svg");
	set(&order, "level", "H");
	assert_true(label_setup_init(&setup, &order, NULL, NULL, &refusal));
	assert_true(label_setup_fits(&setup, 100, false, &refusal));
	assert_false(label_setup_fits(&setup, 300, false, &refusal));
	assert_string_equal(refusal.member, "level");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_label_is_too_small_before_and_after),
		cmocka_unit_test(test_a_code_that_no_symbol_holds_is_refused_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
