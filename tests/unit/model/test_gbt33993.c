/* The forms of GB/T 33993 are read, checked and written. */
#include "model/gbt33993.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define G "06901234567892"

static enum gbt_result parse(const char *text, struct gbt_code *ret)
{
	*ret = (struct gbt_code){ .gtin = 77 };
	return gbt_parse(slice_of(text), ret);
}

static void test_reads_a_url_of_the_manufacturers_own(void **state)
{
	static const char *const urls[] = {
		"http://www.example.com/gtin/" G "/bat/Q4D593/ser/32a",
		"HTTPS://WWW.EXAMPLE.COM/GTIN/" G "/BAT/Q4D593/SER/32a",
		"https://example.com/any/stem/gtin/" G "/ser/32a/bat/Q4D593/?a=b#c",
		"https://example.com/gtin/" G "/bat/Q4D59%33/ser/%33%32a",
	};
	struct gbt_code c;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		assert_int_equal(parse(urls[i], &c), GBT_OK);
		assert_int_equal(c.form, GBT_MANUFACTURER_URL);
		assert_int_equal(c.gtin, 6901234567892);
		assert_string_equal(c.lot, "Q4D593");
		assert_string_equal(c.serial, "32a");
		assert_int_equal(c.unchecked.length, 0);
	}
	assert_int_equal(parse("http://h/gtin/" G, &c), GBT_OK);
	assert_string_equal(c.serial, "");
}

static void test_reads_element_strings(void **state)
{
	struct gbt_code c;

	(void)state;
	assert_int_equal(parse("(01)" G "(10)Q(4)D\\(21)x(21)32a(17)261231", &c), GBT_OK);
	assert_int_equal(c.form, GBT_ELEMENTS);
	assert_string_equal(c.lot, "Q(4)D(21)x");
	assert_string_equal(c.serial, "32a");
	assert_string_equal(c.expiry, "261231");
	assert_int_equal(parse("(01)" G "(3103)000195", &c), GBT_OK);
	assert_true(slice_equal(c.unchecked, S("3103")));
}

static void test_tells_a_keyword_it_has_no_rule_of(void **state)
{
	struct gbt_code c;

	(void)state;
	assert_int_equal(parse("http://h/gtin/" G "/exp/261231/ser/7", &c), GBT_OK);
	assert_true(slice_equal(c.unchecked, S("exp")));
	assert_string_equal(c.serial, "7");
}

static void test_refuses_and_says_what(void **state)
{
	static const struct {
		const char *text;
		enum gbt_result result;
	} cases[] = {
		{ "", GBT_NO_FORM },
		{ "hello", GBT_NO_FORM },
		{ "https://", GBT_NO_FORM },
		{ "https://h", GBT_NO_FORM },
		{ "https:///gtin/" G, GBT_NO_FORM },
		{ "https://h/01/" G "/21/A", GBT_NO_FORM },
		{ "https://h/Gtin/" G, GBT_NO_FORM },
		{ "https://h/gtin", GBT_EMPTY },
		{ "https://h/gtin/" G "/ser", GBT_EMPTY },
		{ "https://h/gtin/" G "/ser//bat/1", GBT_EMPTY },
		{ "https://h/gtin/6901234567892", GBT_BAD_GTIN },
		{ "https://h/gtin/06901234567893", GBT_BAD_GTIN },
		{ "https://h/gtin/" G "/gtin/" G, GBT_TWICE },
		{ "https://h/gtin/" G "/ser/1/ser/1", GBT_TWICE },
		{ "https://h/gtin/" G "/ser/123456789012345678901", GBT_BAD_SERIAL },
		{ "https://h/gtin/" G "/ser/a%2Fb", GBT_BAD_SERIAL },
		{ "https://h/gtin/" G "/ser/a%20b", GBT_BAD_SERIAL },
		{ "https://h/gtin/" G "/ser/a%00b", GBT_BAD_SERIAL },
		{ "https://h/gtin/" G "/bat/a%26b", GBT_BAD_LOT },
		{ "https://h/gtin/" G "/bat/a%3", GBT_BAD_ESCAPE },
		{ "https://h/gtin/" G "/bat/a%g0", GBT_BAD_ESCAPE },
		{ "(21)1(01)" G, GBT_NO_GTIN },
		{ "(10)1", GBT_NO_GTIN },
		{ "(01)" G "(17)261331", GBT_BAD_EXPIRY },
		{ "(01)" G "(17)", GBT_EMPTY },
		{ "(01)" G "(21)a<b", GBT_BAD_SERIAL },
		{ "(", GBT_NO_FORM },
		{ "(01", GBT_NO_FORM },
	};
	struct gbt_code c;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum gbt_result result = parse(cases[i].text, &c);

		if (result != cases[i].result)
			fail_msg("%s: %s", cases[i].text, gbt_result_word(result));
		assert_int_equal(c.gtin, 77);
		assert_true(strlen(gbt_reason(result)) > 3);
	}
}

static void test_refuses_what_is_too_long(void **state)
{
	char text[GBT_TEXT_MAX + 2];
	struct gbt_code c;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "(01)" G "(10)", 22);
	assert_int_equal(gbt_parse((struct slice){ text, GBT_TEXT_MAX + 1 }, &c), GBT_TOO_LONG);
	assert_int_equal(gbt_parse((struct slice){ text, GBT_TEXT_MAX }, &c), GBT_BAD_LOT);
}

static void test_a_path_has_the_keyword_at_its_root(void **state)
{
	struct gbt_code c;

	(void)state;
	assert_int_equal(gbt_parse_path(S("/gtin/" G "/ser/7/"), &c), GBT_OK);
	assert_string_equal(c.serial, "7");
	assert_int_equal(gbt_parse_path(S("/a/gtin/" G "/ser/7"), &c), GBT_NO_FORM);
	assert_int_equal(gbt_parse_path(S("/01/" G "/21/7"), &c), GBT_NO_FORM);
	assert_int_equal(gbt_parse_path(S(""), &c), GBT_NO_FORM);
}

static void test_does_not_print_what_the_standard_leaves_out(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_false(gbt_print_url(S("https://h"), 6901234567892, S(""), S("a/b"), &out));
	assert_false(gbt_print_url(S("https://h"), 6901234567892, S("a%"), S("1"), &out));
	assert_false(gbt_print_url(S("https://h"), 6901234567892, S("a b"), S("1"), &out));
	assert_int_equal(out.length, 0);
	buf_release(&out);
}

/* A small generator: the same numbers in every run. */
static unsigned next_number(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

static struct slice random_value(uint64_t *seed, char room[GS1_SERIAL_MAX])
{
	static const char set[] = "!\"'()*+,-.0123456789:;=ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				  "abcdefghijklmnopqrstuvwxyz";
	size_t length = next_number(seed) % (GS1_SERIAL_MAX + 1);

	for (size_t i = 0; i < length; i++)
		room[i] = set[next_number(seed) % (sizeof(set) - 1)];
	return (struct slice){ room, length };
}

static void test_what_is_printed_reads_as_it_was_and_prints_the_same(void **state)
{
	uint64_t seed = 7;
	struct buf first, second;

	(void)state;
	buf_init(&first, 1000);
	buf_init(&second, 1000);
	for (unsigned i = 0; i < 20000; i++) {
		char rooms[2][GS1_SERIAL_MAX];
		struct slice lot = random_value(&seed, rooms[0]);
		struct slice serial = random_value(&seed, rooms[1]);
		struct gbt_code c;

		buf_clear(&first);
		buf_clear(&second);
		assert_true(gbt_print_url(S("HTTPS://A.CN"), 6901234567892, lot, serial, &first));
		assert_int_equal(gbt_parse(buf_slice(&first), &c), GBT_OK);
		assert_true(slice_equal(slice_of(c.lot), lot));
		assert_true(slice_equal(slice_of(c.serial), serial));
		assert_true(gbt_print_url(S("HTTPS://A.CN"), c.gtin, slice_of(c.lot),
					  slice_of(c.serial), &second));
		assert_true(slice_equal(buf_slice(&first), buf_slice(&second)));
	}
	buf_release(&first);
	buf_release(&second);
}

/* Any bytes at all: no crash, no read outside (the sanitizers look), no half-filled result. */
static void test_any_bytes_are_judged(void **state)
{
	static const char *const starts[] = { "", "(", "(01)" G "(", "http://h/gtin/" G "/" };
	static const char pieces[] = "/()%gtinserbat0169\\?#<AZ\x80";
	uint64_t seed = 11;

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		const char *start = starts[next_number(&seed) % COUNT_OF(starts)];
		size_t length = strlen(start), more = next_number(&seed) % 40;
		char *text = malloc(length + more + 1);
		struct gbt_code c = { .gtin = 77 };

		assert_non_null(text);
		memcpy(text, start, length);
		for (size_t k = 0; k < more; k++)
			text[length++] = pieces[next_number(&seed) % (sizeof(pieces) - 1)];
		if (gbt_parse((struct slice){ text, length }, &c) == GBT_OK)
			assert_true(gtin_valid(c.gtin));
		else
			assert_int_equal(c.gtin, 77);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_url_of_the_manufacturers_own),
		cmocka_unit_test(test_reads_element_strings),
		cmocka_unit_test(test_tells_a_keyword_it_has_no_rule_of),
		cmocka_unit_test(test_refuses_and_says_what),
		cmocka_unit_test(test_refuses_what_is_too_long),
		cmocka_unit_test(test_a_path_has_the_keyword_at_its_root),
		cmocka_unit_test(test_does_not_print_what_the_standard_leaves_out),
		cmocka_unit_test(test_what_is_printed_reads_as_it_was_and_prints_the_same),
		cmocka_unit_test(test_any_bytes_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
