/* Rules of law from a file: what is read, and each thing that is refused with its line. */
#include "model/law.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

enum { MOST = 3 };

#define HEAD "rule a\nfield product.name\nmust public\nsource Act\n"

static struct law_rule rules[MOST];

/* On the heap to its last byte, so that reading behind it does not go unnoticed. */
static bool reads(const char *text, size_t *ret_count, char why[LAW_WHY_SIZE])
{
	size_t length = strlen(text);
	char *copy = malloc(length == 0 ? 1 : length);
	bool read;

	assert_non_null(copy);
	memcpy(copy, text, length);
	read = law_read((struct slice){ copy, length }, rules, MOST, ret_count, why);
	free(copy);
	return read;
}

static void refuses(const char *text, const char *expected)
{
	char why[LAW_WHY_SIZE] = "";
	size_t count = 77;

	assert_false(reads(text, &count, why));
	assert_string_equal(why, expected);
	assert_int_equal(count, 77);
}

static void test_reads_a_rule_with_all_it_says(void **state)
{
	static const char text[] = "# a comment\n\n  rule food-1 \r\nfield\tproduct.ingredients\n"
				   "must public\ncategory food, 食品\nsource Act 1, Article 2\n"
				   "en Why, for people\nzh-CN 因为\n";
	char why[LAW_WHY_SIZE];
	size_t count = 0;

	(void)state;
	assert_true(law_read(slice_of(text), rules, MOST, &count, why));
	assert_int_equal(count, 1);
	assert_true(slice_equal(rules[0].name, S("food-1")));
	assert_true(slice_equal(rules[0].field, S("product.ingredients")));
	assert_true(slice_equal(rules[0].categories, S("food, 食品")));
	assert_true(slice_equal(rules[0].source, S("Act 1, Article 2")));
	assert_true(rules[0].is_public && rules[0].has_must);
	assert_int_equal(rules[0].line, 3);
	assert_int_equal(rules[0].reason_count, 2);
	assert_true(slice_equal(rules[0].languages[1], S("zh-CN")));
	assert_true(slice_equal(rules[0].reasons[1], S("因为")));
}

static void test_a_field_that_is_never_public_may_be_ruled_secret(void **state)
{
	static const char text[] = "rule b\nfield step.operator\nmust secret\nsource Act\nen Why";
	char why[LAW_WHY_SIZE];
	size_t count = 0;

	(void)state;
	assert_true(law_read(slice_of(text), rules, MOST, &count, why));
	assert_false(rules[0].is_public);
	assert_int_equal(rules[0].categories.length, 0);
}

static void test_a_file_without_rules_is_no_rules(void **state)
{
	char why[LAW_WHY_SIZE];
	size_t count = 7;

	(void)state;
	assert_true(reads("", &count, why));
	assert_int_equal(count, 0);
	count = 7;
	assert_true(reads("# nothing\n\r\n \t\n", &count, why));
	assert_int_equal(count, 0);
}

static void test_says_in_which_line_what_is_wrong(void **state)
{
	(void)state;
	refuses("field product.name\n", "line 1: a rule begins with \"rule NAME\"");
	refuses("rule A\n", "line 1: a rule's name has a-z, 0-9, \"-\" and \".\"");
	refuses("rule -a\n", "line 1: a rule's name has a-z, 0-9, \"-\" and \".\"");
	refuses("rule\n", "line 1: a rule's name has a-z, 0-9, \"-\" and \".\"");
	refuses("rule a\nfield x.y\n", "line 2: there is no field of that name");
	refuses("rule a\nfield\n", "line 2: nothing is said behind the word");
	refuses("rule a\nmust hidden\n", "line 2: must is public or secret");
	refuses(HEAD "english Why\n", "line 5: there is no \"english\" in a rule");
	refuses(HEAD "en-! Why\n", "line 5: there is no \"en-!\" in a rule");
	refuses(HEAD "en Why\n" HEAD, "line 6: there is a rule a already");
}

static void test_a_rule_that_lacks_something_is_named_by_its_first_line(void **state)
{
	(void)state;
	refuses("\nrule a\n", "line 2: the rule a lacks field, must, source or a reason");
	refuses(HEAD, "line 1: the rule a lacks field, must, source or a reason");
	refuses("rule a\nfield product.name\nmust public\nen Why\nrule b\n",
		"line 1: the rule a lacks field, must, source or a reason");
}

static void test_takes_so_many_rules_and_languages_and_no_more(void **state)
{
	char why[LAW_WHY_SIZE];
	size_t count = 0;
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	for (int i = 0; i < MOST; i++)
		buf_add_format(&text, "rule r%d\nfield product.name\nmust public\nsource A\nen W\n",
			       i);
	assert_true(law_read(buf_slice(&text), rules, MOST, &count, why));
	assert_int_equal(count, MOST);
	buf_add_string(&text, "rule more\n");
	refuses(buf_string(&text), "line 16: too many rules: at most 3");
	buf_clear(&text);
	buf_add_string(&text, HEAD);
	for (char c = 'a'; c <= 'a' + LAW_LANGUAGES_MOST; c++)
		buf_add_format(&text, "x%c Why\n", c);
	refuses(buf_string(&text), "line 13: too many languages");
	buf_release(&text);
}

static void test_whatever_stands_there_is_read_or_refused(void **state)
{
	static const char whole[] = HEAD "category food\nen Why\nzh-CN 因为\n";
	char why[LAW_WHY_SIZE], cut[sizeof(whole)];
	size_t count;

	(void)state;
	for (size_t length = 0; length < sizeof(whole); length++)
		for (int c = 0; c < 256; c += 5) {
			memcpy(cut, whole, sizeof(whole));
			cut[length] = (char)c;
			cut[sizeof(whole) - 1] = '\0';
			why[0] = '\0';
			if (!reads(cut, &count, why))
				assert_memory_equal(why, "line ", 5);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_rule_with_all_it_says),
		cmocka_unit_test(test_a_field_that_is_never_public_may_be_ruled_secret),
		cmocka_unit_test(test_a_file_without_rules_is_no_rules),
		cmocka_unit_test(test_says_in_which_line_what_is_wrong),
		cmocka_unit_test(test_a_rule_that_lacks_something_is_named_by_its_first_line),
		cmocka_unit_test(test_takes_so_many_rules_and_languages_and_no_more),
		cmocka_unit_test(test_whatever_stands_there_is_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
