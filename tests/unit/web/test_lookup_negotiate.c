/* Which form of an answer a client gets. */
#include "web/lookup_negotiate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static enum page_form form_of(const char *accept)
{
	return negotiate_form(slice_of(accept));
}

static void test_browsers_get_the_page(void **state)
{
	(void)state;
	assert_int_equal(form_of("text/html,application/xhtml+xml,application/xml;q=0.9,"
				 "image/avif,image/webp,*/*;q=0.8"),
			 PAGE_HTML);
	assert_int_equal(form_of(""), PAGE_HTML);
	assert_int_equal(form_of("*/*"), PAGE_HTML);
}

static void test_the_highest_quality_wins(void **state)
{
	(void)state;
	assert_int_equal(form_of("text/html;q=0.5, application/json;q=0.501"), PAGE_JSON);
	assert_int_equal(form_of("application/ld+json, application/json;q=0.999"), PAGE_JSONLD);
	assert_int_equal(form_of("APPLICATION/JSON"), PAGE_JSON);
	assert_int_equal(form_of("application/ld+json ; profile=x ; Q=0.2, text/*;q=0.1"),
			 PAGE_JSONLD);
}

static void test_the_closer_range_decides_whatever_its_place(void **state)
{
	(void)state;
	assert_int_equal(form_of("*/*;q=1, text/html;q=0, application/json;q=0.3"), PAGE_JSONLD);
	assert_int_equal(form_of("text/*;q=0.2, text/html;q=0.9, application/json;q=0.5"),
			 PAGE_HTML);
	assert_int_equal(form_of("application/*;q=0.5, application/json;q=0.1, text/html;q=0.3"),
			 PAGE_JSONLD);
	assert_int_equal(form_of("application/*"), PAGE_JSON);
}

static void test_garbage_gives_the_page(void **state)
{
	static const char *const garbage[] = {
		"/",
		",",
		";",
		";q=",
		"text",
		"text/",
		"/html",
		"*",
		"q=1",
		"application/json;q=0",
		"application/json;q=0.0",
		"\xff\xfe/\xff",
		",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(garbage); i++)
		assert_int_equal(form_of(garbage[i]), PAGE_HTML);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_browsers_get_the_page),
		cmocka_unit_test(test_the_highest_quality_wins),
		cmocka_unit_test(test_the_closer_range_decides_whatever_its_place),
		cmocka_unit_test(test_garbage_gives_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
