/* Whole files into memory and back. */
#include "base/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/suyuan-test-file-XXXXXX";

static void test_what_is_written_is_read_back_with_nul_and_all(void **state)
{
	struct slice content = { "a\0b\xff\n", 5 };
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_add_string(&b, "before ");
	assert_true(file_write(path, content));
	assert_true(file_read(path, &b));
	assert_int_equal(b.length, 12);
	assert_memory_equal(b.data + 7, content.data, 5);
	buf_release(&b);
}

static void test_a_file_over_the_maximum_is_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_true(file_write(path, S("12345")));
	errno = 0;
	assert_false(file_read(path, &b));
	assert_int_equal(errno, EFBIG);
	buf_release(&b);
}

static void test_a_file_that_is_not_there_says_so(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_false(file_read("/nonexistent/file", &b));
	assert_int_equal(errno, ENOENT);
	assert_false(file_write("/nonexistent/file", S("x")));
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read_back_with_nul_and_all),
		cmocka_unit_test(test_a_file_over_the_maximum_is_refused),
		cmocka_unit_test(test_a_file_that_is_not_there_says_so),
	};
	int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
