/* Codes are found in what people paste and upload: a code a line, or a column that the first line
 * names. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/code_column.h"

enum { MOST = 4, ROOM = 512 };

static const char *const names[] = { "url", "serial", "序列号", NULL };

struct read {
	char text[ROOM], room[ROOM];
	struct code_cell cells[MOST];
	size_t count;
};

static enum code_column_result read_text(struct read *r, const char *text, size_t length)
{
	assert_true(length <= ROOM);
	memcpy(r->text, text, length);
	r->count = 77;
	return code_column_read(r->text, length, names, r->room, r->cells, MOST, &r->count);
}

static void expect(const char *text, const char *const *cells, const uint64_t *lines)
{
	struct read r;
	size_t count = 0;

	assert_int_equal(read_text(&r, text, strlen(text)), CODE_COLUMN_OK);
	for (; cells[count] != NULL; count++) {
		assert_true(count < r.count);
		assert_true(slice_equal(r.cells[count].text, slice_of(cells[count])));
		assert_int_equal(r.cells[count].line, lines[count]);
	}
	assert_int_equal(r.count, count);
}

static void test_takes_lines_as_they_are_and_counts_empty_ones(void **state)
{
	(void)state;
	expect("\xef\xbb\xbf"
	       "A,1\r\n\r\n \"B\";2 \n\t\nC",
	       (const char *const[]){ "A,1", "\"B\";2", "C", NULL }, (const uint64_t[]){ 1, 3, 5 });
}

static void test_takes_the_column_that_the_first_line_names(void **state)
{
	static const char *const cells[] = { "X,1", "Y", NULL };

	(void)state;
	expect("n,URL,serial\r\n1,\"X,1\",s\r\n2, Y ,t\r\n", cells, (const uint64_t[]){ 2, 3 });
	expect("n;Serial\n1;X,1\n\n2;Y\n", cells, (const uint64_t[]){ 2, 4 });
	expect("n\t序列号\n1\tX,1\n2\tY\n", cells, (const uint64_t[]){ 2, 3 });
	/* FNC1 as scanners give it. */
	expect("]d2010950600013435221A\x1d"
	       "10L1\n",
	       (const char *const[]){ "]d2010950600013435221A\x1d"
				      "10L1",
				      NULL },
	       (const uint64_t[]){ 1 });
	expect("serial\nX,1\nY\n", (const char *const[]){ "X", "Y", NULL },
	       (const uint64_t[]){ 2, 3 });
}

static void test_a_row_that_is_broken_keeps_its_line_and_its_fault(void **state)
{
	static const char text[] = "serial\nA\n\"B\"x\n\n\"C";
	struct read r;

	(void)state;
	assert_int_equal(read_text(&r, text, strlen(text)), CODE_COLUMN_OK);
	assert_int_equal(r.count, 3);
	assert_int_equal(r.cells[1].fault, CSV_TEXT_AFTER_QUOTE);
	assert_int_equal(r.cells[1].line, 3);
	assert_int_equal(r.cells[2].fault, CSV_OPEN_QUOTE);
	assert_int_equal(r.cells[0].fault, CSV_FINE);
}

static void test_refuses_what_is_no_text_or_nothing_or_too_much(void **state)
{
	struct read r;

	(void)state;
	assert_int_equal(read_text(&r, "a\0b", 3), CODE_COLUMN_NO_TEXT);
	assert_int_equal(read_text(&r, "PK\x03\x04", 4), CODE_COLUMN_NO_TEXT);
	assert_int_equal(read_text(&r, "", 0), CODE_COLUMN_EMPTY);
	assert_int_equal(read_text(&r, " \r\n\t\n", 5), CODE_COLUMN_EMPTY);
	assert_int_equal(read_text(&r, "serial\r\n", 8), CODE_COLUMN_EMPTY);
	assert_int_equal(read_text(&r, "1\n2\n3\n4\n5", 9), CODE_COLUMN_TOO_MANY);
	assert_int_equal(r.count, 5);
	assert_int_equal(read_text(&r, "serial\n1\n2\n3\n4\n5", 16), CODE_COLUMN_TOO_MANY);
	assert_int_equal(r.count, 5);
}

static void test_bytes_that_are_no_utf8_are_told_and_harm_nothing(void **state)
{
	static const char text[] = "name;serial\n\xb2\xe8;A\nB\xff;\xfe"
				   "B\n";

	(void)state;
	expect(text, (const char *const[]){ "A", "?B", NULL }, (const uint64_t[]){ 2, 3 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_lines_as_they_are_and_counts_empty_ones),
		cmocka_unit_test(test_takes_the_column_that_the_first_line_names),
		cmocka_unit_test(test_a_row_that_is_broken_keeps_its_line_and_its_fault),
		cmocka_unit_test(test_refuses_what_is_no_text_or_nothing_or_too_much),
		cmocka_unit_test(test_bytes_that_are_no_utf8_are_told_and_harm_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
