/* Check digits, the four lengths of the GTIN, SSCC and GLN, character sets, serials and lots. */
#include "model/gs1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define REFUSED UINT64_C(77) /* what an untouched out-parameter still holds */

static void test_check_digit_of_the_specifications_own_example(void **state)
{
	(void)state;
	assert_int_equal(gs1_check_digit(S("629104150021")), '3');
	assert_true(gs1_check_digit_ok(S("6291041500213")));
	assert_int_equal(gs1_check_digit(S("37610425002123456")), '9');
}

static void test_check_digit_does_not_change_with_leading_zeros(void **state)
{
	(void)state;
	assert_true(gs1_check_digit_ok(S("96385074")));
	assert_true(gs1_check_digit_ok(S("00000096385074")));
}

static void test_every_other_last_digit_is_refused(void **state)
{
	char text[] = "6291041500210";

	(void)state;
	for (char last = '0'; last <= '9'; last++) {
		text[12] = last;
		assert_int_equal(gs1_check_digit_ok(slice_of(text)), last == '3');
	}
}

static void test_a_swap_of_neighbouring_digits_is_found(void **state)
{
	(void)state;
	assert_false(gs1_check_digit_ok(S("2691041500213")));
	assert_false(gs1_check_digit_ok(S("6291014500213")));
}

static void test_check_digit_wants_digits_and_at_least_two(void **state)
{
	(void)state;
	assert_false(gs1_check_digit_ok(S("")));
	assert_false(gs1_check_digit_ok(S("0")));
	assert_true(gs1_check_digit_ok(S("00")));
	assert_false(gs1_check_digit_ok(S("62910415002A3")));
	assert_false(gs1_check_digit_ok((struct slice){ "6291041\000500213", 14 }));
}

static void gtin_reads(const char *text, uint64_t expected)
{
	uint64_t gtin = REFUSED;

	assert_int_equal(gtin_parse(slice_of(text), &gtin), GTIN_OK);
	assert_true(gtin == expected);
}

static void gtin_refuses(struct slice text, enum gtin_result why)
{
	uint64_t gtin = REFUSED;

	assert_int_equal(gtin_parse(text, &gtin), why);
	assert_true(gtin == REFUSED);
}

static void test_reads_a_gtin_of_8_12_13_and_14_digits(void **state)
{
	(void)state;
	gtin_reads("96385074", 96385074);
	gtin_reads("614141123452", UINT64_C(614141123452));
	gtin_reads("9780345418913", UINT64_C(9780345418913));
	gtin_reads("09780345418913", UINT64_C(9780345418913));
	gtin_reads("11287593460121", UINT64_C(11287593460121));
}

static void test_refuses_a_gtin_of_any_other_length(void **state)
{
	static const char zeros[] = "00000000000000000000";

	(void)state;
	for (size_t length = 0; length < sizeof(zeros); length++)
		if (length != 8 && (length < 12 || length > 14))
			gtin_refuses((struct slice){ zeros, length }, GTIN_BAD_LENGTH);
}

static void test_refuses_a_gtin_with_anything_but_digits(void **state)
{
	(void)state;
	gtin_refuses(S("978034541891X"), GTIN_NOT_DIGITS);
	gtin_refuses(S(" 9780345418913"), GTIN_NOT_DIGITS);
	gtin_refuses(S("+978034541891"), GTIN_NOT_DIGITS);
	gtin_refuses((struct slice){ "978034541891\000", 13 }, GTIN_NOT_DIGITS);
	gtin_refuses(S("\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc\x94"), GTIN_NOT_DIGITS);
}

static void test_refuses_a_gtin_with_a_wrong_check_digit(void **state)
{
	(void)state;
	gtin_refuses(S("9780345418914"), GTIN_BAD_CHECK_DIGIT);
	gtin_refuses(S("96385075"), GTIN_BAD_CHECK_DIGIT);
}

static void test_every_refusal_has_a_reason_of_its_own(void **state)
{
	(void)state;
	for (enum gtin_result a = GTIN_OK; a <= GTIN_BAD_CHECK_DIGIT; a++) {
		assert_string_not_equal(gtin_reason(a), "unknown");
		for (enum gtin_result b = GTIN_OK; b < a; b++)
			assert_string_not_equal(gtin_reason(a), gtin_reason(b));
	}
}

static void test_a_formatted_gtin_has_fourteen_digits_and_reads_back(void **state)
{
	char text[GTIN_TEXT_SIZE];

	(void)state;
	gtin_format(96385074, text);
	assert_string_equal(text, "00000096385074");
	gtin_reads(text, 96385074);
	gtin_format(UINT64_C(99999999999997), text);
	assert_string_equal(text, "99999999999997");
}

static void test_a_number_is_a_gtin_only_with_its_check_digit(void **state)
{
	(void)state;
	assert_true(gtin_valid(UINT64_C(9780345418913)));
	assert_false(gtin_valid(UINT64_C(9780345418914)));
	assert_true(gtin_valid(UINT64_C(99999999999997)));
	assert_false(gtin_valid(UINT64_C(100000000000000)));
	assert_false(gtin_valid(UINT64_C(100000000000007)));
	assert_false(gtin_valid(UINT64_MAX));
}

static void test_sscc_has_18_digits_and_gln_13(void **state)
{
	(void)state;
	assert_true(gs1_sscc_ok(S("376104250021234569")));
	assert_false(gs1_sscc_ok(S("376104250021234568")));
	assert_false(gs1_sscc_ok(S("6291041500213")));
	assert_true(gs1_gln_ok(S("6291041500213")));
	assert_false(gs1_gln_ok(S("6291041500214")));
	assert_false(gs1_gln_ok(S("376104250021234569")));
}

/* The sets, written out as the specification prints them. */
static const char SET_82[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
			     "abcdefghijklmnopqrstuvwxyz";
static const char SET_39[] = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char SET_64[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

static void test_character_sets_hold_exactly_their_characters(void **state)
{
	(void)state;
	assert_int_equal(sizeof(SET_82) - 1, 82);
	assert_int_equal(sizeof(SET_39) - 1, 39);
	for (int byte = 0; byte < 256; byte++) {
		char c = (char)byte;
		struct slice one = { &c, 1 };

		assert_int_equal(gs1_is_cset82(one), memchr(SET_82, c, 82) != NULL);
		assert_int_equal(gs1_is_cset39(one), memchr(SET_39, c, 39) != NULL);
		assert_int_equal(gs1_is_cset64(one), memchr(SET_64, c, 64) != NULL);
		assert_int_equal(gs1_is_digits(one), byte >= '0' && byte <= '9');
	}
}

static void test_one_wrong_character_spoils_the_text_wherever_it_stands(void **state)
{
	(void)state;
	assert_true(gs1_is_cset82(S("ABCDEF")));
	assert_false(gs1_is_cset82(S("#BCDEF")));
	assert_false(gs1_is_cset82(S("ABC#EF")));
	assert_false(gs1_is_cset82(S("ABCDE#")));
	assert_false(gs1_is_digits(S("")));
}

static void test_serial_and_lot_take_1_to_20_characters_of_set_82(void **state)
{
	(void)state;
	assert_true(gs1_serial_ok(S("a")));
	assert_true(gs1_serial_ok(S("12345678901234567890")));
	assert_false(gs1_serial_ok(S("123456789012345678901")));
	assert_false(gs1_serial_ok(S("")));
	assert_false(gs1_serial_ok(S("A B")));
	assert_false(gs1_serial_ok(S("\xe6\xba\xaf")));
	assert_true(gs1_lot_ok(S("a")));
	assert_true(gs1_lot_ok(S("L/2026-%\"")));
	assert_false(gs1_lot_ok(S("123456789012345678901")));
	assert_false(gs1_lot_ok(S("")));
	assert_false(gs1_lot_ok(S("L^1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_digit_of_the_specifications_own_example),
		cmocka_unit_test(test_check_digit_does_not_change_with_leading_zeros),
		cmocka_unit_test(test_every_other_last_digit_is_refused),
		cmocka_unit_test(test_a_swap_of_neighbouring_digits_is_found),
		cmocka_unit_test(test_check_digit_wants_digits_and_at_least_two),
		cmocka_unit_test(test_reads_a_gtin_of_8_12_13_and_14_digits),
		cmocka_unit_test(test_refuses_a_gtin_of_any_other_length),
		cmocka_unit_test(test_refuses_a_gtin_with_anything_but_digits),
		cmocka_unit_test(test_refuses_a_gtin_with_a_wrong_check_digit),
		cmocka_unit_test(test_every_refusal_has_a_reason_of_its_own),
		cmocka_unit_test(test_a_formatted_gtin_has_fourteen_digits_and_reads_back),
		cmocka_unit_test(test_a_number_is_a_gtin_only_with_its_check_digit),
		cmocka_unit_test(test_sscc_has_18_digits_and_gln_13),
		cmocka_unit_test(test_character_sets_hold_exactly_their_characters),
		cmocka_unit_test(test_one_wrong_character_spoils_the_text_wherever_it_stands),
		cmocka_unit_test(test_serial_and_lot_take_1_to_20_characters_of_set_82),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
