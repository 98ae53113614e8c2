/* The values of an import: what each kind takes, how it is written for PostgreSQL, why it is
 * refused. */
#include "model/import_value.h"

#include "import_values.h"

static void test_gtins_become_numbers_or_say_why_not(void **state)
{
	(void)state;
	takes(KIND_GTIN, "4006381333931", "4006381333931");
	takes(KIND_GTIN, "96385074", "96385074");
	takes(KIND_GTIN, "04006381333931", "4006381333931");
	refuses(KIND_GTIN, "4006381333930", VALUE_GTIN_BAD_CHECK_DIGIT);
	refuses(KIND_GTIN, "400638133393", VALUE_GTIN_BAD_CHECK_DIGIT);
	refuses(KIND_GTIN, "40063813339", VALUE_GTIN_BAD_LENGTH);
	refuses(KIND_GTIN, "4006381333931 ", VALUE_GTIN_NOT_DIGITS);
	refuses(KIND_GTIN, "4.00638E+12", VALUE_GTIN_NOT_DIGITS);
	refuses(KIND_GTIN, "00000000", VALUE_GTIN_ZERO);
}

static void test_numbers_use_the_profiles_mark(void **state)
{
	(void)state;
	takes(KIND_NUMBER, "-12.50", "-12.50");
	takes(KIND_NUMBER, "+3", "+3");
	takes(KIND_NUMBER, "1.5e-04", "1.5e-04");
	refuses(KIND_NUMBER, "1,5", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "NaN", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "Infinity", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "0x10", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "1e999", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "1e", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, ".5", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "5.", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "-", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "1 000", VALUE_NOT_NUMBER);
	format.decimal = ',';
	takes(KIND_NUMBER, "12,5", "12.5");
	refuses(KIND_NUMBER, "12.5", VALUE_NOT_NUMBER);
	refuses(KIND_NUMBER, "1.234,5", VALUE_NOT_NUMBER);
}

static void test_amounts_and_shares_have_bounds(void **state)
{
	(void)state;
	takes(KIND_AMOUNT, "0", "0");
	takes(KIND_AMOUNT, "-0.00", "-0.00");
	refuses(KIND_AMOUNT, "-0.01", VALUE_NEGATIVE);
	refuses(KIND_AMOUNT, "x", VALUE_NOT_NUMBER);
	takes(KIND_PERCENT, "100", "100");
	takes(KIND_PERCENT, "0100.000", "0100.000");
	takes(KIND_PERCENT, "99.9999", "99.9999");
	refuses(KIND_PERCENT, "100.0001", VALUE_NOT_PERCENT);
	refuses(KIND_PERCENT, "101", VALUE_NOT_PERCENT);
	refuses(KIND_PERCENT, "1000", VALUE_NOT_PERCENT);
	refuses(KIND_PERCENT, "-1", VALUE_NOT_PERCENT);
	refuses(KIND_PERCENT, "1e3", VALUE_NOT_PERCENT);
	refuses(KIND_PERCENT, "72 %", VALUE_NOT_NUMBER);
	takes(KIND_POSITION, "1", "1");
	refuses(KIND_POSITION, "0", VALUE_NOT_POSITION);
	refuses(KIND_POSITION, "1000000", VALUE_NOT_POSITION);
	refuses(KIND_POSITION, "1.0", VALUE_NOT_POSITION);
}

static void test_codes_lots_and_serials(void **state)
{
	(void)state;
	takes(KIND_LOT, "QP260406A", "QP260406A");
	refuses(KIND_LOT, "A B", VALUE_NOT_LOT);
	refuses(KIND_LOT, "123456789012345678901", VALUE_NOT_LOT);
	refuses(KIND_LOT, "\xe6\x89\xb9", VALUE_NOT_LOT);
	takes(KIND_SERIAL, "a/B(1)", "a/B(1)");
	refuses(KIND_SERIAL, "a|b", VALUE_NOT_SERIAL);
	takes(KIND_CODE, "\xe7\x89\xa9\xe6\x96\x99 1", "\xe7\x89\xa9\xe6\x96\x99 1");
	refuses(KIND_CODE, "a|b", VALUE_BAR);
	refuses(KIND_CODE, "a\tb", VALUE_CONTROL);
}

static void test_countries_are_those_of_iso_3166(void **state)
{
	(void)state;
	takes(KIND_COUNTRY, "CN", "CN");
	takes(KIND_COUNTRY, "fr", "FR");
	refuses(KIND_COUNTRY, "XX", VALUE_NOT_COUNTRY);
	refuses(KIND_COUNTRY, "UK", VALUE_NOT_COUNTRY);
	refuses(KIND_COUNTRY, "CHN", VALUE_NOT_COUNTRY);
	refuses(KIND_COUNTRY, "C", VALUE_NOT_COUNTRY);
}

static void test_texts_keep_every_byte_but_no_control_characters(void **state)
{
	(void)state;
	takes(KIND_TEXT, " a\tb\r\nc <&> ", " a\tb\r\nc <&> ");
	refuses(KIND_TEXT, "a\x1b[31m", VALUE_CONTROL);
	refuses(KIND_WORDS, "a\x7f", VALUE_CONTROL);
	refuses(KIND_WORDS, "a\xc2\x9b", VALUE_CONTROL);
	takes(KIND_WORDS, "a\xc2\xa0", "a\xc2\xa0");
}

static void test_verdicts_sums_zones_and_addresses(void **state)
{
	(void)state;
	takes(KIND_VERDICT, "pass", "pass");
	refuses(KIND_VERDICT, "PASS", VALUE_NOT_VERDICT);
	takes(KIND_SHA256, "1551aaed47ed5b5f2fa6fb07083355b1b6f2330985005486eca1f24d7735940D",
	      "\\x1551aaed47ed5b5f2fa6fb07083355b1b6f2330985005486eca1f24d7735940D");
	refuses(KIND_SHA256, "1551", VALUE_NOT_SHA256);
	refuses(KIND_SHA256, "g551aaed47ed5b5f2fa6fb07083355b1b6f2330985005486eca1f24d7735940d",
		VALUE_NOT_SHA256);
	takes(KIND_ZONE, "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires");
	refuses(KIND_ZONE, "+08:00", VALUE_NOT_ZONE);
	refuses(KIND_ZONE, "UTC; x", VALUE_NOT_ZONE);
	takes(KIND_WEB_ADDRESS, "https://example.com/a?b=c", "https://example.com/a?b=c");
	refuses(KIND_WEB_ADDRESS, "javascript:alert(1)", VALUE_NOT_WEB_ADDRESS);
	refuses(KIND_WEB_ADDRESS, "http://example.com", VALUE_NOT_WEB_ADDRESS);
	refuses(KIND_WEB_ADDRESS, "https://a b", VALUE_NOT_WEB_ADDRESS);
	refuses(KIND_WEB_ADDRESS, "https://a\"onclick=", VALUE_NOT_WEB_ADDRESS);
}

static void test_language_tags(void **state)
{
	(void)state;
	assert_true(value_language_ok(S("zh-CN")));
	assert_true(value_language_ok(S("und")));
	assert_true(value_language_ok(S("zh-Hant-TW")));
	assert_false(value_language_ok(S("z")));
	assert_false(value_language_ok(S("")));
	assert_false(value_language_ok(S("zh-")));
	assert_false(value_language_ok(S("z1")));
	assert_false(value_language_ok(S("zh_CN")));
	assert_false(value_language_ok(S("abcdefghi")));
}

static void test_reports_show_no_byte_that_moves_a_terminal(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	value_add_shown(&out, (struct slice){ "a\\\x1b\n\0\xff\xc2\x9b\xe2\x80\xae\xc3\xa9", 13 },
			100);
	assert_string_equal(buf_string(&out),
			    "a\\\\\\x1b\\x0a\\x00\\xff\\u{009b}\\u{202e}\xc3\xa9");
	buf_clear(&out);
	value_add_shown(&out, S("12345678\xc3\xa9x"), 9);
	assert_string_equal(buf_string(&out), "12345678\xc3\xa9...");
	buf_release(&out);
}

static void test_json_strings_are_escaped(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	value_add_json(&out, S("a\"\\\n\x01\x7f\xc3\xa9"));
	assert_string_equal(buf_string(&out), "\"a\\\"\\\\\\u000a\\u0001\\u007f\xc3\xa9\"");
	buf_release(&out);
}

static void test_every_record_has_its_fields_together(void **state)
{
	const struct import_field *f;
	unsigned count = 0;

	(void)state;
	f = import_fields(S("material_lot"), &count);
	assert_int_equal(count, 8);
	assert_string_equal(f[0].name, "supplier");
	assert_string_equal(f[7].name, "unit");
	f = import_fields(S("inspection"), &count);
	assert_int_equal(count, 18);
	assert_true(count <= IMPORT_FIELDS_MAX);
	assert_null(import_fields(S("brand"), &count));
	assert_null(import_fields(S(""), &count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_gtins_become_numbers_or_say_why_not, reset),
		cmocka_unit_test_setup(test_numbers_use_the_profiles_mark, reset),
		cmocka_unit_test_setup(test_amounts_and_shares_have_bounds, reset),
		cmocka_unit_test_setup(test_codes_lots_and_serials, reset),
		cmocka_unit_test_setup(test_countries_are_those_of_iso_3166, reset),
		cmocka_unit_test_setup(test_texts_keep_every_byte_but_no_control_characters, reset),
		cmocka_unit_test_setup(test_verdicts_sums_zones_and_addresses, reset),
		cmocka_unit_test(test_language_tags),
		cmocka_unit_test(test_reports_show_no_byte_that_moves_a_terminal),
		cmocka_unit_test(test_json_strings_are_escaped),
		cmocka_unit_test(test_every_record_has_its_fields_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
