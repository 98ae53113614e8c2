/* Codes as CSV: exact rows and fields, and read back the same. */
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

static struct code_texts sample(void)
{
	struct code_texts texts = {
		.batch = &batch,
		.lot = SLICE("L-7"),
		.produced = SLICE("2026-03-01"),
		.product = SLICE("=\"\xe8\x8a\x9d\xe9\xba\xbb\", 1 kg"),
		.copies = 2,
	};

	return texts;
}

/* The whole file. */
static void write_file(const struct code_form *form, const struct code_texts *texts, uint64_t first,
		       uint64_t last, struct buf *out)
{
	struct code_file file;
	uint64_t length;

	assert_true(code_file_init(&file, form, texts, first, last));
	length = code_file_length(&file);
	buf_init(out, 10000000);
	while (out->length < length)
		code_file_read(&file, out->length, 10000000, out);
	assert_true(buf_ok(out));
	code_file_release(&file);
}

static void test_a_row_has_every_column_quoted_in_order(void **state)
{
	static const struct code_form form = { .format = CODES_CSV };
	char serial[SERIAL_LENGTH_MOST + 1], wanted[1024];
	struct code_texts texts = sample();
	struct buf out;

	(void)state;
	write_file(&form, &texts, 42, 42, &out);
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

/* UTF-16LE of ASCII and of U+829D U+9EBB. */
static void add_wide(struct buf *out, const char *ascii)
{
	for (; *ascii != '\0'; ascii++) {
		buf_add_char(out, *ascii);
		buf_add_char(out, '\0');
	}
}

static void test_utf16_is_separated_by_tabs_and_quotes_only_where_it_must(void **state)
{
	static const struct code_form form = { .format = CODES_CSV, .utf16 = true };
	char serial[SERIAL_LENGTH_MOST + 1], line[512];
	struct code_texts texts = sample();
	struct buf out, wanted;

	(void)state;
	texts.product = S("a\tb \xe8\x8a\x9d\xf0\x9f\x8d\xb5");
	write_file(&form, &texts, 9, 9, &out);
	assert_int_equal(serial_encode(&key, batch.gtin, 8, 14, serial), SERIAL_OK);
	buf_init(&wanted, 10000);
	buf_add(&wanted, "\xff\xfe", 2);
	add_wide(&wanted, "seq\tcode\turl\thri\tgtin\tserial\tbatch\tproduced\texpiry\tproduct\t"
			  "copies\r\n");
	(void)snprintf(line, sizeof(line),
		       "9\t%.4s-%.4s-%.4s-%.2s\tHTTPS://ID.EXAMPLE.COM/01/09506000134352/21/%s\t"
		       "(01)09506000134352(21)%s\t09506000134352\t%s\tL-7\t2026-03-01\t\t\"a\tb ",
		       serial, serial + 4, serial + 8, serial + 12, serial, serial, serial);
	add_wide(&wanted, line);
	buf_add(&wanted, "\x9d\x82\x3c\xd8\x75\xdf", 6); /* U+829D, U+1F375 */
	add_wide(&wanted, "\"\t2\r\n");
	assert_int_equal(out.length, wanted.length);
	assert_memory_equal(out.data, wanted.data, wanted.length);
	buf_release(&out);
	buf_release(&wanted);
}

static void assert_field(bool spreadsheet, const char *text, const char *wanted)
{
	const struct code_form form = { .format = CODES_CSV, .spreadsheet = spreadsheet };
	struct buf out;

	buf_init(&out, 1000);
	csv_field(&form, slice_of(text), &out);
	assert_string_equal(buf_string(&out), wanted);
	buf_release(&out);
}

static void test_only_the_spreadsheet_variant_disarms_formulas(void **state)
{
	static const char *const formulas[] = { "=1",	"+1",  "-1",  "@a",  "\ta", "\ra",
						"\n=a", "＝1", "＋1", "－1", "＠a" };
	char wanted[16];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(formulas); i++) {
		(void)snprintf(wanted, sizeof(wanted), "\"%s\"", formulas[i]);
		assert_field(false, formulas[i], wanted);
		(void)snprintf(wanted, sizeof(wanted), "\"'%s\"", formulas[i]);
		assert_field(true, formulas[i], wanted);
	}
	assert_field(true, "1=1", "\"1=1\"");
	assert_field(true, "", "\"\"");
}

static void test_a_written_batch_is_read_back(void **state)
{
	static char room[4096];
	struct csv_cell cells[16];
	static const struct code_form form = { .format = CODES_CSV, .spreadsheet = true };
	struct code_texts texts = sample();
	char serial[SERIAL_LENGTH_MOST + 1];
	struct slice rest;
	struct csv csv;
	struct buf out;

	(void)state;
	texts.product = S("a \"b\"\r\nc");
	write_file(&form, &texts, 1, 1000, &out);
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
		assert_true(slice_equal(csv_text(&csv, 9), texts.product));
	}
	assert_int_equal(csv_next(&csv, &rest, true), CSV_END);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_has_every_column_quoted_in_order),
		cmocka_unit_test(test_utf16_is_separated_by_tabs_and_quotes_only_where_it_must),
		cmocka_unit_test(test_only_the_spreadsheet_variant_disarms_formulas),
		cmocka_unit_test(test_a_written_batch_is_read_back),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
