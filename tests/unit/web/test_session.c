/* Cookies of the console's page: only what was signed with the key's hash is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "web/session.h"

static struct access_key key;
static char cookie[SESSION_TEXT_SIZE + 64];

static void prepare(int64_t ends)
{
	uint8_t random[ACCESS_KEY_RANDOM] = { 1, 2, 3 };
	char text[ACCESS_KEY_TEXT_SIZE], value[SESSION_TEXT_SIZE];

	access_key_make(ACCESS_LINE, random, text, &key);
	session_print(&key, ends, value);
	(void)snprintf(cookie, sizeof(cookie), "a=b; " SESSION_COOKIE "=%s; c=d", value);
}

static void test_what_was_signed_holds_until_its_end(void **state)
{
	struct session s;

	(void)state;
	prepare(1000);
	assert_true(session_read(slice_of(cookie), &s));
	assert_string_equal(s.key_id, key.id);
	assert_true(session_holds(&s, slice_of(key.sha256), 999));
	assert_false(session_holds(&s, slice_of(key.sha256), 1000));
}

static void test_another_end_key_or_hash_does_not_hold(void **state)
{
	struct session s, other;
	char hash[SHA256_HEX_SIZE];

	(void)state;
	prepare(1000);
	assert_true(session_read(slice_of(cookie), &s));
	other = s;
	other.ends = 5000;
	assert_false(session_holds(&other, slice_of(key.sha256), 999));
	other = s;
	other.key_id[0] = other.key_id[0] == 'A' ? 'B' : 'A';
	assert_false(session_holds(&other, slice_of(key.sha256), 999));
	memcpy(hash, key.sha256, sizeof(hash));
	hash[0] = hash[0] == 'a' ? 'b' : 'a';
	assert_false(session_holds(&s, slice_of(hash), 999));
	assert_false(session_holds(&s, S(""), 999));
}

static void test_no_changed_byte_holds(void **state)
{
	char *value, *end;

	(void)state;
	prepare(1000);
	value = strstr(cookie, SESSION_COOKIE "=") + sizeof(SESSION_COOKIE);
	end = strstr(value, "; c=d");
	assert_true(end - value > SHA256_HEX_SIZE);
	for (char *at = value; at < end; at++) {
		char kept = *at;
		struct session s;

		*at = kept == '0' ? '1' : '0';
		assert_false(session_read(slice_of(cookie), &s) &&
			     session_holds(&s, slice_of(key.sha256), 999));
		*at = kept;
	}
}

static void test_garbage_is_none(void **state)
{
	static const char *const garbage[] = {
		"",
		";",
		"=",
		SESSION_COOKIE,
		SESSION_COOKIE "=",
		SESSION_COOKIE "=..",
		SESSION_COOKIE "=AAAAAAAAAA.1.",
		SESSION_COOKIE "=AAAAAAAAAA.x.y",
		SESSION_COOKIE "=AAAAAAAAAA.9999999999999."
			       "0000000000000000000000000000000000000000000000000000000000000000",
		"x" SESSION_COOKIE "=AAAAAAAAAA.1."
		"0000000000000000000000000000000000000000000000000000000000000000",
	};
	struct session s;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(garbage); i++)
		assert_false(session_read(slice_of(garbage[i]), &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_signed_holds_until_its_end),
		cmocka_unit_test(test_another_end_key_or_hash_does_not_hold),
		cmocka_unit_test(test_no_changed_byte_holds),
		cmocka_unit_test(test_garbage_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
