/* A file that appears whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/out_file.h"

static char folder[64], path[128], why[512];

static int make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/test_out_file.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/codes.csv", folder);
	return 0;
}

/* Counts what is in the folder, and removes it where asked. */
static unsigned files(bool clear)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	unsigned count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (clear)
			assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
	}
	(void)closedir(dir);
	return count;
}

static int drop_folder(void **state)
{
	(void)state;
	(void)files(true);
	return rmdir(folder);
}

static void assert_content(const char *expected)
{
	char text[64];
	FILE *file = fopen(path, "rb");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	(void)fclose(file);
	assert_string_equal(text, expected);
}

static void test_appears_whole_and_for_its_owner_only(void **state)
{
	struct out_file f;
	struct stat about;

	(void)state;
	assert_true(out_file_open(&f, path, why, sizeof(why)));
	assert_true(out_file_write(&f, S("one\r\n")));
	assert_int_equal(access(path, F_OK), -1);
	assert_true(out_file_finish(&f, why, sizeof(why)));
	out_file_release(&f);
	assert_content("one\r\n");
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(files(false), 1);
}

static void test_leaves_what_was_there_when_given_up(void **state)
{
	struct out_file f;

	(void)state;
	assert_true(out_file_open(&f, path, why, sizeof(why)));
	assert_true(out_file_write(&f, S("old")));
	assert_true(out_file_finish(&f, why, sizeof(why)));
	out_file_release(&f);
	assert_true(out_file_open(&f, path, why, sizeof(why)));
	assert_true(out_file_write(&f, S("half of the n")));
	out_file_release(&f);
	assert_content("old");
	assert_int_equal(files(false), 1);
}

static void test_takes_the_place_of_what_was_there(void **state)
{
	struct out_file f;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_true(out_file_open(&f, path, why, sizeof(why)));
		assert_true(out_file_write(&f, i == 0 ? S("old") : S("new")));
		assert_true(out_file_finish(&f, why, sizeof(why)));
		out_file_release(&f);
	}
	assert_content("new");
}

static void test_says_which_file_cannot_be_made(void **state)
{
	struct out_file f;
	char elsewhere[160];

	(void)state;
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/no/such/folder.csv", folder);
	assert_false(out_file_open(&f, elsewhere, why, sizeof(why)));
	assert_non_null(strstr(why, elsewhere));
	out_file_release(&f);
	assert_int_equal(files(false), 0);
}

static void test_a_folder_in_its_place_is_told_before_anything_is_made(void **state)
{
	struct out_file f;

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(out_file_open(&f, path, why, sizeof(why)));
	out_file_release(&f);
	assert_int_equal(files(false), 1);
	assert_int_equal(rmdir(path), 0);
}

static void test_a_folder_that_takes_its_place_is_told_and_nothing_stays(void **state)
{
	struct out_file f;

	(void)state;
	assert_true(out_file_open(&f, path, why, sizeof(why)));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(out_file_finish(&f, why, sizeof(why)));
	out_file_release(&f);
	assert_int_equal(files(false), 1);
	assert_int_equal(rmdir(path), 0);
}

static void test_writes_to_a_device_and_leaves_it_one(void **state)
{
	struct out_file f;
	struct stat about;

	(void)state;
	assert_true(out_file_open(&f, "/dev/null", why, sizeof(why)));
	assert_true(out_file_write(&f, S("x")));
	assert_true(out_file_finish(&f, why, sizeof(why)));
	out_file_release(&f);
	assert_int_equal(stat("/dev/null", &about), 0);
	assert_true(S_ISCHR(about.st_mode));
}

static void test_a_full_device_is_told(void **state)
{
	struct out_file f;

	(void)state;
	assert_true(out_file_open(&f, "/dev/full", why, sizeof(why)));
	assert_true(out_file_write(&f, S("x")));
	assert_false(out_file_finish(&f, why, sizeof(why)));
	out_file_release(&f);
	assert_non_null(strstr(why, "/dev/full"));
}

static void test_a_symbolic_link_stays_one(void **state)
{
	struct out_file f;
	struct stat about;
	char link[160];

	(void)state;
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(out_file_open(&f, i == 0 ? path : link, why, sizeof(why)));
		assert_true(out_file_write(&f, i == 0 ? S("old") : S("new")));
		assert_true(out_file_finish(&f, why, sizeof(why)));
		out_file_release(&f);
		if (i == 0)
			assert_int_equal(symlink(path, link), 0);
	}
	assert_content("new");
	assert_int_equal(lstat(link, &about), 0);
	assert_true(S_ISLNK(about.st_mode));
}

static void test_release_accepts_nothing(void **state)
{
	struct out_file f = { 0 };

	(void)state;
	out_file_release(NULL);
	out_file_release(&f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_appears_whole_and_for_its_owner_only),
		CASE(test_leaves_what_was_there_when_given_up),
		CASE(test_takes_the_place_of_what_was_there),
		CASE(test_says_which_file_cannot_be_made),
		CASE(test_a_folder_in_its_place_is_told_before_anything_is_made),
		CASE(test_a_folder_that_takes_its_place_is_told_and_nothing_stays),
		CASE(test_writes_to_a_device_and_leaves_it_one),
		CASE(test_a_full_device_is_told),
		CASE(test_a_symbolic_link_stays_one),
		cmocka_unit_test(test_release_accepts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
