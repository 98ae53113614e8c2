/* Hexadecimal digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/hex.h"

static void test_knows_each_digit_and_nothing_else(void **state)
{
	static const char digits[] = "0123456789abcdef";
	unsigned known = 0;

	(void)state;
	for (int i = 0; i < 16; i++)
		assert_int_equal(hex_value(digits[i]), i);
	for (int i = 10; i < 16; i++)
		assert_int_equal(hex_value((char)(digits[i] - 'a' + 'A')), i);
	for (int c = 0; c < 256; c++)
		known += hex_value((char)c) >= 0;
	assert_int_equal(known, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_knows_each_digit_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
