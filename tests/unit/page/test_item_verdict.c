/* What the answer says about the item: the verdict, its visits, its PIN. */
#include "items.h"

#include <jansson.h>

/* --- verdicts ----------------------------------------------------------------------------------
 */

static const char *const sentences[VERDICT_COUNT][2] = {
	[VERDICT_ACTIVE] = { "Issued by MarkBrand and in use", "此编码由MarkBrand签发并已启用" },
	[VERDICT_INACTIVE] = { "Issued, but not yet put into use. If you already hold the item, "
			       "please tell us",
			       "此编码已签发但尚未启用。若商品已在您手中，请告诉我们" },
	[VERDICT_CONSUMED] = { "Recorded as opened or used on 14 Sep 2026",
			       "此商品已于2026年9月14日被确认开启或使用" },
	[VERDICT_RECALLED] = { "Stop using it: this item is being recalled",
			       "请停止使用：此批商品正在召回" },
	[VERDICT_HELD] = { "Being checked; please wait", "正在核查，请稍候" },
	[VERDICT_EXPIRED] = { "Past its best-before date (8 Feb 2031)",
			      "此商品已过保质期（2031年2月8日）" },
	[VERDICT_BLOCKED] = { "The brand has withdrawn this code: stolen labels",
			      "品牌方已停用此编码：标签被盗" },
	[VERDICT_NEVER_ISSUED] = { "This code was never issued", "没有签发过此编码" },
	[VERDICT_MISTYPED] = { "Probably mistyped: look again near position 9",
			       "编码可能输错了，请核对第9位附近" },
	[VERDICT_BAD_LINK] = { "The link is incomplete or malformed", "链接不完整，或格式有误" },
	[VERDICT_BUSY] = { "We cannot check right now; please try again shortly",
			   "系统繁忙，暂时无法核对，请稍后再试" },
};

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
		{ 1, "2026-10-02", "First check on 2 Oct 2026" },
		{ 2, "2026-10-02", "Looked at 2 times, first on 2 Oct 2026" },
		{ 41, "2026-10-02", "Looked at 41 times, first on 2 Oct 2026" },
		{ 2, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *text = visited(rows[i].visits, rows[i].first, false, EN, PAGE_HTML);

		check_has(text, rows[i].says == NULL ? "2 Oct 2026" : rows[i].says,
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
		[PAGE_PIN_OPENED] = { "The PIN was used on 3 Oct 2026", "opened", false, false },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(test_visits_are_told_with_their_number_and_first_day),
		cmocka_unit_test(test_many_visits_are_a_hint_with_numbers),
		cmocka_unit_test(test_json_tells_the_visits_of_the_page),
		cmocka_unit_test(test_each_state_of_the_pin_says_its_own),
		cmocka_unit_test(test_a_code_that_is_no_item_has_neither_visits_nor_pin),
	};

	return cmocka_run_group_tests(tests, find_languages, NULL);
}
