/* The master key's file is read only when it is well-formed and nobody else can read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/master_key.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

static char folder[64], path[128];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/suyuan-master-key-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/master.key", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void write_file(const char *text, size_t length, mode_t mode)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, length), length);
	assert_int_equal(fchmod(file, mode), 0);
	assert_int_equal(close(file), 0);
}

static void assert_refused(const char *reason)
{
	struct master_key key = { .bytes = { 77 } };
	char why[256] = "";

	assert_false(master_key_load(path, &key, why, sizeof(why)));
	assert_non_null(strstr(why, path));
	assert_non_null(strstr(why, reason));
	assert_int_equal(key.bytes[0], 77);
}

static void test_reads_64_digits_with_or_without_a_line_feed(void **state)
{
	struct master_key key;
	char why[256];

	(void)state;
	for (size_t extra = 0; extra <= 1; extra++) {
		write_file(HEX "\n", 64 + extra, extra == 0 ? 0600 : 0400);
		assert_true(master_key_load(path, &key, why, sizeof(why)));
		for (unsigned i = 0; i < sizeof(key.bytes); i++)
			assert_int_equal(key.bytes[i], i);
	}
}

static void test_refuses_every_other_content(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		HEX "0",
		HEX "\n\n",
		HEX " ",
		HEX "\r\n",
		" " HEX,
		"g00102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F",
		"000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		write_file(bad[i], strlen(bad[i]), 0600);
		assert_refused("64 hexadecimal digits");
	}
}

static void test_refuses_a_file_that_others_can_touch(void **state)
{
	static const mode_t bad[] = { 0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		write_file(HEX, 64, bad[i]);
		assert_refused("chmod 600");
	}
}

static void test_refuses_a_file_of_another_user(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	write_file(HEX, 64, 0600);
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_refused("another user");
	(void)unlink(path);
}

static void test_refuses_links_folders_and_pipes(void **state)
{
	char target[160];

	(void)state;
	(void)unlink(path);
	assert_refused("No such file");
	(void)snprintf(target, sizeof(target), "%s.real", path);
	write_file(HEX, 64, 0600);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_refused("symbolic link");
	(void)unlink(path);
	(void)unlink(target);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused("plain file");
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused("plain file");
	assert_int_equal(rmdir(path), 0);
}

static void test_a_made_file_is_private_reads_back_and_is_never_overwritten(void **state)
{
	struct master_key key = { .bytes = { 1, 2, 3, 0xab } }, other = { .bytes = { 9 } }, back;
	struct stat status;
	char why[256] = "";

	(void)state;
	(void)unlink(path);
	assert_true(master_key_create(path, &key, why, sizeof(why)));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_false(master_key_create(path, &other, why, sizeof(why)));
	assert_non_null(strstr(why, "exists"));
	assert_true(master_key_load(path, &back, why, sizeof(why)));
	assert_memory_equal(&back, &key, sizeof(key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_64_digits_with_or_without_a_line_feed),
		cmocka_unit_test(test_refuses_every_other_content),
		cmocka_unit_test(test_refuses_a_file_that_others_can_touch),
		cmocka_unit_test(test_refuses_a_file_of_another_user),
		cmocka_unit_test(test_refuses_links_folders_and_pipes),
		cmocka_unit_test(test_a_made_file_is_private_reads_back_and_is_never_overwritten),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
