/* Choosing a link: walking up, context, languages and media types by their q-values, defaults. */
#include "model/link_choice.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PIP   "https://ref.gs1.org/voc/pip"
#define SHOPS "https://ref.gs1.org/voc/hasRetailers"

static struct link link_of(enum link_level level, const char *type, const char *href)
{
	return (struct link){ .level = level, .type = slice_of(type), .href = slice_of(href) };
}

static struct link said(const char *href, const char *hreflang, const char *media,
			const char *context)
{
	struct link link = link_of(LINK_OF_GTIN, PIP, href);

	link.hreflang = slice_of(hreflang);
	link.media_type = slice_of(media);
	link.context = slice_of(context);
	return link;
}

/* The addresses of those chosen, one after the other. */
static const char *chosen(const struct link *links, size_t count, struct link_request request)
{
	static char text[200];
	size_t at[LINKS_MOST], n = link_choose(links, count, &request, at), length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%.*s",
					   SLICE_ARG(links[at[i]].href));
	return text;
}

static const char *of_type(const struct link *links, size_t count, const char *type)
{
	return chosen(links, count, (struct link_request){ .type = slice_of(type) });
}

static void test_the_lowest_level_with_the_type_answers(void **state)
{
	const struct link links[] = { link_of(LINK_OF_GTIN, PIP, "g"),
				      link_of(LINK_OF_LOT, PIP, "l"),
				      link_of(LINK_OF_SERIAL, PIP, "s"),
				      link_of(LINK_OF_LOT, SHOPS, "L"),
				      link_of(LINK_OF_GTIN, SHOPS, "G") };

	(void)state;
	assert_string_equal(of_type(links, 5, PIP), "s");
	assert_string_equal(of_type(links, 2, PIP), "l");
	assert_string_equal(of_type(links, 1, PIP), "g");
	assert_string_equal(of_type(links, 5, SHOPS), "L");
	assert_string_equal(of_type(links, 5, "https://ref.gs1.org/voc/eifu"), "");
	assert_string_equal(of_type(NULL, 0, PIP), "");
}

static void test_equal_links_are_all_chosen_and_the_same_address_once(void **state)
{
	const struct link links[] = { link_of(LINK_OF_GTIN, PIP, "a"),
				      link_of(LINK_OF_GTIN, PIP, "b"),
				      link_of(LINK_OF_GTIN, PIP, "a") };

	(void)state;
	assert_string_equal(of_type(links, 3, PIP), "ab");
}

static const char *for_language(const struct link *links, size_t count, const char *accept)
{
	return chosen(links, count,
		      (struct link_request){ .type = S(PIP), .language = slice_of(accept) });
}

static void test_the_language_with_the_highest_quality_wins(void **state)
{
	const struct link links[] = { said("e", "en", "", ""), said("f", "fr", "", ""),
				      said("c", "zh-CN", "", ""), said("n", "", "", "") };

	(void)state;
	assert_string_equal(for_language(links, 4, "fr"), "f");
	assert_string_equal(for_language(links, 4, "fr;q=0.3, en;q=0.8"), "e");
	assert_string_equal(for_language(links, 4, "fr;q=0.801, en;q=0.8"), "f");
	assert_string_equal(for_language(links, 4, "zh-Hans-CN, en;q=0.1"), "c");
	assert_string_equal(for_language(links, 4, "en-GB"), "e");
	/* Nobody asked for these; the one that does not say may be anything. */
	assert_string_equal(for_language(links, 4, "de"), "n");
	assert_string_equal(for_language(links, 4, "fr;q=0"), "n");
	assert_string_equal(for_language(links, 3, "de"), "efc");
	assert_string_equal(for_language(links, 3, "en;q=0, *"), "fc");
	assert_string_equal(for_language(links, 3, ""), "efc");
	assert_string_equal(for_language(links, 4, ";;;q=x,,"), "n");
}

static void test_one_of_several_languages_of_a_link_is_enough(void **state)
{
	const struct link links[] = { said("a", "en ja vi", "", ""), said("b", "es", "", "") };

	(void)state;
	assert_string_equal(for_language(links, 2, "vi, es;q=0.9"), "a");
	assert_string_equal(for_language(links, 2, "vi;q=0.5, es;q=0.9"), "b");
}

static void test_a_closer_tag_wins_at_the_same_quality(void **state)
{
	const struct link links[] = { said("e", "en", "", ""), said("g", "en-GB", "", ""),
				      said("u", "en-US", "", "") };

	(void)state;
	assert_string_equal(for_language(links, 3, "en-US"), "u");
	assert_string_equal(for_language(links, 3, "en-US, en;q=0.9"), "u");
	assert_string_equal(for_language(links, 3, "en"), "e");
}

static void test_media_types_decide_among_equal_languages(void **state)
{
	static const unsigned browser[] = { 1000, 800, 800 }, pdf[] = { 0, 1000, 1 },
			      any[] = { 1000, 1000, 1000 };
	const struct link links[] = { said("h", "en", "text/html", ""),
				      said("p", "en", "application/pdf", ""),
				      said("n", "en", "", "") };
	struct link_request request = { .type = S(PIP), .language = S("en") };

	(void)state;
	request.media = browser;
	assert_string_equal(chosen(links, 3, request), "h");
	request.media = pdf;
	assert_string_equal(chosen(links, 3, request), "p");
	request.media = any;
	assert_string_equal(chosen(links, 3, request), "hpn");
}

static void test_a_context_that_was_asked_for_comes_first(void **state)
{
	const struct link links[] = { said("e", "en", "", ""), said("k", "en", "", "IN LK"),
				      said("c", "zh", "", "CN") };
	struct link_request request = { .type = S(PIP), .language = S("en"), .context = S("LK") };

	(void)state;
	assert_string_equal(chosen(links, 3, request), "k");
	request.context = S("lk");
	assert_string_equal(chosen(links, 3, request), "k");
	request.context = S("US");
	assert_string_equal(chosen(links, 3, request), "e");
	request.context = S("");
	assert_string_equal(chosen(links, 3, request), "e");
	/* Nothing but links for others. */
	assert_string_equal(chosen(links + 1, 2, request), "k");
}

static void test_the_default_link_answers_who_asks_for_no_type(void **state)
{
	struct link links[] = { link_of(LINK_OF_GTIN, PIP, "g"), link_of(LINK_OF_GTIN, SHOPS, "G"),
				link_of(LINK_OF_SERIAL, PIP, "s") };

	(void)state;
	assert_string_equal(of_type(links, 3, ""), "");
	links[1].role = LINK_DEFAULT;
	assert_string_equal(of_type(links, 3, ""), "G");
	links[2].role = LINK_DEFAULT;
	assert_string_equal(of_type(links, 3, ""), "s");
}

static void test_one_of_several_defaults_answers_where_it_fits(void **state)
{
	struct link links[] = { said("d", "", "", ""), said("e", "en", "", ""),
				said("c", "zh", "", ""), said("k", "", "", "LK") };
	struct link_request request = { .language = S("") };

	(void)state;
	links[0].role = LINK_DEFAULT;
	links[1].role = links[2].role = links[3].role = LINK_MULTI;
	assert_string_equal(chosen(links, 4, request), "d");
	request.language = S("zh");
	assert_string_equal(chosen(links, 4, request), "c");
	request.language = S("zh;q=0.2, en;q=0.3");
	assert_string_equal(chosen(links, 4, request), "e");
	request.language = S("de");
	assert_string_equal(chosen(links, 4, request), "d");
	request.language = S("");
	request.context = S("LK");
	assert_string_equal(chosen(links, 4, request), "k");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_lowest_level_with_the_type_answers),
		cmocka_unit_test(test_equal_links_are_all_chosen_and_the_same_address_once),
		cmocka_unit_test(test_the_language_with_the_highest_quality_wins),
		cmocka_unit_test(test_one_of_several_languages_of_a_link_is_enough),
		cmocka_unit_test(test_a_closer_tag_wins_at_the_same_quality),
		cmocka_unit_test(test_media_types_decide_among_equal_languages),
		cmocka_unit_test(test_a_context_that_was_asked_for_comes_first),
		cmocka_unit_test(test_the_default_link_answers_who_asks_for_no_type),
		cmocka_unit_test(test_one_of_several_defaults_answers_where_it_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
