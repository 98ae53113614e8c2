/* Each rule on content: texts that keep it and texts that break it, on both sides of every limit.
 */
#include "model/gs1_lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* A coupon without its optional groups: company prefix, offer, save value, first purchase. */
#define BASE      \
	"1"       \
	"0614141" \
	"654321"  \
	"3"       \
	"150"     \
	"11"      \
	"0"       \
	"120"

/* Texts separated by blanks; what breaks a rule for being empty has a test of its own. */
static const struct {
	enum gs1_lint lint;
	const char *kept;
	const char *broken;
} rules[] = {
	{ GS1_LINT_CHECK_DIGIT, "6291041500213 00000096385074 376104250021234569",
	  "6291041500214 629104150021A 0" },
	{ GS1_LINT_CHECK_PAIR, "1987654Ad4X4bL5ttr2310c2K 22",
	  "1987654Ad4X4bL5ttr2310c2L 1987654Ad4X4bL5ttr2310cK2 2 23 1987654Ad4X4b#5ttr2310c2K "
	  "11987654Ad4X4bL5ttr2310c2K" },
	{ GS1_LINT_PREFIX_1, "4000 4000ABC 0000", "400 A000 4A00 40A0 400A" },
	{ GS1_LINT_PREFIX_2, "14000 A4000B", "4000 1400A 1A000" },
	{ GS1_LINT_DATE, "240229 000229 261231 260430 990131",
	  "230229 260100 261301 260001 260431 26010 2601011 2601A1" },
	{ GS1_LINT_DATE_DAY_OPTIONAL, "260100 240200 240229 261231",
	  "260132 260000 261300 26010A" },
	{ GS1_LINT_LONG_DATE, "20240229 20000229 19991231 00000101",
	  "20230229 19000229 21000229 20240100 20240001 2024010 2024010A 202401011" },
	{ GS1_LINT_HOUR_MINUTE, "0000 2359", "2400 0060 235 23590 23A9" },
	{ GS1_LINT_HOUR, "00 23", "24 99 1 012 0A" },
	{ GS1_LINT_MINUTE, "00 59", "60 99 1 012 0A" },
	{ GS1_LINT_SECOND, "00 59", "60 99 1 012 0A" },
	{ GS1_LINT_COUNTRY, "156 004 894", "000 005 895 999 15 0156 15A" },
	{ GS1_LINT_COUNTRY_OR_999, "156 999", "998 000 99 9999" },
	{ GS1_LINT_COUNTRY_LETTERS, "CN AD ZW", "cn ZZ C CNN 15" },
	{ GS1_LINT_CURRENCY, "156 978 008", "000 999A 007 15 0156 EUR" },
	{ GS1_LINT_LATITUDE, "0000000000 1800000000",
	  "1800000001 9999999999 000000000 00000000000" },
	{ GS1_LINT_LONGITUDE, "0000000000 3600000000",
	  "3600000001 9999999999 000000000 +000000000" },
	{ GS1_LINT_PERCENT_ENCODED, "abc a%20b %aF%Fa%09%Af%0A", "% a% a%2 a%2G a%G2 %%20" },
	{ GS1_LINT_YES_NO, "0 1", "2 00 01 Y" },
	{ GS1_LINT_HYPHEN, "-", "-- + 0" },
	{ GS1_LINT_IMPORTER_INDEX, "0 9 A z - _", ". AA / =" },
	{ GS1_LINT_PACKAGE_TYPE, "1A 9 ZZ X11 THE", "0 1a ZZZ 1AA X1 TH" },
	{ GS1_LINT_MEDIA_TYPE, "01 10 80 99", "00 11 79 1 001 0A" },
	{ GS1_LINT_SEX, "0 1 2 9", "3 8 00 M" },
	{ GS1_LINT_PLACE_IN_SEQUENCE, "1/1 1/2 9/10 12/12 12/120",
	  "0/1 1/0 2/1 10/9 1/ /1 / 11 1/1/1 01/1 1/01 a/1 1/a" },
	{ GS1_LINT_NOT_ZERO, "1 0001 10", "0 0000 1A" },
	{ GS1_LINT_ZERO, "0", "1 00 A" },
	{ GS1_LINT_WINDING, "0 1 9", "2 8 01" },
	{ GS1_LINT_PIECE_OF_TOTAL, "0101 0102 1299 0910",
	  "0001 0100 0201 0000 1009 010 01011 010A" },
	{ GS1_LINT_IBAN,
	  "GB82WEST12345698765432 DE89370400440532013000 NO9386011117947 NO751234567 "
	  "CN76AZ0123456789 GB3900000000000000000000000000000A",
	  "GB82WEST12345698765423 GB28WEST12345698765432 ZZ82WEST12345698765432 "
	  "gb82WEST12345698765432 GB82 GB82west12345698765432 NO93860111 "
	  "NO09123456 GB39000000000000000000000000000000A GB65WEST-1234567" },
	{ GS1_LINT_NO_LEADING_ZERO, "1 10 999999999999", "0 01 1A" },
	{ GS1_LINT_HAS_LETTER, "A 1A A1 .", "1 123" },
	{ GS1_LINT_COUPON,
	  BASE ""
	       " " BASE "1"
	       "1"
	       "15"
	       "0"
	       "123"
	       "0"
	       "012345"
	       " " BASE "1"
	       "0"
	       "512345"
	       "9"
	       "123"
	       "9"
	       " " BASE "2"
	       "15"
	       "0"
	       "123"
	       "6"
	       "012345678901"
	       " " BASE "2"
	       "15"
	       "4"
	       "123"
	       "9"
	       " " BASE "3"
	       "261231"
	       " " BASE "4"
	       "260101"
	       " " BASE "3"
	       "261231"
	       "4"
	       "261231"
	       " " BASE "5"
	       "0"
	       "123456"
	       " " BASE "5"
	       "9"
	       "123456789012345"
	       " " BASE "6"
	       "1"
	       "1234567"
	       " " BASE "6"
	       "7"
	       "1234567890123"
	       " " BASE "9"
	       "0"
	       "0"
	       "0"
	       "1"
	       " " BASE "9"
	       "6"
	       "2"
	       "9"
	       "0"
	       " " BASE "1"
	       "1"
	       "15"
	       "0"
	       "123"
	       "9"
	       "2"
	       "15"
	       "0"
	       "123"
	       "9"
	       "5"
	       "0"
	       "123456",
	  BASE "0"
	       " " BASE "7"
	       " " BASE "1"
	       " " BASE "1"
	       "4"
	       "15"
	       "0"
	       "123"
	       "9"
	       " " BASE "1"
	       "1"
	       "05"
	       "0"
	       "123"
	       "9"
	       " " BASE "1"
	       "1"
	       "15"
	       "5"
	       "123"
	       "9"
	       " " BASE "1"
	       "1"
	       "15"
	       "0"
	       "12"
	       " " BASE "1"
	       "1"
	       "15"
	       "0"
	       "123"
	       "7"
	       "0123456789012"
	       " " BASE "1"
	       "1"
	       "15"
	       "0"
	       "123"
	       "0"
	       "01234"
	       " " BASE "2"
	       "15"
	       "0"
	       "123"
	       "9"
	       "1"
	       "1"
	       "15"
	       "0"
	       "123"
	       "9"
	       " " BASE "3"
	       "261331"
	       " " BASE "3"
	       "26123"
	       " " BASE "4"
	       "260100"
	       " " BASE "3"
	       "260101"
	       "4"
	       "261231"
	       " " BASE "5"
	       "0"
	       "12345"
	       " " BASE "5"
	       " " BASE "6"
	       "0"
	       "123456"
	       " " BASE "6"
	       "1"
	       "123456"
	       " " BASE "9"
	       "3"
	       "0"
	       "0"
	       "1"
	       " " BASE "9"
	       "0"
	       "3"
	       "0"
	       "1"
	       " " BASE "9"
	       "0"
	       "0"
	       "0"
	       "2"
	       " " BASE "9"
	       "0"
	       "0"
	       "0"
	       " A06141416543213150110120 706141416543213150110120 106141416543210150110120 "
	       "106141416543216150000110120 10614141654321315011012 106141416543213150010120 "
	       "106141416543213150115120 1A61414165432131501101 10614 1" },
	{ GS1_LINT_COUPON_OFFER, "001234561234560123456 161234567890121234569123456789012345",
	  "201234561234560123456 071234561234560123456 0012345612345601234567 "
	  "00123456123456012345 0 00 00123456 00123456123456" },
};

/* Each text of a list, in a block of its own so that reading beyond its end is found. */
static void each(enum gs1_lint lint, const char *list, bool expected)
{
	struct slice rest = slice_of(list), text;

	while (slice_cut(&rest, ' ', &text)) {
		char *block = malloc(text.length);
		bool ok;

		assert_non_null(block);
		memcpy(block, text.data, text.length);
		ok = gs1_lint_ok(lint, (struct slice){ block, text.length });
		free(block);
		if (ok != expected)
			fail_msg("rule %d: \"%.*s\"", lint, SLICE_ARG(text));
	}
}

static void test_texts_that_keep_a_rule_are_let_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		each(rules[i].lint, rules[i].kept, true);
}

static void test_texts_that_break_a_rule_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		each(rules[i].lint, rules[i].broken, false);
}

static void test_every_rule_stands_in_this_table_once(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(rules), GS1_LINT_COUNT - 1);
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(rules[i].lint, rules[j].lint);
}

static void test_the_empty_text_breaks_every_rule_but_that_of_percent_signs(void **state)
{
	(void)state;
	for (enum gs1_lint lint = GS1_LINT_NONE + 1; lint < GS1_LINT_COUNT; lint++)
		assert_int_equal(gs1_lint_ok(lint, S("")), lint == GS1_LINT_PERCENT_ENCODED);
	assert_true(gs1_lint_ok(GS1_LINT_NONE, S("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_that_keep_a_rule_are_let_through),
		cmocka_unit_test(test_texts_that_break_a_rule_are_refused),
		cmocka_unit_test(test_every_rule_stands_in_this_table_once),
		cmocka_unit_test(test_the_empty_text_breaks_every_rule_but_that_of_percent_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
