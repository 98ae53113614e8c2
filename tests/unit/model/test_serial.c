/* Serials: known answers, there and back, and everything that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/serial.h"

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

/* Computed with an independent implementation of FF1 that passes NIST's samples. */
static void test_agrees_with_known_answers(void **state)
{
	static const struct {
		uint64_t counter;
		unsigned length;
		const char *serial;
	} known[] = {
		{ 0, 14, "7TXYT5GHGAWJPG" },
		{ 1, 14, "74N7VAR5CCDCJ7" },
		{ 2, 14, "7ZE4DE7B7QAER9" },
		{ UINT64_C(1099511627775), 14, "75CDG01ACGTRGR" },
		{ 0, 10, "7S8NJA8YX5" },
		{ 1, 10, "7WVYHRBB39" },
		{ UINT64_C(35184372088831), 10, "7DKEZDED41" },
		{ 123456789, 11, "7883JYYXH3C" },
		{ 123456789, 12, "79RGJ759X09A" },
		{ 999999999, 13, "78SY5BA22DA0F" },
		{ 123456789, 15, "7J60C7936WP86QT" },
		{ 123456789, 16, "7RPMRVDPMT8B5GZG" },
		{ 123456789, 17, "7PGGZ8C0H7EB36YDA" },
		{ UINT64_C(1099511627776), 18, "7DTRJ21PV5ACCFJG6N" },
		{ UINT64_C(18446744073709551615), 19, "70YK7G0CT7HG4GN6KG8" },
		{ 0, 20, "79DGJ6GXR8G5TS5ERZQ5" },
		{ UINT64_C(18446744073709551615), 20, "7MRHD28KCX9AXEMV2GW3" },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		char serial[SERIAL_LENGTH_MOST + 1];

		assert_int_equal(
		    serial_encode(*state, gtin, known[i].counter, known[i].length, serial),
		    SERIAL_OK);
		assert_string_equal(serial, known[i].serial);
	}
}

static void assert_round_trip(struct serial_key *key, uint64_t counter, unsigned length)
{
	char serial[SERIAL_LENGTH_MOST + 1];
	uint64_t back = ~counter;

	assert_int_equal(serial_encode(key, gtin, counter, length, serial), SERIAL_OK);
	assert_int_equal(strlen(serial), length);
	assert_int_equal(serial[0], '7');
	assert_int_equal(strspn(serial, SERIAL_ALPHABET), length);
	assert_int_equal(serial_decode(key, slice_of(serial), gtin, &back), SERIAL_OK);
	assert_int_equal(back, counter);
}

static void test_counters_come_back_at_every_length(void **state)
{
	for (unsigned length = SERIAL_LENGTH_LEAST; length <= SERIAL_LENGTH_MOST; length++) {
		for (uint64_t counter = 0; counter < 50; counter++)
			assert_round_trip(*state, counter * counter * 977, length);
		assert_round_trip(*state, SERIAL_COUNTERS - 1, length);
		assert_round_trip(*state, SERIAL_COUNTERS, length);
	}
	assert_round_trip(*state, (UINT64_C(1) << 45) - 1, 10);
	assert_round_trip(*state, UINT64_MAX, 14);
	assert_round_trip(*state, UINT64_MAX, 20);
}

static void test_many_serials_are_those_made_one_by_one(void **state)
{
	enum { COUNT = 600, LENGTH = 14 };
	static char many[COUNT * LENGTH];
	char serial[LENGTH + 1];

	assert_int_equal(serial_encode_many(*state, gtin, 1000, COUNT, LENGTH, many), SERIAL_OK);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(serial_encode(*state, gtin, 1000 + i, LENGTH, serial), SERIAL_OK);
		assert_memory_equal(many + i * LENGTH, serial, LENGTH);
	}
}

static void test_refuses_counters_that_do_not_fit(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1] = "untouched", many[3 * 10];

	assert_int_equal(serial_encode(*state, gtin, UINT64_C(1) << 45, 10, serial),
			 SERIAL_OUT_OF_RANGE);
	assert_int_equal(serial_encode(*state, gtin, UINT64_C(1) << 60, 13, serial),
			 SERIAL_OUT_OF_RANGE);
	assert_int_equal(serial_encode_many(*state, gtin, (UINT64_C(1) << 45) - 2, 3, 10, many),
			 SERIAL_OUT_OF_RANGE);
	assert_int_equal(serial_encode_many(*state, gtin, UINT64_MAX, 2, 20, many),
			 SERIAL_OUT_OF_RANGE);
	assert_string_equal(serial, "untouched");
}

static void test_refuses_lengths_and_gtins_that_are_none(void **state)
{
	char serial[32] = "untouched";
	uint64_t counter = 5;

	assert_int_equal(serial_encode(*state, gtin, 1, 9, serial), SERIAL_BAD_LENGTH);
	assert_int_equal(serial_encode(*state, gtin, 1, 21, serial), SERIAL_BAD_LENGTH);
	assert_int_equal(serial_encode(*state, SERIAL_GTINS, 1, 14, serial), SERIAL_BAD_GTIN);
	assert_int_equal(serial_decode(*state, S(""), gtin, &counter), SERIAL_BAD_LENGTH);
	assert_int_equal(serial_decode(*state, S("700000000"), gtin, &counter), SERIAL_BAD_LENGTH);
	assert_int_equal(serial_decode(*state, S("700000000000000000000"), gtin, &counter),
			 SERIAL_BAD_LENGTH);
	assert_int_equal(serial_decode(*state, S("70000000000000"), SERIAL_GTINS, &counter),
			 SERIAL_BAD_GTIN);
	assert_string_equal(serial, "untouched");
	assert_int_equal(counter, 5);
}

static void test_refuses_every_byte_outside_the_alphabet_at_every_place(void **state)
{
	uint64_t counter = 5;

	for (unsigned byte = 0; byte < 256; byte++) {
		bool ours = byte != 0 && strchr(SERIAL_ALPHABET, (int)byte) != NULL;

		for (size_t place = 0; place < 14 && !ours; place++) {
			char text[] = "70000000000000";
			struct slice serial = { text, 14 };

			text[place] = (char)byte;
			assert_int_equal(serial_decode(*state, serial, gtin, &counter),
					 SERIAL_BAD_CHARACTER);
		}
	}
	assert_int_equal(counter, 5);
}

static void test_refuses_a_serial_of_another_key_letter(void **state)
{
	uint64_t counter = 5;

	assert_int_equal(serial_decode(*state, S("80000000000000"), gtin, &counter),
			 SERIAL_OTHER_KEY);
	assert_int_equal(counter, 5);
}

/* 19 digits hold 95 bits: what does not fit 64 of them cannot be a counter of ours. */
static void test_refuses_serials_beyond_64_bits(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1];
	unsigned refused = 0;
	uint64_t counter;

	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(serial, sizeof(serial), "7%019u", i);
		if (serial_decode(*state, slice_of(serial), gtin, &counter) == SERIAL_OUT_OF_RANGE)
			refused++;
	}
	assert_int_equal(refused, 100);
}

static void test_another_gtin_key_or_length_gives_unrelated_serials(void **state)
{
	char first[SERIAL_LENGTH_MOST + 1], second[SERIAL_LENGTH_MOST + 1];
	uint8_t other_bytes[SERIAL_KEY_SIZE];
	struct serial_key other;
	uint64_t counter;

	memcpy(other_bytes, key_bytes, sizeof(other_bytes));
	other_bytes[31] ^= 1;
	assert_true(serial_key_init(&other, 7, other_bytes));
	assert_int_equal(serial_encode(*state, gtin, 1, 14, first), SERIAL_OK);
	assert_int_equal(serial_encode(*state, gtin + 1, 1, 14, second), SERIAL_OK);
	assert_string_not_equal(first + 1, second + 1);
	assert_int_equal(serial_encode(&other, gtin, 1, 14, second), SERIAL_OK);
	assert_string_not_equal(first + 1, second + 1);
	/* neither the other product nor the other key takes it for an issued code */
	if (serial_decode(*state, slice_of(first), gtin + 1, &counter) == SERIAL_OK)
		assert_true(counter > SERIAL_COUNTERS);
	if (serial_decode(&other, slice_of(first), gtin, &counter) == SERIAL_OK)
		assert_true(counter > SERIAL_COUNTERS);
	serial_key_release(&other);
}

static void test_key_ids_are_the_first_character(void **state)
{
	unsigned id = 99;

	(void)state;
	for (unsigned i = 0; i < SERIAL_KEY_IDS; i++) {
		char c = serial_character(i);

		assert_int_equal(serial_key_id((struct slice){ &c, 1 }, &id), SERIAL_OK);
		assert_int_equal(id, i);
	}
	assert_int_equal(serial_key_id(S(""), &id), SERIAL_BAD_LENGTH);
	assert_int_equal(serial_key_id(S("U"), &id), SERIAL_BAD_CHARACTER);
	assert_int_equal(id, 31);
}

static void test_key_ids_over_31_make_no_key(void **state)
{
	struct serial_key key;

	(void)state;
	assert_false(serial_key_init(&key, 32, key_bytes));
	serial_key_release(&key);
	serial_key_release(NULL);
}

static void test_settings_that_can_be_guessed_are_refused(void **state)
{
	(void)state;
	assert_true(serial_settings_ok(10, 351843720)); /* 2^45 / 10^5 */
	assert_false(serial_settings_ok(10, 351843721));
	assert_true(serial_settings_ok(11, UINT64_C(11258999068)));
	assert_false(serial_settings_ok(11, UINT64_C(11258999069)));
	assert_true(serial_settings_ok(13, SERIAL_COUNTERS));
	assert_true(serial_settings_ok(14, SERIAL_COUNTERS));
	assert_false(serial_settings_ok(14, SERIAL_COUNTERS + 1));
	assert_false(serial_settings_ok(9, 0));
	assert_false(serial_settings_ok(21, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_known_answers),
		cmocka_unit_test(test_counters_come_back_at_every_length),
		cmocka_unit_test(test_many_serials_are_those_made_one_by_one),
		cmocka_unit_test(test_refuses_counters_that_do_not_fit),
		cmocka_unit_test(test_refuses_lengths_and_gtins_that_are_none),
		cmocka_unit_test(test_refuses_every_byte_outside_the_alphabet_at_every_place),
		cmocka_unit_test(test_refuses_a_serial_of_another_key_letter),
		cmocka_unit_test(test_refuses_serials_beyond_64_bits),
		cmocka_unit_test(test_another_gtin_key_or_length_gives_unrelated_serials),
		cmocka_unit_test(test_key_ids_are_the_first_character),
		cmocka_unit_test(test_key_ids_over_31_make_no_key),
		cmocka_unit_test(test_settings_that_can_be_guessed_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
