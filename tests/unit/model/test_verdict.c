/* What Suyuan says of a code: order of the reasons, dates, and nothing unknown reads as genuine. */
#include "model/verdict.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1789430400 };

static enum verdict verdict_in(enum item_state state)
{
	return verdict_of(
	    &(struct verdict_facts){ .state = state, .best_until = BEST_FOREVER, .now = NOW });
}

static void test_each_state_has_its_verdict(void **state)
{
	static const enum verdict expected[] = {
		[ITEM_PROVISIONED] = VERDICT_INACTIVE,	 [ITEM_PRINTED] = VERDICT_INACTIVE,
		[ITEM_COMMISSIONED] = VERDICT_ACTIVE,	 [ITEM_CONSUMED] = VERDICT_CONSUMED,
		[ITEM_DECOMMISSIONED] = VERDICT_BLOCKED, [ITEM_DESTROYED] = VERDICT_BLOCKED,
		[ITEM_VOID] = VERDICT_BLOCKED,		 [ITEM_BLOCKED] = VERDICT_BLOCKED,
		[ITEM_RECALLED] = VERDICT_RECALLED,	 [ITEM_HELD] = VERDICT_HELD,
		[ITEM_EXPIRED] = VERDICT_EXPIRED,	 [ITEM_UNKNOWN] = VERDICT_BLOCKED,
	};

	(void)state;
	for (enum item_state s = 0; s < COUNT_OF(expected); s++)
		assert_int_equal(verdict_in(s), expected[s]);
}

static void test_only_a_commissioned_item_is_ever_active(void **state)
{
	(void)state;
	for (int s = 0; s < 300; s++)
		assert_int_equal(verdict_in((enum item_state)s) == VERDICT_ACTIVE,
				 s == ITEM_COMMISSIONED);
}

static void test_a_recall_comes_before_everything(void **state)
{
	(void)state;
	for (enum item_state s = 0; s <= ITEM_UNKNOWN; s++)
		assert_int_equal(
		    verdict_of(&(struct verdict_facts){
			.state = s, .recalled = true, .best_until = NOW - 1, .now = NOW }),
		    VERDICT_RECALLED);
}

static enum verdict judged_at(int64_t now, int64_t best_until)
{
	return verdict_of(&(struct verdict_facts){
	    .state = ITEM_COMMISSIONED, .best_until = best_until, .now = now });
}

static void test_the_moment_after_the_best_before_day_is_the_first_that_is_over(void **state)
{
	(void)state;
	assert_int_equal(judged_at(NOW, NOW + 1), VERDICT_ACTIVE);
	assert_int_equal(judged_at(NOW, NOW), VERDICT_EXPIRED);
	assert_int_equal(judged_at(NOW, NOW - 1), VERDICT_EXPIRED);
	/* the whole of it counts, and years before 1970 */
	assert_int_equal(judged_at(NOW, NOW + (INT64_C(1) << 32)), VERDICT_ACTIVE);
	assert_int_equal(judged_at(NOW, 0), VERDICT_EXPIRED);
	assert_int_equal(judged_at(NOW, INT64_C(-30610224000)), VERDICT_EXPIRED);
}

static void test_what_has_no_date_never_is_over(void **state)
{
	(void)state;
	assert_int_equal(judged_at(NOW, BEST_FOREVER), VERDICT_ACTIVE);
	assert_int_equal(judged_at(INT64_MAX, BEST_FOREVER), VERDICT_ACTIVE);
	assert_false(best_is_over(BEST_FOREVER, INT64_MAX));
}

static void test_opened_or_withdrawn_says_more_than_expired(void **state)
{
	struct verdict_facts facts = { .best_until = NOW - 1, .now = NOW };

	(void)state;
	facts.state = ITEM_CONSUMED;
	assert_int_equal(verdict_of(&facts), VERDICT_CONSUMED);
	facts.state = ITEM_BLOCKED;
	assert_int_equal(verdict_of(&facts), VERDICT_BLOCKED);
	facts.state = ITEM_PRINTED;
	assert_int_equal(verdict_of(&facts), VERDICT_INACTIVE);
}

static void test_states_are_named_as_in_the_database(void **state)
{
	(void)state;
	assert_int_equal(item_state_named(S("provisioned")), ITEM_PROVISIONED);
	assert_int_equal(item_state_named(S("commissioned")), ITEM_COMMISSIONED);
	assert_int_equal(item_state_named(S("blocked")), ITEM_BLOCKED);
	assert_int_equal(item_state_named(S("void")), ITEM_VOID);
	assert_int_equal(item_state_named(S("Commissioned")), ITEM_UNKNOWN);
	assert_int_equal(item_state_named(S("commissione")), ITEM_UNKNOWN);
	assert_int_equal(item_state_named(S("")), ITEM_UNKNOWN);
	assert_int_equal(item_state_named((struct slice){ "commissioned\0", 13 }), ITEM_UNKNOWN);
}

static void test_codes_and_statuses_are_those_of_the_contract(void **state)
{
	static const struct {
		enum verdict verdict;
		const char *code;
		unsigned status;
	} contract[] = {
		{ VERDICT_ACTIVE, "active", 200 },
		{ VERDICT_INACTIVE, "inactive", 200 },
		{ VERDICT_CONSUMED, "consumed", 200 },
		{ VERDICT_RECALLED, "recalled", 200 },
		{ VERDICT_HELD, "held", 200 },
		{ VERDICT_EXPIRED, "expired", 200 },
		{ VERDICT_BLOCKED, "blocked", 200 },
		{ VERDICT_NEVER_ISSUED, "never_issued", 404 },
		{ VERDICT_MISTYPED, "mistyped", 404 },
		{ VERDICT_BAD_LINK, "bad_link", 400 },
		{ VERDICT_BUSY, "busy", 503 },
	};

	(void)state;
	assert_int_equal(COUNT_OF(contract), VERDICT_COUNT);
	for (size_t i = 0; i < COUNT_OF(contract); i++) {
		assert_string_equal(verdict_code(contract[i].verdict), contract[i].code);
		assert_int_equal(verdict_status(contract[i].verdict), contract[i].status);
	}
}

static void test_dates_that_do_not_exist_are_refused(void **state)
{
	static const char *const bad[] = {
		"",	      "2026-09-1",  "2026-9-01",   "2026-13-01", "2026-00-10",
		"2026-02-29", "2026-04-31", "2026-01-00",  "2026-01-32", "1900-02-29",
		"0000-01-01", "2026/01/01", "2026-01-01T", " 026-01-01", "-026-01-01",
		"2026-01-0x", "２０２６-01"
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct date d = { 1, 2, 3 };

		assert_false(date_parse(slice_of(bad[i]), &d));
		assert_int_equal(d.year, 1);
	}
}

static void test_leap_days_are_dates(void **state)
{
	struct date d;

	(void)state;
	assert_true(date_parse(S("2028-02-29"), &d));
	assert_int_equal(d.day, 29);
	assert_true(date_parse(S("2000-02-29"), &d));
	assert_true(date_parse(S("9999-12-31"), &d));
	assert_int_equal(d.year, 9999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_state_has_its_verdict),
		cmocka_unit_test(test_only_a_commissioned_item_is_ever_active),
		cmocka_unit_test(test_a_recall_comes_before_everything),
		cmocka_unit_test(
		    test_the_moment_after_the_best_before_day_is_the_first_that_is_over),
		cmocka_unit_test(test_what_has_no_date_never_is_over),
		cmocka_unit_test(test_opened_or_withdrawn_says_more_than_expired),
		cmocka_unit_test(test_states_are_named_as_in_the_database),
		cmocka_unit_test(test_codes_and_statuses_are_those_of_the_contract),
		cmocka_unit_test(test_dates_that_do_not_exist_are_refused),
		cmocka_unit_test(test_leap_days_are_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
