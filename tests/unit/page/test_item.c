/* The whole answer: what it says, what it must not say, and that all forms say the same. */
#include "items.h"

#include <jansson.h>

#include "base/file.h"

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

static void test_a_best_before_date_counts_only_where_it_is_public(void **state)
{
	static const struct {
		const char *lot;
		bool says;
	} lots[] = {
		{ "{\"best_before\":\"2031-02-08\"}", true },
		{ "{\"best_before\":\"2031-02\"}", true },
		{ "{\"best_before\":\"2031\"}", true },
		{ "{}", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lots); i++) {
		struct document_source source = { .lot = slice_of(lots[i].lot) };
		size_t size;
		struct page_shared *s = page_shared_new(&source, 0, PAGE_HTML, &size);

		assert_int_equal(page_shared_says_best_before(s), lots[i].says);
		page_shared_free(s);
		source.hidden = field_bit(FIELD_LOT_BEST_BEFORE);
		s = page_shared_new(&source, 0, PAGE_HTML, &size);
		assert_false(page_shared_says_best_before(s));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_field_stands_in_every_form),
		cmocka_unit_test(test_a_hidden_field_vanishes_from_every_form),
		cmocka_unit_test(test_hiding_one_field_leaves_the_others),
		cmocka_unit_test(test_hiding_the_heading_hides_the_whole_entry),
		cmocka_unit_test(test_all_hidden_shows_no_field_at_all),
		cmocka_unit_test(test_a_member_no_catalogue_names_is_never_shown),
		cmocka_unit_test(test_the_page_is_not_to_be_indexed_and_names_its_own_link),
		cmocka_unit_test(test_the_policy_names_the_style_sheet_of_its_page),
		cmocka_unit_test(test_a_best_before_date_counts_only_where_it_is_public),
		cmocka_unit_test(test_an_answer_that_does_not_fit_says_so),
		cmocka_unit_test(test_the_pieces_of_an_answer_are_the_answer),
		cmocka_unit_test(test_a_page_has_two_parts_of_its_own),
		cmocka_unit_test(test_the_sample_is_as_it_was),
		cmocka_unit_test(test_json_holds_nothing_that_page_and_json_ld_do_not_show),
	};

	return cmocka_run_group_tests(tests, find_languages, NULL);
}
