/* The list of all GTINs in a worker's memory. */
#include "web/gtin_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void put(struct gtin_table *t, uint64_t gtin, uint64_t issued, uint64_t epoch)
{
	const struct lookup_gtin row = { .gtin = gtin,
					 .issued = issued,
					 .epoch = epoch & LOOKUP_EPOCH_MOST };

	assert_int_not_equal(gtin_table_put(t, &row), GTIN_TABLE_OUT_OF_MEMORY);
}

static void test_holds_very_many(void **state)
{
	struct gtin_table t = { .key = { 3, 4 } };

	(void)state;
	for (uint64_t i = 0; i < 200000; i++)
		put(&t, i * 10, i, 1);
	assert_int_equal(t.count, 200000);
	for (uint64_t i = 0; i < 200000; i++)
		assert_int_equal(gtin_table_find(&t, i * 10)->issued, i);
	assert_null(gtin_table_find(&t, 5));
	gtin_table_release(&t);
	assert_null(gtin_table_find(&t, 0));
}

static void test_numbers_only_grow(void **state)
{
	struct gtin_table t = { .key = { 3, 4 } };
	const struct lookup_gtin older = { .gtin = 9506000134352, .issued = 10, .epoch = 4 };

	(void)state;
	put(&t, 9506000134352, 10, 5);
	put(&t, 9506000134352, 20, 6);
	assert_int_equal(gtin_table_put(&t, &older), GTIN_TABLE_OLDER);
	assert_int_equal(gtin_table_find(&t, 9506000134352)->issued, 20);
	assert_int_equal(gtin_table_find(&t, 9506000134352)->epoch, 6);
	assert_int_equal(t.count, 1);
	gtin_table_release(&t);
}

static void test_the_mark_of_serials_made_elsewhere_stays(void **state)
{
	struct gtin_table t = { .key = { 3, 4 } };
	const struct lookup_gtin marked = { .gtin = 9506000134352, .epoch = 5, .has_foreign = 1 };

	(void)state;
	put(&t, 9506000134352, 10, 4);
	assert_false(gtin_table_find(&t, 9506000134352)->has_foreign);
	assert_int_not_equal(gtin_table_put(&t, &marked), GTIN_TABLE_OUT_OF_MEMORY);
	put(&t, 9506000134352, 20, 6);
	assert_true(gtin_table_find(&t, 9506000134352)->has_foreign);
	assert_int_equal(gtin_table_find(&t, 9506000134352)->epoch, 6);
	assert_int_equal(sizeof(struct lookup_gtin), 24);
	gtin_table_release(&t);
}

static void test_releasing_nothing_is_allowed(void **state)
{
	struct gtin_table t = { .count = 0 };

	(void)state;
	gtin_table_release(NULL);
	gtin_table_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_very_many),
		cmocka_unit_test(test_numbers_only_grow),
		cmocka_unit_test(test_the_mark_of_serials_made_elsewhere_stays),
		cmocka_unit_test(test_releasing_nothing_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
