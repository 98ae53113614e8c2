/* Settings: every wrong line is refused by file and line, the printed file reads back the same. */
#include "base/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static char why[256];

static void assert_refused(const char *text, const char *reason)
{
	struct settings s;

	settings_init(&s);
	assert_false(settings_parse(&s, slice_of(text), "suyuan.conf", why, sizeof(why)));
	if (strstr(why, reason) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, reason);
	settings_release(&s);
}

static void test_reads_texts_numbers_comments_and_blank_lines(void **state)
{
	struct settings s;

	(void)state;
	settings_init(&s);
	assert_true(settings_parse(
	    &s, S("# a comment\n\n  lookup_port = 9443  \nlink_stem=https://id.example.cn\r\n"),
	    "x", why, sizeof(why)));
	assert_int_equal(s.lookup_port, 9443);
	assert_string_equal(s.link_stem, "https://id.example.cn");
	assert_int_equal(s.serial_length, 14);
	settings_release(&s);
}

static void test_a_value_may_hold_an_equals_sign(void **state)
{
	struct settings s;

	(void)state;
	settings_init(&s);
	assert_true(
	    settings_parse(&s, S("database_url = host=/run user=a"), "x", why, sizeof(why)));
	assert_string_equal(s.database_url, "host=/run user=a");
	settings_release(&s);
}

static void test_a_forgotten_text_is_wiped(void **state)
{
	struct settings s;
	const char *kept;

	(void)state;
	settings_init(&s);
	assert_true(settings_parse(&s, S("database_url = host=/run password=secret\nlink_stem=x"),
				   "x", why, sizeof(why)));
	kept = s.database_url;
	settings_forget(&s, &s.database_url);
	assert_string_equal(s.database_url, "");
	assert_string_equal(kept, ""); /* the memory is still owned, and empty */
	assert_string_equal(s.link_stem, "x");
	settings_forget(&s, &s.jobs_database_url); /* a default */
	assert_string_equal(s.jobs_database_url, "");
	settings_release(&s);
}

static void test_refuses_wrong_lines_by_file_and_line(void **state)
{
	(void)state;
	assert_refused("\nlookup_prot = 1\n", "suyuan.conf:2: unknown setting \"lookup_prot\"");
	assert_refused("nonsense\n", "suyuan.conf:1: expected \"key = value\"");
	assert_refused("lookup_port = 0\n", "whole number from 1 to 65535");
	assert_refused("lookup_port = 70000\n", "whole number from 1 to 65535");
	assert_refused("lookup_port = 80a\n", "not \"80a\"");
	assert_refused("workers = 1\nworkers = 2\n", "suyuan.conf:2: workers is set twice");
}

static void test_the_printed_file_reads_back_and_hides_secrets(void **state)
{
	struct settings s, again;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	settings_init(&s);
	assert_true(settings_parse(&s,
				   S("redis_url = redis://:hush@127.0.0.1:1\nlookup_port = 1234"),
				   "x", why, sizeof(why)));
	settings_print(&s, out);
	assert_int_equal(fclose(out), 0);
	assert_null(strstr(text, "hush"));
	settings_init(&again);
	assert_true(settings_parse(&again, (struct slice){ text, length }, "x", why, sizeof(why)));
	assert_int_equal(again.lookup_port, 1234);
	settings_release(&again);
	settings_release(&s);
	free(text);
}

static void test_a_missing_file_is_named(void **state)
{
	struct settings s;

	(void)state;
	settings_init(&s);
	assert_false(settings_load(&s, "/nonexistent/suyuan.conf", why, sizeof(why)));
	assert_non_null(strstr(why, "/nonexistent/suyuan.conf: No such file"));
	settings_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_texts_numbers_comments_and_blank_lines),
		cmocka_unit_test(test_a_value_may_hold_an_equals_sign),
		cmocka_unit_test(test_a_forgotten_text_is_wiped),
		cmocka_unit_test(test_refuses_wrong_lines_by_file_and_line),
		cmocka_unit_test(test_the_printed_file_reads_back_and_hides_secrets),
		cmocka_unit_test(test_a_missing_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
