/* ZIP archives: what goes in comes out, and the same files are the same bytes anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "label/zip.h"

static void pack(struct buf *out, unsigned entries)
{
	struct zip *z = zip_new(out);
	char name[32], content[600];

	assert_non_null(z);
	for (unsigned i = 0; i < entries; i++) {
		(void)snprintf(name, sizeof(name), "file-%u.svg", i);
		memset(content, 'a' + (int)(i % 26), sizeof(content));
		assert_true(
		    zip_add(z, name, (struct slice){ content, i % sizeof(content) }, i % 2 == 0));
	}
	assert_true(zip_finish(z));
	zip_free(z);
}

static void test_every_entry_comes_out_as_it_went_in(void **state)
{
	struct archive *reader = archive_read_new();
	struct archive_entry *entry;
	unsigned count = 0;
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 20);
	pack(&out, 700);
	assert_int_equal(archive_read_support_format_zip(reader), ARCHIVE_OK);
	assert_int_equal(archive_read_open_memory(reader, out.data, out.length), ARCHIVE_OK);
	while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
		char name[32], content[600];
		la_ssize_t length = archive_read_data(reader, content, sizeof(content));

		(void)snprintf(name, sizeof(name), "file-%u.svg", count);
		assert_string_equal(archive_entry_pathname(entry), name);
		assert_int_equal(length, count % 600);
		for (la_ssize_t i = 0; i < length; i++)
			assert_int_equal(content[i], 'a' + count % 26);
		count++;
	}
	assert_int_equal(count, 700);
	assert_int_equal(archive_read_free(reader), ARCHIVE_OK);
	buf_release(&out);
}

static void test_the_same_files_are_the_same_bytes_in_every_time_zone(void **state)
{
	static const char *const zones[] = { "UTC", "Asia/Shanghai", "America/Los_Angeles" };
	struct buf first, out;

	(void)state;
	buf_init(&first, 1 << 20);
	pack(&first, 20);
	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < COUNT_OF(zones); i++) {
		assert_int_equal(setenv("TZ", zones[i], 1), 0);
		tzset();
		buf_clear(&out);
		pack(&out, 20);
		assert_true(slice_equal(buf_slice(&out), buf_slice(&first)));
	}
	buf_release(&first);
	buf_release(&out);
}

static void test_out_of_room_is_reported(void **state)
{
	struct buf out;
	struct zip *z;

	(void)state;
	buf_init(&out, 1000);
	z = zip_new(&out);
	assert_non_null(z);
	for (unsigned i = 0; i < 100; i++) {
		char content[600];

		memset(content, (int)i, sizeof(content));
		if (!zip_add(z, "x", (struct slice){ content, sizeof(content) }, true))
			break;
		assert_int_not_equal(i, 99);
	}
	assert_false(buf_ok(&out));
	zip_free(z);
	zip_free(NULL);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_entry_comes_out_as_it_went_in),
		cmocka_unit_test(test_the_same_files_are_the_same_bytes_in_every_time_zone),
		cmocka_unit_test(test_out_of_room_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
