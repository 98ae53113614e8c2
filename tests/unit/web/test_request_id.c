/* Names of requests: no two the same, no order to be seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "web/request_id.h"

static const struct siphash_key key = { 1, 2 };

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void test_a_row_of_numbers_gives_no_name_twice(void **state)
{
	enum { MANY = 100000 };
	static uint64_t names[MANY];

	(void)state;
	for (uint64_t i = 0; i < MANY; i++)
		names[i] = request_id_permute(&key, 0xFFFFFFFFFFFF0000u + i);
	qsort(names, MANY, sizeof(names[0]), compare);
	for (unsigned i = 1; i < MANY; i++)
		assert_true(names[i - 1] < names[i]);
}

static void test_another_key_gives_other_names(void **state)
{
	const struct siphash_key other = { 1, 3 };

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		assert_true(request_id_permute(&key, i) != request_id_permute(&other, i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_of_numbers_gives_no_name_twice),
		cmocka_unit_test(test_another_key_gives_other_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
