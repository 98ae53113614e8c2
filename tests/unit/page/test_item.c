/* The whole answer: what it says, what it must not say, and that all forms say the same. */
#include "page/item.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/file.h"
#include "documents.h"

enum { EN, ZH, FR };
static unsigned languages[3];

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static void check_has(const char *text, const char *part, bool expected)
{
	if (has(text, part) != expected)
		fail_msg("\"%s\" %s", part, expected ? "is missing" : "should not be there");
}

static char *marked(field_set hidden, enum page_form form)
{
	struct document_source source = marked_source();
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *text;

	source.hidden = hidden;
	text = answer_to(&source, languages[EN], form, &item);
	assert_non_null(text);
	return text;
}

/* --- who may see what --------------------------------------------------------------------------
 */

static void test_each_field_stands_in_every_form(void **state)
{
	(void)state;
	for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
		char *text = marked(0, form);

		for (enum field f = 0; f < FIELD_COUNT; f++)
			check_has(text, marks[f], true);
		free(text);
	}
}

static void test_a_hidden_field_vanishes_from_every_form(void **state)
{
	(void)state;
	for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
		for (enum field f = 0; f < FIELD_COUNT; f++) {
			char *text = marked(field_bit(f), form);

			check_has(text, marks[f], false);
			free(text);
		}
	}
}

static void test_hiding_one_field_leaves_the_others(void **state)
{
	(void)state;
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		char *text = marked(field_bit(f), PAGE_JSON);

		for (enum field g = 0; g < FIELD_COUNT; g++)
			if (g != f && !(field_describe(f)->heading &&
					field_describe(g)->section == field_describe(f)->section))
				check_has(text, marks[g], true);
		free(text);
	}
}

static void test_hiding_the_heading_hides_the_whole_entry(void **state)
{
	(void)state;
	for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
		for (enum field f = 0; f < FIELD_COUNT; f++) {
			char *text;

			if (!field_describe(f)->heading)
				continue;
			text = marked(field_bit(f), form);
			for (enum field g = 0; g < FIELD_COUNT; g++)
				if (field_describe(g)->section == field_describe(f)->section)
					check_has(text, marks[g], false);
			free(text);
		}
	}
}

static void test_all_hidden_shows_no_field_at_all(void **state)
{
	(void)state;
	for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
		char *text = marked(FIELD_SET_ALL, form);

		for (enum field f = 0; f < FIELD_COUNT; f++)
			check_has(text, marks[f], false);
		check_has(text, "mk-", false);
		check_has(text, "MarkBrand", true);
		free(text);
	}
}

static void test_a_member_no_catalogue_names_is_never_shown(void **state)
{
	(void)state;
	for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
		char *text = marked(0, form);

		check_has(text, "mk-unknown-member", false);
		free(text);
	}
}

/* --- verdicts ----------------------------------------------------------------------------------
 */

static const char *const sentences[VERDICT_COUNT][2] = {
	[VERDICT_ACTIVE] = { "Issued by MarkBrand and in use", "此编码由MarkBrand签发并已启用" },
	[VERDICT_INACTIVE] = { "Issued, but not yet put into use. If you already hold the item, "
			       "please tell us",
			       "此编码已签发但尚未启用。若商品已在您手中，请告诉我们" },
	[VERDICT_CONSUMED] = { "Recorded as opened or used on 14 Sep 2026",
			       "此商品已于2026年9月14日被确认开启或使用" },
	[VERDICT_RECALLED] = { "Stop using it: this item is being recalled",
			       "请停止使用：此批商品正在召回" },
	[VERDICT_HELD] = { "Being checked; please wait", "正在核查，请稍候" },
	[VERDICT_EXPIRED] = { "Past its best-before date (8 Feb 2031)",
			      "此商品已过保质期（2031年2月8日）" },
	[VERDICT_BLOCKED] = { "The brand has withdrawn this code: stolen labels",
			      "品牌方已停用此编码：标签被盗" },
	[VERDICT_NEVER_ISSUED] = { "This code was never issued", "没有签发过此编码" },
	[VERDICT_MISTYPED] = { "Probably mistyped: look again near position 9",
			       "编码可能输错了，请核对第9位附近" },
	[VERDICT_BAD_LINK] = { "The link is incomplete or malformed", "链接不完整或格式有误" },
	[VERDICT_BUSY] = { "We cannot check right now; please try again shortly",
			   "系统繁忙，暂时无法核对，请稍后再试" },
};

static char *said(enum verdict v, unsigned language, enum page_form form, bool known)
{
	struct document_source source = marked_source(), nothing = { .hidden = 0 };
	struct page_item item = plain_item(v);
	char *text;

	item.reason = S("{\"en\":\"stolen labels\",\"zh-CN\":\"标签被盗\"}");
	text = answer_to(known ? &source : &nothing, languages[language], form, &item);
	assert_non_null(text);
	return text;
}

static void test_each_verdict_is_said_in_each_language_and_form(void **state)
{
	(void)state;
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		for (unsigned l = 0; l < 2; l++) {
			for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
				char *text = said(v, l, form, true);

				check_has(text, sentences[v][l], true);
				check_has(text, verdict_code(v), true);
				for (enum verdict w = 0; w < VERDICT_COUNT; w++)
					if (w != v)
						check_has(text, sentences[w][l], false);
				free(text);
			}
		}
	}
}

static void test_each_verdict_has_a_sign_of_its_own(void **state)
{
	char signs[VERDICT_COUNT][600];

	(void)state;
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		char *text = said(v, EN, PAGE_HTML, true);
		const char *begin = strstr(text, "<svg class=\"sign\"");

		assert_non_null(begin);
		assert_int_equal(count(text, "<svg class=\"sign\""), 1);
		(void)snprintf(signs[v], sizeof(signs[v]), "%.*s",
			       (int)(strstr(begin, "</svg>") - begin), begin);
		assert_true(strlen(signs[v]) > 60);
		for (enum verdict w = 0; w < v; w++)
			assert_string_not_equal(signs[v], signs[w]);
		free(text);
	}
}

static void test_no_page_claims_that_anything_is_genuine(void **state)
{
	static const char *const claims[] = { "genuine",     "Genuine",	 "authentic", "Authentic",
					      "original",    "正品",	 "真品",      "保真",
					      "authentique", "véritable" };

	(void)state;
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		for (unsigned l = 0; l < COUNT_OF(languages); l++) {
			char *text = said(v, l, PAGE_HTML, true);

			for (size_t i = 0; i < COUNT_OF(claims); i++)
				check_has(text, claims[i], false);
			free(text);
		}
	}
}

static void test_only_an_active_item_reads_as_in_use(void **state)
{
	(void)state;
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		char *text = said(v, EN, PAGE_HTML, true);

		check_has(text, "class=\"verdict active\"", v == VERDICT_ACTIVE);
		check_has(text, "In use since", v == VERDICT_ACTIVE);
		free(text);
	}
}

static void test_a_code_never_issued_is_no_individual_product(void **state)
{
	(void)state;
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		bool item = v < VERDICT_NEVER_ISSUED;
		char *page = said(v, EN, PAGE_HTML, true), *data = said(v, EN, PAGE_JSONLD, true);

		check_has(page, "\"IndividualProduct\"", item);
		check_has(data, "\"IndividualProduct\"", item);
		check_has(data, "hasGS1DigitalLink", item);
		check_has(data, "serialNumber", item);
		free(page);
		free(data);
	}
}

static void test_the_product_of_a_code_never_issued_is_shown_with_a_caution(void **state)
{
	char *text = said(VERDICT_NEVER_ISSUED, EN, PAGE_HTML, true);

	(void)state;
	check_has(text, "mk-product-name", true);
	check_has(text, "It does not say that the item in your hand is that product", true);
	assert_true(strstr(text, sentences[VERDICT_NEVER_ISSUED][EN]) < strstr(text, "<header>"));
	free(text);
}

static void test_a_recall_comes_before_everything_with_reason_and_contact(void **state)
{
	char *text = said(VERDICT_RECALLED, EN, PAGE_HTML, true);
	const char *body = strstr(text, "<body>"), *main_part = strstr(text, "<main>");

	(void)state;
	assert_true(strstr(body, "Stop using it") < main_part);
	assert_true(strstr(body, "Reason: stolen labels") < main_part);
	assert_true(strstr(body, "href=\"tel:+15550100\"") < main_part);
	assert_true(strstr(body, "href=\"mailto:a@b.example\"") < main_part);
	free(text);
}

static void test_a_recall_without_contact_sends_to_the_shop(void **state)
{
	char *text = said(VERDICT_RECALLED, EN, PAGE_HTML, false);

	(void)state;
	check_has(text, "Keep the item and ask where you bought it.", true);
	check_has(text, "Keep the item and ask:", false);
	free(text);
}

static void test_a_page_of_nothing_is_whole(void **state)
{
	(void)state;
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		char *text = said(v, ZH, PAGE_HTML, false);

		assert_int_equal(count(text, "<h1"), 1);
		check_has(text, "</html>", true);
		check_has(text, "<dl class=\"facts\">", false);
		check_has(text, "<section><h2", false);
		check_has(text, "{", true);	 /* the style sheet */
		*strstr(text, "<script") = '\0'; /* the data block */
		check_has(strstr(text, "<body>"), "{", false);
		free(text);
	}
}

static void test_a_value_that_is_not_known_is_left_out_of_the_sentence(void **state)
{
	static const char *const bare[VERDICT_COUNT] = {
		[VERDICT_ACTIVE] = "\"text\":\"Issued and in use\"",
		[VERDICT_CONSUMED] = "\"text\":\"Recorded as opened or used\"",
		[VERDICT_EXPIRED] = "\"text\":\"Past its best-before date\"",
		[VERDICT_BLOCKED] = "\"text\":\"The brand has withdrawn this code\"",
		[VERDICT_MISTYPED] =
		    "\"text\":\"Probably mistyped: please compare it with the label\"",
	};
	struct document_source nothing = { .hidden = 0 };

	(void)state;
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		struct page_item item = { .verdict = v };
		char *text = answer_to(&nothing, languages[EN], PAGE_JSON, &item);

		assert_non_null(text);
		if (bare[v] != NULL)
			check_has(text, bare[v], true);
		free(text);
	}
}

static void test_json_of_an_unknown_product_is_just_the_verdict(void **state)
{
	struct document_source nothing = { .hidden = 0 };
	struct page_item item = plain_item(VERDICT_BLOCKED);
	char *text;

	(void)state;
	item.reason = S("{\"en\":\"stolen labels\"}");
	item.mistyped_at = 3;
	item.age_seconds = 90;
	text = answer_to(&nothing, languages[EN], PAGE_JSON, &item);
	assert_string_equal(
	    text, "{\"suyuan\":1,\"language\":\"en\",\"verdict\":{\"code\":\"blocked\","
		  "\"text\":\"The brand has withdrawn this code: stolen labels\","
		  "\"since\":\"2026-09-14\",\"reason\":\"stolen labels\",\"stored_minutes\":2},"
		  "\"item\":{\"gtin\":\"09506000134352\",\"serial\":\"A7K2M9QX4TB8WZ\","
		  "\"uri\":\"https://id.example.com/01/09506000134352/21/A7K2M9QX4TB8WZ\"},"
		  "\"brand\":{},\"product\":{},\"lot\":{}}");
	free(text);
}

static void test_a_stored_answer_tells_its_age(void **state)
{
	static const struct {
		unsigned seconds;
		const char *says;
	} ages[] = { { 0, NULL },
		     { 1, "stored 1 minute ago" },
		     { 60, "stored 1 minute ago" },
		     { 61, "stored 2 minutes ago" },
		     { 7200, "stored 120 minutes ago" } };
	struct document_source source = marked_source();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ages); i++) {
		struct page_item item = plain_item(VERDICT_ACTIVE);
		char *text;

		item.age_seconds = ages[i].seconds;
		text = answer_to(&source, languages[EN], PAGE_HTML, &item);
		check_has(text, ages[i].says == NULL ? " ago" : ages[i].says, ages[i].says != NULL);
		free(text);
	}
}

static void test_a_reason_that_cannot_be_read_is_left_out(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "\"x\"", "{\"en\":1}", "null", "{\"en\":\"x\",\"en\":\"y\"}"
	};
	struct document_source source = marked_source();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct page_item item = plain_item(VERDICT_RECALLED);
		char *text;

		item.reason = slice_of(bad[i]);
		text = answer_to(&source, languages[EN], PAGE_HTML, &item);
		check_has(text, "Stop using it", true);
		check_has(text, "Reason:", false);
		free(text);
	}
}

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

/* --- the page as a document --------------------------------------------------------------------
 */

static void test_the_page_is_not_to_be_indexed_and_names_its_own_link(void **state)
{
	char *text = said(VERDICT_ACTIVE, EN, PAGE_HTML, true);

	(void)state;
	check_has(text, "<meta name=\"robots\" content=\"noindex\">", true);
	check_has(text,
		  "<link rel=\"canonical\" "
		  "href=\"https://id.example.com/01/09506000134352/21/A7K2M9QX4TB8WZ\">",
		  true);
	check_has(text, "href=\"?lang=zh-CN\"", true);
	check_has(text, " style=", false);
	check_has(text, "http-equiv", false);
	free(text);
}

static void test_the_policy_names_the_style_sheet_of_its_page(void **state)
{
	struct document_source source = marked_source(), nothing = { .hidden = 0 };
	size_t size;
	struct page_shared *a = page_shared_new(&source, 0, PAGE_HTML, &size);
	struct page_shared *b = page_shared_new(&nothing, 0, PAGE_HTML, &size);
	struct page_shared *c = page_shared_new(&nothing, 0, PAGE_JSON, &size);

	(void)state;
	assert_true(slice_starts(slice_of(page_security_policy(a)),
				 S("default-src 'none'; style-src 'sha256-")));
	assert_string_not_equal(page_security_policy(a), page_security_policy(b));
	assert_null(page_security_policy(c));
	page_shared_free(a);
	page_shared_free(b);
	page_shared_free(c);
}

static void test_best_before_is_what_the_lot_says_in_public(void **state)
{
	static const struct {
		const char *lot;
		struct date date;
	} lots[] = {
		{ "{\"best_before\":\"2031-02-08\"}", { 2031, 2, 8 } },
		{ "{\"best_before\":\"2031-02\"}", { 2031, 2, 28 } },
		{ "{\"best_before\":\"2032-02\"}", { 2032, 2, 29 } },
		{ "{\"best_before\":\"2031\"}", { 2031, 12, 31 } },
		{ "{}", { 0, 0, 0 } },
		{ "", { 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lots); i++) {
		struct document_source source = { .lot = slice_of(lots[i].lot) };
		size_t size;
		struct page_shared *s = page_shared_new(&source, 0, PAGE_HTML, &size);

		assert_int_equal(date_compare(page_shared_best_before(s), lots[i].date), 0);
		page_shared_free(s);
		source.hidden = field_bit(FIELD_LOT_BEST_BEFORE);
		s = page_shared_new(&source, 0, PAGE_HTML, &size);
		assert_int_equal(page_shared_best_before(s).year, 0);
		page_shared_free(s);
	}
}

static void test_an_answer_that_does_not_fit_says_so(void **state)
{
	struct document_source source = marked_source();
	struct page_item item = plain_item(VERDICT_ACTIVE);
	size_t size;
	struct page_shared *s = page_shared_new(&source, 0, PAGE_HTML, &size);

	(void)state;
	for (size_t maximum = 0; maximum < 12000; maximum += 997) {
		struct buf b;

		buf_init(&b, maximum);
		page_item_write(&b, s, &item);
		assert_false(buf_ok(&b));
		buf_release(&b);
	}
	page_shared_free(s);
}

/* --- visits and the PIN ------------------------------------------------------------------------
 */

static char *visited(uint64_t visits, const char *first, bool many, unsigned language,
		     enum page_form form)
{
	struct document_source source = marked_source();
	struct page_item item = plain_item(VERDICT_ACTIVE);

	item.visits = visits;
	item.first_seen = slice_of(first);
	item.many_visits = many;
	return answer_to(&source, languages[language], form, &item);
}

static void test_visits_are_told_with_their_number_and_first_day(void **state)
{
	static const struct {
		uint64_t visits;
		const char *first, *says;
	} rows[] = {
		{ 0, "2026-10-02", NULL },
		{ 1, "2026-10-02", "First check on 2 Oct 2026" },
		{ 2, "2026-10-02", "Looked at 2 times, first on 2 Oct 2026" },
		{ 41, "2026-10-02", "Looked at 41 times, first on 2 Oct 2026" },
		{ 2, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *text = visited(rows[i].visits, rows[i].first, false, EN, PAGE_HTML);

		check_has(text, rows[i].says == NULL ? "2 Oct 2026" : rows[i].says,
			  rows[i].says != NULL);
		free(text);
	}
}

static void test_many_visits_are_a_hint_with_numbers(void **state)
{
	char *en = visited(41, "2026-10-02", true, EN, PAGE_HTML);
	char *zh = visited(41, "2026-10-02", true, ZH, PAGE_HTML);
	char *few = visited(3, "2026-10-02", false, EN, PAGE_HTML);

	(void)state;
	check_has(en, "If you are the first owner, take a closer look", true);
	check_has(zh, "已有41次查询，首次为2026年10月2日", true);
	check_has(zh, "若您是首位购买者，请留意", true);
	check_has(few, "If you are the first owner", false);
	free(en);
	free(zh);
	free(few);
}

static void test_json_tells_the_visits_of_the_page(void **state)
{
	char *text = visited(41, "2026-10-02", true, EN, PAGE_JSON);
	char *data = visited(41, "2026-10-02", true, EN, PAGE_JSONLD);
	char *none = visited(0, "", false, EN, PAGE_JSON);

	(void)state;
	check_has(text, "\"visits\":41,\"first_seen\":\"2026-10-02\",\"many_visits\":true", true);
	check_has(data, "\"visits\",\"value\":41", true);
	check_has(data, "\"first_seen\",\"value\":\"2026-10-02\"", true);
	check_has(none, "visits", false);
	check_has(none, "first_seen", false);
	free(text);
	free(data);
	free(none);
}

static char *pinned(enum page_pin pin, enum verdict verdict, enum page_form form)
{
	struct document_source source = marked_source();
	struct page_item item = plain_item(verdict);

	item.pin = pin;
	item.pin_left = 4;
	item.pin_opened = S("2026-10-03");
	return answer_to(&source, languages[EN], form, &item);
}

static void test_each_state_of_the_pin_says_its_own(void **state)
{
	static const struct {
		const char *says, *code;
		bool form, left;
	} rows[] = {
		[PAGE_PIN_NONE] = { NULL, NULL, false, false },
		[PAGE_PIN_ASKED] = { "may hide a PIN", "asked", true, true },
		[PAGE_PIN_WRONG] = { "This PIN does not match", "wrong", true, true },
		[PAGE_PIN_RIGHT] = { "this is its first use", "right", false, false },
		[PAGE_PIN_OPENED] = { "The PIN was used on 3 Oct 2026", "opened", false, false },
		[PAGE_PIN_LOCKED] = { "none can be tried any more", "locked", false, false },
		[PAGE_PIN_BUSY] = { "The PIN could not be checked", "busy", true, false },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(rows); i++) {
		char *text = pinned((enum page_pin)i, VERDICT_ACTIVE, PAGE_HTML), code[60];
		char *json = pinned((enum page_pin)i, VERDICT_ACTIVE, PAGE_JSON);

		for (unsigned j = 0; j < COUNT_OF(rows); j++)
			if (rows[j].says != NULL)
				check_has(text, rows[j].says, i == j);
		check_has(text,
			  "<form method=\"post\" "
			  "action=\"/01/09506000134352/21/A7K2M9QX4TB8WZ?lang=en\">",
			  rows[i].form);
		check_has(text, "4 tries left", rows[i].left);
		(void)snprintf(code, sizeof(code), "\"pin\":{\"state\":\"%s\"",
			       rows[i].code == NULL ? "" : rows[i].code);
		check_has(json, rows[i].code == NULL ? "\"pin\"" : code, rows[i].code != NULL);
		free(text);
		free(json);
	}
}

static void test_a_code_that_is_no_item_has_neither_visits_nor_pin(void **state)
{
	(void)state;
	for (enum verdict v = VERDICT_NEVER_ISSUED; v < VERDICT_COUNT; v++) {
		char *text = pinned(PAGE_PIN_ASKED, v, PAGE_HTML);
		char *json = pinned(PAGE_PIN_ASKED, v, PAGE_JSON);

		check_has(text, "name=\"pin\"", false);
		check_has(json, "\"pin\"", false);
		free(text);
		free(json);
	}
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
	check_has(text, "<time datetime=\"2026-01-03T03:04:05Z\">Stated by MarkBrand on 3 Jan 2026",
		  true);
	check_has(text, "Stated by MarkBrand on 2 Jan 2026", true);
	check_has(unnamed, "Stated by", false);
	free(text);
	free(unnamed);
}

/* --- the answer in pieces ----------------------------------------------------------------------
 */

static void check_pieces(const struct page_shared *s, const struct page_item *item)
{
	size_t ends[PAGE_SLOTS_MAX], begin = 0;
	struct buf whole, own, joined;

	buf_init(&whole, 1 << 20);
	buf_init(&own, 1 << 20);
	buf_init(&joined, 1 << 20);
	page_item_write(&whole, s, item);
	page_item_write_slots(&own, s, item, ends);
	for (unsigned i = 0; i < page_shared_slots(s); i++) {
		buf_add_slice(&joined, page_shared_segment(s, i));
		buf_add(&joined, own.data + begin, ends[i] - begin);
		begin = ends[i];
	}
	buf_add_slice(&joined, page_shared_segment(s, page_shared_slots(s)));
	assert_true(buf_ok(&whole) && buf_ok(&own) && buf_ok(&joined));
	assert_true(slice_equal(buf_slice(&whole), buf_slice(&joined)));
	buf_release(&whole);
	buf_release(&own);
	buf_release(&joined);
}

static void test_the_pieces_of_an_answer_are_the_answer(void **state)
{
	struct document_source sources[] = { marked_source(), { .hidden = 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sources); i++) {
		for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
			size_t size;
			struct page_shared *s = page_shared_new(&sources[i], 0, form, &size);

			assert_non_null(s);
			for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
				struct page_item item = plain_item(v);

				check_pieces(s, &item);
			}
			page_shared_free(s);
		}
	}
}

static void test_a_page_has_two_parts_of_its_own(void **state)
{
	struct document_source source = marked_source();
	size_t size;
	struct page_shared *s = page_shared_new(&source, 0, PAGE_HTML, &size);

	(void)state;
	assert_int_equal(page_shared_slots(s), 2);
	page_shared_free(s);
}

/* --- golden answers ----------------------------------------------------------------------------
 */

#define GOLDEN "tests/golden/page/"

static struct buf sample[3];

static struct document_source sample_source(void)
{
	static const char *const files[] = { GOLDEN "brand.json", GOLDEN "product.json",
					     GOLDEN "lot.json" };

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		buf_init(&sample[i], 1 << 20);
		if (!file_read(files[i], &sample[i]))
			fail_msg("%s cannot be read; run from the top of the checkout", files[i]);
	}
	return (struct document_source){ buf_slice(&sample[0]), buf_slice(&sample[1]),
					 buf_slice(&sample[2]), 0 };
}

static void sample_release(void)
{
	for (size_t i = 0; i < COUNT_OF(sample); i++)
		buf_release(&sample[i]);
}

/* A change of the style sheet is no change of the page. */
static void cut_style(char *text)
{
	char *begin = strstr(text, "<style>"), *end = strstr(text, "</style>");

	if (begin != NULL && end != NULL)
		memmove(begin + 7, end, strlen(end) + 1);
}

/* One line for each tag, so that a difference can be read; SUYUAN_UPDATE_GOLDEN=1 takes it over. */
static void check_golden(const char *name, char *text)
{
	char path[200];
	struct buf lines, golden;

	cut_style(text);
	buf_init(&lines, 1 << 20);
	buf_init(&golden, 1 << 20);
	for (const char *c = text; *c != '\0'; c++) {
		buf_add_char(&lines, *c);
		if (*c == '>' || (*c == ',' && (c[1] == '"' || c[1] == '{')))
			buf_add_char(&lines, '\n');
	}
	(void)snprintf(path, sizeof(path), GOLDEN "full/%s", name);
	if (getenv("SUYUAN_UPDATE_GOLDEN") != NULL)
		assert_true(file_write(path, buf_slice(&lines)));
	assert_true(file_read(path, &golden));
	if (!slice_equal(buf_slice(&lines), buf_slice(&golden)))
		fail_msg("%s is not as expected; SUYUAN_UPDATE_GOLDEN=1 shows the change in git",
			 path);
	buf_release(&lines);
	buf_release(&golden);
	free(text);
}

static void test_the_sample_is_as_it_was(void **state)
{
	struct document_source source = sample_source();
	struct page_item active = plain_item(VERDICT_ACTIVE);
	struct page_item recalled = plain_item(VERDICT_RECALLED);

	(void)state;
	recalled.reason = S("{\"zh-CN\":\"总灰分超出限值\"}");
	check_golden("active.en.html", answer_to(&source, languages[EN], PAGE_HTML, &active));
	check_golden("active.zh-CN.html", answer_to(&source, languages[ZH], PAGE_HTML, &active));
	check_golden("active.fr.html", answer_to(&source, languages[FR], PAGE_HTML, &active));
	check_golden("recalled.zh-CN.html",
		     answer_to(&source, languages[ZH], PAGE_HTML, &recalled));
	check_golden("active.en.json", answer_to(&source, languages[EN], PAGE_JSON, &active));
	check_golden("active.en.jsonld", answer_to(&source, languages[EN], PAGE_JSONLD, &active));
	sample_release();
}

/* --- the forms against each other --------------------------------------------------------------
 */

/* Every string a JSON answer holds stands in the page: escaped, or as a country's name. */
static void check_leaves(const json_t *json, const char *key, const char *page, const char *data)
{
	struct writer w = { .language = languages[EN] };
	struct slice text;
	const char *name;
	struct buf b;
	json_t *inner;
	size_t i;

	if (json_is_object(json)) {
		json_object_foreach((json_t *)json, name, inner)
		    check_leaves(inner, name, page, data);
		return;
	}
	if (json_is_array(json)) {
		json_array_foreach(json, i, inner) check_leaves(inner, key, page, data);
		return;
	}
	if (!json_is_string(json))
		return;
	text = slice_of(json_string_value(json));
	buf_init(&b, 1 << 20);
	w.out = &b;
	print(&w, IN_JSON, text);
	assert_non_null(buf_string(&b));
	check_has(data, b.data, true);
	buf_clear(&b);
	if (strcmp(key, "verdict") == 0 || strcmp(key, "code") == 0)
		text = S("");
	print(&w, IN_ATTRIBUTE, country_name(languages[EN], text));
	assert_non_null(buf_string(&b));
	check_has(page, b.data, true);
	buf_release(&b);
}

static void test_json_holds_nothing_that_page_and_json_ld_do_not_show(void **state)
{
	struct document_source source = sample_source();
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *page = answer_to(&source, languages[EN], PAGE_HTML, &item);
	char *text = answer_to(&source, languages[EN], PAGE_JSON, &item);
	char *data = answer_to(&source, languages[EN], PAGE_JSONLD, &item);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	(void)state;
	assert_non_null(json);
	assert_int_equal(json_integer_value(json_object_get(json, "suyuan")), 1);
	json_object_del(json, "language");
	check_leaves(json, "", page, data);
	json_decref(json);
	free(page);
	free(text);
	free(data);
	sample_release();
}

static int find_languages(void **state)
{
	(void)state;
	languages[EN] = language_named("en");
	languages[ZH] = language_named("zh-CN");
	languages[FR] = language_named("fr");
	for (size_t i = 0; i < COUNT_OF(languages); i++)
		if (languages[i] == page_language_count)
			return -1;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_field_stands_in_every_form),
		cmocka_unit_test(test_a_hidden_field_vanishes_from_every_form),
		cmocka_unit_test(test_hiding_one_field_leaves_the_others),
		cmocka_unit_test(test_hiding_the_heading_hides_the_whole_entry),
		cmocka_unit_test(test_all_hidden_shows_no_field_at_all),
		cmocka_unit_test(test_a_member_no_catalogue_names_is_never_shown),
		cmocka_unit_test(test_each_verdict_is_said_in_each_language_and_form),
		cmocka_unit_test(test_each_verdict_has_a_sign_of_its_own),
		cmocka_unit_test(test_no_page_claims_that_anything_is_genuine),
		cmocka_unit_test(test_only_an_active_item_reads_as_in_use),
		cmocka_unit_test(test_a_code_never_issued_is_no_individual_product),
		cmocka_unit_test(test_the_product_of_a_code_never_issued_is_shown_with_a_caution),
		cmocka_unit_test(test_a_recall_comes_before_everything_with_reason_and_contact),
		cmocka_unit_test(test_a_recall_without_contact_sends_to_the_shop),
		cmocka_unit_test(test_a_page_of_nothing_is_whole),
		cmocka_unit_test(test_a_value_that_is_not_known_is_left_out_of_the_sentence),
		cmocka_unit_test(test_json_of_an_unknown_product_is_just_the_verdict),
		cmocka_unit_test(test_a_stored_answer_tells_its_age),
		cmocka_unit_test(test_a_reason_that_cannot_be_read_is_left_out),
		cmocka_unit_test(test_hostile_words_stay_words),
		cmocka_unit_test(test_json_gives_hostile_words_back_unchanged),
		cmocka_unit_test(test_a_contact_that_is_no_link_becomes_text),
		cmocka_unit_test(test_words_of_another_language_are_marked),
		cmocka_unit_test(test_text_from_right_to_left_is_isolated),
		cmocka_unit_test(test_long_ingredients_are_folded_and_whole),
		cmocka_unit_test(test_a_share_is_shown_without_the_zeros_of_its_column),
		cmocka_unit_test(test_a_missing_result_is_said_to_be_missing),
		cmocka_unit_test(test_many_inspections_are_folded_and_none_is_lost),
		cmocka_unit_test(test_the_page_is_not_to_be_indexed_and_names_its_own_link),
		cmocka_unit_test(test_the_policy_names_the_style_sheet_of_its_page),
		cmocka_unit_test(test_best_before_is_what_the_lot_says_in_public),
		cmocka_unit_test(test_an_answer_that_does_not_fit_says_so),
		cmocka_unit_test(test_visits_are_told_with_their_number_and_first_day),
		cmocka_unit_test(test_many_visits_are_a_hint_with_numbers),
		cmocka_unit_test(test_json_tells_the_visits_of_the_page),
		cmocka_unit_test(test_each_state_of_the_pin_says_its_own),
		cmocka_unit_test(test_a_code_that_is_no_item_has_neither_visits_nor_pin),
		cmocka_unit_test(test_a_photo_is_named_by_its_digest_in_page_and_preview),
		cmocka_unit_test(test_a_photo_that_is_none_refuses_the_document),
		cmocka_unit_test(test_a_country_has_its_flag_or_its_name_alone),
		cmocka_unit_test(test_numbers_are_written_as_the_reader_writes_them),
		cmocka_unit_test(test_statements_name_who_made_them_and_when),
		cmocka_unit_test(test_the_pieces_of_an_answer_are_the_answer),
		cmocka_unit_test(test_a_page_has_two_parts_of_its_own),
		cmocka_unit_test(test_the_sample_is_as_it_was),
		cmocka_unit_test(test_json_holds_nothing_that_page_and_json_ld_do_not_show),
	};

	return cmocka_run_group_tests(tests, find_languages, NULL);
}
