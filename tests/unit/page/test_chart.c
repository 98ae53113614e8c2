/* Charts: steps of the axis, bars as long as their numbers, cut names, cells that are no formulas.
 */
#include "page/chart.h"

#include "page/chart_csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_steps_are_round_and_few(void **state)
{
	static const struct {
		uint64_t most, step;
	} cases[] = { { 0, 1 },	    { 1, 1 },	   { 4, 1 },	   { 5, 2 },
		      { 9, 2 },	    { 10, 5 },	   { 24, 5 },	   { 25, 10 },
		      { 999, 200 }, { 1000, 500 }, { 9999, 2000 }, { 123456789, 50000000 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(chart_step(cases[i].most), cases[i].step);
	assert_true(UINT64_MAX / chart_step(UINT64_MAX) < CHART_TICKS - 1);
}

static struct view_console_chart *draw(struct arena *memory, const struct chart_bar *bars,
				       size_t count, bool lying)
{
	const struct chart chart = {
		.id = S("c"), .kind_count = 3, .lying = lying, .bars = bars, .bar_count = count
	};
	struct view_console_chart *view = chart_view(memory, &chart);

	assert_non_null(view);
	return view;
}

static void test_parts_stand_on_each_other_without_a_gap(void **state)
{
	const struct chart_bar bars[] = { { S("a"), S("a"), { 10, 20, 20 } },
					  { S("b"), S("b"), { 0, 50, 0 } },
					  { S("c"), S("c"), { 0, 0, 0 } } };
	struct arena memory;
	struct view_console_chart *v;

	(void)state;
	arena_init(&memory, 1 << 20);
	v = draw(&memory, bars, COUNT_OF(bars), false);
	assert_int_equal(v->bars_count, 3);
	assert_int_equal(v->bars[0].parts_count, 3);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(v->bars[0].parts[i].y,
				 v->bars[0].parts[i + 1].y + v->bars[0].parts[i + 1].height);
	assert_in_range(v->bars[0].parts[1].height, 2 * v->bars[0].parts[0].height - 1,
			2 * v->bars[0].parts[0].height + 1); /* whole pixels */
	assert_int_equal(v->bars[0].parts[2].y, v->bars[1].parts[0].y);
	assert_int_equal(v->bars[1].parts_count, 1);
	assert_int_equal(v->bars[2].parts_count, 0);
	arena_release(&memory);
}

static void test_everything_lies_within_the_picture(void **state)
{
	static struct chart_bar bars[400];
	struct arena memory;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bars); i++)
		bars[i] = (struct chart_bar){ S("n"), S("n"), { i, UINT64_MAX / 1000, i % 7 } };
	for (size_t count = 0; count <= COUNT_OF(bars); count += count < 40 ? 1 : 60) {
		for (unsigned lying = 0; lying < 2; lying++) {
			struct view_console_chart *v;

			arena_init(&memory, 4 << 20);
			v = draw(&memory, bars, count, lying != 0);
			for (size_t i = 0; i < count; i++) {
				for (size_t k = 0; k < v->bars[i].parts_count; k++) {
					const struct view_console_chart_part *p =
					    &v->bars[i].parts[k];

					assert_true(p->width > 0 && p->height > 0);
					assert_true(p->x + p->width <= v->width);
					assert_true(p->y + p->height <= v->height);
				}
			}
			arena_release(&memory);
		}
	}
}

static void test_what_is_there_is_seen_beside_much_more(void **state)
{
	const struct chart_bar bars[] = { { S("a"), S("a"), { 1, 0, 0 } },
					  { S("b"), S("b"), { 1000000000, 0, 0 } } };
	struct arena memory;

	(void)state;
	arena_init(&memory, 1 << 20);
	assert_int_equal(draw(&memory, bars, 2, false)->bars[0].parts[0].height, 1);
	arena_release(&memory);
}

static void test_no_memory_is_no_chart(void **state)
{
	const struct chart_bar bars[] = { { S("a"), S("a"), { 1, 2, 3 } } };
	const struct chart chart = { .kind_count = 3, .bars = bars, .bar_count = 1 };

	(void)state;
	for (size_t most = 0; most < 800; most += 50) {
		struct arena memory;

		arena_init(&memory, most);
		assert_null(chart_view(&memory, &chart));
		arena_release(&memory);
	}
}

static void test_names_are_cut_between_characters(void **state)
{
	struct arena memory;

	(void)state;
	arena_init(&memory, 1 << 16);
	assert_true(slice_equal(chart_cut(&memory, S("abcdef"), 6), S("abcdef")));
	assert_true(slice_equal(chart_cut(&memory, S("abcdefg"), 6), S("abcde…")));
	assert_true(slice_equal(chart_cut(&memory, S("龙井茶龙井茶"), 4), S("龙井茶…")));
	assert_true(slice_equal(chart_cut(&memory, S(""), 4), S("")));
	arena_release(&memory);
}

static void test_no_cell_is_a_formula(void **state)
{
	static const struct {
		const char *text, *cell;
	} cases[] = { { "a", "a" },
		      { "", "" },
		      { "=1", "\"'=1\"" },
		      { "+1", "\"'+1\"" },
		      { "-1", "\"'-1\"" },
		      { "@a", "\"'@a\"" },
		      { "\ta", "\"'\ta\"" },
		      { "a,b", "\"a,b\"" },
		      { "a\"b", "\"a\"\"b\"" },
		      { "a\nb", "\"a\nb\"" },
		      { "=\"", "\"'=\"\"\"" },
		      { "2026-01-01", "2026-01-01" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf b;

		buf_init(&b, 100);
		chart_csv_cell(&b, slice_of(cases[i].text));
		assert_true(slice_equal(buf_slice(&b), slice_of(cases[i].cell)));
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_are_round_and_few),
		cmocka_unit_test(test_parts_stand_on_each_other_without_a_gap),
		cmocka_unit_test(test_everything_lies_within_the_picture),
		cmocka_unit_test(test_what_is_there_is_seen_beside_much_more),
		cmocka_unit_test(test_no_memory_is_no_chart),
		cmocka_unit_test(test_names_are_cut_between_characters),
		cmocka_unit_test(test_no_cell_is_a_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
