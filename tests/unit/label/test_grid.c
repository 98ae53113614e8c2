/* Own sheets: what is read, what is refused and where, and that writing gives the same again. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/grid.h"
#include "label/order.h"

#define L7160                                                                                    \
	"{\"page_width\":210,\"page_height\":297,\"columns\":3,\"rows\":7,\"label_width\":63.5," \
	"\"label_height\":38.1,\"left\":7.25,\"top\":15.15,\"gap_x\":2.5,\"gap_y\":0}"

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(json);
	return json;
}

static bool read(const char *text, struct label_grid *ret, const char **ret_member)
{
	json_t *json = parse(text);
	char why[LABEL_LIMIT_SIZE] = "";
	bool good = label_grid_read(json, ret, ret_member, why, sizeof(why));

	json_decref(json);
	assert_int_equal(good, why[0] == '\0');
	return good;
}

/* `change` is merged over a good sheet. */
static void assert_refused(const char *change, const char *member)
{
	struct label_grid grid = { .given = false };
	json_t *json = parse(L7160), *over = parse(change);
	const char *at = "";
	char why[LABEL_LIMIT_SIZE] = "";

	assert_int_equal(json_object_update(json, over), 0);
	if (label_grid_read(json, &grid, &at, why, sizeof(why)))
		fail_msg("%s was read", change);
	assert_string_equal(at, member);
	assert_true(why[0] != '\0' && !grid.given);
	json_decref(json);
	json_decref(over);
}

static void test_reads_a_sheet_to_the_micrometre(void **state)
{
	struct label_grid g = { .given = false };
	const char *member = NULL;

	(void)state;
	assert_true(read(L7160, &g, &member));
	assert_true(g.given);
	assert_int_equal(g.sheet.page_width, 210000);
	assert_int_equal(g.sheet.label_width, 63500);
	assert_int_equal(g.sheet.left, 7250);
	assert_int_equal(g.sheet.pitch_x, 66000);
	assert_int_equal(g.sheet.pitch_y, 38100);
	assert_int_equal(sheet_labels(&g.sheet), 21);
	assert_string_equal(g.sheet.title, "Own sheet: 3 x 7 labels of 63.5 x 38.1 mm");
}

static void test_margins_and_gaps_may_be_absent(void **state)
{
	struct label_grid g = { .given = false };
	const char *member = NULL;

	(void)state;
	assert_true(read("{\"page_width\":210,\"page_height\":297,\"columns\":3,\"rows\":8,"
			 "\"label_width\":70,\"label_height\":37}",
			 &g, &member));
	assert_int_equal(g.sheet.left + g.sheet.top, 0);
	assert_int_equal(g.sheet.pitch_x, 70000);
}

static void test_each_member_is_refused_at_its_name(void **state)
{
	static const struct {
		const char *change, *member;
	} bad[] = {
		{ "{\"page_width\":19.999}", "grid.page_width" },
		{ "{\"page_height\":1000.001}", "grid.page_height" },
		{ "{\"page_width\":\"210\"}", "grid.page_width" },
		{ "{\"page_width\":null}", "grid.page_width" },
		{ "{\"columns\":0}", "grid.columns" },
		{ "{\"columns\":3.0}", "grid.columns" },
		{ "{\"columns\":101}", "grid.columns" },
		{ "{\"rows\":-1}", "grid.rows" },
		{ "{\"rows\":9223372036854775807}", "grid.rows" },
		{ "{\"label_width\":4.9}", "grid.label_width" },
		{ "{\"label_height\":1e308}", "grid.label_height" },
		{ "{\"left\":-0.001}", "grid.left" },
		{ "{\"top\":500.1}", "grid.top" },
		{ "{\"gap_x\":2.5001}", "grid.gap_x" },
		{ "{\"gap_y\":true}", "grid.gap_y" },
		{ "{\"pitch_x\":66}", "grid" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_refused(bad[i].change, bad[i].member);
}

static void test_labels_must_fit_the_page(void **state)
{
	(void)state;
	assert_refused("{\"columns\":4}", "grid.columns");
	assert_refused("{\"rows\":8}", "grid.rows");
	assert_refused("{\"gap_x\":7}", "grid.columns");
	assert_refused("{\"left\":200,\"columns\":1}", "grid.label_width");
	assert_refused("{\"page_height\":30}", "grid.label_height");
}

static void test_half_a_millimetre_over_the_edge_is_tolerated_as_in_sheet_files(void **state)
{
	struct label_grid g;
	const char *member = NULL;

	(void)state;
	assert_true(read("{\"page_width\":210,\"page_height\":297,\"columns\":3,\"rows\":1,"
			 "\"label_width\":70.166,\"label_height\":37}",
			 &g, &member));
	assert_false(read("{\"page_width\":210,\"page_height\":297,\"columns\":3,\"rows\":1,"
			  "\"label_width\":70.167,\"label_height\":37}",
			  &g, &member));
	assert_string_equal(member, "grid.columns");
}

static void test_what_is_no_object_is_no_sheet(void **state)
{
	struct label_grid g;
	const char *member = NULL;

	(void)state;
	assert_false(read("[]", &g, &member));
	assert_false(read("{}", &g, &member));
	assert_false(read("7", &g, &member));
}

static void test_an_order_with_an_own_sheet_is_written_and_read_alike(void **state)
{
	json_t *json = parse("{\"format\":\"pdf\",\"grid\":" L7160 "}");
	struct label_order first, second;
	struct label_refusal refusal;
	struct buf once, twice;
	json_t *again;

	(void)state;
	buf_init(&once, 4096);
	buf_init(&twice, 4096);
	label_order_init(&first);
	label_order_init(&second);
	assert_true(label_order_read(&first, json, &refusal));
	assert_true(label_order_check(&first, &refusal));
	label_order_write(&first, &once);
	again = parse(buf_string(&once));
	assert_true(label_order_read(&second, again, &refusal));
	label_order_write(&second, &twice);
	assert_string_equal(buf_string(&once), buf_string(&twice));
	assert_memory_equal(&first.grid, &second.grid, sizeof(first.grid));
	json_decref(json);
	json_decref(again);
	buf_release(&once);
	buf_release(&twice);
}

static void test_an_own_sheet_stands_beside_no_other_and_no_picture(void **state)
{
	static const char *const bad[] = { "{\"sheet\":\"L7160\",\"grid\":" L7160 "}",
					   "{\"label\":\"50x30\",\"grid\":" L7160 "}",
					   "{\"format\":\"svg\",\"grid\":" L7160 "}" };
	struct label_refusal refusal;
	struct label_order order;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		json_t *json = parse(bad[i]);

		label_order_init(&order);
		assert_true(label_order_read(&order, json, &refusal));
		assert_false(label_order_check(&order, &refusal));
		assert_string_equal(refusal.member, "grid");
		json_decref(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_sheet_to_the_micrometre),
		cmocka_unit_test(test_margins_and_gaps_may_be_absent),
		cmocka_unit_test(test_each_member_is_refused_at_its_name),
		cmocka_unit_test(test_labels_must_fit_the_page),
		cmocka_unit_test(
		    test_half_a_millimetre_over_the_edge_is_tolerated_as_in_sheet_files),
		cmocka_unit_test(test_what_is_no_object_is_no_sheet),
		cmocka_unit_test(test_an_order_with_an_own_sheet_is_written_and_read_alike),
		cmocka_unit_test(test_an_own_sheet_stands_beside_no_other_and_no_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
