/* The catalogue of fields that may be public. */
#include "model/visibility.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_every_field_is_found_by_its_name(void **state)
{
	(void)state;
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		enum field found = FIELD_COUNT;

		assert_true(field_named(slice_of(field_describe(f)->name), &found));
		assert_int_equal(found, f);
	}
}

static void test_an_unknown_name_is_no_field(void **state)
{
	static const char *const unknown[] = { "",
					       "product",
					       "product.",
					       "product.nam",
					       "product.name ",
					       "Product.Name",
					       "product.price",
					       "supplier.secret" };
	enum field found = FIELD_LOT_PLACE;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(unknown); i++)
		assert_false(field_named(slice_of(unknown[i]), &found));
	assert_int_equal(found, FIELD_LOT_PLACE);
}

static void test_no_two_fields_share_a_place_or_a_bit(void **state)
{
	field_set seen = 0;

	(void)state;
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		assert_true((seen & field_bit(f)) == 0);
		seen |= field_bit(f);
		for (enum field g = 0; g < f; g++)
			assert_false(field_describe(f)->section == field_describe(g)->section &&
				     strcmp(field_describe(f)->member, field_describe(g)->member) ==
					 0);
	}
	assert_true((seen & ~FIELD_SET_ALL) == 0);
}

static void test_each_array_has_one_heading_and_documents_have_none(void **state)
{
	(void)state;
	for (enum section s = 0; s < SECTION_COUNT; s++) {
		unsigned headings = 0;

		for (enum field f = 0; f < FIELD_COUNT; f++)
			headings += field_describe(f)->section == s && field_describe(f)->heading;
		assert_int_equal(headings, section_member(s) == NULL ? 0 : 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_is_found_by_its_name),
		cmocka_unit_test(test_an_unknown_name_is_no_field),
		cmocka_unit_test(test_no_two_fields_share_a_place_or_a_bit),
		cmocka_unit_test(test_each_array_has_one_heading_and_documents_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
