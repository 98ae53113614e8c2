/* What a Digital Link says, in which form it is canonical, and every reason to refuse one. */
#include "model/digital_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Never copied, since its slices point into it. */
static struct digital_link dl;

static void accepts(const char *uri)
{
	if (digital_link_parse(slice_of(uri), &dl) != DL_OK)
		fail_msg("%s: %s", uri, dl.error);
	assert_string_equal(dl.error, "");
	assert_int_equal(dl.error_ai, DL_NO_AI);
}

static void refuses(const char *uri, enum dl_result why)
{
	enum dl_result result = digital_link_parse(slice_of(uri), &dl);

	if (result != why)
		fail_msg("%s: %s instead of %s (%s)", uri, digital_link_result_word(result),
			 digital_link_result_word(why), dl.error);
	assert_int_equal(dl.result, why);
	assert_true(dl.error[0] != '\0');
}

static void is(struct slice s, const char *expected)
{
	if (!slice_equal(s, slice_of(expected)))
		fail_msg("\"%.*s\" instead of \"%s\"", SLICE_ARG(s), expected);
}

static void becomes(const char *uri, const char *canonical, const char *element_string)
{
	struct buf out;

	accepts(uri);
	buf_init(&out, DL_CANONICAL_MAX);
	digital_link_canonical(&dl, &out);
	assert_true(buf_ok(&out));
	is(buf_slice(&out), canonical);
	buf_clear(&out);
	digital_link_element_string(&dl, &out);
	is(buf_slice(&out), element_string);
	buf_release(&out);
}

/* --- what a link says --- */

static void test_reads_gtin_and_serial(void **state)
{
	(void)state;
	accepts("https://example.com/01/09780345418913/21/A1");
	assert_true(dl.has_gtin);
	assert_true(dl.gtin == UINT64_C(9780345418913));
	is(dl.serial, "A1");
	is(dl.lot, "");
	assert_int_equal(dl.element_count, 2);
	assert_int_equal(dl.path_count, 2);
	assert_int_equal(dl.elements[1].number, 21);
}

static void test_reads_the_lot_between_gtin_and_serial(void **state)
{
	(void)state;
	accepts("http://example.com:8443/01/09780345418913/22/2A/10/LOT-7/21/A1");
	is(dl.lot, "LOT-7");
	is(dl.serial, "A1");
	is(digital_link_value(&dl, 22), "2A");
	is(digital_link_value(&dl, 17), "");
}

static void test_a_link_of_another_key_has_no_gtin(void **state)
{
	(void)state;
	accepts("https://example.com/00/376104250021234569");
	assert_false(dl.has_gtin);
	assert_true(dl.gtin == 0);
	accepts("https://example.com/8006/040123451234560102/21/ABC");
	assert_false(dl.has_gtin);
	is(dl.serial, "ABC");
}

static void test_reads_the_querys_ais_and_keeps_other_parameters_as_they_stood(void **state)
{
	(void)state;
	accepts("https://example.com/01/09780345418913?linkType=gs1:pip&17=261231&%41=b%20c&x");
	assert_int_equal(dl.element_count, 2);
	assert_int_equal(dl.path_count, 1);
	is(digital_link_value(&dl, 17), "261231");
	assert_int_equal(dl.ignored_count, 3);
	is(dl.ignored[0], "linkType=gs1:pip");
	is(dl.ignored[1], "%41=b%20c");
	is(dl.ignored[2], "x");
}

static void test_the_stem_may_hold_anything_even_keys(void **state)
{
	(void)state;
	accepts("https://example.com/some/01/other/path/01/01234567890128/21/12345");
	is(dl.serial, "12345");
	accepts("https://example.com/00/01/01234567890128");
	assert_true(dl.has_gtin);
}

static void test_capital_schemes_are_as_good(void **state)
{
	(void)state;
	accepts("HTTPS://EXAMPLE.COM/01/09780345418913");
	accepts("HTTP://EXAMPLE.COM/01/09780345418913");
}

static void test_the_fragment_is_not_looked_at(void **state)
{
	(void)state;
	accepts("https://example.com/01/09780345418913#a?10=b/21/c");
	assert_int_equal(dl.element_count, 1);
	assert_int_equal(dl.ignored_count, 0);
}

static void test_a_value_may_look_like_an_ai(void **state)
{
	(void)state;
	accepts("https://example.com/01/09780345418913/10/240/21/01");
	is(dl.lot, "240");
	is(dl.serial, "01");
}

/* --- percent encoding --- */

static void test_decodes_once_and_only_once(void **state)
{
	(void)state;
	accepts("https://example.com/01/09780345418913/21/%41%2f%2541");
	is(dl.serial, "A/%41");
	accepts("https://example.com/01/09780345418913/21/%2a%5f%2A%5F");
	is(dl.serial, "*_*_");
}

static void test_a_percent_sign_without_digits_stands_for_itself(void **state)
{
	(void)state;
	becomes("https://example.com/01/09780345418913/21/5%/",
		"https://id.gs1.org/01/09780345418913/21/5%25", "(01)09780345418913(21)5%");
	becomes("https://example.com/01/09780345418913/21/%4",
		"https://id.gs1.org/01/09780345418913/21/%254", "(01)09780345418913(21)%4");
	becomes("https://example.com/01/09780345418913/21/%zz",
		"https://id.gs1.org/01/09780345418913/21/%25zz", "(01)09780345418913(21)%zz");
}

static void test_a_plus_is_a_plus_in_the_path_and_a_blank_in_the_query(void **state)
{
	(void)state;
	accepts("https://example.com/01/09780345418913/21/A+B");
	is(dl.serial, "A+B");
	refuses("https://example.com/01/09780345418913?240=A+B", DL_BAD_VALUE_CHARACTER);
	accepts("https://example.com/01/09780345418913?240=A%2BB");
	is(digital_link_value(&dl, 240), "A+B");
}

/* --- canonical form --- */

static void test_canonical_form_escapes_all_but_unreserved_characters(void **state)
{
	(void)state;
	becomes("http://x/01/80614141123458/21/6789%2F%26%25%22!%3F()",
		"https://id.gs1.org/01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29",
		"(01)80614141123458(21)6789/&%\"!?\\()");
	becomes("http://x/8004/9521%2d2.1_W", "https://id.gs1.org/8004/9521-2.1_W",
		"(8004)9521-2.1_W");
}

static void test_canonical_query_has_fixed_length_ais_first(void **state)
{
	(void)state;
	becomes("https://x/01/07836491528371?a=1&3103=000195&3922=0299&17=201225",
		"https://id.gs1.org/01/07836491528371?3103=000195&17=201225&3922=0299",
		"(01)07836491528371(3103)000195(3922)0299(17)201225");
}

static void test_canonical_path_is_the_path_of_the_canonical_form(void **state)
{
	struct buf out;

	(void)state;
	accepts("https://x/stem/01/07836491528371/10/a%2Fb?17=201225");
	buf_init(&out, DL_CANONICAL_MAX);
	digital_link_canonical_path(&dl, &out);
	is(buf_slice(&out), "/01/07836491528371/10/a%2Fb");
	buf_release(&out);
}

/* --- from a request --- */

static void from_request(const char *path, const char *query, enum dl_result expected)
{
	assert_int_equal(digital_link_parse_path(slice_of(path), slice_of(query), &dl), expected);
}

static void test_reads_a_requests_path_and_query(void **state)
{
	(void)state;
	from_request("/01/09780345418913/21/A%2F1", "17=261231&lang=en", DL_OK);
	is(dl.serial, "A/1");
	is(digital_link_value(&dl, 17), "261231");
	is(dl.ignored[0], "lang=en");
	assert_int_equal(
	    digital_link_parse_path(S("/01/09780345418913"), (struct slice){ NULL, 0 }, &dl),
	    DL_OK);
}

static void test_refuses_a_requests_path_that_is_none(void **state)
{
	(void)state;
	from_request("", "", DL_NO_KEY);
	from_request("/", "", DL_NO_KEY);
	from_request("01/09780345418913", "", DL_NO_KEY);
	from_request("/favicon.ico", "", DL_NO_KEY);
	from_request("/01/09780345418913?x", "", DL_BAD_CHARACTER);
	from_request("/01/09780345418913#x", "", DL_BAD_CHARACTER);
	from_request("/01/09780345418913", "a#b", DL_BAD_CHARACTER);
	from_request("/01/09780345418913 ", "", DL_BAD_CHARACTER);
}

/* --- one trailing slash --- */

static void test_one_trailing_slash_changes_nothing(void **state)
{
	(void)state;
	becomes("https://x/01/09780345418913/21/A1/", "https://id.gs1.org/01/09780345418913/21/A1",
		"(01)09780345418913(21)A1");
	accepts("https://x/01/09780345418913/?17=261231");
	from_request("/01/09780345418913/", "", DL_OK);
	accepts("https://x/01/09780345418913/21/10/");
	is(dl.serial, "10");
}

static void test_two_trailing_slashes_are_one_too_many(void **state)
{
	(void)state;
	refuses("https://x/01/09780345418913//", DL_NO_KEY);
}

static void test_a_slash_is_no_value(void **state)
{
	(void)state;
	refuses("https://x/01/", DL_EMPTY_VALUE);
	refuses("https://x/01/09780345418913/21/", DL_EMPTY_VALUE);
	assert_int_equal(dl.error_ai, 21);
}

/* --- refusals, one a code --- */

static void test_refuses_what_is_not_a_uri(void **state)
{
	(void)state;
	refuses("", DL_BAD_SCHEME);
	refuses("(01)09780345418913", DL_BAD_SCHEME);
	refuses("ftp://x/01/09780345418913", DL_BAD_SCHEME);
	refuses("Https://x/01/09780345418913", DL_BAD_SCHEME);
	refuses("https://x/01/09780345418913 ", DL_BAD_CHARACTER);
	refuses("https://x/01/09780345418913/21/\xe6\xba\xaf", DL_BAD_CHARACTER);
	refuses("https://x/01/09780345418913/21/a\"b", DL_BAD_CHARACTER);
	assert_int_equal(
	    digital_link_parse((struct slice){ "https://x/01/\0009780345418913", 27 }, &dl),
	    DL_BAD_CHARACTER);
	refuses("https:///01/09780345418913", DL_BAD_HOST);
	refuses("https://user@x/01/09780345418913", DL_BAD_HOST);
	refuses("https://x?/01/09780345418913", DL_BAD_HOST);
	refuses("https://x", DL_NO_KEY);
}

static void test_refuses_a_path_without_a_key(void **state)
{
	(void)state;
	refuses("https://x/", DL_NO_KEY);
	refuses("https://x/21/A1", DL_NO_KEY);
	refuses("https://x/gtin/09780345418913", DL_NO_KEY);
	refuses("https://x/01/09780345418913/ser/A1", DL_NO_KEY);
	refuses("https://x/01/09780345418913/21", DL_NO_KEY);
	refuses("https://x/1/09780345418913", DL_NO_KEY);
	refuses("https://x/%30%31/09780345418913", DL_NO_KEY);
	refuses("https://x/9999/1", DL_NO_KEY);
}

static void test_a_gtin_has_14_digits_in_a_link(void **state)
{
	(void)state;
	refuses("https://x/01/9780345418913", DL_VALUE_TOO_SHORT);
	refuses("https://x/01/96385074", DL_VALUE_TOO_SHORT);
	refuses("https://x/01/009780345418913", DL_VALUE_TOO_LONG);
	refuses("https://x/01/0978034541891X", DL_BAD_VALUE_CHARACTER);
	refuses("https://x/01/09780345418914", DL_BAD_CHECK_DIGIT);
	assert_string_equal(dl.error, "(01) GTIN: the check digit is wrong");
	assert_int_equal(dl.error_ai, 1);
}

static void test_serial_and_lot_have_at_most_20_characters_of_set_82(void **state)
{
	(void)state;
	accepts("https://x/01/09780345418913/21/12345678901234567890");
	refuses("https://x/01/09780345418913/21/123456789012345678901", DL_VALUE_TOO_LONG);
	refuses("https://x/01/09780345418913/10/123456789012345678901", DL_VALUE_TOO_LONG);
	refuses("https://x/01/09780345418913/21/a%20b", DL_BAD_VALUE_CHARACTER);
	refuses("https://x/01/09780345418913/21/a~b", DL_BAD_VALUE_CHARACTER);
	refuses("https://x/01/09780345418913/21/%E6%BA%AF", DL_BAD_VALUE_CHARACTER);
	refuses("https://x/01/09780345418913/21/a%00b", DL_NUL_IN_VALUE);
}

static void test_qualifiers_keep_their_order_and_their_key(void **state)
{
	(void)state;
	accepts("https://x/01/09780345418913/22/a/10/b/21/c");
	accepts("https://x/01/09780345418913/22/a/21/c");
	accepts("https://x/01/09780345418913/235/a");
	accepts("https://x/8006/040123451234560102/10/b/21/c");
	accepts("https://x/414/6291041500213/254/a");
	refuses("https://x/01/09780345418913/21/c/10/b", DL_BAD_QUALIFIERS);
	refuses("https://x/01/09780345418913/10/b/22/a", DL_BAD_QUALIFIERS);
	refuses("https://x/01/09780345418913/235/a/21/c", DL_BAD_QUALIFIERS);
	refuses("https://x/01/09780345418913/10/a/10/b", DL_BAD_QUALIFIERS);
	refuses("https://x/01/09780345418913/17/261231", DL_BAD_QUALIFIERS);
	refuses("https://x/00/376104250021234569/10/a", DL_BAD_QUALIFIERS);
	refuses("https://x/414/6291041500213/254/a/7040/1abc", DL_BAD_QUALIFIERS);
}

static void test_the_query_takes_attributes_only(void **state)
{
	(void)state;
	refuses("https://x/01/09780345418913?21=A", DL_NOT_AN_ATTRIBUTE);
	refuses("https://x/01/09780345418913?10=A", DL_BELONGS_IN_PATH);
	refuses("https://x/01/09780345418913/21/S?10=A", DL_BELONGS_IN_PATH);
	accepts("https://x/01/09780345418913/235/a?10=A");
	is(dl.lot, "A");
	refuses("https://x/01/09780345418913?99=a&99=a", DL_DUPLICATE_AI);
	refuses("https://x/01/09780345418913?01=09780345418913", DL_DUPLICATE_AI);
	refuses("https://x/01/09780345418913?17=", DL_EMPTY_VALUE);
	refuses("https://x/01/09780345418913?17=26%00", DL_NUL_IN_VALUE);
	refuses("https://x/01/09780345418913?1234=a", DL_UNKNOWN_AI);
	refuses("https://x/01/09780345418913?=a", DL_UNKNOWN_AI);
	refuses("https://x/01/09780345418913?1=a", DL_UNKNOWN_AI);
}

static void test_ais_need_and_forbid_each_other(void **state)
{
	(void)state;
	refuses("https://x/01/09780345418913?37=5", DL_AI_EXCLUDED);
	refuses("https://x/01/09780345418913?3100=000001&3101=000001", DL_AI_EXCLUDED);
	refuses("https://x/01/09780345418913?4300=a", DL_AI_MISSING);
	assert_int_equal(dl.error_ai, 4300);
	refuses("https://x/01/09780345418913?250=a", DL_AI_MISSING);
	accepts("https://x/01/09780345418913/21/b?250=a");
	refuses("https://x/01/09780345418913?3920=1", DL_AI_MISSING);
	accepts("https://x/01/09780345418913?3920=1&3105=000001");
	refuses("https://x/01/09780345418913?7004=5", DL_AI_MISSING);
	accepts("https://x/01/09780345418913/10/L?7004=5");
	refuses("https://x/01/09780345418913?8030=abcd", DL_AI_MISSING);
	accepts("https://x/01/09780345418913/21/c?8030=abcd");
	refuses("https://x/253/6291041500213?8030=abcd", DL_SERIAL_MISSING);
	accepts("https://x/253/62910415002131?8030=abcd");
	refuses("https://x/255/6291041500213?8030=abcd", DL_SERIAL_MISSING);
	refuses("https://x/8003/09780345418913?8030=abcd", DL_SERIAL_MISSING);
	accepts("https://x/8003/09780345418913A?8030=abcd");
}

static void test_dates_and_times_must_exist(void **state)
{
	(void)state;
	accepts("https://x/01/09780345418913?17=261200");
	accepts("https://x/01/09780345418913?17=240229");
	accepts("https://x/01/09780345418913?17=000229");
	refuses("https://x/01/09780345418913?17=230229", DL_BAD_DATE);
	refuses("https://x/01/09780345418913?17=261301", DL_BAD_DATE);
	refuses("https://x/01/09780345418913?17=260001", DL_BAD_DATE);
	refuses("https://x/01/09780345418913?17=260431", DL_BAD_DATE);
	refuses("https://x/01/09780345418913?7006=261200", DL_BAD_DATE);
	accepts("https://x/01/09780345418913?7003=2612312359");
	refuses("https://x/01/09780345418913?7003=2612312400", DL_BAD_DATE);
	refuses("https://x/01/09780345418913?7003=2612312360", DL_BAD_DATE);
	accepts("https://x/01/09780345418913?8008=261231235959");
	refuses("https://x/01/09780345418913?8008=261231235960", DL_BAD_DATE);
	refuses("https://x/01/09780345418913?8008=2612312", DL_VALUE_TOO_SHORT);
	refuses("https://x/01/09780345418913?8008=261231231", DL_BAD_VALUE_LENGTH);
	accepts("https://x/8018/654673483739829824?7250=19960229");
	refuses("https://x/8018/654673483739829824?7250=19000229", DL_BAD_DATE);
	refuses("https://x/8018/654673483739829824?7250=19960200", DL_BAD_DATE);
}

static void test_a_company_prefix_begins_with_four_digits(void **state)
{
	(void)state;
	accepts("https://x/8004/4000A");
	refuses("https://x/8004/400A1", DL_BAD_COMPANY_PREFIX);
	refuses("https://x/8004/400", DL_BAD_COMPANY_PREFIX);
}

static void test_the_content_of_a_value_follows_its_ai(void **state)
{
	(void)state;
	accepts("https://x/01/09780345418913?422=156");
	refuses("https://x/01/09780345418913?422=157", DL_BAD_VALUE);
	accepts("https://x/01/09780345418913?423=156276");
	refuses("https://x/01/09780345418913?423=15627", DL_BAD_VALUE_LENGTH);
	accepts("https://x/01/09780345418913?7030=999AB");
	refuses("https://x/01/09780345418913?7030=000AB", DL_BAD_VALUE);
	accepts("https://x/00/376104250021234569?4307=CN");
	refuses("https://x/00/376104250021234569?4307=cn", DL_BAD_VALUE);
	refuses("https://x/00/376104250021234569?4307=CX1", DL_VALUE_TOO_LONG);
	accepts("https://x/00/376104250021234569?4300=Acme%2520Ltd");
	refuses("https://x/00/376104250021234569?4300=100%25", DL_BAD_VALUE);
	accepts("https://x/00/376104250021234569?4309=18000000003600000000");
	refuses("https://x/00/376104250021234569?4309=18000000010000000000", DL_BAD_VALUE);
	refuses("https://x/00/376104250021234569?4309=18000000003600000001", DL_BAD_VALUE);
	refuses("https://x/00/376104250021234569?4321=2", DL_BAD_VALUE);
	accepts("https://x/00/376104250021234569?4330=000451-");
	refuses("https://x/00/376104250021234569?4330=000451%2B", DL_BAD_VALUE);
	accepts("https://x/01/09780345418913?8001=00010000100100");
	refuses("https://x/01/09780345418913?8001=00000000100100", DL_BAD_VALUE);
	refuses("https://x/01/09780345418913?8001=00010000100120", DL_BAD_VALUE);
	refuses("https://x/8003/19780345418913", DL_BAD_VALUE);
	refuses("https://x/8006/040123451234560201", DL_BAD_VALUE);
	refuses("https://x/8006/040123451234560001", DL_BAD_VALUE);
	refuses("https://x/8010/1234A/8011/012", DL_BAD_VALUE);
	refuses("https://x/8010/1234a", DL_BAD_VALUE_CHARACTER);
	accepts("https://x/8018/654673483739829824?7252=9");
	refuses("https://x/8018/654673483739829824?7252=3", DL_BAD_VALUE);
	accepts("https://x/8018/654673483739829824?7241=80");
	refuses("https://x/8018/654673483739829824?7241=11", DL_BAD_VALUE);
	accepts("https://x/8018/654673483739829824?7258=2/3&7259=A");
	refuses("https://x/8018/654673483739829824?7258=4/3&7259=A", DL_BAD_VALUE);
	refuses("https://x/8018/654673483739829824?7258=1/0&7259=A", DL_BAD_VALUE);
	accepts("https://x/417/6291041500213/7040/1ABc");
	refuses("https://x/417/6291041500213/7040/1AB.", DL_BAD_VALUE);
}

static void test_money_needs_a_currency_and_an_iban_its_check_digits(void **state)
{
	static const char pay_to[] = "https://x/415/6291041500213/8020/INV1";
	char uri[160];

	(void)state;
	accepts(pay_to);
	refuses("https://x/415/6291041500213", DL_AI_MISSING);
	(void)snprintf(uri, sizeof(uri), "%s?3912=978100", pay_to);
	accepts(uri);
	(void)snprintf(uri, sizeof(uri), "%s?3912=000100", pay_to);
	refuses(uri, DL_BAD_VALUE);
	(void)snprintf(uri, sizeof(uri), "%s?8007=GB82WEST12345698765432", pay_to);
	accepts(uri);
	(void)snprintf(uri, sizeof(uri), "%s?8007=GB82WEST12345698765423", pay_to);
	refuses(uri, DL_BAD_VALUE);
}

static void test_a_model_number_ends_in_its_check_pair(void **state)
{
	(void)state;
	accepts("https://x/8013/1987654Ad4X4bL5ttr2310c2K");
	refuses("https://x/8013/1987654Ad4X4bL5ttr2310c2L", DL_BAD_CHECK_DIGIT);
	refuses("https://x/8013/1987645Ad4X4bL5ttr2310c2K", DL_BAD_CHECK_DIGIT);
}

static void test_a_coupon_holds_its_fields(void **state)
{
	(void)state;
	accepts("https://x/01/09780345418913?8110=106141416543213150110120");
	refuses("https://x/01/09780345418913?8110=10614141654321315011012", DL_BAD_VALUE);
	refuses("https://x/01/09780345418913?8110=706141416543213150110120", DL_BAD_VALUE);
	accepts("https://x/01/09780345418913?8110=1061414165432131501101203261231"
		"4260101");
	refuses("https://x/01/09780345418913?8110=1061414165432131501101203260101"
		"4261231",
		DL_BAD_VALUE);
	accepts("https://x/01/09780345418913?8112=00123456123456"
		"0123456");
	refuses("https://x/01/09780345418913?8112=20123456123456"
		"0123456",
		DL_BAD_VALUE);
	refuses("https://x/01/09780345418913?8112=00123456123456"
		"01234567",
		DL_BAD_VALUE);
}

static void test_limits_hold_and_one_less_is_fine(void **state)
{
	struct buf uri;

	(void)state;
	buf_init(&uri, 8192);
	buf_add_string(&uri, "https://x/01/09780345418913?a=");
	while (uri.length < DL_URI_MAX)
		buf_add_char(&uri, 'b');
	accepts(buf_string(&uri));
	buf_add_char(&uri, 'b');
	refuses(buf_string(&uri), DL_TOO_LONG);
	assert_int_equal(digital_link_parse_path(S("/01/09780345418913"), buf_slice(&uri), &dl),
			 DL_TOO_LONG);

	buf_clear(&uri);
	while (uri.length < DL_URI_MAX - 18)
		buf_add_char(&uri, 'b');
	assert_int_equal(digital_link_parse_path(S("/01/09780345418913"), buf_slice(&uri), &dl),
			 DL_OK);
	buf_add_char(&uri, 'b');
	assert_int_equal(digital_link_parse_path(S("/01/09780345418913"), buf_slice(&uri), &dl),
			 DL_TOO_LONG);

	buf_clear(&uri);
	buf_add_string(&uri, "https://x/01/09780345418913?a");
	for (int i = 2; i < DL_ELEMENTS_MAX; i++)
		buf_add_string(&uri, "&a");
	accepts(buf_string(&uri));
	buf_add_string(&uri, "&a");
	refuses(buf_string(&uri), DL_TOO_MANY);
	buf_release(&uri);
}

static void test_every_result_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (enum dl_result a = DL_OK; a < DL_RESULT_COUNT; a++)
		for (enum dl_result b = DL_OK; b < a; b++)
			assert_string_not_equal(digital_link_result_word(a),
						digital_link_result_word(b));
}

static void test_a_refusal_forgets_what_the_link_before_said(void **state)
{
	(void)state;
	accepts("https://x/01/09780345418913/21/A1");
	refuses("https://x/favicon.ico", DL_NO_KEY);
	accepts("https://x/00/376104250021234569");
	is(dl.serial, "");
	assert_false(dl.has_gtin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_gtin_and_serial),
		cmocka_unit_test(test_reads_the_lot_between_gtin_and_serial),
		cmocka_unit_test(test_a_link_of_another_key_has_no_gtin),
		cmocka_unit_test(
		    test_reads_the_querys_ais_and_keeps_other_parameters_as_they_stood),
		cmocka_unit_test(test_the_stem_may_hold_anything_even_keys),
		cmocka_unit_test(test_capital_schemes_are_as_good),
		cmocka_unit_test(test_the_fragment_is_not_looked_at),
		cmocka_unit_test(test_a_value_may_look_like_an_ai),
		cmocka_unit_test(test_decodes_once_and_only_once),
		cmocka_unit_test(test_a_percent_sign_without_digits_stands_for_itself),
		cmocka_unit_test(test_a_plus_is_a_plus_in_the_path_and_a_blank_in_the_query),
		cmocka_unit_test(test_canonical_form_escapes_all_but_unreserved_characters),
		cmocka_unit_test(test_canonical_query_has_fixed_length_ais_first),
		cmocka_unit_test(test_canonical_path_is_the_path_of_the_canonical_form),
		cmocka_unit_test(test_reads_a_requests_path_and_query),
		cmocka_unit_test(test_refuses_a_requests_path_that_is_none),
		cmocka_unit_test(test_one_trailing_slash_changes_nothing),
		cmocka_unit_test(test_two_trailing_slashes_are_one_too_many),
		cmocka_unit_test(test_a_slash_is_no_value),
		cmocka_unit_test(test_refuses_what_is_not_a_uri),
		cmocka_unit_test(test_refuses_a_path_without_a_key),
		cmocka_unit_test(test_a_gtin_has_14_digits_in_a_link),
		cmocka_unit_test(test_serial_and_lot_have_at_most_20_characters_of_set_82),
		cmocka_unit_test(test_qualifiers_keep_their_order_and_their_key),
		cmocka_unit_test(test_the_query_takes_attributes_only),
		cmocka_unit_test(test_ais_need_and_forbid_each_other),
		cmocka_unit_test(test_dates_and_times_must_exist),
		cmocka_unit_test(test_a_company_prefix_begins_with_four_digits),
		cmocka_unit_test(test_the_content_of_a_value_follows_its_ai),
		cmocka_unit_test(test_money_needs_a_currency_and_an_iban_its_check_digits),
		cmocka_unit_test(test_a_model_number_ends_in_its_check_pair),
		cmocka_unit_test(test_a_coupon_holds_its_fields),
		cmocka_unit_test(test_limits_hold_and_one_less_is_fine),
		cmocka_unit_test(test_every_result_has_a_word_of_its_own),
		cmocka_unit_test(test_a_refusal_forgets_what_the_link_before_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
