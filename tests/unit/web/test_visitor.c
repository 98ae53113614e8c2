/* Who asks: a person, a robot or neither, as a number that nobody can lead back. */
#include "web/visitor.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "web/http_head.h"

#define PHONE "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 Chrome/126.0 Mobile"

enum { TODAY = 20000 };

static int set_up(void **state)
{
	struct settings s;
	char why[600];

	(void)state;
	settings_init(&s);
	return visitor_prepare(&s, why, sizeof(why)) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	visitor_forget();
	return 0;
}

static struct visitor visitor_from(const char *address, const char *agent, const char *headers,
				   int64_t day)
{
	static char text[2000]; /* the head's fields point into it */
	static struct http_head head;
	struct request r = { .method = METHOD_GET, .head = &head };

	r.client.is_ipv6 = strchr(address, ':') != NULL;
	assert_int_equal(inet_pton(r.client.is_ipv6 ? AF_INET6 : AF_INET, address, r.client.bytes),
			 1);
	(void)snprintf(
	    text, sizeof(text),
	    "GET /01/09506000134352/21/A HTTP/1.1\r\nHost: x\r\nUser-Agent: %s\r\n%s\r\n", agent,
	    headers);
	assert_int_equal(http_head_parse(slice_of(text), &head), HEAD_COMPLETE);
	r.method = head.method;
	return visitor_of(&r, day);
}

static uint64_t hash_of(const char *address, const char *agent)
{
	struct visitor v = visitor_from(address, agent, "", TODAY);

	assert_int_equal(v.kind, VISITOR_PERSON);
	return v.hash;
}

static void test_address_and_program_make_a_visitor(void **state)
{
	uint64_t first = hash_of("192.0.2.1", PHONE);

	(void)state;
	assert_true(first == hash_of("192.0.2.1", PHONE));
	assert_true(first != hash_of("192.0.2.2", PHONE));
	assert_true(first != hash_of("192.0.2.1", PHONE " Other"));
}

static void test_a_household_of_ipv6_is_one_address(void **state)
{
	uint64_t first = hash_of("2001:db8:1:2::1", PHONE);

	(void)state;
	assert_true(first == hash_of("2001:db8:1:2:ffff::9", PHONE));
	assert_true(first != hash_of("2001:db8:1:3::1", PHONE));
}

static void test_another_day_has_another_key(void **state)
{
	const struct siphash_key key = { 1, 2 }, next = { 3, 4 };
	uint64_t before = hash_of("192.0.2.1", PHONE), with_key;

	(void)state;
	assert_false(visitor_key_known(TODAY));
	visitor_key_learn(TODAY, &key);
	visitor_key_learn(TODAY + 1, &next);
	assert_true(visitor_key_known(TODAY) && visitor_key_known(TODAY + 1));
	assert_false(visitor_key_known(TODAY + 2) || visitor_key_known(TODAY + 4));
	with_key = hash_of("192.0.2.1", PHONE);
	assert_true(with_key != before);
	assert_true(visitor_from("192.0.2.1", PHONE, "", TODAY + 1).hash != with_key);
	/* The same on every node. */
	visitor_forget();
	assert_int_equal(set_up(NULL), 0);
	visitor_key_learn(TODAY, &key);
	assert_true(hash_of("192.0.2.1", PHONE) == with_key);
}

static void test_robots_are_told_again_and_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(visitor_from("192.0.2.1", "Examplebot/1.0", "", TODAY).kind,
				 VISITOR_ROBOT);
		assert_int_equal(visitor_from("192.0.2.1", "", "", TODAY).kind, VISITOR_ROBOT);
		assert_int_equal(visitor_from("192.0.2.1", PHONE, "", TODAY).kind, VISITOR_PERSON);
	}
}

static void test_what_nobody_reads_is_no_visit(void **state)
{
	static const char *const ahead[] = {
		"Sec-Purpose: prefetch\r\n", "Sec-Purpose: prefetch;prerender\r\n",
		"sec-purpose: Prefetch\r\n", "Purpose: prefetch\r\n",
		"X-Moz: prefetch\r\n",	     "X-Purpose: preview\r\n",
		"Sec-Fetch-Dest: image\r\n", "Sec-Fetch-Dest: iframe\r\n",
		"SEC-FETCH-DEST: empty\r\n", "Purpose: prerender\r\n",
	};
	static const char *const read[] = { "Sec-Fetch-Dest: document\r\n", "Purpose: fun\r\n",
					    "X-Moz: pre\r\n", "X-Pose: prefetch\r\n",
					    "Sec-Purpose:\r\n" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ahead); i++)
		assert_int_equal(visitor_from("192.0.2.1", PHONE, ahead[i], TODAY).kind,
				 VISITOR_NOT_HERE);
	for (size_t i = 0; i < COUNT_OF(read); i++)
		if (visitor_from("192.0.2.1", PHONE, read[i], TODAY).kind != VISITOR_PERSON)
			fail_msg("%s", read[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_address_and_program_make_a_visitor),
		TEST(test_a_household_of_ipv6_is_one_address),
		TEST(test_another_day_has_another_key),
		TEST(test_robots_are_told_again_and_again),
		TEST(test_what_nobody_reads_is_no_visit),
	};

	return cmocka_run_group_tests_name("visitor", tests, NULL, NULL);
}
