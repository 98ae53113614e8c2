/* The CSV reader in every state, with pieces of every size, and what it refuses. */
#include "model/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

enum { ROOM = 256, CELLS = 8, CELL_MAX = 32 };

/*
 * Reads all of `text` in pieces of `step` bytes and writes what came out: cells in [] with their
 * lines, records on lines of their own, faults as code@line:cell+byte.
 */
static void read_in_steps(struct slice text, char delimiter, size_t step, struct buf *out)
{
	char room[ROOM];
	struct csv_cell cells[CELLS];
	struct slice piece = { NULL, 0 };
	enum csv_event event;
	struct csv csv;

	buf_clear(out);
	csv_init(&csv, delimiter, room, sizeof(room), cells, CELLS, CELL_MAX);
	while ((event = csv_next(&csv, &piece, text.length == 0)) != CSV_END) {
		if (event == CSV_MORE) {
			assert_int_equal(piece.length, 0);
			piece =
			    (struct slice){ text.data, step < text.length ? step : text.length };
			text = slice_from(text, piece.length);
			continue;
		}
		buf_add_format(out, "%u:", (unsigned)csv.first_line);
		for (size_t i = 0; i < csv.count && csv.fault == CSV_FINE; i++)
			buf_add_format(out, "[%.*s]%u", SLICE_ARG(csv_text(&csv, i)),
				       (unsigned)cells[i].line);
		if (csv.fault != CSV_FINE)
			buf_add_format(out, "%s@%u:%zu+%zu", csv_fault_code(csv.fault),
				       (unsigned)csv.fault_line, csv.fault_cell, csv.fault_byte);
		buf_add_char(out, '\n');
	}
	/* The end stays the end. */
	assert_int_equal(csv_next(&csv, &piece, true), CSV_END);
}

static void reads_with(struct slice text, char delimiter, const char *expected)
{
	struct buf out;

	buf_init(&out, 65536);
	for (size_t step = 1; step <= text.length + 1; step++) {
		/* The last piece is marked as such only when it has been used up. */
		read_in_steps(text, delimiter, step, &out);
		assert_string_equal(buf_string(&out), expected);
	}
	buf_release(&out);
}

static void reads(struct slice text, const char *expected)
{
	reads_with(text, ',', expected);
}

static void test_reads_plain_cells_and_every_line_end(void **state)
{
	(void)state;
	reads(S("a,b\nc,d\n"), "1:[a]1[b]1\n2:[c]2[d]2\n");
	reads(S("a,b\r\nc,d\r\n"), "1:[a]1[b]1\n2:[c]2[d]2\n");
	reads(S("a,b\rc,d\r"), "1:[a]1[b]1\n2:[c]2[d]2\n");
	reads(S("a,b\nc,d"), "1:[a]1[b]1\n2:[c]2[d]2\n");
}

static void test_reads_empty_cells_wherever_they_stand(void **state)
{
	(void)state;
	reads(S(",\n"), "1:[]1[]1\n");
	reads(S(",a,\n"), "1:[]1[a]1[]1\n");
	reads(S("a,"), "1:[a]1[]1\n");
	reads(S("\"\"\n"), "1:[]1\n");
	reads(S("\"\""), "1:[]1\n");
	reads(S("\"\",\"\"\n"), "1:[]1[]1\n");
}

static void test_an_empty_line_is_no_record_but_counts(void **state)
{
	(void)state;
	reads(S(""), "");
	reads(S("\n\r\n\ra\n\nb"), "4:[a]4\n6:[b]6\n");
}

static void test_reads_quoted_cells_with_anything_inside(void **state)
{
	(void)state;
	reads(S("\"a,b\",c\n"), "1:[a,b]1[c]1\n");
	reads(S("\"a\"\"b\",\"\"\"\"\n"), "1:[a\"b]1[\"]1\n");
	reads(S("\"a\nb\",c\nd,e\n"), "1:[a\nb]1[c]2\n3:[d]3[e]3\n");
	reads(S("\"a\r\nb\rc\",d\r\ne,f"), "1:[a\r\nb\rc]1[d]3\n4:[e]4[f]4\n");
	reads(S("\"a\r\",b\n"), "1:[a\r]1[b]2\n");
}

static void test_a_quote_inside_a_bare_cell_is_text(void **state)
{
	(void)state;
	reads(S("5\" pipe,a\"b\"\n"), "1:[5\" pipe]1[a\"b\"]1\n");
}

static void test_a_byte_order_mark_is_skipped_only_at_the_start(void **state)
{
	(void)state;
	reads(S("\xef\xbb\xbf"
		"a,b\n"),
	      "1:[a]1[b]1\n");
	reads(S("\xef\xbb\xbf\"a\"\n\xef\xbb\xbf"
		"b\n"),
	      "1:[a]1\n2:[\xef\xbb\xbf"
	      "b]2\n");
	reads(S("\xef\xbb\xbf"), "");
	reads(S("\xef\xbb\x80,x\n"), "1:[\xef\xbb\x80]1[x]1\n");
	reads(S("\xef\xbb"), "1:bad_utf8@1:0+0\n");
	reads(S("\xef,a\nb\n"), "1:bad_utf8@1:0+0\n2:[b]2\n");
}

static void test_other_delimiters(void **state)
{
	(void)state;
	reads_with(S("a;\"b;c\";d,e\n"), ';', "1:[a]1[b;c]1[d,e]1\n");
	reads_with(S("-1 \"19/07/2008 11:55:00\"\r\n"), ' ', "1:[-1]1[19/07/2008 11:55:00]1\n");
	reads_with(S("a\tb\n"), '\t', "1:[a]1[b]1\n");
}

static void test_a_nul_is_refused_and_reading_goes_on(void **state)
{
	(void)state;
	reads(S("a,b\0c\nd,e\n"), "1:nul@1:1+1\n2:[d]2[e]2\n");
	reads(S("\0\n\"a\0\"\nb\n"), "1:nul@1:0+0\n2:nul@2:0+1\n3:[b]3\n");
}

static void test_ill_formed_utf8_is_refused_with_its_byte(void **state)
{
	(void)state;
	reads(S("\xc3\xa9t\xc3\xa9,ab\xff\nc\n"), "1:bad_utf8@1:1+2\n2:[c]2\n");
	reads(S("\"x\xed\xa0\x80\"\n"), "1:bad_utf8@1:0+1\n");
	reads(S("a\xc3,b\n"), "1:bad_utf8@1:0+1\n");
}

static void test_text_behind_a_closing_quote_is_refused(void **state)
{
	(void)state;
	reads(S("\"a\"b,c\nd\n"), "1:text_after_quote@1:0+0\n2:[d]2\n");
	reads(S("x,\"a\" ,c\n"), "1:text_after_quote@1:1+0\n");
	reads(S("\"a\" \"b\nc\"\n"), "1:text_after_quote@1:0+0\n2:[c\"]2\n");
}

static void test_a_quote_never_closed_is_refused_where_it_opens(void **state)
{
	(void)state;
	reads(S("a,b\nc,\"d\ne\n"), "1:[a]1[b]1\n2:open_quote@2:1+0\n");
	reads(S("\""), "1:open_quote@1:0+0\n");
	reads(S("\"a\"\""), "1:open_quote@1:0+0\n");
}

static void test_a_cell_over_the_limit_is_skipped_and_reading_goes_on(void **state)
{
	(void)state;
	reads(S("12345678901234567890123456789012,b\n"),
	      "1:[12345678901234567890123456789012]1[b]1\n");
	reads(S("a,123456789012345678901234567890123,b\nc\n"), "1:cell_too_long@1:1+0\n2:[c]2\n");
	reads(S("\"12345678901234567890\n12345678901234567890\"\nc\n"),
	      "1:cell_too_long@1:0+0\n3:[c]3\n");
}

static void test_a_record_over_the_limits_is_skipped_and_reading_goes_on(void **state)
{
	(void)state;
	reads(S("1,2,3,4,5,6,7,8\n1,2,3,4,5,6,7,8,9\nx\n"),
	      "1:[1]1[2]1[3]1[4]1[5]1[6]1[7]1[8]1\n2:too_many_cells@2:8+0\n3:[x]3\n");
}

static void test_a_record_larger_than_its_room_is_skipped(void **state)
{
	char room[8];
	struct csv_cell cells[4];
	struct slice piece = S("abcd,efgh\nabcd,efghi\nxy\n");
	struct csv csv;

	(void)state;
	csv_init(&csv, ',', room, sizeof(room), cells, 4, 100);
	assert_int_equal(csv_next(&csv, &piece, true), CSV_RECORD);
	assert_int_equal(csv.fault, CSV_FINE);
	assert_true(slice_equal(csv_text(&csv, 1), S("efgh")));
	assert_int_equal(csv_text(&csv, 2).length, 0);
	assert_int_equal(csv_next(&csv, &piece, true), CSV_RECORD);
	assert_int_equal(csv.fault, CSV_RECORD_TOO_LONG);
	assert_int_equal(csv.record, 2);
	assert_int_equal(csv_next(&csv, &piece, true), CSV_RECORD);
	assert_true(slice_equal(csv_text(&csv, 0), S("xy")));
	assert_int_equal(csv_next(&csv, &piece, true), CSV_END);
}

static void test_the_first_fault_is_the_one_told(void **state)
{
	(void)state;
	reads(S("\xff,a\0b\n"), "1:bad_utf8@1:0+0\n");
	reads(S("a\0b,\xff\n"), "1:nul@1:0+1\n");
	reads(S("a\0b45678901234567890123456789012345\n"), "1:nul@1:0+1\n");
	reads(S("123456789012345678901234567890123\0\n"), "1:cell_too_long@1:0+0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_plain_cells_and_every_line_end),
		cmocka_unit_test(test_reads_empty_cells_wherever_they_stand),
		cmocka_unit_test(test_an_empty_line_is_no_record_but_counts),
		cmocka_unit_test(test_reads_quoted_cells_with_anything_inside),
		cmocka_unit_test(test_a_quote_inside_a_bare_cell_is_text),
		cmocka_unit_test(test_a_byte_order_mark_is_skipped_only_at_the_start),
		cmocka_unit_test(test_other_delimiters),
		cmocka_unit_test(test_a_nul_is_refused_and_reading_goes_on),
		cmocka_unit_test(test_ill_formed_utf8_is_refused_with_its_byte),
		cmocka_unit_test(test_text_behind_a_closing_quote_is_refused),
		cmocka_unit_test(test_a_quote_never_closed_is_refused_where_it_opens),
		cmocka_unit_test(test_a_cell_over_the_limit_is_skipped_and_reading_goes_on),
		cmocka_unit_test(test_a_record_over_the_limits_is_skipped_and_reading_goes_on),
		cmocka_unit_test(test_a_record_larger_than_its_room_is_skipped),
		cmocka_unit_test(test_the_first_fault_is_the_one_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
