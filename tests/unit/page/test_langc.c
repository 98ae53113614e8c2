/* The compiler of texts: what it refuses, naming file and line, and how it borrows. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADER	 "msgid \"\"\nmsgstr \"\"\n\"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n\n"
#define ONE_FORM "msgid \"\"\nmsgstr \"\"\n\"Plural-Forms: nplurals=1; plural=0;\\n\"\n\n"

static char folder[] = "/tmp/suyuan-test-langc-XXXXXX";
static struct buf said;

static void write_file(const char *name, const char *content)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_true(file_write(path, slice_of(content)));
}

static bool run(const char *options, const char *en, const char *zh)
{
	char command[1000], line[1000];
	FILE *pipe;
	size_t n;
	int status;

	write_file("en.po", en);
	write_file("zh_CN.po", zh);
	(void)snprintf(command, sizeof(command),
		       "build/tool/langc %s %s/out %s/en.po %s/zh_CN.po 2>&1", options, folder,
		       folder, folder);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	buf_clear(&said);
	while ((n = fread(line, 1, sizeof(line), pipe)) > 0)
		buf_add(&said, line, n);
	status = pclose(pipe);
	assert_non_null(buf_string(&said));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	return status == 0;
}

static const char *made(const char *name)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_clear(&said);
	assert_true(file_read(path, &said));
	assert_non_null(buf_string(&said));
	return said.data;
}

static void says(const char *part)
{
	if (strstr(said.data, part) == NULL)
		fail_msg("no \"%s\" in\n%s", part, said.data);
}

static void refuses(const char *en, const char *reason)
{
	char text[2000];

	(void)snprintf(text, sizeof(text), HEADER "%s", en);
	if (run("", text, ONE_FORM "msgid \"a\"\nmsgstr \"x\"\n"))
		fail_msg("%s was compiled", en);
	says(reason);
}

#define A "msgid \"a\"\nmsgstr \"x\"\n"

static void test_texts_of_all_languages_become_tables(void **state)
{
	(void)state;
	assert_true(run("--missing=error",
			HEADER "msgid \"a.b\"\nmsgstr \"\"\n\"two \"\n\"lines\\n\"\n",
			ONE_FORM "msgid \"a.b\"\nmsgstr \"\xe4\xba\x8c\"\n"));
	assert_string_equal(said.data, "");
	(void)made("out.h");
	says("TEXT_a_b,");
	says("LANGUAGE_COUNT = 2");
	(void)made("out.c");
	says("\"en\",\n\t\"zh-CN\",");
	says("SLICE(\"two lines\\012\")");
	says("SLICE(\"\\344\\272\\214\")");
}

static void test_a_missing_text_is_a_warning_and_borrowed(void **state)
{
	(void)state;
	assert_true(run("", HEADER A "\nmsgid \"b\"\nmsgstr \"only here\"\n", ONE_FORM A));
	says("zh_CN.po:1: warning: \"b\" has no translation");
	(void)made("out.c");
	assert_non_null(strstr(strstr(said.data, "only here") + 1, "only here"));
}

static void test_a_missing_text_is_an_error_on_demand(void **state)
{
	(void)state;
	assert_false(run("--missing=error", HEADER A "\nmsgid \"b\"\nmsgstr \"B\"\n", ONE_FORM A));
	says("zh_CN.po:1: error: \"b\" has no translation");
	assert_false(run("--missing=error", HEADER A, ONE_FORM "#, fuzzy\n" A));
	says("zh_CN.po:6: error: \"a\" has no translation");
	assert_false(run("--missing=error", HEADER A, ONE_FORM "msgid \"a\"\nmsgstr \"\"\n"));
}

static void test_names_in_braces_are_the_same_everywhere(void **state)
{
	static const char en[] = HEADER "msgid \"a\"\nmsgstr \"{n} of {who}\"\n";

	(void)state;
	assert_true(run("", en, ONE_FORM "msgid \"a\"\nmsgstr \"{who}{n}\"\n"));
	assert_false(run("", en, ONE_FORM "msgid \"a\"\nmsgstr \"{n}\"\n"));
	says("zh_CN.po:5: \"a\": other {names} than elsewhere");
	assert_false(run("", en, ONE_FORM "msgid \"a\"\nmsgstr \"{n}{wer}\"\n"));
	assert_false(run("", en, ONE_FORM "msgid \"a\"\nmsgstr \"{n}{who}{x}\"\n"));
	refuses("msgid \"a\"\nmsgstr \"{\"\n", "a brace that is no {name}");
	refuses("msgid \"a\"\nmsgstr \"{N}\"\n", "a brace that is no {name}");
}

static void test_more_names_than_a_set_can_hold_are_refused(void **state)
{
	static const char key[] = "msgid \"a\"\nmsgstr \"";
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	buf_add_string(&text, HEADER);
	buf_add_string(&text, key);
	for (char c = 'a'; c <= 'z'; c++)
		buf_add_format(&text, "{%c}", c);
	for (char c = 'a'; c <= 'g'; c++)
		buf_add_format(&text, "{%c%c}", c, c);
	buf_add_string(&text, "\"\n");
	buf_add_char(&text, '\0');
	assert_false(run("", text.data, text.data));
	says("en.po:5: {gg}: more than 32 {names} in all texts");
	buf_release(&text);
}

static void test_plural_forms_are_counted_by_their_language(void **state)
{
	static const char en[] = HEADER "msgid \"a\"\nmsgid_plural \"a\"\n"
					"msgstr[0] \"{n} day\"\nmsgstr[1] \"{n} days\"\n";

	(void)state;
	assert_true(run("--missing=error", en,
			ONE_FORM "msgid \"a\"\nmsgid_plural \"a\"\nmsgstr[0] \"{n} d\"\n"));
	(void)made("out.c");
	says("return (unsigned)((n != 1));");
	says("return (unsigned)(0);");
	assert_false(run("", en, ONE_FORM "msgid \"a\"\nmsgstr \"{n} d\"\n"));
	says("plural here, none elsewhere");
	assert_false(run("--missing=error",
			 HEADER "msgid \"a\"\nmsgid_plural \"a\"\nmsgstr[0] \"{n} day\"\n",
			 ONE_FORM "msgid \"a\"\nmsgid_plural \"a\"\nmsgstr[0] \"{n} d\"\n"));
	says("en.po:5: error: \"a\" has no translation");
}

static void test_what_is_malformed_is_refused_with_file_and_line(void **state)
{
	(void)state;
	refuses("msgid \"a\nmsgstr \"x\"\n", "en.po:5: this is not a string in its place");
	refuses("msgid \"a\"\nmsgstr \"x\\q\"\n", "en.po:6: this is not a string in its place");
	refuses("msgid \"a\"\nmsgstr \"x\"y\"\n", "en.po:6: this is not a string");
	refuses("msgid \"a\"\nmsgstr \"x\\\"\n", "en.po:6: this is not a string");
	refuses("msgid \"a\"\nmsgtext \"x\"\n", "en.po:6: unknown keyword");
	refuses("msgid \"a\"\nmsgstr \"x\"\nmsgstr \"y\"\n", "en.po:7: said twice");
	refuses("msgid \"a\"\n", "a message without msgid or msgstr");
	refuses("\"x\"\n", "en.po:5: this is not a string in its place");
	refuses(A "\n" A, "\"a\" is there twice");
	refuses("msgid \"A key\"\nmsgstr \"x\"\n", "\"A key\" is no key");
	refuses("msgctxt \"colour\"\nmsgid \"a\"\nmsgstr \"x\"\n", "unknown context \"colour\"");
	refuses("msgctxt \"country\"\nmsgid \"CHN\"\nmsgstr \"x\"\n", "\"CHN\" is no key");
}

static void test_a_file_without_plural_rule_is_refused(void **state)
{
	(void)state;
	assert_false(run("", A, ONE_FORM A));
	says("there is no header with Plural-Forms");
	assert_false(run("",
			 "msgid \"\"\nmsgstr \"Plural-Forms: nplurals=1; plural=system(1);\\n\"\n",
			 ONE_FORM A));
	says("Plural-Forms is missing or not understood");
	assert_false(run("", "msgid \"\"\nmsgstr \"Plural-Forms: nplurals=99; plural=n;\\n\"\n",
			 ONE_FORM A));
}

static void test_countries_are_a_list_of_their_own(void **state)
{
	static const char po[] = "msgctxt \"country\"\nmsgid \"CN\"\nmsgstr \"China\"\n\n" A;

	(void)state;
	{
		char en[1000], zh[1000];

		(void)snprintf(en, sizeof(en), HEADER "%s", po);
		(void)snprintf(zh, sizeof(zh), ONE_FORM "%s", po);
		assert_true(run("--missing=error", en, zh));
	}
	(void)made("out.h");
	assert_null(strstr(said.data, "TEXT_CN"));
	(void)made("out.c");
	says("{ \"CN\", { SLICE(\"China\")");
	says("COUNTRY_COUNT = 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_of_all_languages_become_tables),
		cmocka_unit_test(test_a_missing_text_is_a_warning_and_borrowed),
		cmocka_unit_test(test_a_missing_text_is_an_error_on_demand),
		cmocka_unit_test(test_names_in_braces_are_the_same_everywhere),
		cmocka_unit_test(test_more_names_than_a_set_can_hold_are_refused),
		cmocka_unit_test(test_plural_forms_are_counted_by_their_language),
		cmocka_unit_test(test_what_is_malformed_is_refused_with_file_and_line),
		cmocka_unit_test(test_a_file_without_plural_rule_is_refused),
		cmocka_unit_test(test_countries_are_a_list_of_their_own),
	};
	char command[100];
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	buf_init(&said, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&said);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? failed : 1;
}
