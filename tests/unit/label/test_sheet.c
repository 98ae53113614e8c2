/* Sheet files: every one we ship is sound, and faults are named by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/sheet.h"

#define GOOD                                                                       \
	"title = Test\npage_width = 210\npage_height = 297\nlabel_width = 63.99\n" \
	"label_height = 38.1\ncolumns = 3\nrows = 7\nleft = 7.48\ntop = 15.49\n"   \
	"pitch_x = 66.04\npitch_y=38.10\n"

static void test_reads_lengths_exactly(void **state)
{
	struct sheet s;
	char why[256];

	(void)state;
	assert_true(sheet_parse(S("# a comment\r\n\n  " GOOD), "x", &s, why, sizeof(why)));
	assert_string_equal(s.title, "Test");
	assert_int_equal(s.page_width, 210000);
	assert_int_equal(s.label_width, 63990);
	assert_int_equal(s.label_height, 38100);
	assert_int_equal(s.columns, 3);
	assert_int_equal(s.rows, 7);
	assert_int_equal(s.left, 7480);
	assert_int_equal(s.pitch_y, 38100);
	assert_int_equal(sheet_labels(&s), 21);
}

static void test_lengths_are_millimetres_with_three_decimals(void **state)
{
	static const struct {
		const char *text;
		uint64_t micrometres;
	} good[] = { { "0", 0 },     { "1", 1000 },	  { "1.5", 1500 },
		     { "0.05", 50 }, { "2000", 2000000 }, { "12.345", 12345 } };
	static const char *const bad[] = { "",	     ".",   "1.",  ".5",   "-1",
					   "1.2345", "1,5", "1e3", "2001", "99999999999999999999",
					   "1 ",     "0x1" };
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_true(sheet_length_parse(slice_of(good[i].text), &value));
		assert_int_equal(value, good[i].micrometres);
	}
	value = 7;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(sheet_length_parse(slice_of(bad[i]), &value));
	assert_int_equal(value, 7);
}

static void assert_refused(struct slice text, const char *reason)
{
	struct sheet s = { .rows = 77 };
	char why[256] = "";

	assert_false(sheet_parse(text, "x.sheet", &s, why, sizeof(why)));
	if (strstr(why, reason) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, reason);
	assert_int_equal(s.rows, 77);
}

static void test_names_line_and_fault(void **state)
{
	(void)state;
	assert_refused(S(""), "missing key: page_width");
	assert_refused(S(GOOD "rows = 7\n"), "x.sheet:12: given twice: rows");
	assert_refused(S("title = a\ntitle = b\n"), "x.sheet:2: given twice: title");
	assert_refused(S(GOOD "colour = red\n"), "x.sheet:12: unknown key: colour");
	assert_refused(S("rows\n"), "x.sheet:1: not \"key = value\"");
	assert_refused(S("rows = 0\n"), "x.sheet:1: not 1 to 200: 0");
	assert_refused(S("rows = 201\n"), "not 1 to 200");
	assert_refused(S("left = 1,5\n"), "x.sheet:1: not millimetres");
	assert_refused(S("title =\n"), "a title has 1 to 79 bytes");
	assert_refused(
	    S("title = 12345678901234567890123456789012345678901234567890123456789012345678"
	      "901234567890\n"),
	    "a title has 1 to 79 bytes");
	assert_refused(slice_from(S(GOOD), 13), "missing key: title");
}

static void test_refuses_labels_off_the_page_or_over_each_other(void **state)
{
	struct sheet s;
	char why[256], text[512];

	(void)state;
	(void)snprintf(text, sizeof(text), "%s", GOOD);
	memcpy(strstr(text, "66.04"), "63.98", 5);
	assert_refused(slice_of(text), "width");
	(void)snprintf(text, sizeof(text), "%s", GOOD);
	memcpy(strstr(text, "66.04"), "70.00", 5);
	assert_refused(slice_of(text), "width");
	(void)snprintf(text, sizeof(text), "%s", GOOD);
	memcpy(strstr(text, "15.49"), "31.00", 5);
	assert_refused(slice_of(text), "height");
	(void)snprintf(text, sizeof(text), "%s", GOOD);
	memcpy(strstr(text, "15.49"), "30.80", 5); /* 0.5 mm over the edge */
	assert_true(sheet_parse(slice_of(text), "x", &s, why, sizeof(why)));
}

static void test_every_sheet_we_ship_is_sound(void **state)
{
	static const struct {
		const char *name;
		uint64_t labels;
	} shipped[] = {
		{ "L7160", 21 },       { "L7163", 14 },	    { "L7165", 8 },
		{ "L7651", 65 },       { "L4732", 80 },	    { "L4731", 189 },
		{ "3474", 24 },	       { "3475", 24 },	    { "5160", 30 },
		{ "5163", 10 },	       { "5167", 80 },	    { "roll-40x30", 1 },
		{ "roll-50x30", 1 },   { "roll-60x40", 1 }, { "roll-100x50", 1 },
		{ "roll-100x150", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(shipped); i++) {
		char path[256], text[4096], why[256] = "";
		struct sheet s;
		FILE *in;

		(void)snprintf(path, sizeof(path), "conf/sheets/%s.sheet", shipped[i].name);
		in = fopen(path, "r");
		if (in == NULL)
			fail_msg("no %s here: run from the top folder", path);
		text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
		fclose(in);
		if (!sheet_parse(slice_of(text), path, &s, why, sizeof(why)))
			fail_msg("%s", why);
		assert_int_equal(sheet_labels(&s), shipped[i].labels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_lengths_exactly),
		cmocka_unit_test(test_lengths_are_millimetres_with_three_decimals),
		cmocka_unit_test(test_names_line_and_fault),
		cmocka_unit_test(test_refuses_labels_off_the_page_or_over_each_other),
		cmocka_unit_test(test_every_sheet_we_ship_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
