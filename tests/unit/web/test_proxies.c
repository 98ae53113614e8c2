/* Which addresses are load balancers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "web/proxies.h"

static struct network networks[NETWORKS_MOST];
static unsigned count;
static char why[128];

static bool read_list(const char *text)
{
	return networks_read(slice_of(text), networks, &count, why, sizeof(why));
}

static bool holds(const char *text)
{
	struct client_address a = { .is_ipv6 = strchr(text, ':') != NULL };

	assert_int_equal(inet_pton(a.is_ipv6 ? AF_INET6 : AF_INET, text, a.bytes), 1);
	return networks_hold(networks, count, &a);
}

static void test_holds_addresses_and_networks(void **state)
{
	(void)state;
	assert_true(read_list("10.0.0.0/8, 192.0.2.7,2001:db8::/33 , ::1, 203.0.113.128/25"));
	assert_int_equal(count, 5);
	assert_true(holds("10.255.0.1"));
	assert_false(holds("11.0.0.1"));
	assert_true(holds("192.0.2.7"));
	assert_false(holds("192.0.2.6"));
	assert_true(holds("2001:db8:7fff::1"));
	assert_false(holds("2001:db8:8000::1"));
	assert_true(holds("::1"));
	assert_true(holds("203.0.113.200"));
	assert_false(holds("203.0.113.127"));
	assert_false(holds("::ffff:10.0.0.1"));
}

static void test_everybody_is_a_network_too(void **state)
{
	(void)state;
	assert_true(read_list("0.0.0.0/0"));
	assert_true(holds("8.8.8.8"));
	assert_false(holds("::1"));
}

static void test_ipv4_written_as_ipv6_is_meant(void **state)
{
	(void)state;
	assert_true(read_list("::ffff:10.0.0.0/104, ::ffff:192.0.2.7"));
	assert_true(holds("10.1.2.3"));
	assert_true(holds("192.0.2.7"));
	assert_false(holds("192.0.2.8"));
}

static void test_an_empty_list_holds_nobody(void **state)
{
	(void)state;
	assert_true(read_list(""));
	assert_int_equal(count, 0);
	assert_false(holds("127.0.0.1"));
}

static void test_refuses_what_is_no_network_and_says_which(void **state)
{
	static const char *const bad[] = {
		"localhost", "10.0.0.0/33", "10.0.0.1/8",  "10.0.0.0/",	  "10.0.0/8",
		"::1/129",   "/8",	    "10.0.0.0/8x", "10.0.0.0 /8", "2001:db8::1/32"
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(read_list(bad[i]));
		assert_non_null(strstr(why, bad[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_addresses_and_networks),
		cmocka_unit_test(test_everybody_is_a_network_too),
		cmocka_unit_test(test_ipv4_written_as_ipv6_is_meant),
		cmocka_unit_test(test_an_empty_list_holds_nobody),
		cmocka_unit_test(test_refuses_what_is_no_network_and_says_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
