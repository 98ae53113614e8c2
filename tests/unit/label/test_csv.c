/* Codes as CSV: exact rows, the same file in slices of any size, and read back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/csv.h"
#include "model/csv.h"

static struct serial_key key;
static struct batch batch = {
	.gtin = 9506000134352,
	.key = &key,
	.quantity = 1000,
	.length = 14,
	.stem = SLICE("https://id.example.com"),
};

static int set_up(void **state)
{
	static const uint8_t bytes[SERIAL_KEY_SIZE] = { 1 };

	(void)state;
	return serial_key_init(&key, 30, bytes) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	serial_key_release(&key);
	return 0;
}

static struct csv_codes sample(void)
{
	struct csv_codes codes = {
		.batch = &batch,
		.lot = SLICE("L-7"),
		.produced = SLICE("2026-03-01"),
		.product = SLICE("=\"\xe8\x8a\x9d\xe9\xba\xbb\", 1 kg"),
		.copies = 2,
	};

	return codes;
}

static void test_a_row_has_every_column_quoted_in_order(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1], wanted[1024];
	struct csv_codes codes = sample();
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	csv_header(CSV_PRINT, &out);
	csv_rows(&codes, 41, 1, &out);
	assert_int_equal(serial_encode(&key, batch.gtin, 41, 14, serial), SERIAL_OK);
	(void)snprintf(
	    wanted, sizeof(wanted),
	    "\"seq\",\"code\",\"url\",\"hri\",\"gtin\",\"serial\",\"batch\",\"produced\","
	    "\"expiry\","
	    "\"product\",\"copies\"\r\n"
	    "\"42\",\"%.4s-%.4s-%.4s-%.2s\",\"HTTPS://ID.EXAMPLE.COM/01/09506000134352/21/%s\","
	    "\"(01)09506000134352(21)%s\",\"09506000134352\",\"%s\",\"L-7\",\"2026-03-01\",\"\","
	    "\"=\"\"\xe8\x8a\x9d\xe9\xba\xbb\"\", 1 kg\",\"2\"\r\n",
	    serial, serial + 4, serial + 8, serial + 12, serial, serial, serial);
	assert_string_equal(buf_string(&out), wanted);
	buf_release(&out);
}

static void test_slices_of_any_size_make_the_same_file(void **state)
{
	struct csv_codes codes = sample();
	struct buf whole, sliced;

	(void)state;
	buf_init(&whole, 1000000);
	buf_init(&sliced, 1000000);
	csv_rows(&codes, 0, 1000, &whole);
	for (uint64_t at = 0; at < 1000; at += 300)
		csv_rows(&codes, at, at + 300 > 1000 ? 1000 - at : 300, &sliced);
	assert_true(buf_ok(&whole) && buf_ok(&sliced));
	assert_true(slice_equal(buf_slice(&whole), buf_slice(&sliced)));
	buf_release(&whole);
	buf_release(&sliced);
}

static void test_no_room_is_reported_not_cut(void **state)
{
	struct csv_codes codes = sample();
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	csv_rows(&codes, 0, 1000, &out);
	assert_false(buf_ok(&out));
	buf_release(&out);
}

static void assert_field(enum csv_variant variant, const char *text, const char *wanted)
{
	struct buf out;

	buf_init(&out, 1000);
	csv_field(variant, slice_of(text), &out);
	assert_string_equal(buf_string(&out), wanted);
	buf_release(&out);
}

static void test_only_the_spreadsheet_variant_disarms_formulas(void **state)
{
	static const char *const formulas[] = { "=1", "+1", "-1", "@a", "\ta", "\ra" };
	char wanted[16];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(formulas); i++) {
		(void)snprintf(wanted, sizeof(wanted), "\"%s\"", formulas[i]);
		assert_field(CSV_PRINT, formulas[i], wanted);
		(void)snprintf(wanted, sizeof(wanted), "\"'%s\"", formulas[i]);
		assert_field(CSV_SPREADSHEET, formulas[i], wanted);
	}
	assert_field(CSV_SPREADSHEET, "1=1", "\"1=1\"");
	assert_field(CSV_SPREADSHEET, "", "\"\"");
}

static void test_a_written_batch_is_read_back(void **state)
{
	static char room[4096];
	struct csv_cell cells[16];
	struct csv_codes codes = sample();
	char serial[SERIAL_LENGTH_MOST + 1];
	struct slice rest;
	struct csv csv;
	struct buf out;

	(void)state;
	codes.variant = CSV_SPREADSHEET;
	codes.product = S("a \"b\"\r\nc");
	buf_init(&out, 1000000);
	csv_header(CSV_SPREADSHEET, &out);
	csv_rows(&codes, 0, 1000, &out);
	csv_init(&csv, ',', room, sizeof(room), cells, COUNT_OF(cells), sizeof(room));
	rest = buf_slice(&out);
	assert_int_equal(csv_next(&csv, &rest, true), CSV_RECORD);
	assert_true(slice_equal(csv_text(&csv, 0), S("seq")));
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(csv_next(&csv, &rest, true), CSV_RECORD);
		assert_int_equal(csv.fault, CSV_FINE);
		assert_int_equal(csv.count, 11);
		assert_int_equal(serial_encode(&key, batch.gtin, i, 14, serial), SERIAL_OK);
		assert_true(slice_equal(csv_text(&csv, 5), slice_of(serial)));
		assert_true(slice_equal(csv_text(&csv, 9), codes.product));
	}
	assert_int_equal(csv_next(&csv, &rest, true), CSV_END);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_has_every_column_quoted_in_order),
		cmocka_unit_test(test_slices_of_any_size_make_the_same_file),
		cmocka_unit_test(test_no_room_is_reported_not_cut),
		cmocka_unit_test(test_only_the_spreadsheet_variant_disarms_formulas),
		cmocka_unit_test(test_a_written_batch_is_read_back),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
