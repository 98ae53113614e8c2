/* Label orders: one set of members, defaults and limits, whoever asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/order.h"

static struct label_order order;
static struct label_refusal refusal;

static int set_up(void **state)
{
	(void)state;
	label_order_init(&order);
	refusal = (struct label_refusal){ "?", "" };
	return 0;
}

static bool set(const char *member, const char *value)
{
	return label_order_set(&order, slice_of(member), slice_of(value), &refusal);
}

static bool read_json(const char *text)
{
	json_t *object = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	bool good;

	assert_non_null(object);
	good = label_order_read(&order, object, &refusal);
	json_decref(object);
	return good;
}

static const char *written(void)
{
	static char text[2048];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	label_order_write(&order, &out);
	(void)snprintf(text, sizeof(text), "%s", buf_string(&out));
	buf_release(&out);
	return text;
}

static void test_the_defaults_are_a_good_order(void **state)
{
	(void)state;
	assert_true(label_order_check(&order, &refusal));
	assert_string_equal(label_order_sheet(&order), "L7160");
	assert_true(set("format", "zpl"));
	assert_true(label_order_check(&order, &refusal));
	assert_string_equal(label_order_sheet(&order), "roll-50x30");
	assert_true(label_order_has_labels(&order));
	assert_true(set("format", "svg"));
	assert_false(label_order_has_labels(&order));
}

static void test_every_member_is_read_from_text(void **state)
{
	(void)state;
	assert_true(set("format", "zpl") && set("compact", "true") && set("label", "50.5x30"));
	assert_true(set("dpi", "203") && set("dots", "4") && set("level", "Q"));
	assert_true(set("start", "1") && set("copies", "3") && set("speed", "2"));
	assert_true(set("offset_x", "-1.25") && set("offset_y", "0.5"));
	assert_true(set("scale_x", "1.0025") && set("scale_y", "0.998"));
	assert_true(set("printer", "zd421-203"));
	assert_true(label_order_check(&order, &refusal));
	assert_int_equal(order.label.width, 50500);
	assert_true(order.offset_x == -1.25 && order.scale_x == 1.0025);
	assert_string_equal(
	    written(),
	    "{\"format\":\"zpl\",\"compact\":true,\"label\":\"50.5x30\",\"printer\":\"zd421-203\","
	    "\"dpi\":203,\"dots\":4,\"allow_small\":false,\"level\":\"Q\",\"start\":1,\"copies\":3,"
	    "\"offset_x\":-1.25,\"offset_y\":0.5,\"scale_x\":1.0025,\"scale_y\":0.998,\"speed\":"
	    "2}");
}

static void test_what_is_written_reads_back_as_the_same_order(void **state)
{
	static const char *const orders[] = {
		"{}",
		"{\"format\":\"png\",\"zip\":true,\"dpi\":600,\"level\":\"H\"}",
		"{\"offset_x\":-0.0,\"offset_y\":-0}",
		"{\"sheet\":\"L7651\",\"start\":65,\"offset_x\":0.1,\"scale_y\":1.000001}",
		"{\"format\":\"zpl\",\"copies\":1000,\"allow_small\":true,\"dots\":2}",
	};

	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		char first[2048];

		(void)set_up(state);
		assert_true(read_json(orders[i]));
		(void)snprintf(first, sizeof(first), "%s", written());
		(void)set_up(state);
		assert_true(read_json(first));
		assert_string_equal(written(), first);
	}
}

static void test_a_wrong_value_is_refused_with_its_member_and_limit(void **state)
{
	static const struct {
		const char *member, *value, *limit;
	} wrong[] = {
		{ "format", "gif", "is pdf, zpl, svg, png or eps" },
		{ "dpi", "99", "is a whole number, 100 to 2540" },
		{ "dpi", "300.5", "is a whole number, 100 to 2540" },
		{ "dots", "0", "1 to 200" },
		{ "dots", "201", "1 to 200" },
		{ "level", "X", "is L, M, Q or H" },
		{ "copies", "1001", "1 to 1000" },
		{ "start", "0", "1 to 10000" },
		{ "offset_x", "20.000001", "at most six decimals, -20 to 20" },
		{ "offset_x", "0.0000001", "-20 to 20" },
		{ "offset_y", "--1", "-20 to 20" },
		{ "offset_y", "nan", "-20 to 20" },
		{ "scale_x", "0.9", "0.95 to 1.05" },
		{ "scale_y", "1.", "0.95 to 1.05" },
		{ "label", "50", "is WIDTHxHEIGHT in millimetres, each 5 to 500" },
		{ "label", "50x4.999", "each 5 to 500" },
		{ "label", "x50", "each 5 to 500" },
		{ "label", "50x30x20", "each 5 to 500" },
		{ "sheet", "../L7160", "is a name" },
		{ "sheet", ".hidden", "is a name" },
		{ "sheet", "a/b", "is a name" },
		{ "printer", "", "is a name" },
		{ "zip", "yes", "is true or false" },
		{ "speed", "15", "1 to 14" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct label_order before = order;

		assert_false(set(wrong[i].member, wrong[i].value));
		assert_string_equal(refusal.member, wrong[i].member);
		if (strstr(refusal.limit, wrong[i].limit) == NULL)
			fail_msg("%s: %s", wrong[i].member, refusal.limit);
		assert_memory_equal(&before, &order, sizeof(order));
	}
	assert_false(set("colour", "red"));
	assert_string_equal(refusal.member, "");
	assert_string_equal(refusal.limit, "\"colour\" is no member of a label order");
}

static void test_json_values_must_be_of_their_own_kind(void **state)
{
	static const struct {
		const char *text, *member;
	} wrong[] = {
		{ "{\"dpi\":\"300\"}", "dpi" },
		{ "{\"dpi\":300.5}", "dpi" },
		{ "{\"zip\":1}", "zip" },
		{ "{\"zip\":\"true\"}", "zip" },
		{ "{\"format\":null}", "format" },
		{ "{\"format\":[\"pdf\"]}", "format" },
		{ "{\"offset_x\":true}", "offset_x" },
		{ "{\"offset_x\":1e300}", "offset_x" },
		{ "{\"sheet\":\"a\\u0000b\"}", "sheet" },
		{ "[]", "" },
		{ "{\"nonsense\":1}", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_false(read_json(wrong[i].text));
		assert_string_equal(refusal.member, wrong[i].member);
	}
	assert_true(read_json("{\"offset_x\":0.1,\"offset_y\":-2}"));
	assert_true(order.offset_x == 0.1 && order.offset_y == -2);
}

static void test_modules_under_gs1s_minimum_are_refused_with_what_to_take(void **state)
{
	(void)state;
	assert_true(set("dpi", "203") && set("dots", "3"));
	assert_false(label_order_check(&order, &refusal));
	assert_string_equal(refusal.member, "dots");
	assert_string_equal(refusal.limit, "is 4 or more at 203 dpi: 3 make modules of 0.375 mm, "
					   "and GS1 allows 0.396 mm and more; allow_small makes "
					   "smaller ones, for phones only");
	assert_true(set("allow_small", "true"));
	assert_true(label_order_check(&order, &refusal));
}

static void test_members_the_format_has_no_use_for_are_refused(void **state)
{
	static const struct {
		const char *format, *member, *value;
	} wrong[] = {
		{ "pdf", "zip", "true" },   { "pdf", "compact", "true" },
		{ "pdf", "speed", "2" },    { "svg", "sheet", "L7160" },
		{ "png", "start", "2" },    { "eps", "copies", "2" },
		{ "svg", "offset_x", "1" }, { "svg", "label", "50x30" },
		{ "zpl", "zip", "true" },   { "png", "scale_y", "1.01" },
	};

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		(void)set_up(state);
		assert_true(set("format", wrong[i].format));
		assert_true(set(wrong[i].member, wrong[i].value));
		assert_false(label_order_check(&order, &refusal));
		assert_string_equal(refusal.member, wrong[i].member);
	}
	(void)set_up(state);
	assert_true(set("sheet", "L7160") && set("label", "50x30"));
	assert_false(label_order_check(&order, &refusal));
	assert_string_equal(refusal.member, "label");
}

static bool add_printer(const char *text, char why[256])
{
	return label_order_add_printer(&order, slice_of(text), "my.printer", why, 256);
}

static void test_a_printer_file_says_what_the_order_did_not(void **state)
{
	char why[256] = "";

	(void)state;
	assert_true(set("offset_x", "0"));
	assert_true(add_printer("# measured\ndpi = 203\ndots=5\n offset_x = 1.5\noffset_y = -0.25\n"
				"scale_x = 1.002\n",
				why));
	assert_int_equal(order.dpi, 203);
	assert_int_equal(order.dots, 5);
	assert_true(order.offset_x == 0); /* given before */
	assert_true(order.offset_y == -0.25 && order.scale_x == 1.002 && order.scale_y == 1);
}

static void test_dots_of_another_resolution_are_not_taken_from_a_printer_file(void **state)
{
	char why[256] = "";

	(void)state;
	assert_true(set("dpi", "600"));
	assert_true(add_printer("dpi = 203\ndots = 4\n", why));
	assert_int_equal(order.dpi, 600);
	assert_int_equal(order.dots, 0);
}

static void test_a_wrong_printer_file_is_refused_by_line(void **state)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "dpi = 203\nformat = zpl\n", "my.printer:2: not a key of printer files" },
		{ "dpi 203", "my.printer:1: not \"key = value\"" },
		{ "\ndpi = 20", "my.printer:2: dpi is a whole number, 100 to 2540" },
		{ "dpi=300\ndpi=300", "my.printer:2: the key is given twice" },
	};
	struct label_order before = order;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char why[256] = "";

		assert_false(add_printer(wrong[i].text, why));
		if (strncmp(why, wrong[i].why, strlen(wrong[i].why)) != 0)
			fail_msg("%s", why);
	}
	assert_memory_equal(&before, &order, sizeof(order));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_the_defaults_are_a_good_order, set_up),
		cmocka_unit_test_setup(test_every_member_is_read_from_text, set_up),
		cmocka_unit_test_setup(test_what_is_written_reads_back_as_the_same_order, set_up),
		cmocka_unit_test_setup(test_a_wrong_value_is_refused_with_its_member_and_limit,
				       set_up),
		cmocka_unit_test_setup(test_json_values_must_be_of_their_own_kind, set_up),
		cmocka_unit_test_setup(
		    test_modules_under_gs1s_minimum_are_refused_with_what_to_take, set_up),
		cmocka_unit_test_setup(test_members_the_format_has_no_use_for_are_refused, set_up),
		cmocka_unit_test_setup(test_a_printer_file_says_what_the_order_did_not, set_up),
		cmocka_unit_test_setup(
		    test_dots_of_another_resolution_are_not_taken_from_a_printer_file, set_up),
		cmocka_unit_test_setup(test_a_wrong_printer_file_is_refused_by_line, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
