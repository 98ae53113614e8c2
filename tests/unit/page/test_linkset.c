/* Linksets: what stands under which subject, the forms, the page of choices. */
#include "page/linkset.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define VOC LINK_TYPE_STEM

static const struct link links[] = {
	{ LINK_OF_GTIN, LINK_DEFAULT, SLICE(VOC "faqs"), SLICE("https://a.example/?x=\"&y"),
	  SLICE("Ask \"us\""), SLICE("en zh-Hans yue"), SLICE("text/html"), SLICE("CN LK"), true },
	{ LINK_OF_GTIN, LINK_MULTI, SLICE(VOC "pip"), SLICE("https://b.example/"), SLICE("茶"),
	  SLICE("zh-CN"), SLICE(""), SLICE(""), true },
	{ LINK_OF_SERIAL, LINK_PLAIN, SLICE(VOC "pip"), SLICE("https://c.example/"), SLICE("Item"),
	  SLICE(""), SLICE(""), SLICE(""), true },
};

static const struct linkset_place places[] = {
	{ .anchor = SLICE("https://id.example/01/1/21/2"),
	  .description = SLICE("Tea (21)2"),
	  .levels = 1 << LINK_OF_SERIAL | 1 << LINK_OF_LOT,
	  .has_page = true },
	{ .anchor = SLICE("https://id.example/01/1"),
	  .description = SLICE("Tea"),
	  .levels = 1 << LINK_OF_GTIN },
};

static const char *written(enum linkset_form form, size_t count, size_t from, size_t place_count)
{
	static struct buf out;

	buf_release(&out);
	buf_init(&out, 1 << 16);
	linkset_write(&out, form, links, count, places + from, place_count);
	return buf_string(&out);
}

static void test_links_stand_under_their_own_subject_by_type(void **state)
{
	(void)state;
	assert_string_equal(
	    written(LINKSET_JSON, 3, 1, 1),
	    "{\"linkset\":[{\"anchor\":\"https://id.example/01/1\",\"itemDescription\":\"Tea\","
	    "\"" VOC "faqs\":[{\"href\":\"https://a.example/?x=\\\"\\u0026y\",\"title\":"
	    "\"Ask "
	    "\\\"us\\\"\",\"type\":\"text/html\",\"hreflang\":[\"en\",\"zh-CN\"],\"context\":["
	    "\"CN\",\"LK\"]}],\"" VOC "pip\":[{\"href\":\"https://b.example/\",\"title\":\"茶\","
	    "\"hreflang\":[\"zh-CN\"]}],\"" VOC "defaultLink\":[{\"href\":"
	    "\"https://a.example/?x=\\\"\\u0026y\",\"title\":\"Ask \\\"us\\\"\"}],\"" VOC
	    "defaultLinkMulti\":[{\"href\":\"https://b.example/\",\"title\":\"茶\",\"hreflang\":["
	    "\"zh-CN\"]}]}]}\n");
}

static void test_our_own_page_is_the_default_and_first_of_its_type(void **state)
{
	(void)state;
	assert_string_equal(
	    written(LINKSET_JSON, 3, 0, 1),
	    "{\"linkset\":[{\"anchor\":\"https://id.example/01/1/21/2\",\"itemDescription\":"
	    "\"Tea (21)2\",\"" VOC "pip\":[{\"href\":\"https://id.example/01/1/21/2\",\"title\":"
	    "\"Tea "
	    "(21)2\",\"type\":\"text/html\"},{\"href\":\"https://c.example/\",\"title\":\"Item\""
	    "}],\"" VOC "defaultLink\":[{\"href\":\"https://id.example/01/1/21/2\",\"title\":"
	    "\"Tea (21)2\"}]}]}\n");
	/* Also where the brand has no link of that type. */
	assert_non_null(strstr(written(LINKSET_JSON, 0, 0, 1), "\"" VOC "pip\":[{"));
}

static void test_a_subject_without_links_is_left_out(void **state)
{
	(void)state;
	assert_string_equal(written(LINKSET_JSON, 0, 1, 1), "{\"linkset\":[]}\n");
	assert_false(linkset_has(links, 0, &places[1]));
	assert_true(linkset_has(links, 0, &places[0]));
	assert_true(linkset_has(links, 3, &places[1]));
}

static void test_the_other_forms_say_the_same(void **state)
{
	const char *text;

	(void)state;
	assert_non_null(strstr(written(LINKSET_JSONLD, 3, 0, 2), "{\"@context\":\"https://"));
	text = written(LINKSET_TEXT, 3, 1, 1);
	assert_non_null(strstr(text, "<https://b.example/>; rel=\"" VOC
				     "defaultLinkMulti\"; anchor=\"https://id.example/01/1\"; "
				     "title*=UTF-8''%E8%8C%B6; hreflang=\"zh-CN\""));
	assert_non_null(strstr(text, "rel=\"" VOC "defaultLink\""));
}

static void test_the_page_of_choices_escapes_what_it_prints(void **state)
{
	static const size_t chosen[] = { 0, 1 };
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	linkset_write_choices(&out, 0, S("<Tea>"), links, chosen, 2);
	assert_non_null(strstr(buf_string(&out), "&lt;Tea&gt;"));
	assert_null(strstr(out.data, "<Tea>"));
	assert_non_null(strstr(out.data, "<a href=\"https://b.example/\">茶</a> <small>zh-CN"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_stand_under_their_own_subject_by_type),
		cmocka_unit_test(test_our_own_page_is_the_default_and_first_of_its_type),
		cmocka_unit_test(test_a_subject_without_links_is_left_out),
		cmocka_unit_test(test_the_other_forms_say_the_same),
		cmocka_unit_test(test_the_page_of_choices_escapes_what_it_prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
