/* Files of codes: any part alone is a part of the whole, and the places are where they should be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <jansson.h>

#include "label/code_file.h"

enum { WHOLE = 1 << 22 };

static struct serial_key key;
static struct batch batch = {
	.gtin = 9506000134352,
	.key = &key,
	.first = 77,
	.quantity = BATCH_QUANTITY_MOST,
	.length = 14,
	.stem = SLICE("https://id.example.com"),
};
static const struct code_texts texts = {
	.batch = &batch,
	.lot = SLICE("L-7"),
	.expiry = SLICE("2027-03-01"),
	.product = SLICE("\"\xe8\x8a\x9d\xe9\xba\xbb\" \xf0\x9f\x8d\xb5\t1 kg"),
	.copies = 1,
};

static const struct code_form forms[] = {
	{ .format = CODES_CSV },
	{ .format = CODES_CSV, .spreadsheet = true },
	{ .format = CODES_CSV, .byte_order_mark = true },
	{ .format = CODES_CSV, .utf16 = true },
	{ .format = CODES_CSV, .utf16 = true, .spreadsheet = true },
	{ .format = CODES_NDJSON },
	{ .format = CODES_URLS },
	{ .format = CODES_URLS, .utf16 = true },
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

/* Bytes `from` up to `end`, asked for in pieces of at most `most`. */
static void read_part(const struct code_file *f, uint64_t from, uint64_t end, size_t most,
		      struct buf *out)
{
	buf_init(out, WHOLE);
	while (from + out->length < end) {
		uint64_t left = end - from - out->length;
		size_t before = out->length;

		code_file_read(f, from + before, left < most ? (size_t)left : most, out);
		assert_true(buf_ok(out));
		assert_true(out->length > before && out->length - before <= most);
	}
	assert_int_equal(out->length, end - from);
}

static struct code_file file_of(const struct code_form *form, uint64_t first, uint64_t last)
{
	struct code_file f;

	assert_true(code_file_init(&f, form, &texts, first, last));
	return f;
}

static void assert_part(const struct code_file *f, const struct buf *whole, uint64_t from,
			uint64_t end, size_t most)
{
	struct buf part;

	read_part(f, from, end, most, &part);
	assert_memory_equal(part.data, whole->data + from, end - from);
	buf_release(&part);
}

static void test_every_part_is_a_part_of_the_whole(void **state)
{
	uint64_t chance = 88172645463325252u;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct code_file f = file_of(&forms[i], 95, 1203);
		uint64_t length = code_file_length(&f);
		struct buf whole;

		read_part(&f, 0, length, WHOLE, &whole);
		for (unsigned n = 0; n < 200; n++) {
			uint64_t from, end;

			chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
			from = chance % length;
			end = from + 1 + (chance >> 32) % (length - from);
			if (n % 2 == 0 && end > from + 1000)
				end = from + 1000;
			assert_part(&f, &whole, from, end, n % 3 == 0 ? 100 : 4096);
		}
		buf_release(&whole);
		code_file_release(&f);
	}
}

static void test_rows_begin_where_they_should(void **state)
{
	static const uint64_t firsts[] = { 1, 8, 98, 999, 99999, 9999990, 999999900 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		for (size_t j = 0; j < COUNT_OF(firsts); j++) {
			struct code_file f = file_of(&forms[i], firsts[j], firsts[j] + 100);
			uint64_t length = code_file_length(&f), at = f.head.length;
			struct buf whole;

			read_part(&f, 0, length, WHOLE, &whole);
			for (uint64_t row = f.first; row <= f.last; row++) {
				struct code_file alone = file_of(&forms[i], row, row);
				size_t bytes =
				    (size_t)(code_file_length(&alone) - alone.head.length);
				struct buf one;

				assert_int_equal(code_file_place(&f, row), at);
				read_part(&alone, alone.head.length, alone.head.length + bytes,
					  WHOLE, &one);
				assert_memory_equal(one.data, whole.data + at, bytes);
				at += bytes;
				buf_release(&one);
				code_file_release(&alone);
			}
			assert_int_equal(at, length);
			buf_release(&whole);
			code_file_release(&f);
		}
	}
}

static void test_a_billion_rows_have_a_length_and_an_end(void **state)
{
	static const struct code_form form = { .format = CODES_URLS };
	struct code_file f = file_of(&form, 1, BATCH_QUANTITY_MOST);
	char serial[SERIAL_LENGTH_MOST + 1], wanted[128];
	uint64_t length = code_file_length(&f);
	struct buf end;
	int row;

	(void)state;
	assert_int_equal(serial_encode(&key, batch.gtin, 77 + BATCH_QUANTITY_MOST - 1, 14, serial),
			 SERIAL_OK);
	row = snprintf(wanted, sizeof(wanted), "HTTPS://ID.EXAMPLE.COM/01/09506000134352/21/%s\r\n",
		       serial);
	assert_int_equal(length, (uint64_t)row * BATCH_QUANTITY_MOST);
	read_part(&f, length - (uint64_t)row, length, WHOLE, &end);
	assert_memory_equal(end.data, wanted, (size_t)row);
	buf_release(&end);
	code_file_release(&f);
}

static void test_lines_of_json_are_objects_with_the_columns(void **state)
{
	static const struct code_form form = { .format = CODES_NDJSON };
	struct code_file f = file_of(&form, 9, 11);
	char serial[SERIAL_LENGTH_MOST + 1];
	struct slice rest, line;
	struct buf whole;
	json_int_t seq = 9;

	(void)state;
	read_part(&f, 0, code_file_length(&f), WHOLE, &whole);
	rest = buf_slice(&whole);
	while (slice_cut(&rest, '\n', &line) && line.length > 0) {
		json_t *row = json_loadb(line.data, line.length, 0, NULL);

		assert_non_null(row);
		assert_int_equal(json_object_size(row), 11);
		assert_int_equal(json_integer_value(json_object_get(row, "seq")), seq);
		assert_int_equal(
		    serial_encode(&key, batch.gtin, 77 + (uint64_t)seq - 1, 14, serial), SERIAL_OK);
		assert_string_equal(json_string_value(json_object_get(row, "serial")), serial);
		assert_int_equal(json_string_length(json_object_get(row, "code")), 17);
		assert_string_equal(json_string_value(json_object_get(row, "product")),
				    texts.product.data);
		assert_true(json_is_null(json_object_get(row, "produced")));
		assert_string_equal(json_string_value(json_object_get(row, "expiry")),
				    "2027-03-01");
		assert_int_equal(json_integer_value(json_object_get(row, "copies")), 1);
		json_decref(row);
		seq++;
	}
	assert_int_equal(seq, 12);
	buf_release(&whole);
	code_file_release(&f);
}

/* Serials of every length are put where the slow way would print them. */
static void test_serials_of_every_length_stand_in_their_places(void **state)
{
	static const struct code_form both[] = { { .format = CODES_CSV },
						 { .format = CODES_CSV, .utf16 = true } };
	struct batch other = batch;
	struct code_texts of_other = texts;

	(void)state;
	of_other.batch = &other;
	for (other.length = SERIAL_LENGTH_LEAST; other.length <= SERIAL_LENGTH_MOST;
	     other.length++) {
		for (size_t i = 0; i < COUNT_OF(both); i++) {
			char serial[SERIAL_LENGTH_MOST + 1], plain[4096];
			struct buf text, whole, grouped;
			struct code_file f;
			size_t unit = both[i].utf16 ? 2 : 1, length = 0;

			assert_true(code_file_init(&f, &both[i], &of_other, 5, 5));
			read_part(&f, 0, code_file_length(&f), WHOLE, &whole);
			for (size_t at = both[i].utf16 ? 2 : 0; at < whole.length; at += unit)
				plain[length++] = whole.data[at];
			plain[length] = '\0';
			assert_int_equal(
			    serial_encode(&key, batch.gtin, 77 + 4, other.length, serial),
			    SERIAL_OK);
			buf_init(&grouped, 100);
			buf_init(&text, 1000);
			serial_print_grouped((struct slice){ serial, other.length }, &grouped);
			assert_non_null(strstr(plain, buf_string(&grouped)));
			buf_add_format(&text, "/21/%s", serial);
			assert_non_null(strstr(plain, buf_string(&text)));
			buf_clear(&text);
			buf_add_format(&text, "(21)%s", serial);
			assert_non_null(strstr(plain, buf_string(&text)));
			buf_release(&text);
			buf_release(&grouped);
			buf_release(&whole);
			code_file_release(&f);
		}
	}
}

static void test_forms_have_numbers_of_their_own(void **state)
{
	bool seen[256] = { false };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		unsigned number = code_form_number(&forms[i]);

		assert_true(number < COUNT_OF(seen) && !seen[number]);
		seen[number] = true;
		assert_null(code_form_fault(&forms[i]));
	}
}

static void test_what_does_not_go_together_is_said(void **state)
{
	static const struct code_form faulty[] = {
		{ .format = CODES_NDJSON, .utf16 = true },
		{ .format = CODES_NDJSON, .byte_order_mark = true },
		{ .format = CODES_NDJSON, .spreadsheet = true },
		{ .format = CODES_URLS, .spreadsheet = true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(faulty); i++)
		assert_non_null(code_form_fault(&faulty[i]));
}

static void test_texts_that_are_too_long_for_a_row_are_refused(void **state)
{
	static char product[ROW_MAXIMUM];
	struct code_texts much = texts;
	struct code_file f;

	(void)state;
	memset(product, 'x', sizeof(product));
	much.product = (struct slice){ product, sizeof(product) };
	assert_false(code_file_init(&f, &forms[0], &much, 1, 1));
	code_file_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part_is_a_part_of_the_whole),
		cmocka_unit_test(test_rows_begin_where_they_should),
		cmocka_unit_test(test_a_billion_rows_have_a_length_and_an_end),
		cmocka_unit_test(test_lines_of_json_are_objects_with_the_columns),
		cmocka_unit_test(test_serials_of_every_length_stand_in_their_places),
		cmocka_unit_test(test_forms_have_numbers_of_their_own),
		cmocka_unit_test(test_what_does_not_go_together_is_said),
		cmocka_unit_test(test_texts_that_are_too_long_for_a_row_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
