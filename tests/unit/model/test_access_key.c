/* Keys of packaging lines: made and read alike, and nothing else is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/access_key.h"

static void make(char text[ACCESS_KEY_TEXT_SIZE], struct access_key *key)
{
	uint8_t random[ACCESS_KEY_RANDOM];

	for (unsigned i = 0; i < sizeof(random); i++)
		random[i] = (uint8_t)(i * 7 + 250);
	access_key_make(ACCESS_LINE, random, text, key);
}

static void test_what_is_made_is_read(void **state)
{
	char text[ACCESS_KEY_TEXT_SIZE];
	struct access_key made, read;

	(void)state;
	make(text, &made);
	assert_int_equal(strlen(text), 78);
	assert_true(access_key_read(ACCESS_LINE, slice_of(text), &read));
	assert_string_equal(made.id, read.id);
	assert_string_equal(made.sha256, read.sha256);
	assert_int_equal(memcmp(text + 3, made.id, ACCESS_KEY_ID), 0);
}

/* FIPS 180-4's own example. */
static void test_hashes_by_sha256(void **state)
{
	char hex[SHA256_HEX_SIZE];

	(void)state;
	sha256_hex(S("abc"), hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_every_random_byte_counts(void **state)
{
	uint8_t random[ACCESS_KEY_RANDOM] = { 0 };
	char first[ACCESS_KEY_TEXT_SIZE], other[ACCESS_KEY_TEXT_SIZE];
	struct access_key key;

	(void)state;
	access_key_make(ACCESS_LINE, random, first, &key);
	for (unsigned i = 0; i < sizeof(random); i++) {
		random[i] = 1;
		access_key_make(ACCESS_LINE, random, other, &key);
		assert_string_not_equal(first, other);
		random[i] = 0;
	}
}

static void test_refuses_everything_else(void **state)
{
	char text[ACCESS_KEY_TEXT_SIZE];
	struct access_key key;

	(void)state;
	make(text, &key);
	for (size_t length = 0; length < strlen(text); length++)
		assert_false(access_key_read(ACCESS_LINE, (struct slice){ text, length }, &key));
	for (size_t i = 0; i < strlen(text); i++) {
		char kept = text[i];
		static const char wrong[] = { '\0', ' ', 'U', 'G', '\xff', '-' };

		for (size_t w = 0; w < sizeof(wrong); w++) {
			text[i] = wrong[w];
			/* 'G' is a character of the id's alphabet. */
			if (wrong[w] == 'G' && i >= 3 && i < 3 + ACCESS_KEY_ID)
				continue;
			assert_false(access_key_read(ACCESS_LINE, (struct slice){ text, 78 }, &key));
		}
		text[i] = kept;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_made_is_read),
		cmocka_unit_test(test_hashes_by_sha256),
		cmocka_unit_test(test_every_random_byte_counts),
		cmocka_unit_test(test_refuses_everything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
