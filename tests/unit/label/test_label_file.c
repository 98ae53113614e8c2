/* Label files: the files of a batch are its codes, each once and in order, and always the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "label/label_file.h"

#define FONT "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"

static struct serial_key key;
static struct batch codes;
static struct label_batch batch;
static struct label_order order;
static struct label_setup setup;
static struct label_tally tally;
static struct label_refusal refusal;
static const struct sheet sheet = {
	"Test", 210000, 297000, 70000, 37000, 3, 8, 0, 0, 70000, 37000
};

static int set_up(void **state)
{
	static const uint8_t bytes[SERIAL_KEY_SIZE] = { 1 };

	(void)state;
	codes = (struct batch){ .gtin = 9506000134352,
				.key = &key,
				.quantity = 1000,
				.length = 14,
				.stem = S("https://id.example.com") };
	batch = (struct label_batch){ .batch = &codes,
				      .product = S("\xe8\x8a\x9d\xe9\xba\xbb\xe9\x85\xb1"),
				      .lot = S("L-7") };
	label_order_init(&order);
	tally = (struct label_tally){ 0 };
	return serial_key_init(&key, 30, bytes) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	serial_key_release(&key);
	return 0;
}

static void want(const char *member, const char *value)
{
	assert_true(label_order_set(&order, slice_of(member), slice_of(value), &refusal));
}

static void join(void)
{
	assert_true(label_order_check(&order, &refusal));
	assert_true(label_setup_init(&setup, &order, &sheet, FONT, &refusal));
}

static void make(uint64_t index, uint64_t count, struct buf *out)
{
	buf_init(out, LABEL_FILE_BYTES);
	assert_int_equal(label_file_make(&setup, &batch, index, count, out, &tally), LABEL_MADE);
	assert_true(buf_ok(out));
}

/* --- how many, which, and what they are called --- */

static void test_files_cover_a_batch_without_gap_or_overlap(void **state)
{
	static const struct {
		const char *format;
		bool zip;
		uint64_t copies, codes;
	} files[] = {
		{ "pdf", false, 1, 24000 },   { "pdf", false, 7, 3428 }, { "zpl", false, 1, 10000 },
		{ "zpl", false, 900, 10000 }, { "svg", true, 1, 10000 }, { "png", false, 1, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		uint64_t sum = 0, quantity = 100001, index, count, number;
		char copies[32];

		(void)tear_down(state);
		assert_int_equal(set_up(state), 0);
		want("format", files[i].format);
		want("zip", files[i].zip ? "true" : "false");
		(void)snprintf(copies, sizeof(copies), "%u", (unsigned)files[i].copies);
		want("copies", copies);
		join();
		for (number = 0; number < label_file_count(&setup, quantity); number++) {
			label_file_range(&setup, quantity, number, &index, &count);
			assert_int_equal(index, sum);
			assert_true(count > 0 && count <= files[i].codes);
			sum += count;
		}
		assert_int_equal(sum, quantity);
		label_file_range(&setup, quantity, 0, &index, &count);
		assert_int_equal(count, files[i].codes);
	}
}

static void assert_name(uint64_t number, uint64_t count, const char *wanted)
{
	char name[LABEL_FILE_NAME_SIZE];

	label_file_name(&setup, number, count, name);
	assert_string_equal(name, wanted);
}

static void test_names_sort_in_the_order_of_the_codes(void **state)
{
	(void)state;
	want("format", "eps");
	want("zip", "true");
	join();
	assert_name(0, 1, "labels.zip");
	assert_name(0, 2, "labels-0001.zip");
	assert_name(9998, 9999, "labels-9999.zip");
	assert_name(0, 10000, "labels-00001.zip");
	assert_name(99999, 100000, "labels-100000.zip");
	assert_string_equal(label_file_type(&setup), "application/zip");
	want("zip", "false");
	join();
	assert_name(0, 1, "labels.eps");
	assert_string_equal(label_file_type(&setup), "application/postscript");
}

static void test_a_start_place_beyond_the_sheet_is_refused(void **state)
{
	(void)state;
	want("start", "24");
	join();
	want("start", "25");
	assert_true(label_order_check(&order, &refusal));
	assert_false(label_setup_init(&setup, &order, &sheet, NULL, &refusal));
	assert_string_equal(refusal.member, "start");
	assert_string_equal(refusal.limit, "is 1 to 24 on this sheet");
}

static void test_an_own_size_is_a_roll_of_one_label(void **state)
{
	(void)state;
	want("label", "62.5x29");
	join();
	assert_int_equal(setup.sheet.page_width, 62500);
	assert_int_equal(setup.sheet.label_height, 29000);
	assert_int_equal(sheet_labels(&setup.sheet), 1);
}

/* --- what they hold --- */

static void test_an_archive_holds_each_code_of_its_range_once(void **state)
{
	struct archive *reader = archive_read_new();
	struct archive_entry *entry;
	char serial[SERIAL_LENGTH_MOST + 1] = "";
	char wanted[LABEL_PICTURE_NAME_SIZE];
	struct buf out;
	uint64_t at = 700;

	(void)state;
	want("format", "svg");
	want("zip", "true");
	join();
	make(at, 300, &out);
	assert_int_equal(tally.labels, 300);
	assert_int_equal(tally.least_modules, 29);
	assert_int_equal(archive_read_support_format_zip(reader), ARCHIVE_OK);
	assert_int_equal(archive_read_open_memory(reader, out.data, out.length), ARCHIVE_OK);
	while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
		batch_serials(&codes, at++, 1, serial);
		(void)snprintf(wanted, sizeof(wanted), "09506000134352_%s.svg", serial);
		assert_string_equal(archive_entry_pathname(entry), wanted);
	}
	assert_int_equal(at, 1000);
	assert_int_equal(archive_read_free(reader), ARCHIVE_OK);
	buf_release(&out);
}

static void test_every_format_gives_the_same_bytes_again(void **state)
{
	static const char *const formats[] = { "pdf", "zpl", "svg", "png", "eps" };

	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		struct buf first, again;

		(void)tear_down(state);
		assert_int_equal(set_up(state), 0);
		want("format", formats[i]);
		if (i >= LABEL_SVG)
			want("zip", "true");
		join();
		make(300, 40, &first);
		make(300, 40, &again);
		assert_true(first.length > 1000);
		assert_true(slice_equal(buf_slice(&first), buf_slice(&again)));
		buf_release(&again);
		make(301, 40, &again);
		assert_false(slice_equal(buf_slice(&first), buf_slice(&again)));
		buf_release(&first);
		buf_release(&again);
	}
}

static void test_only_the_first_file_leaves_places_free(void **state)
{
	struct buf out;

	(void)state;
	want("start", "24");
	join();
	make(0, 25, &out);
	assert_int_equal(tally.pages, 2);
	buf_release(&out);
	make(25, 24, &out);
	assert_int_equal(tally.pages, 3);
	assert_int_equal(tally.labels, 49);
	buf_release(&out);
}

static bool stop_at_512(void *whose, uint64_t made)
{
	*(uint64_t *)whose = made;
	return made < 512;
}

static void test_making_can_be_stopped(void **state)
{
	uint64_t seen = 0;
	struct buf out;

	(void)state;
	want("format", "zpl");
	join();
	batch.go_on = stop_at_512;
	batch.whose = &seen;
	buf_init(&out, LABEL_FILE_BYTES);
	assert_int_equal(label_file_make(&setup, &batch, 0, 1000, &out, &tally), LABEL_STOPPED);
	assert_int_equal(seen, 512);
	assert_int_equal(tally.labels, 0);
	buf_release(&out);
}

static void test_what_cannot_be_printed_is_refused_with_its_reason(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, LABEL_FILE_BYTES);
	want("format", "zpl");
	want("label", "18x18");
	join();
	assert_int_equal(label_file_make(&setup, &batch, 0, 1, &out, &tally), LABEL_MADE);
	want("label", "14x14");
	join();
	assert_int_equal(label_file_make(&setup, &batch, 0, 1, &out, &tally), LABEL_SYMBOL_TOO_BIG);
	want("label", "60x40");
	join();
	setup.font_path = NULL;
	assert_int_equal(label_file_make(&setup, &batch, 0, 1, &out, &tally), LABEL_NEEDS_FONT);
	setup.font_path = "/etc/passwd";
	assert_int_equal(label_file_make(&setup, &batch, 0, 1, &out, &tally), LABEL_BAD_FONT);
	setup.font_path = FONT;
	out.maximum = out.length + 10;
	assert_int_equal(label_file_make(&setup, &batch, 0, 1, &out, &tally), LABEL_NO_ROOM);
	buf_release(&out);
}

static void test_a_missing_glyph_is_named(void **state)
{
	struct label_text text = { .gtin = S("09506000134352"),
				   .serial = S("7K3M9Q2XTPVW4H"),
				   .product = S("Tahini \xe1\x9a\xa0") };
	static const char *const formats[] = { "pdf", "zpl" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		struct label_writer *w = NULL;
		struct buf out;

		buf_init(&out, LABEL_FILE_BYTES);
		want("format", formats[i]);
		join();
		assert_int_equal(label_writer_new(&setup, true, &out, &w), LABEL_MADE);
		assert_int_equal(label_writer_add(w, S("HTTPS://A.EXAMPLE/1"), &text, 1),
				 LABEL_NO_GLYPH);
		assert_int_equal(label_writer_missing(w), 0x16a0);
		label_writer_free(w);
		buf_release(&out);
	}
}

static void test_picture_names_are_safe_in_any_file_system(void **state)
{
	const struct label_text text = { .gtin = S("09506000134352"), .serial = S("../\"a%\\") };
	char name[LABEL_PICTURE_NAME_SIZE];

	(void)state;
	label_picture_name(&text, LABEL_PNG, name);
	assert_string_equal(name, "09506000134352_%2E%2E%2F%22a%25%5C.png");
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_files_cover_a_batch_without_gap_or_overlap),
		FILE_TEST(test_names_sort_in_the_order_of_the_codes),
		FILE_TEST(test_a_start_place_beyond_the_sheet_is_refused),
		FILE_TEST(test_an_own_size_is_a_roll_of_one_label),
		FILE_TEST(test_an_archive_holds_each_code_of_its_range_once),
		FILE_TEST(test_every_format_gives_the_same_bytes_again),
		FILE_TEST(test_only_the_first_file_leaves_places_free),
		FILE_TEST(test_making_can_be_stopped),
		FILE_TEST(test_what_cannot_be_printed_is_refused_with_its_reason),
		FILE_TEST(test_a_missing_glyph_is_named),
		FILE_TEST(test_picture_names_are_safe_in_any_file_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
