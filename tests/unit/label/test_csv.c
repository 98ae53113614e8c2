/* What is written as CSV is read back the same, however it is cut, and broken files are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/csv.h"

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

/* --- reading --- */

/* Reads `text` in pieces of `piece` bytes into "line:field|field\n" lines; the last result. */
static enum csv_result read_all(struct slice text, size_t piece, size_t maximum, struct buf *out)
{
	enum csv_result result = CSV_MORE;
	struct csv_reader r;

	csv_reader_init(&r, maximum);
	buf_init(out, 100000);
	while (result == CSV_MORE || result == CSV_OK) {
		struct slice part = { text.data, text.length < piece ? text.length : piece };
		size_t before = part.length;

		result = text.length == 0 ? csv_read_end(&r) : csv_read(&r, &part);
		text = slice_from(text, text.length == 0 ? 0 : before - part.length);
		if (result != CSV_OK)
			continue;
		buf_add_format(out, "%llu:", (unsigned long long)r.line);
		for (unsigned i = 0; i < r.fields; i++) {
			buf_add_slice(out, csv_get(&r, i));
			buf_add_char(out, '|');
		}
		buf_add_char(out, '\n');
	}
	csv_reader_release(&r);
	return result;
}

static void assert_reads(struct slice text, const char *wanted)
{
	struct buf out;

	for (size_t piece = 1; piece <= text.length + 1; piece++) {
		assert_int_equal(read_all(text, piece, 1000, &out), CSV_END);
		assert_string_equal(buf_string(&out), wanted);
		buf_release(&out);
	}
}

static void test_reads_records_however_they_are_cut(void **state)
{
	(void)state;
	assert_reads(S(""), "");
	assert_reads(S("a,b\r\nc,d\r\n"), "1:a|b|\n2:c|d|\n");
	assert_reads(S("a,b\nc,d"), "1:a|b|\n2:c|d|\n");
	assert_reads(S("\"a\",\"b\"\"c\"\r\n\"\",\"\"\r\n"), "1:a|b\"c|\n2:||\n");
	assert_reads(S("\"a\r\nb\",c\r\nd\r\n"), "1:a\r\nb|c|\n3:d|\n");
	assert_reads(S(",\n,"), "1:||\n2:||\n");
	assert_reads(S("\n\na"), "1:|\n2:|\n3:a|\n");
	assert_reads(S("a\rb,c"), "1:a\rb|c|\n");
	assert_reads(S("\"a,b\""), "1:a,b|\n");
}

static void test_a_byte_order_mark_is_no_text(void **state)
{
	(void)state;
	assert_reads(S("\xef\xbb\xbf"
		       "a,b"),
		     "1:a|b|\n");
	assert_reads(S("\xef\xbb\xbf\"a\",b"), "1:a|b|\n");
	assert_reads(S("\xef\xbb"
		       "a"),
		     "1:\xef\xbb"
		     "a|\n");
	assert_reads(S("a,\xef\xbb\xbf"), "1:a|\xef\xbb\xbf|\n");
}

static void assert_refused(struct slice text, enum csv_result wanted)
{
	struct buf out;

	for (size_t piece = 1; piece <= text.length + 1; piece++) {
		assert_int_equal(read_all(text, piece, 20, &out), wanted);
		buf_release(&out);
	}
}

static void test_names_what_is_wrong_with_a_broken_file(void **state)
{
	(void)state;
	assert_refused(S("a\"b\n"), CSV_STRAY_QUOTE);
	assert_refused(S("\"a\"b\n"), CSV_STRAY_QUOTE);
	assert_refused(S("a,\"b"), CSV_OPEN_QUOTE);
	assert_refused(S("a,b\0c\n"), CSV_NUL);
	assert_refused(S("123456789012345678901\n"), CSV_TOO_LONG);
	assert_refused(S("12345678901234567890\n"), CSV_END);
	assert_refused(S(",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n"),
		       CSV_TOO_MANY);
}

static void test_a_written_batch_is_read_back(void **state)
{
	struct csv_codes codes = sample();
	char serial[SERIAL_LENGTH_MOST + 1];
	struct csv_reader r;
	struct slice rest;
	struct buf out;

	(void)state;
	codes.variant = CSV_SPREADSHEET;
	codes.product = S("a \"b\"\r\nc");
	buf_init(&out, 1000000);
	csv_header(CSV_SPREADSHEET, &out);
	csv_rows(&codes, 0, 1000, &out);
	csv_reader_init(&r, 1000);
	rest = buf_slice(&out);
	assert_int_equal(csv_read(&r, &rest), CSV_OK);
	assert_true(slice_equal(csv_get(&r, 0), S("seq")));
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(csv_read(&r, &rest), CSV_OK);
		assert_int_equal(r.fields, 11);
		assert_int_equal(serial_encode(&key, batch.gtin, i, 14, serial), SERIAL_OK);
		assert_true(slice_equal(csv_get(&r, 5), slice_of(serial)));
		assert_true(slice_equal(csv_get(&r, 9), codes.product));
		assert_int_equal(csv_get(&r, 11).length, 0);
	}
	assert_int_equal(rest.length, 0);
	assert_int_equal(csv_read_end(&r), CSV_END);
	csv_reader_release(&r);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_has_every_column_quoted_in_order),
		cmocka_unit_test(test_slices_of_any_size_make_the_same_file),
		cmocka_unit_test(test_no_room_is_reported_not_cut),
		cmocka_unit_test(test_only_the_spreadsheet_variant_disarms_formulas),
		cmocka_unit_test(test_reads_records_however_they_are_cut),
		cmocka_unit_test(test_a_byte_order_mark_is_no_text),
		cmocka_unit_test(test_names_what_is_wrong_with_a_broken_file),
		cmocka_unit_test(test_a_written_batch_is_read_back),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
