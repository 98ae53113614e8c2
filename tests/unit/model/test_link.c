/* The parts of links: addresses, titles, languages, contexts, media types. */
#include "model/link.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_an_address_is_whole_and_goes_where_it_seems_to_go(void **state)
{
	static const char *const good[] = {
		"https://example.com",	      "http://example.com/",
		"https://example.com:8443/a", "https://example.com/a?b=c&d=%20#e",
		"https://[2001:db8::1]/",     "https://xn--fiqs8s.example/"
	};
	static const char *const bad[] = { "",
					   "example.com",
					   "/path",
					   "//example.com",
					   "ftp://example.com",
					   "javascript:alert(1)",
					   "https://",
					   "https:///path",
					   "https://:443/",
					   "https://user@example.com/",
					   "https://bank.example@evil.example/",
					   "https://example.com/a b",
					   "https://example.com/\r\nset-cookie:x",
					   "https://example.com/\"><script>",
					   "https://example.com/茶",
					   "https://example.com/%",
					   "https://example.com/%zz",
					   "https://example.com\\@x",
					   "HTTPS://example.com" };
	char longest[LINK_HREF_MOST + 2] = "https://e.example/";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(link_href_ok(slice_of(good[i])));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (link_href_ok(slice_of(bad[i])))
			fail_msg("%s is taken", bad[i]);
	memset(longest + 18, 'a', LINK_HREF_MOST - 18);
	assert_true(link_href_ok((struct slice){ longest, LINK_HREF_MOST }));
	longest[LINK_HREF_MOST] = 'a';
	assert_false(link_href_ok((struct slice){ longest, LINK_HREF_MOST + 1 }));
}

static void test_a_title_is_one_line_of_people_s_text(void **state)
{
	char longest[LINK_TITLE_MOST * 3 + 3];

	(void)state;
	assert_true(link_title_ok(S("Product information")));
	assert_true(link_title_ok(S("产品信息 <b>")));
	assert_false(link_title_ok(S("")));
	assert_false(link_title_ok(S("a\nb")));
	assert_false(link_title_ok(S("a\xff")));
	assert_false(link_title_ok(S("a\xc2\x85")));
	for (size_t i = 0; i <= LINK_TITLE_MOST; i++)
		memcpy(longest + i * 3, "茶", 3);
	assert_true(link_title_ok((struct slice){ longest, LINK_TITLE_MOST * 3 }));
	assert_false(link_title_ok((struct slice){ longest, sizeof(longest) }));
}

static void assert_languages(const char *given, const char *wanted)
{
	struct link_list_text list;

	assert_true(link_languages_read(slice_of(given), &list));
	assert_string_equal(list.text, wanted);
}

static void test_languages_are_sorted_and_spelt_as_usual(void **state)
{
	struct link_list_text list = { "untouched" };

	(void)state;
	assert_languages("", "");
	assert_languages("EN", "en");
	assert_languages("zh-hans-cn, en-gb fr", "en-GB fr zh-Hans-CN");
	assert_languages("en,en,EN", "en");
	assert_languages("de-x-ab", "de-x-ab");
	assert_languages(" yue ", "yue");
	assert_false(link_languages_read(S("e"), &list));
	assert_false(link_languages_read(S("en-"), &list));
	assert_false(link_languages_read(S("1n"), &list));
	assert_false(link_languages_read(S("en_GB"), &list));
	assert_false(link_languages_read(S("englishlanguage"), &list));
	assert_string_equal(list.text, "untouched");
}

static void test_contexts_are_codes(void **state)
{
	struct link_list_text list;

	(void)state;
	assert_true(link_contexts_read(S("LK CN"), &list));
	assert_string_equal(list.text, "CN LK");
	assert_false(link_contexts_read(S("a\"b"), &list));
}

static void test_a_media_type_has_two_parts(void **state)
{
	struct link_media_text media;

	(void)state;
	assert_true(link_media_type_read(S("Application/LD+json"), &media));
	assert_string_equal(media.text, "application/ld+json");
	assert_true(link_media_type_read(S(""), &media));
	assert_string_equal(media.text, "");
	assert_false(link_media_type_read(S("text"), &media));
	assert_false(link_media_type_read(S("text/"), &media));
	assert_false(link_media_type_read(S("/html"), &media));
	assert_false(link_media_type_read(S("text/html; charset=utf-8"), &media));
}

static void test_languages_are_shown_as_the_schema_can_hold_them(void **state)
{
	static const struct {
		const char *tag, *shown;
	} cases[] = {
		{ "en", "en" },		{ "en-GB", "en-GB" },	      { "zh-Hans", "zh-CN" },
		{ "zh-Hant", "zh-TW" }, { "zh-Hant-HK", "zh-HK" },    { "zh-Hans-CN", "zh-CN" },
		{ "sr-Latn", "sr" },	{ "en-US-x-twain", "en-US" }, { "de-x-ab", "de" },
		{ "yue", NULL },	{ "yue-HK", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char shown[6] = "";

		assert_int_equal(link_language_shown(slice_of(cases[i].tag), shown),
				 cases[i].shown != NULL);
		if (cases[i].shown != NULL)
			assert_string_equal(shown, cases[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_whole_and_goes_where_it_seems_to_go),
		cmocka_unit_test(test_a_title_is_one_line_of_people_s_text),
		cmocka_unit_test(test_languages_are_sorted_and_spelt_as_usual),
		cmocka_unit_test(test_contexts_are_codes),
		cmocka_unit_test(test_a_media_type_has_two_parts),
		cmocka_unit_test(test_languages_are_shown_as_the_schema_can_hold_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
