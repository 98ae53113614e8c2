/* Who looked just now, and the number a page says. */
#include "web/visit_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { APART = 1800, NOW = 1000000, TODAY = 20000 };

static struct visit_memory *memory;

static int set_up(void **state)
{
	(void)state;
	memory = visit_memory_new(APART);
	return memory == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	visit_memory_free(memory);
	return 0;
}

/* As good as a keyed hash. */
static uint64_t random_number(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void test_a_visitor_counts_once_in_the_time(void **state)
{
	(void)state;
	assert_true(visit_memory_meet(memory, 7, 1, NOW));
	assert_false(visit_memory_meet(memory, 7, 1, NOW));
	assert_false(visit_memory_meet(memory, 7, 1, NOW + APART - 1));
	assert_true(visit_memory_meet(memory, 7, 1, NOW + APART));
	assert_false(visit_memory_meet(memory, 7, 1, NOW + APART + 1));
}

static void test_a_clock_a_tick_behind_makes_no_second_visit(void **state)
{
	(void)state;
	assert_true(visit_memory_meet(memory, 7, 1, NOW));
	assert_false(visit_memory_meet(memory, 7, 1, NOW - 1));
}

static void test_others_count_and_at_other_items(void **state)
{
	(void)state;
	assert_true(visit_memory_meet(memory, 7, 1, NOW));
	assert_true(visit_memory_meet(memory, 7, 2, NOW));
	assert_true(visit_memory_meet(memory, 8, 1, NOW));
	assert_true(visit_memory_meet(memory, 1, 7, NOW));
}

static void test_a_hundred_thousand_visitors_are_remembered(void **state)
{
	uint64_t seed = 1, again = 1, forgotten = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t item = random_number(&seed), visitor = random_number(&seed);

		assert_true(visit_memory_meet(memory, item, visitor, NOW));
	}
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t item = random_number(&again), visitor = random_number(&again);

		forgotten += visit_memory_meet(memory, item, visitor, NOW + 1);
	}
	assert_true(forgotten < 1500);
}

static void test_a_full_memory_goes_on_and_forgets_the_oldest(void **state)
{
	uint64_t seed = 1, again;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++) {
		uint64_t item = random_number(&seed);

		assert_true(visit_memory_meet(memory, item, i, NOW + i / 1000));
	}
	again = seed;
	for (unsigned i = 0; i < 1000; i++)
		assert_true(visit_memory_meet(memory, random_number(&seed), i, NOW + 1001));
	for (unsigned i = 0; i < 1000; i++)
		assert_false(visit_memory_meet(memory, random_number(&again), i, NOW + 1002));
}

static struct visit_count count(uint64_t item, struct visit_count stored, bool add, uint64_t at)
{
	return visit_memory_count(memory, item, stored, add, TODAY, at);
}

static void test_the_first_visitor_is_the_first_and_the_next_the_second(void **state)
{
	const struct visit_count none = { 0, 0 };
	struct visit_count c = count(7, none, false, NOW);

	(void)state;
	assert_int_equal(c.visits, 0);
	c = count(7, none, true, NOW);
	assert_int_equal(c.visits, 1);
	assert_int_equal(c.first_day, TODAY);
	/* PostgreSQL does not know of it yet. */
	c = count(7, none, true, NOW + 1);
	assert_int_equal(c.visits, 2);
	assert_int_equal(count(7, none, false, NOW + 1).visits, 2);
	assert_int_equal(count(8, none, false, NOW + 1).visits, 0);
}

static void test_the_higher_number_is_right(void **state)
{
	(void)state;
	assert_int_equal(count(7, (struct visit_count){ 0, 0 }, true, NOW).visits, 1);
	/* Other nodes met others, since an earlier day. */
	assert_int_equal(count(7, (struct visit_count){ 9, TODAY - 3 }, false, NOW).visits, 9);
	assert_int_equal(count(7, (struct visit_count){ 9, TODAY - 3 }, true, NOW).visits, 10);
	assert_int_equal(count(7, (struct visit_count){ 9, TODAY - 3 }, true, NOW).first_day,
			 TODAY - 3);
	assert_int_equal(count(7, (struct visit_count){ 9, 0 }, false, NOW).visits, 11);
}

/* Whoever was counted twice by a mistake of memory is not so for ever. */
static void test_postgresql_is_right_when_all_that_was_on_its_way_is_there(void **state)
{
	const struct visit_count one = { 1, TODAY };

	(void)state;
	assert_int_equal(count(7, one, true, NOW).visits, 2);
	assert_int_equal(count(7, one, false, NOW + 10 * 60).visits, 2);
	assert_int_equal(count(7, one, false, NOW + 20 * 60).visits, 1);
}

static void test_a_number_beyond_all_bounds_stays(void **state)
{
	const struct visit_count huge = { UINT64_C(1) << 40, TODAY };

	(void)state;
	assert_int_equal(count(7, huge, true, NOW).visits, huge.visits + 1);
	assert_int_equal(count(7, huge, false, NOW).visits, huge.visits);
}

static void test_an_item_takes_the_place_of_the_oldest_one(void **state)
{
	const struct visit_count none = { 0, 0 };
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++)
		assert_int_equal(count(random_number(&seed), none, true, NOW + i / 1000).visits, 1);
	assert_int_equal(count(7, none, true, NOW + 1000).visits, 1);
	assert_int_equal(count(7, none, true, NOW + 1000).visits, 2);
}

/* Four processes at the same few items: no count is another item's, and each is met once. */
static void test_processes_share_it_and_do_each_other_no_harm(void **state)
{
	enum { PROCESSES = 4, ROUNDS = 50000, ITEMS = 16 };
	pid_t children[PROCESSES];
	uint64_t total = 0;

	(void)state;
	for (unsigned p = 0; p < PROCESSES; p++) {
		children[p] = fork();
		if (children[p] != 0)
			continue;
		for (uint64_t i = 0; i < ROUNDS; i++) {
			struct visit_count c =
			    count(1 + i % ITEMS, (struct visit_count){ 0, 0 }, true, NOW);

			if (c.visits == 0 || c.visits > PROCESSES * ROUNDS || c.first_day != TODAY)
				_exit(1);
		}
		_exit(0);
	}
	for (unsigned p = 0; p < PROCESSES; p++) {
		int status;

		assert_int_equal(waitpid(children[p], &status, 0), children[p]);
		assert_int_equal(status, 0);
	}
	for (uint64_t i = 0; i < ITEMS; i++)
		total += count(1 + i, (struct visit_count){ 0, 0 }, false, NOW).visits;
	assert_true(total > 0 && total <= (uint64_t)PROCESSES * ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_a_visitor_counts_once_in_the_time),
		TEST(test_a_clock_a_tick_behind_makes_no_second_visit),
		TEST(test_others_count_and_at_other_items),
		TEST(test_a_hundred_thousand_visitors_are_remembered),
		TEST(test_a_full_memory_goes_on_and_forgets_the_oldest),
		TEST(test_the_first_visitor_is_the_first_and_the_next_the_second),
		TEST(test_the_higher_number_is_right),
		TEST(test_postgresql_is_right_when_all_that_was_on_its_way_is_there),
		TEST(test_a_number_beyond_all_bounds_stays),
		TEST(test_an_item_takes_the_place_of_the_oldest_one),
		TEST(test_processes_share_it_and_do_each_other_no_harm),
	};

	return cmocka_run_group_tests_name("visit_memory", tests, NULL, NULL);
}
