/* Wrapped keys open only with their own master key, under their own id, unchanged. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/keyring.h"

static const struct master_key master = { .bytes = { 1, 2, 3 } };
static const uint8_t key[SERIAL_KEY_SIZE] = { 9, 8, 7 };
static const uint8_t nonce[KEYRING_NONCE_SIZE] = { 5 };

static struct slice bytes_of(const uint8_t *data, size_t length)
{
	return (struct slice){ (const char *)data, length };
}

static struct slice wrap(uint8_t room[KEYRING_WRAPPED_SIZE], unsigned id)
{
	assert_int_equal(keyring_wrap(&master, id, key, nonce, room), KEYRING_OK);
	return bytes_of(room, KEYRING_WRAPPED_SIZE);
}

static void test_a_wrapped_key_comes_back_whole(void **state)
{
	uint8_t room[KEYRING_WRAPPED_SIZE], back[SERIAL_KEY_SIZE];

	(void)state;
	for (unsigned id = 0; id < SERIAL_KEY_IDS; id++) {
		assert_int_equal(keyring_unwrap(&master, id, wrap(room, id), back), KEYRING_OK);
		assert_memory_equal(back, key, sizeof(key));
	}
}

static void test_the_key_cannot_be_seen_in_what_is_stored(void **state)
{
	uint8_t room[KEYRING_WRAPPED_SIZE];
	struct slice wrapped = wrap(room, 3);

	(void)state;
	assert_null(memmem(wrapped.data, wrapped.length, key, 3));
	assert_null(memmem(wrapped.data, wrapped.length, master.bytes, 3));
}

static void test_every_changed_bit_is_refused(void **state)
{
	uint8_t room[KEYRING_WRAPPED_SIZE], back[SERIAL_KEY_SIZE] = { 77 };

	(void)state;
	for (unsigned bit = 0; bit < 8 * KEYRING_WRAPPED_SIZE; bit++) {
		struct slice wrapped = wrap(room, 3);
		enum keyring_result result;

		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
		result = keyring_unwrap(&master, 3, wrapped, back);
		assert_int_equal(result, bit < 8 ? KEYRING_BAD_FORMAT : KEYRING_REFUSED);
		assert_int_equal(back[0], 77);
	}
}

static void test_another_master_key_or_id_is_refused(void **state)
{
	uint8_t room[KEYRING_WRAPPED_SIZE], back[SERIAL_KEY_SIZE];
	struct master_key other = master;

	(void)state;
	other.bytes[31] ^= 0x80;
	assert_int_equal(keyring_unwrap(&other, 3, wrap(room, 3), back), KEYRING_REFUSED);
	assert_int_equal(keyring_unwrap(&master, 4, wrap(room, 3), back), KEYRING_REFUSED);
	assert_int_equal(keyring_unwrap(&master, 35, wrap(room, 3), back), KEYRING_BAD_ID);
	assert_int_equal(keyring_wrap(&master, 32, key, nonce, room), KEYRING_BAD_ID);
}

static void test_every_other_size_is_refused(void **state)
{
	uint8_t room[KEYRING_WRAPPED_SIZE + 1] = { 0 }, back[SERIAL_KEY_SIZE];

	(void)state;
	(void)wrap(room, 3);
	for (size_t size = 0; size <= sizeof(room); size++)
		if (size != KEYRING_WRAPPED_SIZE)
			assert_int_equal(keyring_unwrap(&master, 3, bytes_of(room, size), back),
					 KEYRING_BAD_FORMAT);
}

static void test_the_ring_gives_ready_keys_by_id(void **state)
{
	uint8_t room[KEYRING_WRAPPED_SIZE];
	char from_ring[15], direct[15];
	struct serial_key plain;
	struct keyring ring;

	(void)state;
	keyring_init(&ring);
	assert_null(keyring_find(&ring, 3));
	assert_int_equal(keyring_add(&ring, 3, wrap(room, 3), &master), KEYRING_OK);
	assert_int_equal(keyring_add(&ring, 3, wrap(room, 3), &master), KEYRING_TAKEN);
	assert_int_equal(keyring_add(&ring, 4, wrap(room, 3), &master), KEYRING_REFUSED);
	assert_null(keyring_find(&ring, 4));
	assert_null(keyring_find(&ring, 32));
	assert_true(serial_key_init(&plain, 3, key));
	assert_int_equal(serial_encode(keyring_find(&ring, 3), 1, 2, 14, from_ring), SERIAL_OK);
	assert_int_equal(serial_encode(&plain, 1, 2, 14, direct), SERIAL_OK);
	assert_string_equal(from_ring, direct);
	serial_key_release(&plain);
	keyring_release(&ring);
	assert_null(keyring_find(&ring, 3));
	keyring_release(NULL);
}

static void test_a_new_master_key_takes_over_and_the_old_one_opens_nothing(void **state)
{
	uint8_t room[KEYRING_WRAPPED_SIZE], next_room[KEYRING_WRAPPED_SIZE];
	uint8_t next_nonce[KEYRING_NONCE_SIZE] = { 6 }, back[SERIAL_KEY_SIZE];
	struct master_key next = { .bytes = { 42 } };
	struct slice wrapped = wrap(room, 3), rewrapped = bytes_of(next_room, sizeof(next_room));

	(void)state;
	assert_int_equal(keyring_rewrap(&next, &master, 3, wrapped, next_nonce, next_room),
			 KEYRING_REFUSED);
	assert_int_equal(keyring_rewrap(&master, &next, 3, wrapped, next_nonce, next_room),
			 KEYRING_OK);
	assert_int_equal(keyring_unwrap(&next, 3, rewrapped, back), KEYRING_OK);
	assert_memory_equal(back, key, sizeof(key));
	assert_int_equal(keyring_unwrap(&master, 3, rewrapped, back), KEYRING_REFUSED);
}

static void test_a_released_master_key_is_zero(void **state)
{
	struct master_key m = master;
	const uint8_t zero[KEYRING_MASTER_SIZE] = { 0 };

	(void)state;
	master_key_release(&m);
	assert_memory_equal(m.bytes, zero, sizeof(zero));
	master_key_release(NULL);
}

static void test_the_master_key_to_follow_opens_what_it_wrapped(void **state)
{
	struct master_key both = { .has_next = false }, next;
	uint8_t room[KEYRING_WRAPPED_SIZE], old_room[KEYRING_WRAPPED_SIZE], back[SERIAL_KEY_SIZE];
	struct slice old = wrap(old_room, 3), wrapped = bytes_of(room, sizeof(room));

	(void)state;
	memcpy(both.bytes, master.bytes, sizeof(both.bytes));
	both.next[5] = 77;
	both.has_next = true;
	master_key_next(&both, &next);
	assert_false(next.has_next);
	assert_int_equal(keyring_wrap(&next, 3, key, nonce, room), KEYRING_OK);
	assert_int_equal(keyring_unwrap(&both, 3, wrapped, back), KEYRING_OK);
	assert_int_equal(keyring_unwrap(&both, 3, old, back), KEYRING_OK);
	assert_int_equal(keyring_unwrap(&next, 3, old, back), KEYRING_REFUSED);
	assert_int_equal(keyring_unwrap(&master, 3, wrapped, back), KEYRING_REFUSED);
	room[20] ^= 1;
	assert_int_equal(keyring_unwrap(&both, 3, wrapped, back), KEYRING_REFUSED);
	master_key_release(&both);
	assert_false(both.has_next);
	assert_int_equal(both.next[5], 0);
	assert_int_equal(both.bytes[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_master_key_to_follow_opens_what_it_wrapped),
		cmocka_unit_test(test_a_wrapped_key_comes_back_whole),
		cmocka_unit_test(test_the_key_cannot_be_seen_in_what_is_stored),
		cmocka_unit_test(test_every_changed_bit_is_refused),
		cmocka_unit_test(test_another_master_key_or_id_is_refused),
		cmocka_unit_test(test_every_other_size_is_refused),
		cmocka_unit_test(test_the_ring_gives_ready_keys_by_id),
		cmocka_unit_test(test_a_new_master_key_takes_over_and_the_old_one_opens_nothing),
		cmocka_unit_test(test_a_released_master_key_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
