/* The pages for typing a code and for reporting one: every state says its own. */
#include "page/forms.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "documents.h"

static char *text_of(struct buf *b)
{
	assert_true(buf_ok(b));
	assert_non_null(buf_string(b));
	return b->data;
}

static char *checked(const char *tag, const struct page_check *check)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	page_check_write(&b, language_named(tag), check);
	return text_of(&b);
}

static char *reported(const char *tag, const struct page_report *report)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	page_report_write(&b, language_named(tag), report);
	return text_of(&b);
}

static void check_says(char *text, const char *part, bool expected)
{
	if ((strstr(text, part) != NULL) != expected)
		fail_msg("\"%s\" %s", part, expected ? "is missing" : "should not be there");
}

static void test_each_state_of_typing_says_its_own(void **state)
{
	static const char *const says[] = {
		[PAGE_CHECK_ASKING] = "type what is printed beside it",
		[PAGE_CHECK_UNREADABLE] = "We can read it up to position 5",
		[PAGE_CHECK_NO_GTIN] = "number is needed, too",
		[PAGE_CHECK_BAD_GTIN] = "number is not valid",
		[PAGE_CHECK_MISTYPED] = "look again near position 5",
		[PAGE_CHECK_NEVER_ISSUED] = "This code was never issued",
		[PAGE_CHECK_NOT_FOUND] = "There is no page at this address",
		[PAGE_CHECK_TOO_MANY] = "Please try again in 2 minutes.",
		[PAGE_CHECK_BUSY] = "We cannot check right now",
	};

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(says); i++) {
		struct page_check check = { .state = (enum page_check_state)i,
					    .gtin = S("09506000134352"),
					    .code = S("A7K2M9"),
					    .position = 5,
					    .seconds = 61 };
		char *text = checked("en", &check);

		for (unsigned j = 0; j < COUNT_OF(says); j++)
			check_says(text, says[j], i == j);
		check_says(text, "value=\"09506000134352\"", true);
		check_says(text, "value=\"A7K2M9\"", true);
		free(text);
	}
}

static void test_the_place_to_look_at_is_pointed_at(void **state)
{
	static const struct {
		const char *code;
		unsigned position;
		const char *says; /* NULL: nothing is pointed at */
	} rows[] = {
		{ "A7K2M9", 1, "<p class=\"typed\"><mark>A</mark>7K2M9</p>" },
		{ "A7K2M9", 6, "<p class=\"typed\">A7K2M<mark>9</mark></p>" },
		{ "A7K2M9", 7, NULL },
		{ "A7K2M9", 0, NULL },
		{ "", 1, NULL },
		{ "A\xc3\x89\xe6\xba\x90Z", 3, "A\xc3\x89<mark>\xe6\xba\x90</mark>Z</p>" },
		{ "<b>", 2, "&lt;<mark>b</mark>&gt;</p>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct page_check check = { .state = PAGE_CHECK_MISTYPED,
					    .code = slice_of(rows[i].code),
					    .position = rows[i].position };
		char *text = checked("en", &check);

		check_says(text, rows[i].says == NULL ? "<mark>" : rows[i].says,
			   rows[i].says != NULL);
		free(text);
	}
}

static void test_each_state_of_reporting_says_its_own(void **state)
{
	static const char *const says[] = {
		[PAGE_REPORT_ASKING] = "Tell us what you noticed",
		[PAGE_REPORT_REFUSED] = "The file is no picture we can read",
		[PAGE_REPORT_DONE] = "Its number is R-17",
		[PAGE_REPORT_TOO_MANY] = "Please try again in 1 minute.",
		[PAGE_REPORT_BUSY] = "what you wrote still stands below",
	};

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(says); i++) {
		struct page_report report = { .state = (enum page_report_state)i,
					      .wrong = PAGE_REPORT_PHOTO_NO_PICTURE,
					      .code = S("/01/09506000134352/21/A7K2M9QX4TB8WZ"),
					      .place = S("a market"),
					      .note = S("</textarea>odd"),
					      .reference = S("R-17"),
					      .photo_most_mb = 4 };
		char *text = reported("en", &report);

		for (unsigned j = 0; j < COUNT_OF(says); j++)
			check_says(text, says[j], i == j);
		check_says(text, "value=\"a market\"", i != PAGE_REPORT_DONE);
		check_says(text, ">&lt;/textarea&gt;odd</textarea>", i != PAGE_REPORT_DONE);
		check_says(text, "up to 4 MB", i != PAGE_REPORT_DONE);
		free(text);
	}
}

static void test_each_refusal_says_what_is_wrong_and_where(void **state)
{
	static const struct {
		const char *says, *field;
	} rows[] = {
		[PAGE_REPORT_NOTHING_SAID] = { "at least one thing", "<textarea id=\"note\"" },
		[PAGE_REPORT_PLACE_TOO_LONG] = { "The place is too long", "<input id=\"place\"" },
		[PAGE_REPORT_NOTE_TOO_LONG] = { "The note is too long", "<textarea id=\"note\"" },
		[PAGE_REPORT_PHOTO_TOO_LARGE] = { "The photo is too large", "<input id=\"photo\"" },
		[PAGE_REPORT_PHOTO_NO_PICTURE] = { "no picture we can read",
						   "<input id=\"photo\"" },
		[PAGE_REPORT_CODE_UNKNOWN] = { "do not know a product", "<input id=\"code\"" },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(rows); i++) {
		struct page_report report = { .state = PAGE_REPORT_REFUSED,
					      .wrong = (enum page_report_wrong)i,
					      .code = S("/01/09506000134352/21/A7K2M9QX4TB8WZ") };
		char *text = reported("en", &report), *field = strstr(text, rows[i].field);

		check_says(text, rows[i].says, true);
		assert_non_null(field);
		*strchr(field, '>') = '\0';
		check_says(field, "aria-invalid=\"true\" aria-describedby=\"why", true);
		free(text);
	}
}

static void test_what_comes_from_outside_is_escaped(void **state)
{
	struct page_check check = { .state = PAGE_CHECK_NEVER_ISSUED,
				    .gtin = S("\"><script>alert(1)</script>"),
				    .code = S("\" onfocus=\"alert(1)&lang=x") };
	struct page_report report = { .code = S("/01/x\"><script>"), .place = S("\"><b>") };
	char *text = checked("en", &check), *other = reported("en", &report);

	(void)state;
	check_says(text, "<script", false);
	check_says(text, "\" onfocus=\"", false);
	check_says(text, "&amp;code=%22%20onfocus%3D%22alert%281%29%26lang%3Dx\"", true);
	check_says(other, "<script", false);
	check_says(other, "<b>", false);
	free(text);
	free(other);
}

static void test_the_pages_speak_every_language(void **state)
{
	(void)state;
	for (unsigned i = 0; i < page_language_count; i++) {
		struct page_check check = { .state = PAGE_CHECK_ASKING };
		struct page_report report = { .state = PAGE_REPORT_ASKING };
		char *text = checked(page_languages[i], &check), lang[64];
		char *other = reported(page_languages[i], &report);

		(void)snprintf(lang, sizeof(lang), "<html lang=\"%s\">", page_languages[i]);
		check_says(text, lang, true);
		check_says(other, lang, true);
		for (unsigned j = 0; j < page_language_count; j++) {
			(void)snprintf(lang, sizeof(lang), "hreflang=\"%s\"", page_languages[j]);
			check_says(text, lang, true);
			check_says(other, lang, true);
		}
		free(text);
		free(other);
	}
}

static void test_a_language_that_is_not_there_is_the_first(void **state)
{
	struct page_check check = { .state = PAGE_CHECK_ASKING };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	page_check_write(&b, 999, &check);
	assert_true(slice_starts(buf_slice(&b), S("<!doctype html><html lang=\"en\">")));
	buf_release(&b);
}

static void test_the_policy_allows_the_style_sheet_and_little_else(void **state)
{
	(void)state;
	assert_true(slice_starts(slice_of(page_forms_policy()),
				 S("default-src 'none'; style-src 'sha256-")));
	assert_ptr_equal(page_forms_policy(), page_forms_policy());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_state_of_typing_says_its_own),
		cmocka_unit_test(test_the_place_to_look_at_is_pointed_at),
		cmocka_unit_test(test_each_state_of_reporting_says_its_own),
		cmocka_unit_test(test_each_refusal_says_what_is_wrong_and_where),
		cmocka_unit_test(test_what_comes_from_outside_is_escaped),
		cmocka_unit_test(test_the_pages_speak_every_language),
		cmocka_unit_test(test_a_language_that_is_not_there_is_the_first),
		cmocka_unit_test(test_the_policy_allows_the_style_sheet_and_little_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
