/* Link types: GS1's in every spelling, those of others, and what is none. */
#include "model/link_type.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_reads(const char *text, const char *wanted)
{
	struct link_type_text type;

	assert_int_equal(link_type_read(slice_of(text), &type), LINK_TYPE_OK);
	assert_string_equal(type.text, wanted);
}

static void assert_refuses(const char *text, enum link_type_result wanted)
{
	struct link_type_text type = { "untouched" };

	assert_int_equal(link_type_read(slice_of(text), &type), wanted);
	assert_string_equal(type.text, "untouched");
}

static void test_every_spelling_of_each_of_the_60_is_the_same(void **state)
{
	static const char *const stems[] = { "gs1:", "https://ref.gs1.org/voc/",
					     "https://gs1.org/voc/", "https://www.gs1.org/voc/",
					     "http://gs1.org/voc/" };

	(void)state;
	assert_int_equal(link_type_count(), 60);
	for (size_t i = 0; i < link_type_count(); i++)
		for (size_t k = 0; k < COUNT_OF(stems); k++) {
			char given[100], wanted[100];

			(void)snprintf(given, sizeof(given), "%s%s", stems[k], link_type_at(i));
			(void)snprintf(wanted, sizeof(wanted), "https://ref.gs1.org/voc/%s",
				       link_type_at(i));
			assert_reads(given, wanted);
			assert_non_null(link_type_label(slice_of(wanted)));
			assert_true(link_type_is(slice_of(wanted), link_type_at(i)));
		}
}

static void test_a_type_of_gs1_that_is_not_there_is_refused(void **state)
{
	(void)state;
	assert_refuses("gs1:nonsense", LINK_TYPE_UNKNOWN);
	assert_refuses("gs1:", LINK_TYPE_UNKNOWN);
	assert_refuses("gs1:PIP", LINK_TYPE_UNKNOWN);
	assert_refuses("https://gs1.org/voc/nonsense", LINK_TYPE_UNKNOWN);
	assert_refuses("gs1:pip/", LINK_TYPE_UNKNOWN);
}

static void test_other_vocabularies_are_kept_as_they_are(void **state)
{
	(void)state;
	assert_reads("https://schema.org/manufacturer", "https://schema.org/manufacturer");
	assert_reads("http://example.com/a_b/c.d", "http://example.com/a_b/c.d");
	assert_null(link_type_label(S("https://schema.org/manufacturer")));
	assert_int_equal(link_type_name(S("https://schema.org/manufacturer")).length, 0);
}

static void test_what_gs1_has_a_type_for_is_not_taken_from_elsewhere(void **state)
{
	(void)state;
	assert_refuses("https://example.com/voc/pip", LINK_TYPE_DUPLICATES);
	assert_refuses("https://schema.org/review", LINK_TYPE_DUPLICATES);
}

static void test_what_no_linkset_can_hold_is_refused(void **state)
{
	char longer[300] = "https://example.com/";

	(void)state;
	assert_refuses("https://example.com/a-b", LINK_TYPE_BAD_URL);
	assert_refuses("https://example.com/#a", LINK_TYPE_BAD_URL);
	assert_refuses("https://example.com/a b", LINK_TYPE_BAD_URL);
	assert_refuses("https://", LINK_TYPE_BAD_URL);
	assert_refuses("pip", LINK_TYPE_NOT_ONE);
	assert_refuses("", LINK_TYPE_NOT_ONE);
	assert_refuses("schema:manufacturer", LINK_TYPE_NOT_ONE);
	memset(longer + 20, 'a', 200);
	assert_refuses(longer, LINK_TYPE_NOT_ONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_spelling_of_each_of_the_60_is_the_same),
		cmocka_unit_test(test_a_type_of_gs1_that_is_not_there_is_refused),
		cmocka_unit_test(test_other_vocabularies_are_kept_as_they_are),
		cmocka_unit_test(test_what_gs1_has_a_type_for_is_not_taken_from_elsewhere),
		cmocka_unit_test(test_what_no_linkset_can_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
