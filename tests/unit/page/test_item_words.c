/* Words in the answer: hostile ones, of each language, long ones, pictures, flags and numbers. */
#include "items.h"

#include <jansson.h>

/* --- hostile words -----------------------------------------------------------------------------
 */

static const char polyglot[] = "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//"
			       "</style></title></textarea></script><svg/onload='alert()'>"
			       "<img src=x onerror=\"alert(1)\">{{7*7}}${7*7}&lt;&#39;&amp;";

/* Puts the polyglot in place of every mark. */
static char *poison(const char *document)
{
	struct buf b;
	char quoted[1000];
	json_t *text = json_string(polyglot);
	size_t length = json_dumpb(text, quoted, sizeof(quoted), JSON_ENCODE_ANY);

	json_decref(text);
	buf_init(&b, 1 << 20);
	while (*document != '\0') {
		if (strncmp(document, "\"mk-", 4) == 0 || strncmp(document, "\"MarkB", 6) == 0) {
			buf_add(&b, quoted, length);
			document = strchr(document + 1, '"') + 1;
		} else {
			buf_add_char(&b, *document++);
		}
	}
	assert_non_null(buf_string(&b));
	return b.data;
}

static struct page_item poisoned_item(enum verdict v)
{
	return (struct page_item){
		.verdict = v,
		.gtin = S("\"><script>alert(1)</script>"),
		.serial = S("'\"><img src=x onerror=alert(1)>"),
		.uri = S("javascript:alert(1)//https://x\"><script>"),
		.since = S("2026-09-14"),
		.reason = S("{\"en\":\"</p><script>alert(2)</script>\"}"),
	};
}

static void check_harmless_html(const char *text)
{
	assert_int_equal(count(text, "<script"), 1);
	assert_int_equal(count(text, "</script"), 1);
	assert_int_equal(count(text, "</style"), 1);
	assert_int_equal(count(text, "</title"), 1);
	check_has(text, "<img src=x", false);
	check_has(text, "<svg/", false);
	check_has(text, "onerror=\"", false);
	check_has(text, "href=\"javascript", false);
	check_has(text, "<p></p><script", false);
}

static void test_hostile_words_stay_words(void **state)
{
	char *brand = poison(marked_brand), *product = poison(marked_product);
	char *lot = poison(marked_lot);
	struct document_source source = { slice_of(brand), slice_of(product), slice_of(lot), 0 };

	(void)state;
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		struct page_item item = poisoned_item(v);

		for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
			char *text = answer_to(&source, languages[EN], form, &item);
			json_t *json;

			assert_non_null(text);
			if (form == PAGE_HTML) {
				check_harmless_html(text);
			} else {
				json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
				assert_non_null(json);
				check_has(text, "<", false);
				json_decref(json);
			}
			free(text);
		}
	}
	free(brand);
	free(product);
	free(lot);
}

static void test_json_gives_hostile_words_back_unchanged(void **state)
{
	char *product = poison(marked_product);
	struct document_source source = { .product = slice_of(product) };
	struct page_item item = poisoned_item(VERDICT_ACTIVE);
	char *text = answer_to(&source, languages[EN], PAGE_JSON, &item);
	json_t *json = json_loads(text, 0, NULL);
	json_t *name = json_object_get(json_object_get(json, "product"), "name");

	(void)state;
	assert_string_equal(json_string_value(name), polyglot);
	json_decref(json);
	free(text);
	free(product);
}

static void test_a_contact_that_is_no_link_becomes_text(void **state)
{
	struct document_source source = { .brand =
					      S("{\"name\":{\"en\":\"B\"},\"contact\":{\"url\":"
						"\"javascript:alert(1)\",\"phone\":\"12\\u202e34\","
						"\"email\":\"a b<c>\"}}") };
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *text = answer_to(&source, languages[EN], PAGE_HTML, &item);

	(void)state;
	check_has(text, "href=\"javascript", false);
	check_has(text, "<li>javascript:alert(1)</li>", true);
	check_has(text, "a b&lt;c&gt;", true);
	free(text);
}

/* --- languages and long texts ------------------------------------------------------------------
 */

static void test_words_of_another_language_are_marked(void **state)
{
	struct document_source source = { .product =
					      S("{\"name\":{\"fr\":\"Thé\"},"
						"\"category\":{\"und\":\"?!\",\"fr\":\"X\"},"
						"\"care\":{\"zh-TW\":\"茶\",\"en\":\"tea\"}}") };
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *text = answer_to(&source, languages[ZH], PAGE_HTML, &item);

	(void)state;
	check_has(text, "<html lang=\"zh-CN\">", true);
	check_has(text, "<h1><bdi lang=\"fr\">Thé</bdi></h1>", true);
	check_has(text, "<bdi lang=\"\">?!</bdi>", true);
	check_has(text, "<p class=\"prose\">茶</p>", true);
	free(text);
}

static void test_text_from_right_to_left_is_isolated(void **state)
{
	struct document_source source = { .brand = S("{\"name\":{\"en\":\"شاي\"}}"),
					  .lot = S("{\"lot\":\"A\xe2\x80\xae"
						   "B\"}") };
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *text = answer_to(&source, languages[EN], PAGE_HTML, &item);

	(void)state;
	check_has(text,
		  "<dd><bdi>A\xe2\x80\xae"
		  "B</bdi></dd>",
		  true);
	check_has(text, "Issued by \xe2\x81\xa8شاي\xe2\x81\xa9 and in use", true);
	free(text);
}

static void test_long_ingredients_are_folded_and_whole(void **state)
{
	char document[9000] = "{\"ingredients\":{\"en\":\"";
	size_t start = strlen(document);
	struct document_source source;
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *text;

	(void)state;
	memset(document + start, 'x', 7125);
	memcpy(document + start + 7125, "\"}}", 4);
	source = (struct document_source){ .product = slice_of(document) };
	text = answer_to(&source, languages[EN], PAGE_HTML, &item);
	document[start + 7125] = '\0';
	check_has(text, document + start, true);
	check_has(text, "<details><summary>", true);
	free(text);
}

static void test_a_share_is_shown_without_the_zeros_of_its_column(void **state)
{
	static const char *const shares[][2] = { { "72.00", ">72%<" }, { "10.00", ">10%<" },
						 { "0.00", ">0%<" },   { "82.50", ">82.5%<" },
						 { "100", ">100%<" },  { "0.05", ">0.05%<" } };
	struct page_item item = plain_item(VERDICT_ACTIVE);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(shares); i++) {
		struct document_source source = { .hidden = 0 };
		char product[200], *text;

		(void)snprintf(product, sizeof(product),
			       "{\"materials\":[{\"name\":{\"en\":\"M\"},\"share\":\"%s\"}]}",
			       shares[i][0]);
		source.product = slice_of(product);
		text = answer_to(&source, languages[EN], PAGE_HTML, &item);
		check_has(text, shares[i][1], true);
		free(text);
	}
}

static void test_a_missing_result_is_said_to_be_missing(void **state)
{
	struct document_source source = {
		.lot =
		    S("{\"inspections\":[{\"test\":{\"en\":\"Lead\"},\"verdict\":\"missing\"}]}")
	};
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *text = answer_to(&source, languages[EN], PAGE_HTML, &item);

	(void)state;
	check_has(text, "<b>Missing</b>", true);
	check_has(text, "This result belongs here, but none is on record.", true);
	free(text);
}

static void test_many_inspections_are_folded_and_none_is_lost(void **state)
{
	struct document_source source = { .hidden = 0 };
	struct page_item item = plain_item(VERDICT_ACTIVE);
	struct buf b;
	char *text;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_add_string(&b, "{\"inspections\":[");
	for (int i = 0; i < 200; i++)
		buf_add_format(&b, "%s{\"test\":{\"en\":\"T%03d.\"},\"verdict\":\"%s\"}",
			       i > 0 ? "," : "", i, i < 2 ? "fail" : "pass");
	buf_add_string(&b, "]}");
	source.lot = buf_slice(&b);
	text = answer_to(&source, languages[EN], PAGE_HTML, &item);
	for (int i = 0; i < 200; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "T%03d.", i);
		check_has(text, name, true);
	}
	assert_true(strstr(text, "T001.") < strstr(text, "<details>"));
	assert_true(strstr(text, "T199.") > strstr(text, "<details>"));
	free(text);
	buf_release(&b);
}

/* --- pictures, flags, numbers ------------------------------------------------------------------
 */

static void test_a_photo_is_named_by_its_digest_in_page_and_preview(void **state)
{
	char *text = said(VERDICT_ACTIVE, EN, PAGE_HTML, true);
	char *none = said(VERDICT_ACTIVE, EN, PAGE_HTML, false);

	(void)state;
	check_has(
	    text,
	    "src=\"/media/71009bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.jpg\" "
	    "width=\"771010\" height=\"480\" alt=\"mk-product-name\" loading=\"lazy\"",
	    true);
	check_has(text, "content=\"https://id.example.com/media/71009bbb", true);
	check_has(text, "share.png", false);
	check_has(none, "<img", false);
	check_has(none, "content=\"https://id.example.com/assets/share.png\"", true);
	free(text);
	free(none);
}

static void test_a_photo_that_is_none_refuses_the_document(void **state)
{
	static const char *const bad[] = { "{\"photo\":\"x\"}",
					   "{\"photo\":{\"sha256\":\"x\"}}",
					   "{\"photo\":{\"width\":-1}}",
					   "{\"photo\":{\"width\":0}}",
					   "{\"photo\":{\"width\":\"960\"}}",
					   "{\"photo\":{\"width\":1.5}}",
					   "{\"photo\":{\"height\":99999999999}}" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct document_source source = { .product = slice_of(bad[i]) };
		size_t size;

		assert_null(page_shared_new(&source, 0, PAGE_HTML, &size));
	}
}

static void test_a_country_has_its_flag_or_its_name_alone(void **state)
{
	static const struct {
		const char *code;
		bool flag;
	} rows[] = { { "CN", true },  { "FR", true },  { "AE", true }, { "YE", true },
		     { "ZW", false }, { "XX", false }, { "", false },  { "CNX", false } };
	struct page_item item = plain_item(VERDICT_ACTIVE);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct document_source source = { .hidden = 0 };
		char product[100], *text;

		(void)snprintf(product, sizeof(product), "{\"origin_country\":\"%s\"}",
			       rows[i].code);
		source.product = slice_of(product);
		text = answer_to(&source, languages[EN], PAGE_HTML, &item);
		check_has(text, "<svg class=\"flag\"", rows[i].flag);
		free(text);
	}
}

static void test_numbers_are_written_as_the_reader_writes_them(void **state)
{
	struct document_source source = {
		.lot = S("{\"materials\":[{\"name\":{\"en\":\"M\"},\"share\":\"82.50\"}],"
			 "\"inspections\":[{\"test\":{\"en\":\"T\"},\"value\":{\"number\":\"0.42\","
			 "\"unit\":\"mg/kg\"},\"limits\":{\"lower\":\"0.10\",\"upper\":\"5.0\","
			 "\"unit\":\"mg/kg\"}}]}")
	};
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *en = answer_to(&source, languages[EN], PAGE_HTML, &item);
	char *fr = answer_to(&source, languages[FR], PAGE_HTML, &item);
	char *json = answer_to(&source, languages[FR], PAGE_JSON, &item);

	(void)state;
	check_has(en, ">82.5%<", true);
	check_has(en, "0.42\xe2\x80\xafmg/kg", true);
	check_has(en, "0.10 – 5.0\xe2\x80\xafmg/kg", true);
	check_has(fr, ">82,5\xe2\x80\xaf%<", true);
	check_has(fr, "0,42\xe2\x80\xafmg/kg", true);
	check_has(fr, "0,10 – 5,0\xe2\x80\xafmg/kg", true);
	check_has(json, "\"number\":\"0.42\"", true);
	free(en);
	free(fr);
	free(json);
}

static void test_statements_name_who_made_them_and_when(void **state)
{
	char *text = said(VERDICT_ACTIVE, EN, PAGE_HTML, true);
	struct document_source source = { .product = slice_of(marked_product) };
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *unnamed = answer_to(&source, languages[EN], PAGE_HTML, &item);

	(void)state;
	check_has(text, "<time datetime=\"2026-01-03T03:04:05Z\">Stated by MarkBrand on 3 Jan 2026",
		  true);
	check_has(text, "Stated by MarkBrand on 2 Jan 2026", true);
	check_has(unnamed, "Stated by", false);
	free(text);
	free(unnamed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_words_stay_words),
		cmocka_unit_test(test_json_gives_hostile_words_back_unchanged),
		cmocka_unit_test(test_a_contact_that_is_no_link_becomes_text),
		cmocka_unit_test(test_words_of_another_language_are_marked),
		cmocka_unit_test(test_text_from_right_to_left_is_isolated),
		cmocka_unit_test(test_long_ingredients_are_folded_and_whole),
		cmocka_unit_test(test_a_share_is_shown_without_the_zeros_of_its_column),
		cmocka_unit_test(test_a_missing_result_is_said_to_be_missing),
		cmocka_unit_test(test_many_inspections_are_folded_and_none_is_lost),
		cmocka_unit_test(test_a_photo_is_named_by_its_digest_in_page_and_preview),
		cmocka_unit_test(test_a_photo_that_is_none_refuses_the_document),
		cmocka_unit_test(test_a_country_has_its_flag_or_its_name_alone),
		cmocka_unit_test(test_numbers_are_written_as_the_reader_writes_them),
		cmocka_unit_test(test_statements_name_who_made_them_and_when),
	};

	return cmocka_run_group_tests(tests, find_languages, NULL);
}
