/* Addresses of clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "web/client_address.h"

static struct client_address read_address(const char *text)
{
	struct client_address a;

	assert_true(client_address_read(slice_of(text), &a));
	return a;
}

static bool same(const char *one, const char *other)
{
	struct client_address a = read_address(one), b = read_address(other);

	return client_address_equal(&a, &b);
}

static void test_reads_both_families(void **state)
{
	(void)state;
	assert_true(same("2001:db8::1", "2001:0db8:0:0::0001"));
	assert_false(same("2001:db8::1", "2001:db8::2"));
	assert_true(same("192.0.2.1", "192.0.2.1"));
	assert_false(same("192.0.2.1", "192.0.2.2"));
	assert_false(same("192.0.2.1", "c000:201::"));
}

static void test_refuses_what_is_no_address(void **state)
{
	static const char *const bad[] = {
		"",	      "localhost",
		"192.0.2",    "192.0.2.1/32",
		"192.0.2.1 ", "::1%lo",
		":::",	      "0000:0000:0000:0000:0000:ffff:255.255.255.255.255"
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct client_address a = { .is_ipv6 = true, .bytes = { 7 } };

		assert_false(client_address_read(slice_of(bad[i]), &a));
		assert_true(a.is_ipv6 && a.bytes[0] == 7);
	}
}

static void test_ipv4_by_way_of_ipv6_is_the_address_it_is(void **state)
{
	struct client_address mapped = read_address("::ffff:192.0.2.1"),
			      other = read_address("::fffe:192.0.2.1"),
			      four = read_address("192.0.2.1"), before = other;

	(void)state;
	assert_false(client_address_equal(&mapped, &four));
	client_address_unmap(&mapped);
	client_address_unmap(&other);
	assert_true(client_address_equal(&mapped, &four));
	assert_true(client_address_equal(&other, &before));
	client_address_unmap(&four);
	assert_true(client_address_equal(&mapped, &four));
}

static void test_a_household_is_one_address_or_a_network_of_ipv6(void **state)
{
	struct client_address six = read_address("2001:db8:1:2::1"),
			      four = read_address("192.0.2.1");

	(void)state;
	assert_int_equal(client_address_household(&six).length, 8);
	assert_int_equal(client_address_household(&four).length, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_both_families),
		cmocka_unit_test(test_refuses_what_is_no_address),
		cmocka_unit_test(test_ipv4_by_way_of_ipv6_is_the_address_it_is),
		cmocka_unit_test(test_a_household_is_one_address_or_a_network_of_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
