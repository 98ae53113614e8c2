/* What reports are about, their words and numbers; and what pictures say of themselves. */
#include "model/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model/exif.h"
#include "model/picture_kind.h"

static void test_finds_the_code_in_what_was_typed(void **state)
{
	static const struct {
		const char *typed, *serial;
	} good[] = {
		{ "/01/09506000134352/21/AB12", "AB12" },
		{ "/01/09506000134352", "" },
		{ " https://id.example.com/01/09506000134352/10/L/21/A%2FB?17=270101\n", "A/B" },
		{ "id.example.com/01/09506000134352/21/AB12", "AB12" },
		{ "https://id.example.com/a/b/01/09506000134352/21/AB12", "AB12" },
		{ "/gtin/09506000134352/ser/AB12", "AB12" },
	};
	static const char *const bad[] = {
		"",
		"AB12",
		"/01/09506000134353/21/AB12",
		"/01/9506000134352/21/AB12",
		"/01/",
		"/00/340123450000000000",
		"/01/09506000134352/21/AB12#x",
		"/01/09506000134352/21/123456789012345678901",
		"/01/09506000134352/21/\xff",
	};
	struct report_subject about = { .gtin = 7 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(report_subject_read(slice_of(bad[i]), &about));
	assert_int_equal(about.gtin, 7);
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_true(report_subject_read(slice_of(good[i].typed), &about));
		assert_int_equal(about.gtin, 9506000134352);
		assert_string_equal(about.serial, good[i].serial);
	}
}

static void test_cleans_what_was_typed(void **state)
{
	static const struct {
		const char *typed, *clean;
		size_t length;
	} texts[] = {
		{ "", "", 0 },
		{ " \r\n\t ", "", 0 },
		{ "\r\na\r\nb\rc\nd\t\x01"
		  "e\x7f",
		  "a\nb\nc\nd  e ", 11 },
		{ "\xc2\x85\xe5\xad\x97\xf0\x9d\x84\x9e", " \xe5\xad\x97\xf0\x9d\x84\x9e", 3 },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		buf_init(&out, 1000);
		assert_true(report_text_clean(slice_of(texts[i].typed), &out));
		assert_string_equal(buf_string(&out), texts[i].clean);
		assert_int_equal(report_text_length(buf_slice(&out)), texts[i].length);
		buf_release(&out);
	}
	buf_init(&out, 1000);
	assert_false(report_text_clean(S("\xff"), &out));
	buf_release(&out);
}

static void test_references_have_no_letter_that_is_misread(void **state)
{
	unsigned char bytes[REPORT_REFERENCE_BYTES];
	char reference[REPORT_REFERENCE_LENGTH + 1];

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		report_reference_print(bytes, reference);
		assert_true(report_reference_fits(slice_of(reference)));
		assert_int_equal(strlen(reference), REPORT_REFERENCE_LENGTH);
		assert_null(strpbrk(reference, "ILOU"));
	}
}

static void test_refuses_what_is_not_written_like_a_reference(void **state)
{
	static const struct slice others[] = { SLICE(""),
					       SLICE("012345678"),
					       SLICE("0123456789A"),
					       SLICE("012345678U"),
					       SLICE("012345678a"),
					       SLICE("012345678\0"),
					       SLICE("0123456<\">"),
					       SLICE("01234 6789") };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(report_reference_fits(others[i]));
}

static void test_tells_pictures_by_their_first_bytes(void **state)
{
	(void)state;
	assert_int_equal(picture_kind_of(S("\xff\xd8\xff\xe0")), PICTURE_KIND_JPEG);
	assert_int_equal(picture_kind_of(S("\x89PNG\r\n\x1a\n")), PICTURE_KIND_PNG);
	assert_int_equal(picture_kind_of(S("RIFF....WEBPVP8 ")), PICTURE_KIND_WEBP);
	assert_int_equal(picture_kind_of(S("RIFF....WAVE")), PICTURE_KIND_NONE);
	assert_int_equal(picture_kind_of(S("RIFF....WEB")), PICTURE_KIND_NONE);
	assert_int_equal(picture_kind_of(S("\xff\xd8")), PICTURE_KIND_NONE);
	assert_int_equal(picture_kind_of(S("")), PICTURE_KIND_NONE);
}

#define ENTRY "\1\x12\0\3\0\0\0\1\0\6\0\0"

static void test_reads_how_a_camera_was_held_and_nothing_wrong(void **state)
{
	static const struct slice upright[] = {
		SLICE(""),
		SLICE("MM\0*"),
		SLICE("MM\0*\xff\xff\xff\xff\0\1" ENTRY),     /* a directory beyond the end */
		SLICE("MM\0*\0\0\0\x08\xff\xff"),	      /* entries that are not there */
		SLICE("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0"), /* cut off */
		SLICE("MM\0*\0\0\0\x08\0\1\1\x12\0\4\0\0\0\1\0\6\0\0"), /* another type */
		SLICE("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\2\0\6\0\0"), /* two of them */
		SLICE("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x09\0\0"),
		SLICE("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\0\0\0"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(upright); i++)
		assert_int_equal(exif_orientation(upright[i]), 1);
	assert_int_equal(exif_orientation(S("MM\0*\0\0\0\x08\0\1" ENTRY)), 6);
	assert_int_equal(exif_orientation(S("Exif\0\0MM\0*\0\0\0\x08\0\1" ENTRY)), 6);
	assert_int_equal(exif_orientation(S("II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x08\0\0\0")), 8);
	assert_int_equal(exif_orientation(S("MM\0*\0\0\0\x08\0\2\1\x0f\0\2\0\0\0\1\0\0\0\0" ENTRY)),
			 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_code_in_what_was_typed),
		cmocka_unit_test(test_cleans_what_was_typed),
		cmocka_unit_test(test_references_have_no_letter_that_is_misread),
		cmocka_unit_test(test_refuses_what_is_not_written_like_a_reference),
		cmocka_unit_test(test_tells_pictures_by_their_first_bytes),
		cmocka_unit_test(test_reads_how_a_camera_was_held_and_nothing_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
