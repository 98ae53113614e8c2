/* Misses: who may go on, who must wait, and whom nobody is in the way of. The time is passed in. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "web/guess_table.h"

enum { BURST = 60, PER_MINUTE = 30, ROWS = 1024, SECOND = 1000, MINUTE = 60 * SECOND };

static const struct siphash_key key = { 1, 2 };

static int set_up(void **state)
{
	static struct guess_table table;

	*state = &table;
	return guess_table_init(&table, &key, ROWS, BURST, PER_MINUTE) ? 0 : -1;
}

static int tear_down(void **state)
{
	guess_table_release(*state);
	return 0;
}

/* How many of `tries`, one each `every_ms`, are let through although all of them miss. */
static unsigned missed(struct guess_table *t, struct slice name, unsigned tries, unsigned every_ms,
		       unsigned worth, uint64_t *now)
{
	unsigned let = 0;

	for (unsigned i = 0; i < tries; i++, *now += every_ms)
		if (guess_table_wait(t, name, *now) == 0) {
			guess_table_miss(t, name, worth, *now);
			let++;
		}
	return let;
}

static void test_a_guesser_has_a_burst_and_then_a_rate(void **state)
{
	uint64_t now = 5000;
	unsigned let = missed(*state, S("guesser"), 1000, 1, 1, &now);

	assert_in_range(let, BURST, BURST + 1);
	/* Ten minutes at a hundred a second. */
	let = missed(*state, S("guesser"), 60000, 10, 1, &now);
	assert_in_range(let, 10 * PER_MINUTE - 2, 10 * PER_MINUTE + 2);
	/* What is worth four comes a quarter as often. */
	let = missed(*state, S("guesser"), 60000, 10, 4, &now);
	assert_in_range(let, 10 * PER_MINUTE / 4 - 3, 10 * PER_MINUTE / 4 + 3);
	assert_int_equal(guess_table_wait(*state, S("another"), now), 0);
}

static void test_tells_how_long_to_wait(void **state)
{
	uint64_t now = 5000;
	unsigned seconds;

	(void)missed(*state, S("guesser"), 100, 0, 1, &now);
	seconds = guess_table_wait(*state, S("guesser"), now);
	assert_in_range(seconds, 1, 3);
	assert_int_equal(guess_table_wait(*state, S("guesser"), now + seconds * SECOND), 0);
	guess_table_miss(*state, S("guesser"), 1000, now);
	seconds = guess_table_wait(*state, S("guesser"), now);
	assert_in_range(seconds, 10, 20); /* however much it was */
	assert_int_not_equal(guess_table_wait(*state, S("guesser"), now + (seconds - 1) * SECOND),
			     0);
	assert_int_equal(guess_table_wait(*state, S("guesser"), now + seconds * SECOND), 0);
}

static void test_all_is_forgotten_in_time(void **state)
{
	uint64_t now = 5000;

	(void)missed(*state, S("guesser"), 100, 0, 1, &now);
	assert_int_not_equal(guess_table_level(*state, S("guesser"), now), 0);
	assert_int_equal(guess_table_level(*state, S("guesser"), now + 3 * MINUTE), 0);
}

/* Asked every millisecond the level sinks as fast as asked once. */
static void test_asking_does_not_hold_the_level_up(void **state)
{
	uint64_t now = 5000;

	guess_table_miss(*state, S("busy"), 10, now);
	guess_table_miss(*state, S("calm"), 10, now);
	for (uint64_t end = now + 10 * SECOND; now < end; now++)
		guess_table_miss(*state, S("busy"), 0, now);
	assert_in_range(guess_table_level(*state, S("busy"), now),
			guess_table_level(*state, S("calm"), now),
			guess_table_level(*state, S("calm"), now) + 2);
}

/* A thousand pupils scan for an hour, each a real code a minute, and 25 times a minute one mistypes
 * (worth two) or holds a serial of elsewhere wrongly (worth four). */
static void test_a_school_is_never_in_the_way(void **state)
{
	struct guess_table *t = *state;
	struct slice school = S("school");
	uint64_t now = 123456789;

	for (unsigned minute = 0; minute < 60; minute++)
		for (unsigned scan = 0; scan < 1000; scan++, now += 60) {
			guess_table_hit(t, school, minute * 7919 + scan * 2654435761u, now);
			if (scan % 40 == 7) {
				assert_int_equal(guess_table_wait(t, school, now), 0);
				guess_table_miss(t, school, scan % 80 == 7 ? 2 : 4, now);
			}
		}
}

/* Who holds one real code and shows it between the guesses. */
static void test_one_code_buys_no_guesses(void **state)
{
	struct guess_table *t = *state;
	uint64_t now = 60000;
	unsigned let = 0;

	for (unsigned i = 0; i < 10 * 6000; i++, now += 10) {
		guess_table_hit(t, S("guesser"), 42, now);
		let += missed(t, S("guesser"), 1, 0, 1, &now);
	}
	assert_in_range(let, BURST + 10 * PER_MINUTE, BURST + 10 * (PER_MINUTE + 1) + 2);
}

/* Ten thousand others that miss once push out nobody whose level is high. */
static void test_the_many_do_not_hide_the_one(void **state)
{
	struct guess_table *t = *state;
	uint64_t now = 5000;

	(void)missed(t, S("guesser"), 100, 0, 1, &now);
	for (unsigned i = 0; i < 10000; i++)
		guess_table_miss(t, (struct slice){ (const char *)&i, sizeof(i) }, 1, now);
	assert_int_not_equal(guess_table_wait(t, S("guesser"), now), 0);
	assert_in_range(t->used, 1, ROWS);
}

static void test_the_clock_may_begin_anew_after_49_days(void **state)
{
	uint64_t now = UINT32_MAX - 500;

	(void)missed(*state, S("guesser"), 100, 0, 1, &now);
	now += 1000;
	assert_int_not_equal(guess_table_wait(*state, S("guesser"), now), 0);
	assert_int_equal(guess_table_wait(*state, S("guesser"), now + 3 * MINUTE), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_guesser_has_a_burst_and_then_a_rate),
		TEST(test_tells_how_long_to_wait),
		TEST(test_all_is_forgotten_in_time),
		TEST(test_asking_does_not_hold_the_level_up),
		TEST(test_a_school_is_never_in_the_way),
		TEST(test_one_code_buys_no_guesses),
		TEST(test_the_many_do_not_hide_the_one),
		TEST(test_the_clock_may_begin_anew_after_49_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
