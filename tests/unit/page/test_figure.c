/* Numbers, units and limits as a reader writes them, and the words for codes beside them. */
#include "page/figure.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "documents.h"
#include "page/term.h"

static struct arena memory;
static unsigned en, fr, zh;

static void is(struct slice got, const char *expected)
{
	if (!slice_equal(got, slice_of(expected)))
		fail_msg("\"%.*s\" instead of \"%s\"", SLICE_ARG(got), expected);
}

static void test_the_decimal_sign_is_the_readers_and_no_digit_changes(void **state)
{
	(void)state;
	is(figure_number(&memory, en, S("0.10")), "0.10");
	is(figure_number(&memory, fr, S("0.10")), "0,10");
	is(figure_number(&memory, fr, S("v1.2 beta")), "v1.2 beta");
	is(figure_with_unit(&memory, fr, S("-0.50"), S("mg/kg")), "-0,50" THIN_SPACE "mg/kg");
}

static void test_percent_and_degrees_stand_close(void **state)
{
	(void)state;
	is(figure_with_unit(&memory, zh, S("72"), S("°C")), "72°C");
	is(figure_percent(&memory, zh, S("72.00")), "72%");
	is(figure_percent(&memory, en, S("0.50")), "0.5%");
	is(figure_percent(&memory, en, S("100")), "100%");
	is(figure_with_unit(&memory, en, S(""), S("kg")), "");
	is(figure_with_unit(&memory, en, S("not detected"), S("")), "not detected");
}

/* A record may hold texts as long as a cell: they are shown, and the page is no 503. */
static void test_long_texts_are_joined_whole(void **state)
{
	enum { LONG = 70000 };
	char *text = malloc(LONG);
	struct slice joined;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LONG);
	joined = figure_joined(&memory, (struct slice){ text, LONG }, S(" · "), S("QP-02"));
	assert_int_equal(joined.length, LONG + strlen(" · QP-02"));
	assert_memory_equal(joined.data, text, LONG);
	assert_string_equal(joined.data + LONG, " · QP-02");
	assert_false(memory.failed);
	is(figure_joined(&memory, S(""), S(" · "), S("")), "");
	free(text);
}

static void test_limits_say_which_side_is_open(void **state)
{
	struct limits both = { S("2"), S("8"), S("g") },
		      upper = { .upper = S("8"), .unit = S("g") };
	struct limits lower = { .lower = S("2") }, none = { .unit = S("g") };

	(void)state;
	is(figure_limits(&memory, en, &both), "2 – 8" THIN_SPACE "g");
	is(figure_limits(&memory, en, &upper), "≤\xc2\xa0"
					       "8" THIN_SPACE "g");
	is(figure_limits(&memory, en, &lower), "≥\xc2\xa0"
					       "2");
	is(figure_limits(&memory, en, &none), "");
}

static void test_codes_have_words_and_what_is_none_stays(void **state)
{
	(void)state;
	is(term_verdict(en, S("fail")), "Failed");
	is(term_verdict(zh, S("pass")), "合格");
	is(term_paper(zh, S("report")), "检验报告");
	is(term_paper(fr, S("certificate")), "Certificat");
	is(term_paper(en, S("Halal letter")), "Halal letter");
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&memory, 1 << 20);
	en = language_named("en");
	fr = language_named("fr");
	zh = language_named("zh-CN");
	return 0;
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
		cmocka_unit_test(test_the_decimal_sign_is_the_readers_and_no_digit_changes),
		cmocka_unit_test(test_percent_and_degrees_stand_close),
		cmocka_unit_test(test_long_texts_are_joined_whole),
		cmocka_unit_test(test_limits_say_which_side_is_open),
		cmocka_unit_test(test_codes_have_words_and_what_is_none_stays),
	};

	return cmocka_run_group_tests(tests, set_up, release);
}
