/* Media types and codings by their qualities. */
#include "web/http_accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct media_type types[] = {
	{ SLICE("text"), SLICE("csv") },
	{ SLICE("application"), SLICE("x-ndjson") },
};

static void assert_qualities(const char *accept, unsigned csv, unsigned ndjson)
{
	unsigned qualities[2] = { 7, 7 };

	accept_weigh(slice_of(accept), types, 2, qualities);
	assert_int_equal(qualities[0], csv);
	assert_int_equal(qualities[1], ndjson);
}

static void test_an_empty_header_welcomes_all(void **state)
{
	(void)state;
	assert_qualities("", 1000, 1000);
	assert_qualities(NULL, 1000, 1000);
	assert_qualities(" ", 1000, 1000);
}

static void test_the_closest_range_counts_for_each_type(void **state)
{
	(void)state;
	assert_qualities("text/csv", 1000, 0);
	assert_qualities("*/*;q=0.1, text/csv;q=0", 0, 100);
	assert_qualities("text/*;q=0.25, */*;q=0.5, text/csv;q=0.125", 125, 500);
	assert_qualities("TEXT/CSV;header=present;q=0.5,application/json", 500, 0);
	assert_qualities("text/csv;q=0.1, text/csv;q=0.9", 900, 0);
	assert_qualities("text/html", 0, 0);
}

static void test_qualities_that_are_none_are_full(void **state)
{
	(void)state;
	assert_qualities("text/csv;q=2", 1000, 0);
	assert_qualities("text/csv;q=0.1234", 1000, 0);
	assert_qualities("text/csv;q=-1", 1000, 0);
	assert_qualities("text/csv;q=1.000", 1000, 0);
	assert_qualities("text/csv;q=1.5", 1000, 0);
	assert_qualities("text/csv;q=0.", 0, 0);
}

static bool gzip(const char *header)
{
	return accept_encoding(slice_of(header), S("gzip"));
}

static void test_gzip_only_for_who_prefers_it(void **state)
{
	(void)state;
	assert_true(gzip("gzip"));
	assert_true(gzip("gzip, deflate, br, zstd"));
	assert_true(gzip("br;q=1.0, X-GZIP;q=0.2"));
	assert_true(gzip("*"));
	assert_true(gzip("identity;q=0.5, *;q=0.7"));
	assert_true(gzip("identity, gzip"));
	assert_false(gzip(""));
	assert_false(gzip(NULL));
	assert_false(gzip("identity"));
	assert_false(gzip("gzip;q=0"));
	assert_false(gzip("*, gzip;q=0"));
	assert_false(gzip("identity, gzip;q=0.5"));
	assert_false(gzip("br"));
	assert_false(gzip("gzipped"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_header_welcomes_all),
		cmocka_unit_test(test_the_closest_range_counts_for_each_type),
		cmocka_unit_test(test_qualities_that_are_none_are_full),
		cmocka_unit_test(test_gzip_only_for_who_prefers_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
