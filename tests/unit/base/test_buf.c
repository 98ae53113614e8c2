/* Buffers know their maximum and remember the first failure; arenas too. */
#include "base/arena.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_holds_exactly_its_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_add_string(&b, "12345");
	buf_add_string(&b, "67890");
	assert_true(buf_ok(&b));
	assert_true(slice_equal(buf_slice(&b), S("1234567890")));
	buf_add_char(&b, 'x');
	assert_false(buf_ok(&b));
	buf_release(&b);
}

static void test_a_failure_sticks_and_later_appends_change_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_add_string(&b, "12345");
	buf_add_string(&b, "a");
	assert_false(buf_ok(&b));
	assert_int_equal(b.length, 0);
	buf_clear(&b);
	buf_add_string(&b, "a");
	assert_true(buf_ok(&b));
	buf_release(&b);
}

static void test_grows_without_losing_what_it_held(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (unsigned i = 0; i < 100000; i++)
		buf_add_char(&b, (char)('a' + i % 26));
	assert_true(buf_ok(&b));
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_release(&b);
}

static void test_numbers_and_formats(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_add_u64(&b, 0);
	buf_add_char(&b, ' ');
	buf_add_u64(&b, UINT64_MAX);
	buf_add_format(&b, " %s-%d", "x", -3);
	assert_string_equal(buf_string(&b), "0 18446744073709551615 x--3");
	buf_release(&b);
}

static void test_release_accepts_null_and_half_built(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_release(NULL);
	buf_release(&b);
	arena_release(NULL);
}

static void test_reserve_beyond_the_maximum_fails_without_wrapping(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_add_string(&b, "x");
	assert_null(buf_reserve(&b, SIZE_MAX));
	assert_false(buf_ok(&b));
	buf_release(&b);
}

static void test_an_arena_hands_out_zeroed_memory_up_to_its_maximum(void **state)
{
	struct arena a;
	char *p;

	(void)state;
	arena_init(&a, 64);
	p = arena_alloc(&a, 48);
	assert_non_null(p);
	for (int i = 0; i < 48; i++)
		assert_int_equal(p[i], 0);
	assert_null(arena_alloc(&a, 17));
	assert_true(a.failed);
	assert_null(arena_alloc(&a, 1));
	arena_release(&a);
	assert_non_null(arena_alloc(&a, 17));
	arena_release(&a);
}

static void test_an_arena_refuses_products_that_overflow(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, SIZE_MAX);
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	arena_release(&a);
	assert_null(arena_alloc(&a, SIZE_MAX));
	arena_release(&a);
}

static void test_an_arena_copy_ends_in_nul_behind_its_length(void **state)
{
	struct arena a;
	struct slice copy;

	(void)state;
	arena_init(&a, 1 << 20);
	for (int i = 0; i < 1000; i++) {
		copy = arena_copy(&a, S("hello"));
		assert_int_equal(copy.length, 5);
		assert_string_equal(copy.data, "hello");
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_exactly_its_maximum),
		cmocka_unit_test(test_a_failure_sticks_and_later_appends_change_nothing),
		cmocka_unit_test(test_grows_without_losing_what_it_held),
		cmocka_unit_test(test_numbers_and_formats),
		cmocka_unit_test(test_release_accepts_null_and_half_built),
		cmocka_unit_test(test_reserve_beyond_the_maximum_fails_without_wrapping),
		cmocka_unit_test(test_an_arena_hands_out_zeroed_memory_up_to_its_maximum),
		cmocka_unit_test(test_an_arena_refuses_products_that_overflow),
		cmocka_unit_test(test_an_arena_copy_ends_in_nul_behind_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
