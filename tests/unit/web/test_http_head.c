/* Reading the head of a request: what is understood, and what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/http_head.h"

static enum head_result parse(const char *text, struct http_head *ret_head)
{
	return http_head_parse(slice_of(text), ret_head);
}

static void assert_text(struct slice got, const char *wanted)
{
	assert_int_equal(got.length, strlen(wanted));
	assert_memory_equal(got.data, wanted, got.length);
}

static void assert_refused(const char *text, enum head_result wanted)
{
	struct http_head h = { .length = 7 };

	assert_int_equal(parse(text, &h), wanted);
	assert_int_equal(h.length, 7); /* untouched */
}

static void test_reads_a_request(void **state)
{
	static const char text[] =
	    "GET /01/095/21/A%2FB?x=1?2 HTTP/1.1\r\nHost: id.example:8443\r\n"
	    "Accept:  text/html \r\nX-Empty:\r\n\r\nrest";
	struct http_head h;

	(void)state;
	assert_int_equal(parse(text, &h), HEAD_COMPLETE);
	assert_int_equal(h.method, METHOD_GET);
	assert_text(h.path, "/01/095/21/A%2FB");
	assert_text(h.query, "x=1?2");
	assert_text(h.host, "id.example");
	assert_text(http_head_field(&h, S("ACCEPT")), "text/html");
	assert_text(http_head_field(&h, S("x-empty")), "");
	assert_null(http_head_field(&h, S("x-none")).data);
	assert_false(h.close);
	assert_int_equal(h.body_length, 0);
	assert_int_equal(h.length, sizeof(text) - sizeof("rest"));
}

static void test_every_prefix_of_a_request_is_incomplete(void **state)
{
	static const char text[] = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n";
	struct http_head h;

	(void)state;
	for (size_t length = 0; length < sizeof(text) - 1; length++)
		assert_int_equal(http_head_parse((struct slice){ text, length }, &h),
				 HEAD_INCOMPLETE);
	assert_int_equal(parse(text, &h), HEAD_COMPLETE);
	assert_int_equal(h.body_length, 3);
}

static void test_a_line_feed_alone_is_refused_before_the_head_is_complete(void **state)
{
	(void)state;
	assert_refused("GET / HTTP/1.1\nHost", HEAD_BARE_LF);
	assert_refused("\n", HEAD_BARE_LF);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\n\n", HEAD_BARE_LF);
}

static void test_refuses_a_malformed_request_line(void **state)
{
	static const char *const lines[] = { "GET /",	    "GET  / HTTP/1.1", "GET / HTTP/1.1 x",
					     " / HTTP/1.1", "G\"T / HTTP/1.1", "GET / XTTP/1.1",
					     "/ HTTP/1.1" };
	char text[128];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		(void)snprintf(text, sizeof(text), "%s\r\nHost: h\r\n\r\n", lines[i]);
		assert_refused(text, HEAD_BAD_REQUEST_LINE);
	}
	assert_refused("BREW / HTTP/1.1\r\nHost: h\r\n\r\n", HEAD_UNKNOWN_METHOD);
	assert_refused("get / HTTP/1.1\r\nHost: h\r\n\r\n", HEAD_UNKNOWN_METHOD);
	assert_refused("GET / HTTP/3.0\r\nHost: h\r\n\r\n", HEAD_BAD_VERSION);
	assert_refused("GET / HTTP/1.10\r\nHost: h\r\n\r\n", HEAD_BAD_REQUEST_LINE);
}

static void test_understands_the_forms_of_a_target(void **state)
{
	struct http_head h;

	(void)state;
	assert_int_equal(parse("GET HTTPS://a.b:1/p?q HTTP/1.1\r\nHost: c\r\n\r\n", &h),
			 HEAD_COMPLETE);
	assert_text(h.host, "a.b");
	assert_text(h.path, "/p");
	assert_text(h.query, "q");
	assert_int_equal(parse("GET http://a HTTP/1.1\r\nHost: c\r\n\r\n", &h), HEAD_COMPLETE);
	assert_text(h.path, "/");
	assert_int_equal(parse("OPTIONS * HTTP/1.1\r\nHost: c\r\n\r\n", &h), HEAD_COMPLETE);
	assert_text(h.path, "*");
	assert_refused("GET * HTTP/1.1\r\nHost: c\r\n\r\n", HEAD_BAD_TARGET);
	assert_refused("GET a/b HTTP/1.1\r\nHost: c\r\n\r\n", HEAD_BAD_TARGET);
	assert_refused("GET /a#b HTTP/1.1\r\nHost: c\r\n\r\n", HEAD_BAD_TARGET);
	assert_refused("GET http:// HTTP/1.1\r\nHost: c\r\n\r\n", HEAD_BAD_TARGET);
	assert_refused("GET http:///x HTTP/1.1\r\nHost: c\r\n\r\n", HEAD_BAD_HOST);
}

static void test_reads_hosts_and_refuses_what_is_none(void **state)
{
	static const char *const good[] = { "h", "a-b.c_d", "127.0.0.1", "[::1]", "[fe80::1]:443" };
	static const char *const bad[] = { "",	     "a b", "a/b", "a:b", "[::1",
					   "[::1]x", "a,b", "a@b", ":1" };
	char text[128];
	struct http_head h;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		(void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", good[i]);
		assert_int_equal(parse(text, &h), HEAD_COMPLETE);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		(void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", bad[i]);
		assert_refused(text, HEAD_BAD_HOST);
	}
	assert_refused("GET / HTTP/1.1\r\nHosts: h\r\n\r\n", HEAD_NO_HOST);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nhost: h\r\n\r\n", HEAD_TWO_HOSTS);
	assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n", &h), HEAD_COMPLETE);
	assert_true(h.close);
}

static void test_refuses_fields_that_readers_read_differently(void **state)
{
	(void)state;
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", HEAD_FOLDED_FIELD);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nX : a\r\n\r\n", HEAD_BAD_FIELD);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nX\r\n\r\n", HEAD_BAD_FIELD);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n", HEAD_BAD_FIELD);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", HEAD_BAD_VALUE);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\r\r\n\r\n", HEAD_BAD_VALUE);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n", HEAD_BAD_VALUE);
}

static void test_everybody_agrees_where_a_body_ends_or_it_is_refused(void **state)
{
	static const struct {
		const char *fields;
		enum head_result result;
	} cases[] = {
		{ "Content-Length: 0\r\n", HEAD_COMPLETE },
		{ "content-length:5\r\n", HEAD_COMPLETE },
		{ "", HEAD_NO_LENGTH },
		{ "Content-Length: -1\r\n", HEAD_BAD_LENGTH },
		{ "Content-Length: 1 2\r\n", HEAD_BAD_LENGTH },
		{ "Content-Length: 1,1\r\n", HEAD_BAD_LENGTH },
		{ "Content-Length:\r\n", HEAD_BAD_LENGTH },
		{ "Content-Length: 18446744073709551616\r\n", HEAD_BAD_LENGTH },
		{ "Content-Length: 1\r\nContent-Length: 1\r\n", HEAD_TWO_LENGTHS },
		{ "Transfer-Encoding: chunked\r\n", HEAD_CODING },
		{ "Transfer-Encoding: identity\r\nContent-Length: 1\r\n", HEAD_LENGTH_AND_CODING },
		{ "Expect: 100-Continue\r\nContent-Length: 1\r\n", HEAD_COMPLETE },
		{ "Expect: 200-ok\r\nContent-Length: 1\r\n", HEAD_BAD_EXPECTATION },
	};
	char text[256];
	struct http_head h;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		(void)snprintf(text, sizeof(text), "POST / HTTP/1.1\r\nHost: h\r\n%s\r\n",
			       cases[i].fields);
		assert_int_equal(parse(text, &h), cases[i].result);
	}
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n",
		       HEAD_UNWANTED_BODY);
	assert_refused("DELETE / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n",
		       HEAD_UNWANTED_BODY);
	assert_refused("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
		       HEAD_CODING);
	assert_int_equal(parse("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", &h),
			 HEAD_COMPLETE);
}

static void test_close_is_found_in_any_list(void **state)
{
	struct http_head h;

	(void)state;
	assert_int_equal(parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: a, CLOSE ,b\r\n\r\n", &h),
			 HEAD_COMPLETE);
	assert_true(h.close);
	assert_int_equal(parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: closer\r\n\r\n", &h),
			 HEAD_COMPLETE);
	assert_false(h.close);
	assert_int_equal(
	    parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: x\r\nConnection: close\r\n\r\n", &h),
	    HEAD_COMPLETE);
	assert_true(h.close);
}

static void test_64_fields_fit_and_65_do_not(void **state)
{
	char text[1024] = "GET / HTTP/1.1\r\nHost: h\r\n";
	struct http_head h;

	(void)state;
	for (unsigned i = 1; i < HEAD_FIELDS; i++)
		(void)snprintf(text + strlen(text), 16, "X-%u: y\r\n", i);
	(void)snprintf(text + strlen(text), 8, "\r\n");
	assert_int_equal(parse(text, &h), HEAD_COMPLETE);
	assert_int_equal(h.field_count, HEAD_FIELDS);
	(void)snprintf(text + strlen(text) - 2, 16, "Y: z\r\n\r\n");
	assert_int_equal(parse(text, &h), HEAD_TOO_MANY_FIELDS);
}

static void test_what_does_not_fit_is_called_by_its_name(void **state)
{
	static char text[HEAD_MAXIMUM + 64];
	struct http_head h;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "GET /", 5);
	assert_int_equal(parse(text, &h), HEAD_TARGET_TOO_LONG);
	memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
	assert_int_equal(parse(text, &h), HEAD_TOO_LARGE);
	text[HEAD_MAXIMUM - 1] = '\0'; /* one byte less: the rest may still come */
	assert_int_equal(parse(text, &h), HEAD_INCOMPLETE);
}

static void test_every_refusal_has_a_status_and_a_sentence(void **state)
{
	(void)state;
	for (int r = HEAD_INCOMPLETE + 1; r <= HEAD_BAD_VERSION; r++) {
		assert_in_range(head_status((enum head_result)r), 400, 599);
		assert_true(strlen(head_explanation((enum head_result)r)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_request),
		cmocka_unit_test(test_every_prefix_of_a_request_is_incomplete),
		cmocka_unit_test(test_a_line_feed_alone_is_refused_before_the_head_is_complete),
		cmocka_unit_test(test_refuses_a_malformed_request_line),
		cmocka_unit_test(test_understands_the_forms_of_a_target),
		cmocka_unit_test(test_reads_hosts_and_refuses_what_is_none),
		cmocka_unit_test(test_refuses_fields_that_readers_read_differently),
		cmocka_unit_test(test_everybody_agrees_where_a_body_ends_or_it_is_refused),
		cmocka_unit_test(test_close_is_found_in_any_list),
		cmocka_unit_test(test_64_fields_fit_and_65_do_not),
		cmocka_unit_test(test_what_does_not_fit_is_called_by_its_name),
		cmocka_unit_test(test_every_refusal_has_a_status_and_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
