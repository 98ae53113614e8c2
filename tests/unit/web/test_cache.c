/* The worker's memory: bounded, the unused leaving first, entries alive as long as they are used.
 */
#include "web/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct siphash_key key = { 1, 2 };
static unsigned freed;

struct thing {
	struct cache_entry entry;
	unsigned number;
};

static void thing_free(struct cache_entry *e)
{
	freed++;
	free(e);
}

static struct thing *thing_new(unsigned number)
{
	struct thing *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->entry.free = thing_free;
	t->number = number;
	return t;
}

static struct slice name_of(unsigned number, char room[16])
{
	int length = snprintf(room, 16, "%u", number);

	return (struct slice){ room, (size_t)length };
}

/* The cache alone holds it. */
static void add(struct cache *c, unsigned number, size_t size)
{
	char room[16];
	struct thing *t = thing_new(number);

	(void)cache_ref(&t->entry);
	(void)cache_add(c, &t->entry, name_of(number, room), size);
	cache_unref(&t->entry);
}

static struct thing *find(struct cache *c, unsigned number)
{
	char room[16];

	return (struct thing *)(void *)cache_find(c, name_of(number, room));
}

static struct cache *cache_of(size_t bytes)
{
	struct cache *c = cache_new(bytes, &key);

	assert_non_null(c);
	freed = 0;
	return c;
}

static void test_finds_what_was_added_and_nothing_else(void **state)
{
	struct cache *c = cache_of(1 << 20);

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		add(c, i, 100);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(find(c, i)->number, i);
	assert_null(find(c, 1000));
	cache_free(c);
	assert_int_equal(freed, 1000);
}

static void test_never_holds_more_bytes_than_it_may(void **state)
{
	struct cache *c = cache_of(100000);

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		add(c, i, 50 + i % 500);
		assert_true(cache_bytes(c) <= 100000);
	}
	assert_true(cache_count(c) > 100);
	cache_free(c);
	assert_int_equal(freed, 5000);
}

static void test_what_is_asked_for_stays_while_the_rest_passes_through(void **state)
{
	struct cache *c = cache_of(100000);

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		add(c, i, 1000);
	for (unsigned i = 20; i < 2000; i++) {
		for (unsigned hot = 0; hot < 20; hot++)
			assert_non_null(find(c, hot));
		add(c, i, 1000);
	}
	cache_free(c);
}

static void test_a_new_entry_takes_the_place_of_one_with_the_same_key(void **state)
{
	struct cache *c = cache_of(1 << 20);
	size_t empty = cache_bytes(c);

	(void)state;
	add(c, 7, 1000);
	add(c, 7, 10);
	assert_int_equal(cache_count(c), 1);
	assert_int_equal(cache_bytes(c), empty + 10);
	assert_int_equal(freed, 1);
	cache_free(c);
}

static void test_an_entry_in_use_outlives_its_place(void **state)
{
	struct cache *c = cache_of(1 << 20);
	struct thing *t;

	(void)state;
	add(c, 7, 1000);
	t = find(c, 7);
	(void)cache_ref(&t->entry);
	cache_clear(c);
	assert_null(find(c, 7));
	assert_int_equal(freed, 0);
	assert_int_equal(t->number, 7);
	cache_remove(&t->entry); /* again: nothing happens */
	cache_grow(&t->entry, 100);
	cache_unref(&t->entry);
	assert_int_equal(freed, 1);
	assert_int_equal(cache_count(c), 0);
	cache_free(c);
}

static void test_one_giant_does_not_empty_the_cache(void **state)
{
	struct cache *c = cache_of(100000);

	(void)state;
	add(c, 1, 1000);
	add(c, 2, 50000);
	assert_non_null(find(c, 1));
	assert_null(find(c, 2));
	cache_free(c);
}

static void test_growing_pushes_others_out(void **state)
{
	struct cache *c = cache_of(100000);
	struct thing *t;

	(void)state;
	for (unsigned i = 0; i < 90; i++)
		add(c, i, 1000);
	t = find(c, 89);
	(void)cache_ref(&t->entry);
	cache_grow(&t->entry, 11000);
	assert_true(cache_bytes(c) <= 100000);
	assert_ptr_equal(find(c, 89), t);
	cache_grow(&t->entry, 50000);
	assert_null(find(c, 89));
	cache_unref(&t->entry);
	cache_free(c);
}

static void test_keys_are_bytes_of_any_kind(void **state)
{
	struct cache *c = cache_of(1 << 20);
	struct thing *t = thing_new(1);
	static const char long_key[CACHE_KEY_MOST + 1];

	(void)state;
	(void)cache_ref(&t->entry);
	assert_true(cache_add(c, &t->entry, S("a\0b"), 10));
	assert_null(cache_find(c, S("a\0c")));
	assert_null(cache_find(c, S("a")));
	assert_non_null(cache_find(c, S("a\0b")));
	assert_null(cache_find(c, (struct slice){ long_key, sizeof(long_key) }));
	cache_unref(&t->entry);
	cache_free(c);
	assert_int_equal(freed, 1);
}

static void test_keys_that_share_a_hash_are_told_apart(void **state)
{
	struct cache *c = cache_of(1 << 20);
	struct thing *t[3];
	char name[] = "0";

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(t); i++) {
		t[i] = thing_new(i);
		name[0] = (char)('0' + i);
		(void)cache_ref(&t[i]->entry);
		assert_true(cache_add_hashed(c, &t[i]->entry, slice_of(name), 77, 10));
		cache_unref(&t[i]->entry);
	}
	cache_remove(&t[1]->entry);
	assert_ptr_equal(cache_find_hashed(c, S("0"), 77), &t[0]->entry);
	assert_null(cache_find_hashed(c, S("1"), 77));
	assert_ptr_equal(cache_find_hashed(c, S("2"), 77), &t[2]->entry);
	assert_null(cache_find_hashed(c, S("2"), 78));
	assert_null(cache_find(c, S("2")));
	cache_free(c);
	assert_int_equal(freed, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_was_added_and_nothing_else),
		cmocka_unit_test(test_keys_that_share_a_hash_are_told_apart),
		cmocka_unit_test(test_never_holds_more_bytes_than_it_may),
		cmocka_unit_test(test_what_is_asked_for_stays_while_the_rest_passes_through),
		cmocka_unit_test(test_a_new_entry_takes_the_place_of_one_with_the_same_key),
		cmocka_unit_test(test_an_entry_in_use_outlives_its_place),
		cmocka_unit_test(test_one_giant_does_not_empty_the_cache),
		cmocka_unit_test(test_growing_pushes_others_out),
		cmocka_unit_test(test_keys_are_bytes_of_any_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
