/* When a server counts as alive, and when as ready. */
#include "web/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { NOW_MS = 1000000 };

/* What a process wrote, as if this were that process. */
static void process_says(unsigned slot, uint64_t beat_ms)
{
	metrics_use(slot);
	metric_set(METRIC_PID, 100 + slot);
	metric_set(METRIC_BEAT_MS, beat_ms);
}

/* A server of two workers, all well. */
static int make_server(void **state)
{
	static bool open;
	int fd;

	(void)state;
	if (!open && !metrics_open(&fd))
		return -1;
	open = true;
	process_says(METRIC_SUPERVISOR, NOW_MS - 400);
	process_says(METRIC_PARENT, NOW_MS - 90);
	metric_set(METRIC_WORKERS_WANTED, 2);
	for (unsigned i = 0; i < 2; i++) {
		process_says(i, NOW_MS - 50);
		metric_set(METRIC_STATE_COMPLETE, 1);
		metric_set(METRIC_STATE_RIGHT_MS, NOW_MS - 200 - 100 * i);
	}
	return 0;
}

static struct health look(void)
{
	struct health h;

	health_read(PROGRAM_LOOKUP, NOW_MS, &h);
	return h;
}

static void test_all_beat_and_are_complete(void **state)
{
	struct health h = look();

	(void)state;
	assert_true(h.healthy && h.ready && h.state_known);
	assert_int_equal(h.state_age_ms, 300); /* of the worst */
	assert_int_equal(h.beating, 2);
}

static void test_one_that_is_late_is_unhealthy_but_the_other_still_answers(void **state)
{
	struct health h;

	(void)state;
	process_says(1, NOW_MS - HEALTH_LATE_MS);
	assert_true(look().healthy);
	process_says(1, NOW_MS - HEALTH_LATE_MS - 1);
	h = look();
	assert_false(h.healthy);
	assert_true(h.ready);
	assert_int_equal(h.workers[1].beat, BEAT_FROZEN);
	process_says(0, NOW_MS - HEALTH_LATE_MS - 1);
	assert_false(look().ready);
}

static void test_a_newborn_worker_is_starting(void **state)
{
	(void)state;
	process_says(0, 0);
	assert_int_equal(look().workers[0].beat, BEAT_STARTING);
	assert_false(look().healthy);
}

static void test_supervisor_and_parent_count(void **state)
{
	(void)state;
	process_says(METRIC_SUPERVISOR, NOW_MS - 3000);
	assert_false(look().healthy);
	assert_true(look().ready);
}

static void test_a_worker_without_memory_is_not_able(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		process_says(i, NOW_MS); /* a gauge begins anew */
		assert_int_equal(look().able, 1 - i);
	}
	assert_false(look().ready);
	assert_true(look().healthy);
}

static void test_who_drains_is_not_ready(void **state)
{
	(void)state;
	metrics_use(METRIC_SUPERVISOR);
	metric_set(METRIC_BEAT_MS, NOW_MS);
	metric_set(METRIC_DRAINING, 1);
	assert_false(look().ready);
	assert_true(look().healthy);
}

static void test_a_beat_from_after_the_clock_was_read_is_no_age(void **state)
{
	(void)state;
	process_says(0, NOW_MS + 10);
	assert_int_equal(look().workers[0].beat, BEAT_OK);
	assert_int_equal(look().workers[0].age_ms, 0);
}

static void test_a_console_needs_to_have_reached_postgresql(void **state)
{
	struct health h;

	(void)state;
	health_read(PROGRAM_CONSOLE, NOW_MS, &h);
	assert_false(h.ready);
	metrics_use(0);
	metric_set(METRIC_BEAT_MS, NOW_MS);
	metric_add(METRIC_DATABASE_WANTED, 1);
	metric_add(METRIC_DATABASE_CONNECTS, 1);
	health_read(PROGRAM_CONSOLE, NOW_MS, &h);
	assert_true(h.ready);
	assert_int_equal(h.database, LINK_AWAY); /* it was there, and is not now */
}

#define TEST(name) cmocka_unit_test_setup(name, make_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_beat_and_are_complete),
		TEST(test_one_that_is_late_is_unhealthy_but_the_other_still_answers),
		TEST(test_a_newborn_worker_is_starting),
		TEST(test_supervisor_and_parent_count),
		TEST(test_a_worker_without_memory_is_not_able),
		TEST(test_who_drains_is_not_ready),
		TEST(test_a_beat_from_after_the_clock_was_read_is_no_age),
		TEST(test_a_console_needs_to_have_reached_postgresql),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
