/* Escaping by context, and texts with values in them. */
#include "page/markup.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct buf out;

static struct writer fresh(void)
{
	buf_release(&out);
	buf_init(&out, 1 << 20);
	return (struct writer){ .out = &out };
}

static const char *printed(enum context context, struct slice s)
{
	struct writer w = fresh();

	print(&w, context, s);
	assert_non_null(buf_string(&out));
	return out.data;
}

static void test_what_means_something_in_html_is_escaped(void **state)
{
	(void)state;
	assert_string_equal(printed(IN_TEXT, S("<a b=\"c\" d='e'>&amp;")),
			    "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
	assert_string_equal(printed(IN_ATTRIBUTE, S("\"><script>")), "&quot;&gt;&lt;script&gt;");
	assert_string_equal(printed(IN_PLAIN, S("<&>")), "<&>");
	assert_string_equal(printed(IN_TEXT, S("")), "");
	assert_string_equal(printed(IN_TEXT, (struct slice){ NULL, 0 }), "");
	assert_string_equal(printed(IN_JSON, (struct slice){ NULL, 0 }), "\"\"");
}

static void test_no_control_character_reaches_html(void **state)
{
	(void)state;
	for (int c = 0; c < 0x20; c++) {
		char text[3] = { 'a', (char)c, 'b' };
		const char *html = printed(IN_TEXT, (struct slice){ text, 3 });

		if (c == '\n' || c == '\t')
			assert_memory_equal(html, text, 3);
		else
			assert_string_equal(html, "a\xef\xbf\xbd"
						  "b");
	}
	assert_string_equal(printed(IN_ATTRIBUTE, S("\x7f")), "\xef\xbf\xbd");
}

static void test_text_that_may_turn_is_isolated(void **state)
{
	static const char *const turning[] = { "שלום",
					       "شاي",
					       "a\xe2\x80\xae"
					       "b",
					       "a\xe2\x80\x8f"
					       "b",
					       "\xe2\x81\xa6x",
					       "\xef\xb7\xbd",
					       "\xf0\x90\xa4\x80",
					       "ܫ" };
	static const char *const straight[] = { "tea",
						"茶叶",
						"Thé – “ok”",
						"50 °C",
						"ສະຫະກອນ",
						"🙂",
						"चाय",
						"3\xe2\x80\xaf"
						"kg" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(turning); i++)
		assert_memory_equal(printed(IN_TEXT, slice_of(turning[i])), "<bdi>", 5);
	for (size_t i = 0; i < COUNT_OF(straight); i++)
		assert_string_equal(printed(IN_TEXT, slice_of(straight[i])), straight[i]);
	assert_string_equal(printed(IN_ATTRIBUTE, slice_of(turning[0])), turning[0]);
}

static void test_only_harmless_links_are_printed(void **state)
{
	static const char *const bad[] = { "javascript:alert(1)",
					   "JaVaScRiPt:alert(1)",
					   "java\nscript:x",
					   " javascript:x",
					   "data:text/html,<script>",
					   "vbscript:x",
					   "file:///x",
					   "//evil.example/",
					   "/\\evil.example/",
					   "\\\\evil",
					   "",
					   "https:",
					   "x",
					   "?lang=en",
					   "http\t://x",
					   "blob:x",
					   "https://a b/" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(url_allowed(slice_of(bad[i])));
		assert_string_equal(printed(IN_URL, slice_of(bad[i])), "#");
	}
}

static void test_links_keep_their_parts_and_lose_what_breaks_html(void **state)
{
	(void)state;
	assert_string_equal(printed(IN_URL, S("https://x.example/a?b=c&d=%20#e")),
			    "https://x.example/a?b=c&amp;d=%20#e");
	assert_string_equal(printed(IN_URL, S("HTTP://x/\"><script>'")),
			    "HTTP://x/%22%3E%3Cscript%3E%27");
	assert_string_equal(printed(IN_URL, S("mailto:a@b.example")), "mailto:a@b.example");
	assert_string_equal(printed(IN_URL, S("tel:+86-21-5550142")), "tel:+86-21-5550142");
	assert_string_equal(printed(IN_URL, S("/01/095/21/A")), "/01/095/21/A");
	assert_string_equal(printed(IN_URL, S("https://x/茶")), "https://x/%E8%8C%B6");
	assert_string_equal(printed(IN_URL, S("https://x/?a&&b&")), "https://x/?a&amp;&amp;b&amp;");
}

static void test_a_part_of_a_link_cannot_leave_it(void **state)
{
	(void)state;
	assert_string_equal(printed(IN_URL_PART, S("zh-CN")), "zh-CN");
	assert_string_equal(printed(IN_URL_PART, S("a/b?c&d=\"'<>:%#")),
			    "a%2Fb%3Fc%26d%3D%22%27%3C%3E%3A%25%23");
}

static void test_json_strings_are_safe_inside_a_script(void **state)
{
	(void)state;
	assert_string_equal(
	    printed(IN_JSON, S("a\"b\\c\n</script><!--&\x01\x7f")),
	    "\"a\\\"b\\\\c\\u000a\\u003c/script\\u003e\\u003c!--\\u0026\\u0001\\u007f\"");
	assert_string_equal(printed(IN_JSON, (struct slice){ "a\0b", 3 }), "\"a\\u0000b\"");
	assert_string_equal(printed(IN_JSON, S("茶")), "\"茶\"");
}

static void test_words_carry_their_language(void **state)
{
	struct writer w = fresh();

	(void)state;
	print_words(&w, IN_TEXT, (struct words){ S("Thé"), S("fr") });
	print_words(&w, IN_TEXT, (struct words){ S("<?>"), S("und") });
	print_words(&w, IN_TEXT, (struct words){ S("tea"), S("") });
	print_words(&w, IN_ATTRIBUTE, (struct words){ S("Thé\""), S("fr") });
	assert_non_null(buf_string(&out));
	assert_string_equal(out.data, "<bdi lang=\"fr\">Thé</bdi><bdi lang=\"\">&lt;?&gt;</bdi>"
				      "teaThé&quot;");
}

static const char *said(unsigned language, enum context context, enum text id,
			const struct text_value *value)
{
	struct writer w = fresh();

	w.language = language;
	print_text(&w, context, id, value, value == NULL ? 0 : 1);
	assert_non_null(buf_string(&out));
	return out.data;
}

static unsigned english(void)
{
	unsigned i = 0;

	while (strcmp(page_languages[i], "en") != 0)
		i++;
	return i;
}

static unsigned chinese(void)
{
	unsigned i = 0;

	while (strcmp(page_languages[i], "zh-CN") != 0)
		i++;
	return i;
}

static void test_values_in_texts_are_escaped_where_they_stand(void **state)
{
	struct text_value brand = { .name = S("brand"), .words.text = S("A&B </p>\"") };

	(void)state;
	assert_string_equal(said(english(), IN_TEXT, TEXT_verdict_active, &brand),
			    "Issued by A&amp;B &lt;/p&gt;&quot; and in use");
	assert_string_equal(said(english(), IN_JSON, TEXT_verdict_active, &brand),
			    "\"Issued by A\\u0026B \\u003c/p\\u003e\\\" and in use\"");
	assert_string_equal(said(english(), IN_URL_PART, TEXT_verdict_active, &brand),
			    "Issued%20by%20A%26B%20%3C%2Fp%3E%22%20and%20in%20use");
}

static void test_a_value_with_braces_is_not_filled_again(void **state)
{
	struct text_value brand = { .name = S("brand"), .words.text = S("{brand}{n}") };

	(void)state;
	assert_string_equal(said(english(), IN_TEXT, TEXT_verdict_active, &brand),
			    "Issued by {brand}{n} and in use");
}

static void test_numbers_choose_the_plural(void **state)
{
	struct text_value n = { .name = S("n"), .is_number = true, .number = 1 };

	(void)state;
	assert_non_null(strstr(said(english(), IN_TEXT, TEXT_verdict_stored, &n), "1 minute ago"));
	n.number = 0;
	assert_non_null(strstr(said(english(), IN_TEXT, TEXT_verdict_stored, &n), "0 minutes ago"));
	n.number = UINT64_MAX;
	assert_non_null(strstr(said(english(), IN_TEXT, TEXT_verdict_stored, &n),
			       "18446744073709551615 minutes ago"));
}

static const char *figure(unsigned language, enum context context, struct slice s)
{
	struct writer w = fresh();

	w.language = language;
	print_figure(&w, context, s);
	assert_non_null(buf_string(&out));
	return out.data;
}

static void test_a_count_is_grouped_where_people_read_it(void **state)
{
	(void)state;
	assert_string_equal(figure(0, IN_TEXT, S("1000000")), "1,000,000");
	assert_string_equal(figure(0, IN_TEXT, S("200")), "200");
	assert_string_equal(figure(0, IN_TEXT, S("6200")), "6,200");
	assert_string_equal(figure(0, IN_TEXT, S("-100000")), "-100,000");
	assert_string_equal(figure(0, IN_TEXT, S("")), "");
	assert_string_equal(figure(0, IN_TEXT, S("1000 <kg>")), "1000 &lt;kg&gt;");
	assert_string_equal(figure(0, IN_ATTRIBUTE, S("1000000")), "1000000");
	assert_string_equal(figure(0, IN_JSON, S("1000000")), "\"1000000\"");
}

static void test_every_text_is_there_in_every_language(void **state)
{
	(void)state;
	for (unsigned l = 0; l < page_language_count; l++)
		for (enum text id = 0; id < TEXT_COUNT; id++)
			for (uint64_t n = 0; n < 3; n++)
				assert_true(text_for(l, id, n).length > 0);
}

/* French sets blanks before high signs, and none of them may begin a line. */
static void test_no_line_of_french_begins_with_a_sign(void **state)
{
	static const char *const loose[] = { " :", " ;", " !", " ?", " %", " »", "« " };
	unsigned french = 0;

	(void)state;
	while (strcmp(page_languages[french], "fr") != 0)
		french++;
	for (enum text id = 0; id < TEXT_COUNT; id++) {
		struct slice text = text_for(french, id, 2);

		/* The console's are lent by the default. */
		if (slice_equal(text, text_for(0, id, 2)))
			continue;
		for (size_t i = 0; i < COUNT_OF(loose); i++)
			if (memmem(text.data, text.length, loose[i], strlen(loose[i])) != NULL)
				fail_msg("\"%s\" in \"%.*s\"", loose[i], SLICE_ARG(text));
	}
}

static void test_countries_have_names_and_other_codes_stay(void **state)
{
	(void)state;
	assert_true(slice_equal(country_name(english(), S("CN")), S("China")));
	assert_true(slice_equal(country_name(chinese(), S("CN")), S("中国")));
	assert_true(slice_equal(country_name(chinese(), S("ZW")), S("津巴布韦")));
	assert_true(slice_equal(country_name(english(), S("AD")), S("Andorra")));
	assert_true(slice_equal(country_name(english(), S("XQ")), S("XQ")));
	assert_true(slice_equal(country_name(english(), S("cn")), S("cn")));
	assert_true(slice_equal(country_name(english(), S("")), S("")));
	assert_true(slice_equal(country_name(english(), S("~~")), S("")) ||
		    slice_equal(country_name(english(), S("~~")), S("~~")));
}

static int release(void **state)
{
	(void)state;
	buf_release(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_means_something_in_html_is_escaped),
		cmocka_unit_test(test_no_control_character_reaches_html),
		cmocka_unit_test(test_text_that_may_turn_is_isolated),
		cmocka_unit_test(test_only_harmless_links_are_printed),
		cmocka_unit_test(test_links_keep_their_parts_and_lose_what_breaks_html),
		cmocka_unit_test(test_a_part_of_a_link_cannot_leave_it),
		cmocka_unit_test(test_json_strings_are_safe_inside_a_script),
		cmocka_unit_test(test_words_carry_their_language),
		cmocka_unit_test(test_values_in_texts_are_escaped_where_they_stand),
		cmocka_unit_test(test_a_value_with_braces_is_not_filled_again),
		cmocka_unit_test(test_numbers_choose_the_plural),
		cmocka_unit_test(test_a_count_is_grouped_where_people_read_it),
		cmocka_unit_test(test_every_text_is_there_in_every_language),
		cmocka_unit_test(test_no_line_of_french_begins_with_a_sign),
		cmocka_unit_test(test_countries_have_names_and_other_codes_stay),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
