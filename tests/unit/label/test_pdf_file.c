/* The file format: every offset, length and number is right, and the same content the same bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <libdeflate.h>

#include "label/pdf_file.h"

enum { MOST = 1 << 20 };

static struct slice after(struct slice s, const char *what)
{
	const char *at = memmem(s.data, s.length, what, strlen(what));

	assert_non_null(at);
	return slice_from(s, (size_t)(at - s.data) + strlen(what));
}

static void make(struct pdf_file *f, const char *content)
{
	unsigned root, stream, info;

	assert_true(pdf_file_init(f, MOST));
	root = pdf_file_reserve(f);
	stream = pdf_file_reserve(f);
	info = pdf_file_reserve(f);
	pdf_file_stream(f, stream, " /Mark true", slice_of(content));
	pdf_file_begin(f, info);
	buf_add_string(&f->out, "<< >>");
	pdf_file_end(f);
	pdf_file_begin(f, root);
	buf_add_string(&f->out, "<< /Type /Catalog >>");
	pdf_file_end(f);
	pdf_file_finish(f, root, info);
	assert_true(pdf_file_ok(f));
}

static void test_every_offset_of_the_table_points_at_its_object(void **state)
{
	struct pdf_file f;
	struct slice all, table;
	unsigned long start;

	(void)state;
	make(&f, "content");
	all = buf_slice(&f.out);
	assert_true(slice_starts(all, S("%PDF-1.7\n%")));
	assert_true(slice_ends(all, S("\n%%EOF\n")));
	start = strtoul(after(all, "startxref\n").data, NULL, 10);
	table = slice_from(all, start);
	assert_true(slice_starts(table, S("xref\n0 4\n0000000000 65535 f \n")));
	for (unsigned number = 1; number <= 3; number++) {
		const char *entry = table.data + 9 + 20 * number;
		char head[32];

		assert_memory_equal(entry + 10, " 00000 n \n", 10);
		(void)snprintf(head, sizeof(head), "%u 0 obj\n", number);
		assert_true(
		    slice_starts(slice_from(all, strtoul(entry, NULL, 10)), slice_of(head)));
	}
	table = after(table, "trailer\n");
	assert_true(slice_starts(table, S("<< /Size 4 /Root 1 0 R /Info 3 0 R /ID [<")));
	pdf_file_release(&f);
}

static void test_a_stream_is_as_long_as_it_says_and_inflates_to_its_content(void **state)
{
	struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
	char content[5000], inflated[5000];
	struct pdf_file f;
	struct slice stream;
	size_t length, found;

	(void)state;
	for (size_t i = 0; i < sizeof(content) - 1; i++)
		content[i] = (char)('a' + i * i % 23);
	content[sizeof(content) - 1] = '\0';
	make(&f, content);
	stream = after(buf_slice(&f.out), "2 0 obj\n<< /Length ");
	length = strtoul(stream.data, NULL, 10);
	stream = after(stream, " /Filter /FlateDecode /Mark true >>\nstream\n");
	assert_true(slice_starts(slice_from(stream, length), S("\nendstream\nendobj\n")));
	assert_int_equal(libdeflate_zlib_decompress(inflater, stream.data, length, inflated,
						    sizeof(inflated), &found),
			 LIBDEFLATE_SUCCESS);
	assert_int_equal(found, sizeof(content) - 1);
	assert_memory_equal(inflated, content, found);
	libdeflate_free_decompressor(inflater);
	pdf_file_release(&f);
}

static void test_the_id_is_the_contents(void **state)
{
	struct pdf_file f[3];
	struct slice id[3];

	(void)state;
	make(&f[0], "one");
	make(&f[1], "one");
	make(&f[2], "two");
	assert_true(slice_equal(buf_slice(&f[0].out), buf_slice(&f[1].out)));
	for (unsigned i = 0; i < 3; i++) {
		id[i] = after(buf_slice(&f[i].out), "/ID [<");
		id[i].length = 32;
	}
	assert_true(slice_equal(id[0], id[1]));
	assert_false(slice_equal(id[0], id[2]));
	for (unsigned i = 0; i < 3; i++)
		pdf_file_release(&f[i]);
	pdf_file_release(NULL);
}

static void test_a_file_out_of_room_stays_failed(void **state)
{
	char noise[3000];
	struct pdf_file f;

	(void)state;
	for (size_t i = 0, x = 1; i < sizeof(noise); i++, x = x * 6364136223846793005U + 1)
		noise[i] = (char)(x >> 33);
	assert_true(pdf_file_init(&f, 1000));
	pdf_file_stream(&f, pdf_file_reserve(&f), "", (struct slice){ noise, sizeof(noise) });
	assert_false(pdf_file_ok(&f));
	pdf_file_finish(&f, 1, 1);
	assert_false(pdf_file_ok(&f));
	pdf_file_release(&f);
}

static void test_numbers_are_short_and_never_in_exponents(void **state)
{
	static const struct {
		double value;
		unsigned decimals;
		const char *text;
	} cases[] = {
		{ 0, 4, "0" },
		{ 1, 0, "1" },
		{ 841.88976, 4, "841.8898" },
		{ 0.24, 9, ".24" },
		{ -0.5, 1, "-.5" },
		{ -0.00001, 4, "0" },
		{ 2.9999, 3, "3" },
		{ 10.010, 4, "10.01" },
		{ 1e-9, 9, ".000000001" },
		{ 100000, 2, "100000" },
		{ -12.3456, 2, "-12.35" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out;

		buf_init(&out, 100);
		pdf_add_number(&out, cases[i].value, cases[i].decimals);
		assert_string_equal(buf_string(&out), cases[i].text);
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_offset_of_the_table_points_at_its_object),
		cmocka_unit_test(test_a_stream_is_as_long_as_it_says_and_inflates_to_its_content),
		cmocka_unit_test(test_the_id_is_the_contents),
		cmocka_unit_test(test_a_file_out_of_room_stays_failed),
		cmocka_unit_test(test_numbers_are_short_and_never_in_exponents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
