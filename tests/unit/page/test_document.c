/* Reading the public documents: what is taken, what is refused, and that nothing hurts. */
#include "documents.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena memory;
static struct document d;

static bool reads(const char *brand, const char *product, const char *lot)
{
	struct document_source source = { slice_of(brand), slice_of(product), slice_of(lot), 0 };

	arena_release(&memory);
	arena_init(&memory, 64 << 20);
	return document_read(&memory, &source, 0, &d);
}

static void test_documents_may_be_empty_or_say_nothing(void **state)
{
	(void)state;
	assert_true(reads("", "", ""));
	assert_true(reads("{}", "{}", "{}"));
	assert_true(reads("", "{\"name\":null,\"materials\":null}", " {\"materials\":[]}\n"));
	assert_int_equal(d.product.name.text.length, 0);
	assert_int_equal(d.lot.material_count, 0);
}

static void test_what_is_not_an_object_is_refused(void **state)
{
	static const char *const bad[] = { "[]",
					   "1",
					   "\"x\"",
					   "null",
					   "true",
					   "{",
					   "}",
					   "{]",
					   "{\"a\"}",
					   "{\"a\":1,}",
					   "{'a':1}",
					   "{\"a\":1}x",
					   "\xef\xbb\xbf{}",
					   "{\"a\":01}",
					   "{\"a\":1e999}",
					   "{\"a\":99999999999999999999999}",
					   "{\"a\":\"\xff\"}",
					   "{\"a\":\"\xed\xa0\x80\"}",
					   "{\"a\":\"\\ud800\"}",
					   "{\"a\":\"\\u0000\"}",
					   "{\"a\":\"x\ny\"}",
					   "{\"a\":1,\"a\":2}",
					   "{\"a\":NaN}" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (reads(bad[i], "", "") || reads("", bad[i], "") || reads("", "", bad[i]))
			fail_msg("%s was read", bad[i]);
	}
}

static void test_deep_nesting_and_great_size_are_refused(void **state)
{
	enum { DEEP = 100000 };
	char *text = malloc(DEEP + 1);
	char *large = malloc((5 << 20) + 1);

	(void)state;
	memset(text, '[', DEEP);
	text[DEEP] = '\0';
	memset(large, ' ', 5 << 20);
	memcpy(large, "{}", 2);
	large[5 << 20] = '\0';
	assert_false(reads("", text, ""));
	assert_false(reads("", large, ""));
	free(text);
	free(large);
}

static void test_members_of_a_wrong_type_refuse_the_document(void **state)
{
	static const char *const products[] = {
		"{\"gtin\":9506000134352}",
		"{\"name\":\"Tea\"}",
		"{\"name\":[\"Tea\"]}",
		"{\"name\":{\"en\":1}}",
		"{\"name\":{\"en\":null}}",
		"{\"name\":{\"<x>\":\"a\"}}",
		"{\"name\":{\"\":\"a\"}}",
		"{\"updated\":\"yesterday\"}",
		"{\"materials\":{}}",
		"{\"materials\":[1]}",
		"{\"materials\":[[]]}",
		"{\"materials\":[null]}",
		"{\"materials\":[{\"name\":{\"en\":\"a\"},\"share\":50}]}",
		"{\"materials\":[{\"name\":{\"en\":\"a\"},\"share\":\"50%\"}]}",
		"{\"documents\":[{\"title\":{\"en\":\"a\"},\"sha256\":\"00\"}]}"
	};
	static const char *const lots[] = {
		"{\"produced_on\":\"2026-02-30\"}",
		"{\"produced_on\":\"1.9.2026\"}",
		"{\"best_before\":20310101}",
		"{\"quantity\":\"5 kg\"}",
		"{\"quantity\":{\"value\":5}}",
		"{\"quantity\":{\"value\":\"1e5\"}}",
		"{\"steps\":[{\"name\":{\"en\":\"a\"},\"time\":\"2026-09-01T00:00:00Z\"}]}",
		"{\"steps\":[{\"name\":{\"en\":\"a\"},\"time\":{\"from\":\"2026-09-01T25:00:00Z\"}}"
		"]}",
		"{\"steps\":[{\"name\":{\"en\":\"a\"},\"time\":{\"from\":\"2026-09-01T20:00:00\"}}]"
		"}",
		"{\"inspections\":[{\"test\":{\"en\":\"a\"},\"verdict\":\"genuine\"}]}",
		"{\"inspections\":[{\"test\":{\"en\":\"a\"},\"verdict\":true}]}",
		"{\"inspections\":[{\"test\":{\"en\":\"a\"},\"value\":\"5\"}]}",
		"{\"inspections\":[{\"test\":{\"en\":\"a\"},\"limits\":{\"lower\":\"--1\"}}]}"
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(products); i++)
		if (reads("", products[i], ""))
			fail_msg("%s was read", products[i]);
	for (size_t i = 0; i < COUNT_OF(lots); i++)
		if (reads("", "", lots[i]))
			fail_msg("%s was read", lots[i]);
}

static void test_nothing_is_left_of_a_refused_document(void **state)
{
	(void)state;
	memset(&d, 0x5a, sizeof(d));
	assert_false(reads("", "{\"name\":{\"en\":\"Tea\"}}", "{\"lot\":1}"));
	assert_int_equal(*(unsigned char *)&d, 0x5a);
	assert_int_equal(((unsigned char *)&d)[sizeof(d) - 1], 0x5a);
}

static void test_dates_times_and_decimals_as_people_record_them(void **state)
{
	static const char *const times[] = { "2026-09-01",
					     "2026-09",
					     "2026",
					     "2026-09-01T08:30:00Z",
					     "2026-09-01T08:30:00+08:00",
					     "2026-09-01 08:30:00-03:30",
					     "2026-09-01T08:30:00.123456+05:45",
					     "2026-06-30T23:59:60Z" };
	static const char *const decimals[] = { "0", "-0.10", "100", "12345678901234567890.5",
						"0.000000000000000000001" };
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		(void)snprintf(text, sizeof(text), "{\"updated\":\"%s\"}", times[i]);
		assert_true(reads("", text, ""));
		assert_true(slice_equal(d.product.updated, slice_of(times[i])));
	}
	for (size_t i = 0; i < COUNT_OF(decimals); i++) {
		(void)snprintf(text, sizeof(text), "{\"quantity\":{\"value\":\"%s\"}}",
			       decimals[i]);
		assert_true(reads("", "", text));
		assert_true(slice_equal(d.lot.quantity.value, slice_of(decimals[i])));
	}
}

static void name_is(const char *words, unsigned language, const char *text, const char *lang)
{
	char product[300];
	struct document_source source = { .hidden = 0 };

	(void)snprintf(product, sizeof(product), "{\"name\":%s}", words);
	source.product = slice_of(product);
	arena_release(&memory);
	arena_init(&memory, 1 << 20);
	assert_true(document_read(&memory, &source, language, &d));
	if (!slice_equal(d.product.name.text, slice_of(text)) ||
	    !slice_equal(d.product.name.lang, slice_of(lang)))
		fail_msg("%s gives %.*s (%.*s)", words, SLICE_ARG(d.product.name.text),
			 SLICE_ARG(d.product.name.lang));
}

static void test_words_are_chosen_for_the_reader(void **state)
{
	unsigned zh = language_named("zh-CN"), en = language_named("en");

	(void)state;
	name_is("{\"en\":\"E\",\"zh-CN\":\"Z\"}", zh, "Z", "");
	name_is("{\"en\":\"E\",\"zh-cn\":\"Z\"}", zh, "Z", "");
	name_is("{\"en\":\"E\",\"zh-TW\":\"T\",\"zh-CN\":\"Z\"}", zh, "Z", "");
	name_is("{\"en\":\"E\",\"zh-TW\":\"T\"}", zh, "T", "");
	name_is("{\"en\":\"E\",\"zh\":\"T\"}", zh, "T", "");
	name_is("{\"en\":\"E\",\"und\":\"U\"}", zh, "U", "und");
	name_is("{\"fr\":\"F\",\"en\":\"E\"}", zh, "E", "en");
	name_is("{\"fr\":\"F\",\"de\":\"D\"}", zh, "F", "fr");
	name_is("{\"fr\":\"F\",\"en-GB\":\"E\"}", en, "E", "");
	name_is("{\"en\":\"\",\"fr\":\"F\"}", en, "F", "fr");
	name_is("{\"en\":\"\"}", en, "", "");
	name_is("{}", en, "", "");
}

static void test_entries_without_heading_are_passed_over(void **state)
{
	(void)state;
	assert_true(
	    reads("", "",
		  "{\"materials\":[{\"share\":\"1\"},{\"name\":{\"en\":\"A\"},\"share\":\"2\"},"
		  "{\"name\":{}},{\"name\":{\"en\":\"B\"}}]}"));
	assert_int_equal(d.lot.material_count, 2);
	assert_true(slice_equal(d.lot.materials[0].share, S("2")));
	assert_true(slice_equal(d.lot.materials[1].name.text, S("B")));
	assert_int_equal(d.lot.materials[1].share.length, 0);
}

static void test_materials_of_the_lot_stand_in_place_of_the_products(void **state)
{
	static const char product[] = "{\"materials\":[{\"name\":{\"en\":\"P\"}}]}";

	(void)state;
	assert_true(reads("", product, "{\"materials\":[{\"name\":{\"en\":\"L\"}}]}"));
	assert_int_equal(d.product.material_count, 0);
	assert_true(reads("", product, "{\"materials\":[]}"));
	assert_int_equal(d.product.material_count, 1);
}

static void test_a_list_may_be_long_but_not_endless(void **state)
{
	struct buf b;

	(void)state;
	for (int length = 1000; length <= 1001; length++) {
		buf_init(&b, 1 << 20);
		buf_add_string(&b, "{\"inspections\":[");
		for (int i = 0; i < length; i++)
			buf_add_format(&b, "%s{\"test\":{\"en\":\"T\"}}", i > 0 ? "," : "");
		buf_add_string(&b, "]}");
		assert_non_null(buf_string(&b));
		assert_int_equal(reads("", "", b.data), length == 1000);
		buf_release(&b);
	}
}

static void test_a_lack_of_memory_is_a_refusal(void **state)
{
	struct document_source source = marked_source();
	size_t needed;

	(void)state;
	assert_true(reads(marked_brand, marked_product, marked_lot));
	needed = memory.used;
	for (size_t maximum = 0; maximum < needed; maximum += 48) {
		struct arena small;

		arena_init(&small, maximum);
		assert_false(document_read(&small, &source, 0, &d));
		arena_release(&small);
	}
}

static void test_the_newer_update_counts(void **state)
{
	(void)state;
	assert_true(reads("", "{\"updated\":\"2026-09-01T00:00:00Z\"}",
			  "{\"updated\":\"2026-10-01T00:00:00Z\"}"));
	assert_true(slice_equal(document_updated(&d), S("2026-10-01T00:00:00Z")));
	assert_true(reads("", "{\"updated\":\"2026-09-01T00:00:00Z\"}", ""));
	assert_true(slice_equal(document_updated(&d), S("2026-09-01T00:00:00Z")));
	assert_true(reads("", "", ""));
	assert_int_equal(document_updated(&d).length, 0);
}

static int release(void **state)
{
	(void)state;
	arena_release(&memory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents_may_be_empty_or_say_nothing),
		cmocka_unit_test(test_what_is_not_an_object_is_refused),
		cmocka_unit_test(test_deep_nesting_and_great_size_are_refused),
		cmocka_unit_test(test_members_of_a_wrong_type_refuse_the_document),
		cmocka_unit_test(test_nothing_is_left_of_a_refused_document),
		cmocka_unit_test(test_dates_times_and_decimals_as_people_record_them),
		cmocka_unit_test(test_words_are_chosen_for_the_reader),
		cmocka_unit_test(test_entries_without_heading_are_passed_over),
		cmocka_unit_test(test_materials_of_the_lot_stand_in_place_of_the_products),
		cmocka_unit_test(test_a_list_may_be_long_but_not_endless),
		cmocka_unit_test(test_a_lack_of_memory_is_a_refusal),
		cmocka_unit_test(test_the_newer_update_counts),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
