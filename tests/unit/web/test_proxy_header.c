/* What a load balancer says of its client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/proxy_header.h"

#define TWO "\r\n\r\n\0\r\nQUIT\n"

static struct client_address client;
static size_t length;

static enum proxy_result read_bytes(const char *bytes, size_t size)
{
	length = 0;
	client = (struct client_address){ .is_ipv6 = true };
	return proxy_header_read((struct slice){ bytes, size }, &client, &length);
}

#define READ(literal) read_bytes(literal, sizeof(literal) - 1)

static void test_a_line_of_text_names_the_client(void **state)
{
	static const unsigned char four[] = { 192, 0, 2, 7 };
	static const unsigned char six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

	(void)state;
	assert_int_equal(READ("PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n\x16\x03"),
			 PROXY_CLIENT);
	assert_false(client.is_ipv6);
	assert_memory_equal(client.bytes, four, 4);
	assert_int_equal(length, 44);
	assert_int_equal(READ("PROXY TCP6 2001:db8::1 2001:db8::2 5000 443\r\n"), PROXY_CLIENT);
	assert_true(client.is_ipv6);
	assert_memory_equal(client.bytes, six, 16);
	assert_int_equal(READ("PROXY UNKNOWN\r\n"), PROXY_ITSELF);
	assert_int_equal(length, 15);
	assert_int_equal(READ("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), PROXY_ITSELF);
}

static void test_a_binary_header_names_the_client(void **state)
{
	static const unsigned char four[] = { 10, 1, 2, 3 };
	static const unsigned char six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 };

	(void)state;
	assert_int_equal(READ(TWO "\x21\x11\x00\x0c\x0a\x01\x02\x03\x7f\x00\x00\x01\x12\x34\x01\xbb"
				  "hello"),
			 PROXY_CLIENT);
	assert_false(client.is_ipv6);
	assert_memory_equal(client.bytes, four, 4);
	assert_int_equal(length, 28);
	/* with an extension behind the addresses */
	assert_int_equal(READ(TWO
			      "\x21\x21\x00\x28\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09"
			      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x12\x34\x01\xbb\x04\x00\x01x"),
			 PROXY_CLIENT);
	assert_true(client.is_ipv6);
	assert_memory_equal(client.bytes, six, 16);
	assert_int_equal(length, 56);
}

static void test_a_balancer_may_speak_for_itself(void **state)
{
	(void)state;
	assert_int_equal(READ(TWO "\x20\x00\x00\x00"), PROXY_ITSELF);
	assert_int_equal(length, 16);
	assert_int_equal(READ(TWO "\x21\x31\x00\x02xy"), PROXY_ITSELF); /* a unix socket */
	assert_int_equal(length, 18);
}

static void test_reads_on_until_it_is_whole(void **state)
{
	static const char text[] = "PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n";
	static const char binary[] =
	    TWO "\x21\x11\x00\x0c\x0a\x01\x02\x03\x7f\x00\x00\x01\x12\x34\x01\xbb";

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(read_bytes(text, i), PROXY_INCOMPLETE);
	for (size_t i = 0; i < sizeof(binary) - 1; i++)
		assert_int_equal(read_bytes(binary, i), PROXY_INCOMPLETE);
}

static void test_refuses_what_is_no_header(void **state)
{
	static const char *const bad[] = {
		"\x16\x03\x01", /* a TLS hello */
		"GET / HTTP/1.1\r\n",
		"proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
		"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
		"PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
		"PROXY TCP4 ::1 ::1 1 2\r\n",
		"PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
		"PROXY TCP4 1.2.3.4 1.2.3.4\r\n",
		"PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
		"PROXY TCP4 1.2.3.4 localhost 1 2\r\n",
	};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(read_bytes(bad[i], strlen(bad[i])), PROXY_BAD);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "PROXY UNKNOWN ", 14);
	assert_int_equal(read_bytes(longest, sizeof(longest)), PROXY_BAD);
	assert_int_equal(READ(TWO "\x31\x11\x00\x0c"), PROXY_BAD); /* version 3 */
	assert_int_equal(READ(TWO "\x22\x11\x00\x0c"), PROXY_BAD); /* command 2 */
	assert_int_equal(READ(TWO "\x21\x11\xff\xff"), PROXY_BAD); /* 64 kB */
	assert_int_equal(READ(TWO "\x21\x11\x00\x04\x01\x02\x03\x04"), PROXY_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_of_text_names_the_client),
		cmocka_unit_test(test_a_binary_header_names_the_client),
		cmocka_unit_test(test_a_balancer_may_speak_for_itself),
		cmocka_unit_test(test_reads_on_until_it_is_whole),
		cmocka_unit_test(test_refuses_what_is_no_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
