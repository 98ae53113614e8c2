/* Which scripts labels set, and letters given in two parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/script.h"

static void test_scripts_set_letter_by_letter_are_simple(void **state)
{
	static const uint32_t simple[] = {
		'A',	0xe9,	0x416,	0x3a9,	0x829d,	 0x81fa, 0x3055,
		0x30b5, 0xd55c, 0x2014, 0x2116, 0x1f34e, 0xff08, 0x20000,
	};
	static const uint32_t other[] = { 0x5d0, 0x628,	 0xfe8f, 0x915,
					  0xb95, 0x1000, 0x1780, 0x1e900 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(simple); i++)
		assert_true(script_is_simple(simple[i]));
	for (size_t i = 0; i < COUNT_OF(other); i++)
		assert_false(script_is_simple(other[i]));
}

static void test_a_letter_and_its_accent_are_one(void **state)
{
	(void)state;
	assert_int_equal(script_compose('e', 0x301), 0xe9);
	assert_int_equal(script_compose(0x1112, 0x1161), 0xd558); /* Hangul */
	assert_int_equal(script_compose(0xd558, 0x11ab), 0xd55c);
	assert_int_equal(script_compose('q', 0x301), 0);
	assert_int_equal(script_compose('a', 'b'), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts_set_letter_by_letter_are_simple),
		cmocka_unit_test(test_a_letter_and_its_accent_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
