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

/* "br", "gzip", "identity", or "none". */
static const char *best(const char *header)
{
	static const struct slice codings[] = { SLICE("br"), SLICE("gzip"), SLICE("identity") };
	size_t chosen = 99;

	if (accept_coding(slice_of(header), codings, COUNT_OF(codings), &chosen))
		return codings[chosen].data;
	assert_int_equal(chosen, 99);
	return "none";
}

static void test_the_most_welcome_coding_is_chosen(void **state)
{
	static const struct {
		const char *header, *expected;
	} cases[] = {
		{ NULL, "identity" },
		{ "", "identity" },
		{ "gzip", "gzip" },
		{ "gzip, br", "br" },
		{ "gzip, br;q=0.999", "gzip" },
		{ "gzip;q=0.001, br;q=0.000", "gzip" },
		{ "*", "br" },
		{ "*;q=0.5, gzip", "gzip" },
		{ "*;q=0.5, gzip;q=0.2", "br" },
		{ "*;q=0.5, br;q=0, gzip;q=0.2", "identity" },
		{ "identity", "identity" },
		{ "identity, gzip;q=0.9", "identity" },
		{ "identity;q=0.9, gzip;q=0.9", "gzip" },
		{ "deflate, compress", "identity" },
		{ "identity;q=0, br", "br" },
		{ "identity;q=0", "none" },
		{ "*;q=0", "none" },
		{ "*;q=0, identity", "identity" },
		{ "br;q=0, gzip;q=0, identity;q=0, zstd", "none" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(best(cases[i].header), cases[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_header_welcomes_all),
		cmocka_unit_test(test_the_closest_range_counts_for_each_type),
		cmocka_unit_test(test_qualities_that_are_none_are_full),
		cmocka_unit_test(test_gzip_only_for_who_prefers_it),
		cmocka_unit_test(test_the_most_welcome_coding_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
