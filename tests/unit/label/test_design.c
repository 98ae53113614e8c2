/* Designs of labels: what is read, what is refused and in which words, and that writing is stable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/design.h"

enum { WHY = 200 };

static bool read(const char *text, struct label_design *ret, char why[WHY])
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	bool good;

	assert_non_null(json);
	good = label_design_read(json, ret, why, WHY);
	json_decref(json);
	return good;
}

static struct label_design good(const char *text)
{
	struct label_design d = { .given = false };
	char why[WHY] = "";

	if (!read(text, &d, why))
		fail_msg("%s: %s", text, why);
	assert_true(d.given);
	return d;
}

static void test_absent_members_have_their_defaults(void **state)
{
	struct label_design d = good("{\"parts\":[{}]}");

	(void)state;
	assert_int_equal(d.symbol_x + d.symbol_y, 0);
	assert_false(d.cut_marks);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.parts[0].what, DESIGN_SERIAL);
	assert_int_equal(d.parts[0].align, DESIGN_LEFT);
	assert_int_equal(d.parts[0].width, 20000);
	assert_int_equal(d.parts[0].size, 70);
	assert_string_equal(d.parts[0].text, "");
	assert_int_equal(good("{}").count, 0);
}

static void test_lengths_are_kept_to_the_micrometre(void **state)
{
	struct label_design d =
	    good("{\"symbol\":{\"x\":1.0005,\"y\":0.1},\"parts\":[{\"x\":12.345,"
		 "\"y\":499.9999,\"width\":1,\"size\":7.25}]}");

	(void)state;
	assert_int_equal(d.symbol_x, 1001);
	assert_int_equal(d.symbol_y, 100);
	assert_int_equal(d.parts[0].x, 12345);
	assert_int_equal(d.parts[0].y, 500000);
	assert_int_equal(d.parts[0].size, 73);
}

static void test_a_text_is_that_of_the_designs_language_else_of_english_else_the_first(void **state)
{
	struct label_design d = good(
	    "{\"language\":\"zh-CN\",\"parts\":[{\"what\":\"text\",\"text\":{\"en\":\"Keep "
	    "dry\",\"zh-CN\":\"保持干燥\"}},{\"what\":\"text\",\"text\":{\"fr\":\"Sec\",\"en\":"
	    "\"Dry\"}},"
	    "{\"what\":\"text\",\"text\":{\"fr\":\"Sec\"}},{\"what\":\"lot\",\"text\":\"LOT\"},"
	    "{\"what\":\"lot\",\"text\":{}},{\"what\":\"lot\",\"text\":null}]}");

	(void)state;
	assert_string_equal(d.parts[0].text, "保持干燥");
	assert_string_equal(d.parts[1].text, "Dry");
	assert_string_equal(d.parts[2].text, "Sec");
	assert_string_equal(d.parts[3].text, "LOT");
	assert_string_equal(d.parts[4].text, "");
	assert_string_equal(d.parts[5].text, "");
}

static void test_what_is_wrong_is_named_by_its_path(void **state)
{
	static const struct {
		const char *json, *words;
	} bad[] = {
		{ "[]", "is an object" },
		{ "\"x\"", "is an object" },
		{ "{\"symbol\":[]}", "symbol is an object" },
		{ "{\"symbol\":{\"z\":1}}", "symbol has no member \"z\"" },
		{ "{\"symbol\":{\"x\":-1}}", "symbol.x is a number from 0 to 500" },
		{ "{\"symbol\":{\"y\":1e300}}", "symbol.y is a number" },
		{ "{\"cut_marks\":1}", "cut_marks is true or false" },
		{ "{\"language\":7}", "language is a tag" },
		{ "{\"colour\":1}", "a design has no member \"colour\"" },
		{ "{\"parts\":{}}", "parts is an array of at most 12" },
		{ "{\"parts\":[{},{},{},{},{},{},{},{},{},{},{},{},{}]}", "parts is an array" },
		{ "{\"parts\":[{},7]}", "parts[1] is an object" },
		{ "{\"parts\":[{\"what\":\"price\"}]}", "parts[0].what is none of the words" },
		{ "{\"parts\":[{\"what\":null}]}", "parts[0].what" },
		{ "{\"parts\":[{\"align\":\"up\"}]}", "parts[0].align" },
		{ "{\"parts\":[{\"width\":0.9}]}", "parts[0].width is a number from 1 to 500" },
		{ "{\"parts\":[{\"size\":3.9}]}", "parts[0].size is a number from 4 to 72" },
		{ "{\"parts\":[{\"size\":\"7\"}]}", "parts[0].size" },
		{ "{\"parts\":[{},{\"font\":1}]}", "parts[1] has no member \"font\"" },
		{ "{\"parts\":[{\"text\":5}]}", "parts[0].text is text" },
		{ "{\"parts\":[{\"text\":{\"en\":5}}]}", "parts[0].text is text" },
		{ "{\"parts\":[{\"text\":{\"en\":\"x\",\"fr\":[]}}]}", "parts[0].text is text" },
	};
	char why[WHY];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct label_design d = { .count = 77 };

		why[0] = '\0';
		assert_false(read(bad[i].json, &d, why));
		if (strncmp(why, bad[i].words, strlen(bad[i].words)) != 0)
			fail_msg("%s: %s", bad[i].json, why);
		assert_int_equal(d.count, 77);
	}
}

static bool read_text(size_t length, struct label_design *ret)
{
	json_t *json = json_pack("{s:[{s:s,s:o}]}", "parts", "what", "text", "text", json_null());
	char text[DESIGN_TEXT_SIZE + 1], why[WHY] = "";
	bool read;

	memset(text, 'x', sizeof(text));
	text[length] = '\0';
	json_object_set_new(json_array_get(json_object_get(json, "parts"), 0), "text",
			    json_string(text));
	read = label_design_read(json, ret, why, sizeof(why));
	json_decref(json);
	return read;
}

static void test_a_text_has_its_room_and_no_more(void **state)
{
	struct label_design d;
	json_t *nul = json_pack("{s:[{s:s%}]}", "parts", "text", "a\0b", (size_t)3);
	char why[WHY] = "";

	(void)state;
	assert_true(read_text(DESIGN_TEXT_SIZE - 1, &d));
	assert_int_equal(strlen(d.parts[0].text), DESIGN_TEXT_SIZE - 1);
	assert_false(read_text(DESIGN_TEXT_SIZE, &d));
	assert_false(label_design_read(nul, &d, why, sizeof(why)));
	json_decref(nul);
}

static void test_the_longest_path_is_cut_not_overrun(void **state)
{
	json_t *json = json_object(), *part = json_object();
	char name[5000], why[WHY] = "";
	struct label_design d;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	json_object_set_new(part, name, json_true());
	json_object_set_new(json, "parts", json_pack("[o]", part));
	assert_false(label_design_read(json, &d, why, sizeof(why)));
	assert_true(strlen(why) < 100);
	json_decref(json);
}

static void test_what_is_written_is_read_alike(void **state)
{
	struct label_design first = good(
	    "{\"symbol\":{\"x\":1,\"y\":7.05},\"cut_marks\":true,\"parts\":[{\"what\":\"serial\","
	    "\"x\":23,\"y\":8,\"width\":39,\"size\":7.5,\"align\":\"right\"},{\"what\":\"text\","
	    "\"text\":\"\\\"\\\\\\u0001 </script> \\ud83c\\udf75\"},{\"what\":\"expiry\"}]}");
	struct label_design second;
	struct buf once, twice;

	(void)state;
	buf_init(&once, 1 << 14);
	buf_init(&twice, 1 << 14);
	label_design_write(&first, &once);
	second = good(buf_string(&once));
	assert_memory_equal(&first, &second, sizeof(first));
	label_design_write(&second, &twice);
	assert_string_equal(buf_string(&once), buf_string(&twice));
	buf_release(&once);
	buf_release(&twice);
}

static void test_only_names_and_own_texts_may_be_cut(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DESIGN_WHATS; i++)
		assert_int_equal(design_may_cut((enum design_what)i),
				 i == DESIGN_PRODUCT || i == DESIGN_TEXT);
	assert_string_equal(design_what_name(DESIGN_TEXT), "text");
	assert_string_equal(design_align_name(DESIGN_RIGHT), "right");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent_members_have_their_defaults),
		cmocka_unit_test(test_lengths_are_kept_to_the_micrometre),
		cmocka_unit_test(
		    test_a_text_is_that_of_the_designs_language_else_of_english_else_the_first),
		cmocka_unit_test(test_what_is_wrong_is_named_by_its_path),
		cmocka_unit_test(test_a_text_has_its_room_and_no_more),
		cmocka_unit_test(test_the_longest_path_is_cut_not_overrun),
		cmocka_unit_test(test_what_is_written_is_read_alike),
		cmocka_unit_test(test_only_names_and_own_texts_may_be_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
