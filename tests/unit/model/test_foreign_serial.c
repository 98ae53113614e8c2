/* A serial made elsewhere is taken when GS1 allows it and no key of ours could ever mean it. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/foreign_serial.h"
#include "model/gs1.h"

enum { UNTOUCHED = 99 };

static const uint64_t tea = 9506000134352;
static struct keyring ring;

static int make_ring(void **state)
{
	static const struct master_key master = { .bytes = { 7 } };
	static const uint8_t nonce[KEYRING_NONCE_SIZE] = { 1 };

	(void)state;
	keyring_init(&ring);
	for (unsigned id = 3; id <= 4; id++) {
		uint8_t key[SERIAL_KEY_SIZE] = { (uint8_t)id }, wrapped[KEYRING_WRAPPED_SIZE];
		struct slice bytes = { (const char *)wrapped, sizeof(wrapped) };

		if (keyring_wrap(&master, id, key, nonce, wrapped) != KEYRING_OK ||
		    keyring_add(&ring, id, bytes, &master) != KEYRING_OK)
			return -1;
	}
	return 0;
}

static int release_ring(void **state)
{
	(void)state;
	keyring_release(&ring);
	return 0;
}

static enum foreign_result check(struct slice serial)
{
	size_t position = UNTOUCHED;
	enum foreign_result result = foreign_serial_check(&ring, tea, serial, &position);

	if (result != FOREIGN_BAD_CHARACTER)
		assert_int_equal(position, UNTOUCHED);
	return result;
}

static void test_takes_what_gs1_allows(void **state)
{
	static const char *const good[] = { "1",
					    "a",
					    "A/B",
					    "100%",
					    "..." /* only the two short ones vanish */,
					    "!\"%&'()*+,-./:;<=>?",
					    "_",
					    "20260901-000123" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_int_equal(check(slice_of(good[i])), FOREIGN_OK);
}

static void test_refuses_every_byte_outside_character_set_82_and_says_where(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		char text[3] = { 'A', (char)byte, 'B' };
		size_t position = 0;
		bool good = gs1_is_cset82((struct slice){ text + 1, 1 });
		enum foreign_result result =
		    foreign_serial_check(&ring, tea, (struct slice){ text, 3 }, &position);

		assert_int_equal(result, good ? FOREIGN_OK : FOREIGN_BAD_CHARACTER);
		assert_int_equal(position, good ? 0 : 2);
	}
}

static void test_refuses_wrong_lengths_and_dots(void **state)
{
	(void)state;
	assert_int_equal(check(S("")), FOREIGN_EMPTY);
	assert_int_equal(check(S("abcdefghijklmnopqrst")), FOREIGN_OK);
	assert_int_equal(check(S("abcdefghijklmnopqrstu")), FOREIGN_TOO_LONG);
	assert_int_equal(check(S(".")), FOREIGN_DOTS);
	assert_int_equal(check(S("..")), FOREIGN_DOTS);
}

static void test_refuses_what_any_key_computes_at_any_length(void **state)
{
	static const uint64_t counters[] = { 0, 1, 1000000, SERIAL_COUNTERS - 1 };
	char serial[SERIAL_LENGTH_MOST + 1];

	(void)state;
	for (unsigned id = 3; id <= 4; id++)
		for (unsigned length = SERIAL_LENGTH_LEAST; length <= SERIAL_LENGTH_MOST; length++)
			for (size_t i = 0; i < COUNT_OF(counters); i++) {
				assert_int_equal(serial_encode(keyring_find(&ring, id), tea,
							       counters[i], length, serial),
						 SERIAL_OK);
				assert_int_equal(check(slice_of(serial)), FOREIGN_COMPUTED);
			}
}

static void test_takes_what_decodes_beyond_every_counter(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1];

	(void)state;
	assert_int_equal(serial_encode(keyring_find(&ring, 3), tea, SERIAL_COUNTERS, 14, serial),
			 SERIAL_OK);
	assert_int_equal(check(slice_of(serial)), FOREIGN_OK);
}

static void test_takes_the_serials_of_another_gtin_and_of_no_key(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1];

	(void)state;
	assert_int_equal(serial_encode(keyring_find(&ring, 3), 9506000134369, 5, 14, serial),
			 SERIAL_OK);
	assert_int_equal(check(slice_of(serial)), FOREIGN_OK);
	serial[0] = serial_character(5);
	assert_int_equal(check(slice_of(serial)), FOREIGN_OK);
}

static void test_lower_case_is_never_taken_for_one_of_ours(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1];

	(void)state;
	assert_int_equal(serial_encode(keyring_find(&ring, 3), tea, 7, 20, serial), SERIAL_OK);
	for (char *c = serial + 1; *c != '\0'; c++)
		*c = (char)(*c >= 'A' ? *c - 'A' + 'a' : *c);
	assert_int_equal(check(slice_of(serial)), FOREIGN_OK);
}

static void test_every_result_has_words(void **state)
{
	(void)state;
	for (unsigned i = FOREIGN_OK; i <= FOREIGN_COMPUTED; i++) {
		assert_true(strlen(foreign_serial_reason((enum foreign_result)i)) > 3);
		assert_true(strlen(foreign_serial_word((enum foreign_result)i)) > 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_what_gs1_allows),
		cmocka_unit_test(test_refuses_every_byte_outside_character_set_82_and_says_where),
		cmocka_unit_test(test_refuses_wrong_lengths_and_dots),
		cmocka_unit_test(test_refuses_what_any_key_computes_at_any_length),
		cmocka_unit_test(test_takes_what_decodes_beyond_every_counter),
		cmocka_unit_test(test_takes_the_serials_of_another_gtin_and_of_no_key),
		cmocka_unit_test(test_lower_case_is_never_taken_for_one_of_ours),
		cmocka_unit_test(test_every_result_has_words),
	};

	return cmocka_run_group_tests(tests, make_ring, release_ring);
}
