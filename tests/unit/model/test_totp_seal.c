/* Secrets of second factors open for their own account, with the master keys of now. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/totp_seal.h"

static const struct master_key master = { .bytes = { 1, 2, 3 } };
static const struct master_key both = { .bytes = { 1, 2, 3 }, .next = { 4 }, .has_next = true };
static const struct master_key after = { .bytes = { 4 } };
static const uint8_t secret[TOTP_SECRET] = { 9, 8, 7, 6, 5 };
static const uint8_t nonce[SEAL_NONCE_SIZE] = { 5 };

static struct slice seal(const struct master_key *m, uint8_t room[TOTP_SEALED])
{
	assert_true(totp_seal(m, 42, secret, nonce, room));
	return (struct slice){ (const char *)room, TOTP_SEALED };
}

static void test_a_sealed_secret_comes_back_and_cannot_be_seen(void **state)
{
	uint8_t room[TOTP_SEALED], back[TOTP_SECRET];
	struct slice sealed = seal(&master, room);

	(void)state;
	assert_int_equal(totp_open(&master, 42, sealed, back), KEYRING_OK);
	assert_memory_equal(back, secret, sizeof(secret));
	assert_null(memmem(sealed.data, sealed.length, secret, 5));
	assert_true(totp_is_sealed(&master, 42, sealed));
}

static void test_another_account_key_or_bit_is_refused(void **state)
{
	uint8_t room[TOTP_SEALED], back[TOTP_SECRET] = { 77 };
	struct slice sealed = seal(&master, room);

	(void)state;
	assert_int_equal(totp_open(&master, 43, sealed, back), KEYRING_REFUSED);
	assert_int_equal(totp_open(&after, 42, sealed, back), KEYRING_REFUSED);
	for (unsigned bit = 8; bit < 8 * TOTP_SEALED; bit++) {
		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(totp_open(&master, 42, sealed, back), KEYRING_REFUSED);
		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	sealed.length--;
	assert_int_equal(totp_open(&master, 42, sealed, back), KEYRING_BAD_FORMAT);
	assert_int_equal(totp_open(&master, 42, S(""), back), KEYRING_BAD_FORMAT);
	assert_int_equal(back[0], 77);
}

static void test_one_in_the_clear_from_before_still_opens(void **state)
{
	struct slice clear = { (const char *)secret, sizeof(secret) };
	uint8_t back[TOTP_SECRET];

	(void)state;
	assert_int_equal(totp_open(&master, 42, clear, back), KEYRING_OK);
	assert_memory_equal(back, secret, sizeof(secret));
	assert_false(totp_is_sealed(&master, 42, clear));
}

static void test_what_is_sealed_while_the_key_changes_opens_before_and_after(void **state)
{
	uint8_t old_room[TOTP_SEALED], new_room[TOTP_SEALED], back[TOTP_SECRET];
	struct slice old = seal(&master, old_room), new = seal(&both, new_room);

	(void)state;
	assert_int_equal(totp_open(&both, 42, old, back), KEYRING_OK);
	assert_int_equal(totp_open(&both, 42, new, back), KEYRING_OK);
	assert_int_equal(totp_open(&after, 42, new, back), KEYRING_OK);
	assert_false(totp_is_sealed(&both, 42, old));
	assert_true(totp_is_sealed(&both, 42, new));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sealed_secret_comes_back_and_cannot_be_seen),
		cmocka_unit_test(test_another_account_key_or_bit_is_refused),
		cmocka_unit_test(test_one_in_the_clear_from_before_still_opens),
		cmocka_unit_test(test_what_is_sealed_while_the_key_changes_opens_before_and_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
