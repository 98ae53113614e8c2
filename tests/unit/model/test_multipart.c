/* Forms with files, as browsers and curl send them and as nobody should. */
#include "model/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct multipart_part parts[MULTIPART_PARTS_MOST];
static unsigned count;

static enum multipart_result read_form(const char *body)
{
	count = 99;
	return multipart_read(slice_of(body), S("xyz"), parts, &count);
}

static void assert_slice(struct slice s, const char *expected)
{
	assert_int_equal(s.length, strlen(expected));
	assert_memory_equal(s.data, expected, s.length);
}

#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"

static void test_finds_the_boundary(void **state)
{
	static const struct {
		const char *type, *boundary;
	} good[] = {
		{ "multipart/form-data; boundary=xyz", "xyz" },
		{ "multipart/form-data;boundary=\"a b:c\"", "a b:c" },
		{ "MULTIPART/Form-Data; charset=utf-8; Boundary=----WebKitFormBoundaryAb9 ",
		  "----WebKitFormBoundaryAb9" },
		{ "multipart/form-data; boundary=------------------------d74496d66958873e",
		  "------------------------d74496d66958873e" },
	};
	static const char *const bad[] = {
		"",
		"multipart/form-data",
		"multipart/form-data;",
		"multipart/form-data; boundary=",
		"multipart/form-data; boundary=\"\"",
		"multipart/form-data; boundary=\"abc",
		"multipart/form-data; boundary=\"abc \"",
		"multipart/form-data; boundary=a; boundary=b",
		"multipart/form-data; boundary=\"a\\\"b\"",
		"multipart/form-data; boundary=\"a*b\"",
		"multipart/form-data; boundary=a b",
		"multipart/form-dataX; boundary=a",
		"multipart/mixed; boundary=a",
		"text/plain; boundary=a",
		"multipart/form-data; "
		"boundary=12345678901234567890123456789012345678901234567890123456789012345678901",
	};
	struct slice b = S("untouched");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(multipart_boundary(slice_of(bad[i]), &b), MULTIPART_NO_FORM);
	assert_slice(b, "untouched");
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(multipart_boundary(slice_of(good[i].type), &b), MULTIPART_OK);
		assert_slice(b, good[i].boundary);
	}
}

static void test_reads_fields_and_a_file(void **state)
{
	(void)state;
	assert_int_equal(
	    read_form("--xyz\r\n" FIELD(
		"place") "\r\nShop\r\n"
			 "--xyz\r\n" FIELD(
			     "note") "\r\n\r\n"
				     "--xyz\r\nContent-Disposition: form-data; name=\"photo\"; "
				     "filename=\"a;name=\\\"b\\\".jpg\"\r\n"
				     "Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n-\r\n--xy\r\n"
				     "\r\n--xyz--\r\n"),
	    MULTIPART_OK);
	assert_int_equal(count, 3);
	assert_slice(parts[0].name, "place");
	assert_slice(parts[0].body, "Shop");
	assert_slice(parts[1].name, "note");
	assert_slice(parts[1].body, "");
	assert_slice(parts[2].name, "photo");
	assert_slice(parts[2].content_type, "image/jpeg");
	assert_slice(parts[2].body, "\xff\xd8\r\n-\r\n--xy\r\n");
}

static void test_takes_what_the_standards_allow(void **state)
{
	static const char *const good[] = {
		"--xyz--",
		"--xyz--\r\n",
		"--xyz-- \t\r\nepilogue\r\n--xyz\r\n",
		"preamble\r\n--xyz\r\n" FIELD("a") "\r\n1\r\n--xyz--",
		"\r\n--xyz  \t\r\n" FIELD("a") "\r\n1\r\n--xyz--",
		"--xyz\r\ncontent-disposition:form-data;name=a\r\n\r\n1\r\n--xyz--",
		"--xyz\r\nX-Other: \t\xc3\xa9\r\n" FIELD("a") "\r\n1\r\n--xyz--",
		"--xyz\r\nContent-Transfer-Encoding: 8BIT\r\n" FIELD("a") "\r\n1\r\n--xyz--",
		"--xyz\r\nContent-Disposition: form-data; name=\"a\"; "
		"filename*=UTF-8''b\r\n\r\n1\r\n"
		"--xyz--",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(read_form(good[i]), MULTIPART_OK);
		if (count > 0) {
			assert_slice(parts[0].name, "a");
			assert_slice(parts[0].body, "1");
		}
	}
}

static void test_refuses_what_is_not_well_formed(void **state)
{
	static const struct {
		enum multipart_result why;
		const char *body;
	} bad[] = {
		{ MULTIPART_NO_DELIMITER, "" },
		{ MULTIPART_NO_DELIMITER, "xyz" },
		{ MULTIPART_NO_DELIMITER, "text --xyz\r\n" },
		{ MULTIPART_NO_DELIMITER, "\n--xyz\r\n" },
		{ MULTIPART_BAD_DELIMITER, "--xyz" },
		{ MULTIPART_BAD_DELIMITER, "--xyz\n" FIELD("a") "\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_DELIMITER, "--xyzz\r\n" FIELD("a") "\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_DELIMITER, "--xyz--x" },
		{ MULTIPART_BAD_DELIMITER, "--xyz\r\n" FIELD("a") "\r\n1\r\n--xyzabc\r\n--xyz--" },
		{ MULTIPART_NO_DELIMITER, "--xyz\r\n" FIELD("a") "\r\n1" },
		{ MULTIPART_NO_DELIMITER, "--xyz\r\n" FIELD("a") "\r\n1\n--xyz--" },
		{ MULTIPART_BAD_HEADER, "--xyz\r\n" },
		{ MULTIPART_BAD_HEADER, "--xyz\r\n\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER, "--xyz\r\n" FIELD("a") "1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER, "--xyz\r\n" FIELD("a") FIELD("b") "\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER, "--xyz\r\n" FIELD("a") " folded\r\n\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER,
		  "--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER, "--xyz\r\nContent-Disposition: form-data; "
					"filename=\"name=a\"\r\n\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER,
		  "--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER,
		  "--xyz\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER, "--xyz\r\nno colon\r\n" FIELD("a") "\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_HEADER, "--xyz\r\nX: \x01\r\n" FIELD("a") "\r\n1\r\n--xyz--" },
		{ MULTIPART_BAD_ENCODING, "--xyz\r\nContent-Transfer-Encoding: base64\r\n" FIELD(
					      "a") "\r\nMQ==\r\n--xyz--" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(read_form(bad[i].body), bad[i].why);
	assert_int_equal(multipart_read(S("--a*--"), S("a*"), parts, &count), MULTIPART_NO_FORM);
}

static void test_refuses_a_head_without_end(void **state)
{
	char body[MULTIPART_HEAD_MOST + 200] = "--xyz\r\n" FIELD("a") "X: ";

	(void)state;
	memset(body + strlen(body), 'x', MULTIPART_HEAD_MOST);
	assert_int_equal(read_form(body), MULTIPART_BAD_HEADER);
}

static void test_refuses_the_seventeenth_part(void **state)
{
	static const char part[] = "--xyz\r\n" FIELD("a") "\r\n\r\n";

	(void)state;
	for (unsigned most = MULTIPART_PARTS_MOST; most <= MULTIPART_PARTS_MOST + 1; most++) {
		char body[(MULTIPART_PARTS_MOST + 2) * sizeof(part)];
		size_t length = 0;

		for (unsigned i = 0; i < most; i++, length += sizeof(part) - 1)
			memcpy(body + length, part, sizeof(part));
		memcpy(body + length, "--xyz--\r\n", sizeof("--xyz--\r\n"));
		assert_int_equal(read_form(body),
				 most > MULTIPART_PARTS_MOST ? MULTIPART_TOO_MANY : MULTIPART_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_boundary),
		cmocka_unit_test(test_reads_fields_and_a_file),
		cmocka_unit_test(test_takes_what_the_standards_allow),
		cmocka_unit_test(test_refuses_what_is_not_well_formed),
		cmocka_unit_test(test_refuses_a_head_without_end),
		cmocka_unit_test(test_refuses_the_seventeenth_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
