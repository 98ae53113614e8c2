/* Text as a JSON string. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/json_text.h"

static void assert_json(struct slice text, const char *wanted)
{
	struct buf b;

	buf_init(&b, 1024);
	json_add_text(&b, text);
	assert_string_equal(buf_string(&b), wanted);
	buf_release(&b);
}

static void test_escapes_what_json_forbids(void **state)
{
	(void)state;
	assert_json(S(""), "\"\"");
	assert_json(S("a\"b\\c"), "\"a\\\"b\\\\c\"");
	assert_json(S("\n\r\t\x1b\x7f"), "\"\\u000a\\u000d\\u0009\\u001b\\u007f\"");
	assert_json(S("a\0b"), "\"a\\u0000b\"");
	assert_json(S("\xe6\xba\xaf"), "\"\xe6\xba\xaf\"");
}

static void test_replaces_what_is_not_utf8(void **state)
{
	(void)state;
	assert_json(S("a\xff"
		      "b"),
		    "\"a\xef\xbf\xbd"
		    "b\"");
	assert_json(S("\xc3"), "\"\xef\xbf\xbd\"");
	assert_json(S("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes_what_json_forbids),
		cmocka_unit_test(test_replaces_what_is_not_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
