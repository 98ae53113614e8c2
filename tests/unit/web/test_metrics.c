/* Counting, and what a request adds. */
#include "web/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int open_memory(void **state)
{
	int fd;

	(void)state;
	return metrics_open(&fd) ? 0 : -1;
}

static void test_counts_in_its_own_slot(void **state)
{
	(void)state;
	metrics_use(3);
	metric_add(METRIC_CONNECTIONS_ACCEPTED, 2);
	metrics_use(4);
	metric_add(METRIC_CONNECTIONS_ACCEPTED, 5);
	assert_int_equal(metrics_slot(3)->values[METRIC_CONNECTIONS_ACCEPTED], 2);
	assert_int_equal(metrics_slot(4)->values[METRIC_CONNECTIONS_ACCEPTED], 5);
	assert_int_equal(metric_total(METRIC_CONNECTIONS_ACCEPTED), 7);
}

static void test_counters_outlive_their_process_and_gauges_do_not(void **state)
{
	int status;

	(void)state;
	if (fork() == 0) {
		metrics_use(7);
		metric_add(METRIC_ACCEPT_PAUSES, 9);
		metric_add(METRIC_CONNECTIONS, 100);
		_exit(0);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(metrics_slot(7)->values[METRIC_CONNECTIONS], 100);
	metrics_use(7);
	metric_add(METRIC_CONNECTIONS, 2);
	metric_sub(METRIC_CONNECTIONS, 1);
	assert_int_equal(metrics_slot(7)->values[METRIC_ACCEPT_PAUSES], 9);
	assert_int_equal(metrics_slot(7)->values[METRIC_CONNECTIONS], 1);
}

static void test_a_request_counts_by_class_and_time(void **state)
{
	const struct metric_route *r;

	(void)state;
	metrics_use(10);
	metrics_request(2, 200, 50, 10); /* the bound belongs to its bucket */
	metrics_request(2, 404, 51, 20); /* the next one */
	metrics_request(2, 503, UINT64_MAX, 30);
	r = &metrics_slot(10)->routes[2];
	assert_int_equal(r->classes[1], 1);
	assert_int_equal(r->classes[3], 1);
	assert_int_equal(r->classes[4], 1);
	assert_int_equal(r->buckets[0], 1);
	assert_int_equal(r->buckets[1], 1);
	assert_int_equal(r->buckets[METRIC_BUCKETS - 1], 1);
	assert_int_equal(metrics_slot(10)->values[METRIC_ANSWER_BYTES], 60);
}

static void test_requests_of_no_route_are_counted_apart(void **state)
{
	(void)state;
	metrics_use(11);
	metrics_request(UINT32_MAX, 400, 1, 0);
	metrics_request(METRIC_ROUTES, 499, 1, 0);
	assert_int_equal(metrics_slot(11)->routes[METRIC_NO_ROUTE].classes[3], 2);
	assert_int_equal(metrics_slot(11)->values[METRIC_REQUESTS_ABANDONED], 1);
}

/* A name comes once, or in lines that follow each other, with one kind and the help of the first.
 */
static void check_place(enum metric m, const struct metric_description *before)
{
	const struct metric_description *d = metric_describe(m);

	if (before != NULL && strcmp(before->name, d->name) == 0) {
		assert_true(before->gauge == d->gauge && d->help[0] == '\0');
		assert_string_not_equal(before->labels, d->labels);
		return;
	}
	assert_true(d->help[0] != '\0');
	for (enum metric other = 0; other < m; other++)
		if (metric_describe(other)->name != NULL)
			assert_string_not_equal(metric_describe(other)->name, d->name);
}

/* Prometheus: counters, and only they, end in _total. */
static void check_name(const struct metric_description *d)
{
	size_t length = strlen(d->name);
	bool total = length > 6 && strcmp(d->name + length - 6, "_total") == 0;

	assert_int_equal(strspn(d->name, "abcdefghijklmnopqrstuvwxyz0123456789_"), length);
	assert_true(strncmp(d->name, "suyuan_", 7) == 0);
	assert_true(total == !d->gauge);
}

static void test_names_follow_the_conventions(void **state)
{
	const struct metric_description *before = NULL;

	(void)state;
	for (enum metric m = 0; m < METRIC_COUNT; m++) {
		const struct metric_description *d = metric_describe(m);

		if (d->name == NULL) {
			assert_true(d->gauge); /* a fact */
			continue;
		}
		check_name(d);
		check_place(m, before);
		before = d;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_in_its_own_slot),
		cmocka_unit_test(test_counters_outlive_their_process_and_gauges_do_not),
		cmocka_unit_test(test_a_request_counts_by_class_and_time),
		cmocka_unit_test(test_requests_of_no_route_are_counted_apart),
		cmocka_unit_test(test_names_follow_the_conventions),
	};

	return cmocka_run_group_tests(tests, open_memory, NULL);
}
