/* Choosing the language: ?lang=, q-values, wildcards, refusals and garbage. */
#include "model/language.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { EN, ZH, PT_BR, PT_PT };
static const char *const tags[] = { "en", "zh-CN", "pt-BR", "pt-PT" };

static unsigned choose(const char *wanted, const char *accept)
{
	return language_choose(tags, COUNT_OF(tags), slice_of(wanted), slice_of(accept));
}

static void test_nothing_wanted_gives_the_default(void **state)
{
	(void)state;
	assert_int_equal(choose("", ""), EN);
	assert_int_equal(choose("", "fr, de;q=0.5"), EN);
	assert_int_equal(language_choose(tags, 1, S("zh"), S("zh")), EN);
}

static void test_lang_of_the_link_wins_over_the_header(void **state)
{
	(void)state;
	assert_int_equal(choose("zh-CN", "en"), ZH);
	assert_int_equal(choose("zh", "en"), ZH);
	assert_int_equal(choose("EN-gb", "zh-CN"), EN);
	assert_int_equal(choose("xx", "zh-CN"), ZH);
	assert_int_equal(choose("*", "zh-CN"), ZH);
	assert_int_equal(choose("<script>", "zh-CN"), ZH);
}

static void test_kin_of_chinese_find_zh_cn(void **state)
{
	static const char *const kin[] = { "zh",      "zh-CN", "ZH-cn",		 "zh-Hans-CN",
					   "zh-Hans", "zh-SG", "zh-CN-x-private" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kin); i++)
		assert_int_equal(choose("", kin[i]), ZH);
}

static void test_the_highest_quality_wins_and_the_first_of_equals(void **state)
{
	(void)state;
	assert_int_equal(choose("", "en;q=0.5, zh-CN;q=0.9"), ZH);
	assert_int_equal(choose("", "en;q=0.9 , zh-CN; q=0.899"), EN);
	assert_int_equal(choose("", "zh-CN,zh;q=0.9,en;q=0.8"), ZH);
	assert_int_equal(choose("", "zh, en"), ZH);
	assert_int_equal(choose("", "en, zh"), EN);
	assert_int_equal(choose("", "fr, zh;q=0.1"), ZH);
}

static void test_an_exact_tag_wins_over_its_kin(void **state)
{
	(void)state;
	assert_int_equal(choose("pt-PT", ""), PT_PT);
	assert_int_equal(choose("pt", ""), PT_BR);
	assert_int_equal(choose("", "pt-PT"), PT_PT);
	assert_int_equal(choose("", "pt-AO"), PT_BR);
	assert_int_equal(choose("", "pt;q=0.4, pt-PT;q=0.8"), PT_PT);
}

static void test_a_quality_of_zero_refuses_the_language(void **state)
{
	(void)state;
	assert_int_equal(choose("", "en;q=0, zh;q=0.1"), ZH);
	assert_int_equal(choose("", "en;q=0, *"), ZH);
	assert_int_equal(choose("", "en;q=0.000, *;q=0.5"), ZH);
	assert_int_equal(choose("", "zh;q=0.8, zh-CN;q=0"), EN);
	assert_int_equal(choose("", "*;q=0"), EN); /* something has to be shown */
}

static void test_a_wildcard_stands_for_all_that_are_not_named(void **state)
{
	(void)state;
	assert_int_equal(choose("", "*"), EN);
	assert_int_equal(choose("", "*;q=0.5, zh"), ZH);
	assert_int_equal(choose("", "en;q=0.3, *;q=0.5"), ZH);
}

static void test_garbage_neither_wins_nor_harms(void **state)
{
	(void)state;
	assert_int_equal(choose("", ",,;;==, ,zh"), ZH);
	assert_int_equal(choose("", "en;q=2, zh;q=0.1"), ZH);
	assert_int_equal(choose("", "en;q=-1, zh;q=0.1"), ZH);
	assert_int_equal(choose("", "en;q=0.12345, zh;q=0.1"), ZH);
	assert_int_equal(choose("", "en;q=, zh;q=0.1"), ZH);
	assert_int_equal(choose("", "en;q=1.1, zh;q=0.1"), ZH);
	assert_int_equal(choose("", "zh;level=1;q=1, en;q=0.5"), ZH);
	assert_int_equal(choose("", "-, zh-, zh"), ZH);
	assert_int_equal(language_choose(tags, 4, S(""), (struct slice){ "z\0h,zh", 6 }), ZH);
}

static void test_a_header_without_end_is_read_only_so_far(void **state)
{
	char accept[64 * 3 + 3 + 1];

	(void)state;
	for (size_t i = 0; i < 64; i++)
		memcpy(accept + 3 * i, "fr,", 3);
	memcpy(accept + 64 * 3, "zh", 3);
	assert_int_equal(choose("", accept), EN);
	assert_int_equal(choose("", accept + 3), ZH);
}

static void test_a_language_is_called_what_it_calls_itself(void **state)
{
	static const char *const named[][2] = { { "fr", "Français" },
						{ "fr-CA", "Français" },
						{ "FR", "Français" },
						{ "zh-CN", "中文" },
						{ "zh-Hant-TW", "繁體中文" },
						{ "fil", "Filipino" },
						{ "fi", "Suomi" },
						{ "frr", "frr" },
						{ "x-y", "x-y" },
						{ "", "" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(named); i++) {
		struct slice name = language_own_name(slice_of(named[i][0]));

		if (!slice_equal(name, slice_of(named[i][1])))
			fail_msg("%s: %.*s", named[i][0], SLICE_ARG(name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_wanted_gives_the_default),
		cmocka_unit_test(test_lang_of_the_link_wins_over_the_header),
		cmocka_unit_test(test_kin_of_chinese_find_zh_cn),
		cmocka_unit_test(test_the_highest_quality_wins_and_the_first_of_equals),
		cmocka_unit_test(test_an_exact_tag_wins_over_its_kin),
		cmocka_unit_test(test_a_quality_of_zero_refuses_the_language),
		cmocka_unit_test(test_a_wildcard_stands_for_all_that_are_not_named),
		cmocka_unit_test(test_garbage_neither_wins_nor_harms),
		cmocka_unit_test(test_a_header_without_end_is_read_only_so_far),
		cmocka_unit_test(test_a_language_is_called_what_it_calls_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
