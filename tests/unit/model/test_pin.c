/* PINs: known answers, what tells them apart, and how people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/pin.h"

static const uint8_t key_bytes[SERIAL_KEY_SIZE] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15,
	0x88, 0x09, 0xcf, 0x4f, 0x3c, 0xef, 0x43, 0x59, 0xd8, 0xd5, 0x80,
	0xaa, 0x4f, 0x7f, 0x03, 0x6d, 0x6f, 0x04, 0xfc, 0x6a, 0x94,
};
static const uint64_t gtin = 9506000134352;

static int set_up(void **state)
{
	static struct serial_key key;

	*state = &key;
	return serial_key_init(&key, 7, key_bytes) ? 0 : -1;
}

static int tear_down(void **state)
{
	serial_key_release(*state);
	return 0;
}

/* Computed with Python's hmac from the words of the header. */
static void test_agrees_with_known_answers(void **state)
{
	static const struct {
		uint64_t gtin;
		const char *serial;
		unsigned digits;
		const char *pin;
	} known[] = {
		{ UINT64_C(9506000134352), "7TXYT5GHGAWJPG", 6, "413060" },
		{ UINT64_C(9506000134352), "7TXYT5GHGAWJPG", 4, "3293" },
		{ UINT64_C(9506000134352), "7TXYT5GHGAWJPG", 8, "63044613" },
		{ UINT64_C(9506000134352), "74N7VAR5CCDCJ7", 6, "354439" },
		{ UINT64_C(9506000134369), "74N7VAR5CCDCJ7", 6, "193898" },
		{ UINT64_C(9506000134352), "7MRHD28KCX9AXEMV2GW3", 8, "19740979" },
	};

	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < COUNT_OF(known); i++) {
			char pin[PIN_SIZE];

			assert_true(pin_of(*state, known[i].gtin, slice_of(known[i].serial),
					   known[i].digits, pin));
			assert_string_equal(pin, known[i].pin);
		}
}

static void test_another_key_makes_another_pin(void **state)
{
	uint8_t bytes[SERIAL_KEY_SIZE];
	char pin[PIN_SIZE], other[PIN_SIZE];
	struct serial_key key;

	memcpy(bytes, key_bytes, sizeof(bytes));
	bytes[31] ^= 1;
	assert_true(serial_key_init(&key, 7, bytes));
	assert_true(pin_of(*state, gtin, S("7TXYT5GHGAWJPG"), 8, pin));
	assert_true(pin_of(&key, gtin, S("7TXYT5GHGAWJPG"), 8, other));
	assert_string_not_equal(pin, other);
	assert_false(pin_equal(pin, other));
	serial_key_release(&key);
}

/* 10,000 PINs of four digits: each of the ten digits comes a thousand times in each place, +- 5
 * sigma. */
static void test_digits_come_equally_often(void **state)
{
	unsigned count[4][10] = { { 0 } };

	for (unsigned i = 0; i < 10000; i++) {
		char serial[SERIAL_LENGTH_MOST + 1], pin[PIN_SIZE];

		assert_int_equal(serial_encode(*state, gtin, i, 14, serial), SERIAL_OK);
		assert_true(pin_of(*state, gtin, slice_of(serial), 4, pin));
		for (unsigned place = 0; place < 4; place++)
			count[place][pin[place] - '0']++;
	}
	for (unsigned place = 0; place < 4; place++)
		for (unsigned digit = 0; digit < 10; digit++)
			assert_in_range(count[place][digit], 850, 1150);
}

static void test_reads_pins_as_people_type_them(void **state)
{
	static const char *const typed[] = {
		"413060",
		" 413 060 ",
		"413-060\r\n",
		"\xef\xbc\x94\xef\xbc\x91\xef\xbc\x93\xe3\x80\x80\xef\xbc\x90\xef\xbc\x96\xef\xbc"
		"\x90",
		"4\xc2\xa0"
		"1\xe2\x80\x89"
		"3\xe2\x80\x93"
		"0\t60",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(typed); i++) {
		char pin[PIN_SIZE] = "x";

		assert_true(pin_read(slice_of(typed[i]), pin));
		assert_string_equal(pin, "413060");
	}
}

static void test_refuses_what_is_no_pin(void **state)
{
	static const struct slice typed[] = {
		SLICE("41306O"),
		SLICE("123456789"),
		SLICE("4130\0"
		      "60"),
		SLICE("+41306"),
		SLICE("4130.60"),
		SLICE("413060\xff"),
		SLICE("\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4"),
		SLICE("0x413060"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(typed); i++) {
		char pin[PIN_SIZE] = "before";

		assert_false(pin_read(typed[i], pin));
		assert_string_equal(pin, "before");
	}
}

static void test_nothing_typed_is_an_empty_pin(void **state)
{
	char pin[PIN_SIZE] = "x";

	(void)state;
	assert_true(pin_read(S(" - "), pin));
	assert_string_equal(pin, "");
	assert_true(pin_read((struct slice){ NULL, 0 }, pin));
	assert_string_equal(pin, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_known_answers),
		cmocka_unit_test(test_another_key_makes_another_pin),
		cmocka_unit_test(test_digits_come_equally_often),
		cmocka_unit_test(test_reads_pins_as_people_type_them),
		cmocka_unit_test(test_refuses_what_is_no_pin),
		cmocka_unit_test(test_nothing_typed_is_an_empty_pin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
