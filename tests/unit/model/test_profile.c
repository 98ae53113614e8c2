/* Mapping profiles: what they say, where they are wrong, and what they make of a record. */
#include "model/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;

static int make_arena(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int drop_arena(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct profile parsed(const char *text)
{
	char why[256] = "";
	struct profile p;

	if (!profile_parse(&p, slice_of(text), "p", &arena, why, sizeof(why)))
		fail_msg("%s", why);
	return p;
}

static void refuses(const char *text, const char *expected)
{
	char why[256] = "";
	struct profile p;

	assert_false(profile_parse(&p, slice_of(text), "p", &arena, why, sizeof(why)));
	assert_string_equal(why, expected);
}

/* A record for the profile: cells and, unless NULL, names. */
struct record {
	const char *cells[4], *names[4];
};

static struct slice cell_of(const void *user, size_t column)
{
	return column < 4 ? slice_of(((const struct record *)user)->cells[column]) : slice_of(NULL);
}

static struct slice name_of(const void *user, size_t column)
{
	return column < 4 ? slice_of(((const struct record *)user)->names[column]) : slice_of(NULL);
}

/* What field number `field` of the profile makes of the record. */
static void makes(struct profile *p, unsigned field, const struct record *r, size_t each,
		  const char *expected)
{
	struct profile_cells cells = { cell_of, name_of, r, 7, each };
	struct slice names[4];
	char why[256] = "";
	struct buf out;

	for (unsigned i = 0; i < 4; i++)
		names[i] = slice_of(r->names[i]);
	buf_init(&out, 4096);
	if (!profile_bind(p, r->names[0] == NULL ? NULL : names, 4, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(profile_text(p, &p->fields[field], &cells, &out), expected != NULL);
	if (expected != NULL)
		assert_string_equal(buf_string(&out), expected);
	buf_release(&out);
}

static const struct record tea = { { "T", "", " x ", "-1" }, { "a", "b", "c d", "e" } };

static void test_reads_settings_fields_and_comments(void **state)
{
	struct profile p = parsed("# a comment\r\n\n  table = product   # which record\r\n"
				  "delimiter=semicolon\nheader = no\ndecimal = ,\n"
				  "time_zone = Asia/Shanghai\ncount_from = 0\n"
				  "name.zh-CN = column #2\ngtin = column #1\nname = constant x");

	(void)state;
	assert_string_equal(p.record->record, "product");
	assert_int_equal(p.delimiter, ';');
	assert_false(p.header);
	assert_int_equal(p.decimal, ',');
	assert_true(slice_equal(p.time_zone, S("Asia/Shanghai")));
	assert_int_equal(p.count, 3);
	/* in the record's order, whatever the profile's */
	assert_string_equal(p.fields[0].field->name, "gtin");
	assert_true(slice_equal(p.fields[1].language, S("zh-CN")));
	assert_true(slice_equal(p.fields[2].language, S("und")));
}

static void test_names_every_mistake_with_its_line(void **state)
{
	(void)state;
	refuses("", "p:1: it does not say: table = RECORD");
	refuses("table = brand", "p:1: no record is called \"brand\"");
	refuses("gtin = column a", "p:1: the first line must be: table = RECORD");
	refuses("table = product\nname", "p:2: expected \"key = value\"");
	refuses("table = product\n\ncolour = column a", "p:3: a product has no field \"colour\"");
	refuses("table = product\ntable = lot", "p:2: table is set twice");
	refuses("table = product\nname = column a\nname.und = column b",
		"p:3: name.und is given twice");
	refuses("table = product\nname = constant a", "p:2: no line says what fills gtin");
	refuses("table = product\ngtin.en = column a", "p:2: gtin is not written in a language");
	refuses("table = product\nname.x = column a", "p:2: \"x\" is no language tag");
	refuses("table = product\nname = a", "p:2: \"a\" is no source: column, constant, template, "
					     "record, each");
	refuses("table = product\nname =", "p:2: the source is missing");
	refuses("table = product\nname = column", "p:2: what the source is is missing");
	refuses("table = product\nname = column \"a", "p:2: a quote is not closed");
	refuses("table = product\nname = column a b", "p:2: \"b\" is not understood");
	refuses("table = product\nname = constant \"\"", "p:2: an empty text fills no field");
	refuses("table = product\nname = template {a", "p:2: a template's { } does not hold a "
						       "column");
	refuses("table = product\nname = template {}", "p:2: a template's { } does not hold a "
						       "column");
	refuses("table = product\nname = column a date %Y", "p:2: name is no date");
	refuses("table = lot\nproduced_on = column a date %Y",
		"p:2: \"%Y\" does not tell a date (%Y or %y, %m %d and %M %S %f %z)");
	refuses("table = product\nname = column a map x",
		"p:2: a map is written FROM=TO FROM=TO …");
	refuses("table = product\nname = column a map x=y x=z", "p:2: \"x\" is given twice");
	refuses("table = product\nname = each value",
		"p:2: each is used, but no line above says: each = columns …");
	refuses("table = step\nparameters = column a",
		"p:2: say which parameter: parameters.NAME = …");
	refuses("delimiter = ,,",
		"p:1: the delimiter is one sign, or comma, semicolon, tab, space, bar");
	refuses("delimiter = \"", "p:1: the delimiter is one sign, or comma, semicolon, tab, "
				  "space, bar");
	refuses("header = maybe", "p:1: yes or no is expected, not \"maybe\"");
	refuses("decimal = ;", "p:1: the decimal mark is . or ,");
	refuses("time_zone = UTC'", "p:1: \"UTC'\" is not a time zone name");
	refuses("count_from = -1", "p:1: a whole number is expected, not \"-1\"");
	refuses("each = columns 1..2", "p:1: expected: each = columns #FIRST..#LAST");
	refuses("each = columns #3..#2", "p:1: the first column stands behind the last");
	refuses("each = columns #0..#2", "p:1: expected: each = columns #FIRST..#LAST");
}

static void test_a_nul_in_a_profile_is_refused(void **state)
{
	char why[256] = "";
	struct profile p;

	(void)state;
	assert_false(profile_parse(&p, S("table = product\nname = constant a\0b"), "p", &arena, why,
				   sizeof(why)));
	assert_string_equal(why, "p:2: the line holds a NUL byte");
}

static void test_finds_columns_by_name_and_number(void **state)
{
	struct profile p = parsed("table = product\ngtin = column a\nname = column \"c d\"\n"
				  "net_content = column #4");

	(void)state;
	makes(&p, 0, &tea, 0, "T");
	makes(&p, 1, &tea, 0, " x ");
	makes(&p, 2, &tea, 0, "-1");
}

static void test_says_which_column_the_file_lacks(void **state)
{
	struct profile p = parsed("table = product\ngtin = column a\nname = column #3");
	struct slice names[] = { S("a"), S("b"), S("a") };
	char why[256] = "";

	(void)state;
	assert_false(profile_bind(&p, names, 2, why, sizeof(why)));
	assert_string_equal(why, "there is no column #3, only 2");
	assert_false(profile_bind(&p, names, 3, why, sizeof(why)));
	assert_string_equal(why, "column \"a\" is there twice");
	assert_false(profile_bind(&p, names + 1, 1, why, sizeof(why)));
	assert_string_equal(why, "there is no column \"a\"");
	assert_false(profile_bind(&p, NULL, 3, why, sizeof(why)));
	assert_string_equal(why, "there is no column \"a\": the file has no header");
}

static void test_templates_join_columns_numbers_and_text(void **state)
{
	struct profile p =
	    parsed("table = product\ncount_from = 0\ngtin = template \"{a}/{#4}-{record}\"\n"
		   "name = template \"{a}{b}\"\nnet_content = record");

	(void)state;
	makes(&p, 0, &tea, 0, "T/-1-6");
	makes(&p, 1, &tea, 0, ""); /* b is blank: so is all */
	makes(&p, 2, &tea, 0, "6");
}

static void test_trims_only_where_told(void **state)
{
	struct profile p = parsed("table = product\ngtin = column \"c d\"\n"
				  "name = column \"c d\" trim");

	(void)state;
	makes(&p, 0, &tea, 0, " x ");
	makes(&p, 1, &tea, 0, "x");
	p = parsed("table = product\ntrim = yes\ngtin = column \"c d\"");
	makes(&p, 0, &tea, 0, "x");
}

static void test_maps_values_also_blank_and_any_other(void **state)
{
	struct profile p = parsed("table = product\ngtin = column e map -1=pass 1=fail\n"
				  "name = column b map \"\"=none *=some\n"
				  "description = column a map \"\"=none *=some\n"
				  "category = column a map x=y\norigin_place = column b map x=y");

	(void)state;
	makes(&p, 0, &tea, 0, "pass");
	makes(&p, 1, &tea, 0, "none");
	makes(&p, 2, &tea, 0, "some");
	makes(&p, 3, &tea, 0, NULL);
	makes(&p, 4, &tea, 0, ""); /* blank is none unless the map says otherwise */
}

static void test_each_gives_value_name_and_number_of_its_column(void **state)
{
	static const struct record nameless = { { "T", "", "x", "-1" }, { NULL } };
	struct profile p = parsed("table = product\neach = columns #2..#4\ngtin = each value\n"
				  "name = each name\nnet_content = each number\n"
				  "origin_country = template F{each}");

	(void)state;
	assert_true(profile_has_each(&p));
	makes(&p, 0, &tea, 3, "-1");
	makes(&p, 1, &tea, 3, "e");
	makes(&p, 2, &tea, 3, "4");
	makes(&p, 3, &tea, 3, "Fe");
	makes(&p, 3, &nameless, 3, "F4");
	assert_int_equal(profile_column(&p.fields[0], 3), 3);
	assert_true(profile_column(&p.fields[2], 3) == SIZE_MAX);
}

static void test_a_date_format_may_hold_a_blank(void **state)
{
	struct profile p = parsed("table = inspection\ngtin = column a\nlot = column a\n"
				  "test_code = column a\n"
				  "measured_at = column a date %d/%m/%Y %H:%M:%S trim");

	(void)state;
	assert_true(slice_equal(p.fields[3].date, S("%d/%m/%Y %H:%M:%S")));
	assert_true(p.fields[3].trim);
}

static void test_a_facility_has_a_time_zone_of_its_own(void **state)
{
	struct profile p = parsed("table = facility\ncode = column a\ntime_zone = column b");

	(void)state;
	assert_int_equal(p.count, 2);
	assert_true(slice_equal(p.time_zone, S("UTC")));
}

static void test_parameters_have_labels_and_a_unit(void **state)
{
	struct profile p =
	    parsed("table = step\ngtin = column a\nlot = column a\nposition = column a\n"
		   "parameters.t = column b label.en Heat label.zh-CN \"温 度\" unit °C");

	(void)state;
	assert_true(slice_equal(p.fields[3].parameter, S("t")));
	assert_true(slice_equal(p.fields[3].labels->to, S("Heat")));
	assert_true(slice_equal(p.fields[3].labels->next->from, S("zh-CN")));
	assert_true(slice_equal(p.fields[3].unit, S("°C")));
}

static void test_quotes_hold_blanks_signs_and_quotes(void **state)
{
	struct profile p =
	    parsed("table = product\ngtin = constant \"a \"\"b\"\" = # c\" # comment");

	(void)state;
	makes(&p, 0, &tea, 0, "a \"b\" = # c");
}

#define ARENA_TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, drop_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_reads_settings_fields_and_comments),
		ARENA_TEST(test_names_every_mistake_with_its_line),
		ARENA_TEST(test_a_nul_in_a_profile_is_refused),
		ARENA_TEST(test_finds_columns_by_name_and_number),
		ARENA_TEST(test_says_which_column_the_file_lacks),
		ARENA_TEST(test_templates_join_columns_numbers_and_text),
		ARENA_TEST(test_trims_only_where_told),
		ARENA_TEST(test_maps_values_also_blank_and_any_other),
		ARENA_TEST(test_each_gives_value_name_and_number_of_its_column),
		ARENA_TEST(test_a_date_format_may_hold_a_blank),
		ARENA_TEST(test_a_facility_has_a_time_zone_of_its_own),
		ARENA_TEST(test_parameters_have_labels_and_a_unit),
		ARENA_TEST(test_quotes_hold_blanks_signs_and_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
