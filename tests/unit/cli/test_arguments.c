/* From a table of options and a command line to a filled struct, or to what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/arguments.h"

struct filled {
	bool flag;
	const char *text, *lot;
	struct word_list texts, operands;
	uint64_t number, gtin;
	json_t *words, *pairs;
	char first;
};

static bool read_first(struct slice text, void *member)
{
	if (text.length == 0 || text.data[0] == '!')
		return false;
	*(char *)member = text.data[0];
	return true;
}

static const char *const keys[] = { "phone", "url", NULL };
static const struct command command = { .name = "try", .arguments = "[--flag]" };
static const struct option_rule rules[] = {
	OPTION(FLAG, "flag", struct filled, flag),
	OPTION(TEXT, "text", struct filled, text),
	OPTION(TEXTS, "texts", struct filled, texts),
	OPTION(NUMBER, "number", struct filled, number, .least = 2, .most = 9),
	OPTION(GTIN, "gtin", struct filled, gtin),
	OPTION(LOT, "lot", struct filled, lot),
	OPTION(WORDS, "words", struct filled, words),
	OPTION(PAIRS, "pairs", struct filled, pairs, .keys = keys),
	OPTION(OTHER, "first", struct filled, first, .read = read_first, .wants = "not \"!\""),
	OPTION(OPERANDS, "FILE", struct filled, operands, .least = 1, .most = 2),
	OPTIONS_END,
};
static const struct option_rule strict_rules[] = {
	OPTION(TEXT, "text", struct filled, text, .required = true),
	OPTION(FLAG, "flag", struct filled, flag, .required = true),
	OPTIONS_END,
};

enum { ARGUMENTS_MOST = 16 };

static struct filled filled;
static char said[4096]; /* on standard error */

static int begin(void **state)
{
	(void)state;
	filled = (struct filled){ .number = 7, .words = json_object(), .pairs = json_object() };
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(filled.texts.words);
	json_decref(filled.words);
	json_decref(filled.pairs);
	return 0;
}

/* The words of a command line, separated by single blanks. */
static bool read_line(const struct option_rule *table, const char *line)
{
	static char words[1024];
	char *argv[ARGUMENTS_MOST + 1] = { words };
	FILE *real = stderr;
	int argc = 1;
	bool good;

	(void)snprintf(words, sizeof(words), "%s", line);
	for (char *p = words; *p != '\0'; p++)
		if (*p == ' ') {
			*p = '\0';
			assert_true(argc < ARGUMENTS_MOST);
			argv[argc++] = p + 1;
		}
	stderr = fmemopen(said, sizeof(said), "w");
	assert_non_null(stderr);
	good = arguments_read(&command, table, argc, argv, &filled);
	if (good)
		filled.operands.words = NULL; /* they were in argv */
	(void)fclose(stderr);
	stderr = real;
	return good;
}

static void assert_refused(const struct option_rule *table, const char *line, const char *reason)
{
	char expected[512];

	assert_false(read_line(table, line));
	(void)snprintf(expected, sizeof(expected),
		       "suyuan: %s\nusage: suyuan try [--flag]\n(`suyuan try --help` tells more)\n",
		       reason);
	assert_string_equal(said, expected);
}

static void test_every_kind_of_value_is_read(void **state)
{
	(void)state;
	assert_true(read_line(rules,
			      "try --flag --text a --number=9 --gtin 9506000134352 --lot L-1 "
			      "--first xyz a b"));
	assert_true(filled.flag);
	assert_string_equal(filled.text, "a");
	assert_int_equal(filled.number, 9);
	assert_int_equal(filled.gtin, 9506000134352);
	assert_string_equal(filled.lot, "L-1");
	assert_int_equal(filled.first, 'x');
	assert_int_equal(filled.operands.count, 2);
}

static void test_what_is_not_given_keeps_its_value(void **state)
{
	(void)state;
	assert_true(read_line(rules, "try a"));
	assert_int_equal(filled.number, 7);
	assert_null(filled.text);
	assert_false(filled.flag);
}

static void test_options_may_follow_operands_and_a_double_dash_ends_them(void **state)
{
	(void)state;
	assert_true(read_line(rules, "try a --flag -- --text"));
	assert_true(filled.flag);
	assert_null(filled.text);
	assert_int_equal(filled.operands.count, 2);
}

static void test_repeated_texts_are_kept_in_order(void **state)
{
	(void)state;
	assert_true(read_line(rules, "try --texts a --texts b x --texts c"));
	assert_int_equal(filled.texts.count, 3);
	assert_string_equal(filled.texts.words[0], "a");
	assert_string_equal(filled.texts.words[2], "c");
}

static void test_words_and_pairs_become_members(void **state)
{
	(void)state;
	assert_true(read_line(rules, "try --words en=tea --words zh-CN=茶=x --pairs url=u a"));
	assert_string_equal(json_string_value(json_object_get(filled.words, "zh-CN")), "茶=x");
	assert_string_equal(json_string_value(json_object_get(filled.words, "en")), "tea");
	assert_string_equal(json_string_value(json_object_get(filled.pairs, "url")), "u");
}

static void test_a_wrong_value_is_told_with_what_it_may_be(void **state)
{
	(void)state;
	assert_refused(rules, "try --number 1 a",
		       "--number cannot be 1: it is a number from 2 to 9");
	assert_refused(rules, "try --number 10 a",
		       "--number cannot be 10: it is a number from 2 to 9");
	assert_refused(rules, "try --number 3x a",
		       "--number cannot be 3x: it is a number from 2 to 9");
	assert_refused(rules, "try --first ! a", "--first cannot be !: it is not \"!\"");
	assert_refused(rules, "try --lot ^ a",
		       "--lot cannot be ^: it is 1 to 20 characters of GS1 set 82");
	assert_int_equal(filled.number, 7);
	assert_null(filled.lot);
}

static void test_a_gtin_with_a_wrong_check_digit_is_refused(void **state)
{
	(void)state;
	assert_false(read_line(rules, "try --gtin 9506000134353 a"));
	assert_non_null(strstr(said, "suyuan: --gtin cannot be 9506000134353: "));
	assert_non_null(strstr(said, "check digit"));
	assert_int_equal(filled.gtin, 0);
}

static void test_a_wrong_pair_is_told_with_what_is_wrong(void **state)
{
	(void)state;
	assert_refused(rules, "try --words en a", "--words cannot be en: write LANGUAGE=TEXT");
	assert_refused(rules, "try --words =x a", "--words cannot be =x: write LANGUAGE=TEXT");
	assert_refused(rules, "try --words en= a", "--words cannot be en=: write LANGUAGE=TEXT");
	assert_refused(rules, "try --words x=1 a",
		       "--words cannot be x=1: \"x\" is no language; write en=...");
	assert_refused(rules, "try --words en=\xff a",
		       "--words cannot be en=\\xff: the text is not UTF-8");
	assert_refused(rules, "try --pairs url a", "--pairs cannot be url: write KEY=TEXT");
	assert_refused(rules, "try --pairs fax=1 a",
		       "--pairs cannot be fax=1: there is no \"fax\"");
	assert_int_equal(json_object_size(filled.words) + json_object_size(filled.pairs), 0);
}

static void test_an_unknown_or_incomplete_option_is_named(void **state)
{
	(void)state;
	assert_refused(rules, "try --nonsense a", "--nonsense: unknown option");
	assert_refused(rules, "try -zy a", "-z: unknown option");
	assert_refused(rules, "try a --text", "--text: its value is missing");
	assert_refused(rules, "try --flag=1 a", "--flag=1: it takes no value");
}

static void test_missing_and_superfluous_words_are_named(void **state)
{
	(void)state;
	assert_refused(rules, "try --flag", "FILE is missing");
	assert_refused(rules, "try a b c", "unexpected argument: c");
	assert_refused(strict_rules, "try --text x", "--flag is missing");
	assert_refused(strict_rules, "try --flag", "--text is missing");
	assert_refused(strict_rules, "try --text x --flag a", "unexpected argument: a");
	assert_true(read_line(strict_rules, "try --text x --flag"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_kind_of_value_is_read),
		TEST(test_what_is_not_given_keeps_its_value),
		TEST(test_options_may_follow_operands_and_a_double_dash_ends_them),
		TEST(test_repeated_texts_are_kept_in_order),
		TEST(test_words_and_pairs_become_members),
		TEST(test_a_wrong_value_is_told_with_what_it_may_be),
		TEST(test_a_gtin_with_a_wrong_check_digit_is_refused),
		TEST(test_a_wrong_pair_is_told_with_what_is_wrong),
		TEST(test_an_unknown_or_incomplete_option_is_named),
		TEST(test_missing_and_superfluous_words_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
