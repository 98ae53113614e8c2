/* Blocks of one size: each for one holder, zeroed, and memory that follows what is in use. */
#include "base/slab.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 472, MANY = 5000 };

static struct slab slab;

static char *get(void)
{
	char *block = slab_get(&slab);

	assert_non_null(block);
	for (size_t i = 0; i < slab.block; i++)
		assert_int_equal(block[i], 0);
	return block;
}

/* Takes MANY, each filled with a number of its own. */
static char **get_many(size_t size)
{
	char **blocks = calloc(MANY, sizeof(*blocks));

	assert_non_null(blocks);
	slab_init(&slab, size);
	for (unsigned i = 0; i < MANY; i++) {
		blocks[i] = get();
		memset(blocks[i], (int)(i % 251 + 1), size);
	}
	return blocks;
}

static void put_all(char **blocks)
{
	for (unsigned i = 0; i < MANY; i++)
		slab_put(&slab, blocks[i]);
	free(blocks);
	assert_int_equal(slab.count, 0);
	slab_release(&slab);
}

static void test_every_block_is_its_holders_alone(void **state)
{
	static const size_t sizes[] = { 1, 8, 24, 472, 4096, SLAB_BLOCK_MOST };

	(void)state;
	for (unsigned k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
		size_t size = sizes[k];
		char **blocks = get_many(size);

		for (unsigned i = 0; i < MANY; i++) {
			unsigned char own = (unsigned char)(i % 251 + 1);

			assert_int_equal((uintptr_t)blocks[i] % 8, 0);
			assert_int_equal((unsigned char)blocks[i][0], own);
			assert_int_equal((unsigned char)blocks[i][size - 1], own);
		}
		put_all(blocks);
	}
}

static void test_a_block_that_comes_again_is_zeroed(void **state)
{
	char *block;

	(void)state;
	slab_init(&slab, SIZE);
	block = get();
	memset(block, 'x', SIZE);
	slab_put(&slab, block);
	assert_ptr_equal(get(), block);
	slab_put(&slab, block);
	slab_put(&slab, NULL);
	slab_release(&slab);
}

/* As a cache does whose oldest entry leaves for each new one. */
static void test_takes_no_more_memory_however_often_blocks_change(void **state)
{
	char **blocks = get_many(SIZE);
	size_t bytes = slab.bytes;

	(void)state;
	assert_in_range(bytes, (size_t)MANY * SIZE, (size_t)MANY * SIZE * 6 / 5);
	for (unsigned i = 0; i < 20 * MANY; i++) {
		slab_put(&slab, blocks[i % MANY]);
		blocks[i % MANY] = get();
		assert_true(slab.bytes <= bytes);
	}
	for (unsigned i = 0, seed = 1; i < 20 * MANY; i++) {
		seed = seed * 1103515245 + 12345;
		slab_put(&slab, blocks[seed / 65536 % MANY]);
		blocks[seed / 65536 % MANY] = get();
		assert_true(slab.bytes <= bytes);
	}
	put_all(blocks);
}

static size_t resident_pages(const char *from, size_t pages, size_t page)
{
	unsigned char in[256];
	size_t count = 0;

	assert_true(pages <= sizeof(in));
	assert_int_equal(mincore((void *)(uintptr_t)from, pages * page, in), 0);
	for (size_t i = 0; i < pages; i++)
		count += in[i] & 1;
	return count;
}

/* Seven leave for one that comes: another kind of traffic, whose entries are larger elsewhere. */
static void test_memory_follows_what_is_in_use(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), full;
	char **blocks = get_many(SIZE);
	const char *early = (char *)(((uintptr_t)blocks[0] / page + 1) * page);

	(void)state;
	full = slab.bytes;
	assert_int_equal(resident_pages(early, 32, page), 32);
	for (unsigned i = 0; i < MANY; i++) {
		slab_put(&slab, blocks[i]);
		blocks[i] = i % 8 == 0 ? get() : NULL;
	}
	assert_true(slab.bytes <= full / 4);
	put_all(blocks);
}

static void test_empty_memory_is_the_systems_and_can_be_used_again(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char **blocks = get_many(SIZE);
	const char *early = (char *)(((uintptr_t)blocks[0] / page + 1) * page);
	size_t full = slab.bytes, one = full;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		slab_put(&slab, blocks[i]);
		if (slab.bytes < one)
			one = slab.bytes;
	}
	assert_int_equal(slab.bytes, one);
	assert_true(one <= full / 8);
	assert_int_equal(resident_pages(early, 32, page), 0);
	for (unsigned i = 0; i < MANY; i++)
		blocks[i] = get();
	assert_int_equal(slab.bytes, full);
	put_all(blocks);
}

static void test_a_sanitizer_sees_who_writes_behind_a_block_or_after_it_went(void **state)
{
#ifdef __SANITIZE_ADDRESS__
	char *block;

	(void)state;
	slab_init(&slab, SIZE);
	block = get();
	assert_null(__asan_region_is_poisoned(block, SIZE));
	assert_non_null(__asan_region_is_poisoned(block, SIZE + 1));
	slab_put(&slab, block);
	assert_true(__asan_address_is_poisoned(block));
	slab_release(&slab);
#else
	(void)state;
	skip();
#endif
}

static void test_a_released_one_may_be_used_again(void **state)
{
	struct slab zeroed = { .block = 0 };
	char *block;

	(void)state;
	slab_release(NULL);
	slab_release(&zeroed);
	slab_init(&slab, SIZE);
	slab_put(&slab, get());
	slab_release(&slab);
	block = get();
	slab_put(&slab, block);
	slab_release(&slab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_block_is_its_holders_alone),
		cmocka_unit_test(test_a_block_that_comes_again_is_zeroed),
		cmocka_unit_test(test_takes_no_more_memory_however_often_blocks_change),
		cmocka_unit_test(test_memory_follows_what_is_in_use),
		cmocka_unit_test(test_empty_memory_is_the_systems_and_can_be_used_again),
		cmocka_unit_test(test_a_sanitizer_sees_who_writes_behind_a_block_or_after_it_went),
		cmocka_unit_test(test_a_released_one_may_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
