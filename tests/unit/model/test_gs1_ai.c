/* The table of Application Identifiers is whole: every AI is found, and names only others that
 * exist. */
#include "model/gs1_ai.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Every AI there is, asked for by its digits. */
static size_t every_ai(void (*visit)(const struct gs1_ai *ai, uint16_t number))
{
	size_t found = 0;

	for (int digits = 2; digits <= 4; digits++) {
		unsigned end = digits == 2 ? 100 : digits == 3 ? 1000 : 10000;

		for (unsigned n = 0; n < end; n++) {
			char text[16];
			uint16_t number = UINT16_MAX;
			const struct gs1_ai *ai;

			(void)snprintf(text, sizeof(text), "%0*u", digits, n);
			ai = gs1_ai_find(slice_of(text), &number);
			if (ai == NULL)
				continue;
			found++;
			assert_int_equal(number, n);
			assert_int_equal(ai->digits, digits);
			assert_in_range(n, ai->first, ai->last);
			visit(ai, number);
		}
	}
	return found;
}

static void look_at_parts(const struct gs1_ai *ai, uint16_t number)
{
	size_t longest = 0;

	assert_true(ai->parts[0].max > 0);
	assert_false(ai->parts[0].optional);
	assert_true(ai->title[0] != '\0');
	for (size_t i = 0; i < GS1_AI_PARTS && ai->parts[i].max > 0; i++) {
		bool last = i + 1 == GS1_AI_PARTS || ai->parts[i + 1].max == 0;

		/* Only the last part may vary in length, or the others could not be told apart. */
		if (!last && ai->parts[i].min != ai->parts[i].max)
			fail_msg("(%u): part %zu varies but is not the last", number, i);
		longest += ai->parts[i].max;
	}
	assert_in_range(longest, 1, 90);
}

static void test_every_ai_is_found_by_its_digits_alone(void **state)
{
	(void)state;
	assert_int_equal(every_ai(look_at_parts), 541);
}

static void test_other_digits_are_no_ai(void **state)
{
	static const struct slice none[] = { SLICE(""),	    SLICE("0"),	   SLICE("1"),
					     SLICE("001"),  SLICE("0001"), SLICE("04"),
					     SLICE("23"),   SLICE("236"),  SLICE("310"),
					     SLICE("3106"), SLICE("9999"), SLICE("01234"),
					     SLICE("0x"),   SLICE("gtin"), SLICE(" 1"),
					     SLICE("-1") };
	uint16_t number;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		if (gs1_ai_find(none[i], &number) != NULL)
			fail_msg("\"%.*s\" was found", SLICE_ARG(none[i]));
}

/* Each run of digits in `list` must be an AI; a trailing "n" stands for any digit. */
static void names_ais(const char *list)
{
	while (*list != '\0') {
		char text[8];
		size_t length = strspn(list, "0123456789n");
		bool found = false;
		uint16_t number;

		if (length == 0) {
			list++;
			continue;
		}
		assert_in_range(length, 2, 4);
		for (char digit = '0'; digit <= '9'; digit++) {
			for (size_t i = 0; i < length; i++)
				text[i] = list[i] != 'n' ? list[i] : i + 1 == length ? digit : '0';
			found =
			    found || gs1_ai_find((struct slice){ text, length }, &number) != NULL;
		}
		if (!found)
			fail_msg("no such AI: %.*s", (int)length, list);
		list += length;
	}
}

static void look_at_names(const struct gs1_ai *ai, uint16_t number)
{
	(void)number;
	names_ais(ai->requires);
	names_ais(ai->excludes);
	names_ais(ai->qualifiers);
	if (ai->qualifiers[0] != '\0')
		assert_true((ai->flags & GS1_AI_KEY) != 0);
}

static void test_ais_name_only_ais_that_exist(void **state)
{
	(void)state;
	(void)every_ai(look_at_names);
}

static const struct gs1_ai *ai_of(const char *digits)
{
	uint16_t number;
	const struct gs1_ai *ai = gs1_ai_find(slice_of(digits), &number);

	assert_non_null(ai);
	return ai;
}

static void test_an_ai_does_not_exclude_or_satisfy_itself(void **state)
{
	static const uint16_t weights[] = { 1, 3100 }, both[] = { 1, 3100, 3101 };
	uint16_t other = 0;

	(void)state;
	assert_false(gs1_ai_excludes_any(ai_of("3100"), 3100, weights, 2, &other));
	assert_int_equal(other, 0);
	assert_true(gs1_ai_excludes_any(ai_of("3100"), 3100, both, 3, &other));
	assert_int_equal(other, 3101);
}

static void test_needs_are_alternatives_groups_and_all_of_several(void **state)
{
	static const uint16_t gtin[] = { 1 }, gtin_lot[] = { 1, 10 }, gtin_serial[] = { 1, 21 };
	struct slice missing = { NULL, 0 };

	(void)state;
	assert_true(gs1_ai_satisfied(ai_of("240"), 240, gtin, 1, &missing));
	assert_null(missing.data);
	assert_false(gs1_ai_satisfied(ai_of("7004"), 7004, gtin, 1, &missing));
	assert_true(slice_equal(missing, S("01+10")));
	assert_true(gs1_ai_satisfied(ai_of("7004"), 7004, gtin_lot, 2, &missing));
	assert_false(gs1_ai_satisfied(ai_of("250"), 250, gtin, 1, &missing));
	assert_true(slice_equal(missing, S("21")));
	assert_true(gs1_ai_satisfied(ai_of("250"), 250, gtin_serial, 2, &missing));
	assert_false(gs1_ai_satisfied(ai_of("250"), 250, gtin_lot + 1, 1, &missing));
	assert_true(slice_equal(missing, S("01,8006")));
}

static void test_qualifiers_are_taken_from_one_alternative_in_order(void **state)
{
	static const uint16_t all[] = { 22, 10, 21 }, swapped[] = { 21, 10 }, mixed[] = { 10, 235 };

	(void)state;
	assert_true(gs1_ai_path_ok(ai_of("01"), all, 0));
	assert_true(gs1_ai_path_ok(ai_of("01"), all, 3));
	assert_true(gs1_ai_path_ok(ai_of("01"), mixed + 1, 1));
	assert_false(gs1_ai_path_ok(ai_of("01"), swapped, 2));
	assert_false(gs1_ai_path_ok(ai_of("01"), mixed, 2));
	assert_true(gs1_ai_path_ok(ai_of("00"), all, 0));
	assert_false(gs1_ai_path_ok(ai_of("00"), all, 1));
	assert_true(gs1_ai_fits_path(ai_of("01"), all, 2, 21));
	assert_false(gs1_ai_fits_path(ai_of("01"), all, 2, 235));
	assert_false(gs1_ai_fits_path(ai_of("01"), mixed + 1, 1, 10));
	assert_false(gs1_ai_fits_path(ai_of("00"), all, 0, 10));
}

static void complains(const char *digits, const char *value, enum gs1_fault fault, size_t at)
{
	struct gs1_complaint complaint = { GS1_FINE, 0, NULL };

	assert_int_equal(gs1_ai_check_value(ai_of(digits), slice_of(value), &complaint), fault);
	assert_int_equal(complaint.fault, fault);
	assert_int_equal(complaint.at, at);
	assert_non_null(complaint.reason);
}

static void test_a_complaint_tells_where(void **state)
{
	(void)state;
	complains("253", "6291041500214", GS1_BAD_CHECK_DIGIT, 0);
	complains("253", "6291041500213 ", GS1_BAD_CHARACTER, 13);
	complains("423", "156157", GS1_BAD_CONTENT, 3);
	complains("8003", "09780345418914", GS1_BAD_CHECK_DIGIT, 1);
	complains("21", "", GS1_TOO_SHORT, 0);
	complains("21", "123456789012345678901", GS1_TOO_LONG, 20);
}

static void test_base_64_may_end_in_padding(void **state)
{
	struct gs1_complaint complaint;

	(void)state;
	assert_int_equal(gs1_ai_check_value(ai_of("8030"), S("ab-_"), &complaint), GS1_FINE);
	assert_int_equal(gs1_ai_check_value(ai_of("8030"), S("abcd="), &complaint),
			 GS1_BAD_CHARACTER);
	assert_int_equal(gs1_ai_check_value(ai_of("8030"), S("abcd=="), &complaint), GS1_FINE);
	assert_int_equal(gs1_ai_check_value(ai_of("8030"), S("abc==="), &complaint),
			 GS1_BAD_CHARACTER);
	assert_int_equal(gs1_ai_check_value(ai_of("8030"), S("=="), &complaint), GS1_BAD_CHARACTER);
	assert_int_equal(gs1_ai_check_value(ai_of("8030"), S("ab+/"), &complaint),
			 GS1_BAD_CHARACTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_ai_is_found_by_its_digits_alone),
		cmocka_unit_test(test_other_digits_are_no_ai),
		cmocka_unit_test(test_ais_name_only_ais_that_exist),
		cmocka_unit_test(test_an_ai_does_not_exclude_or_satisfy_itself),
		cmocka_unit_test(test_needs_are_alternatives_groups_and_all_of_several),
		cmocka_unit_test(test_qualifiers_are_taken_from_one_alternative_in_order),
		cmocka_unit_test(test_a_complaint_tells_where),
		cmocka_unit_test(test_base_64_may_end_in_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
