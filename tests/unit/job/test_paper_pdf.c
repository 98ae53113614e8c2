/* PDFs of strangers: those that only show pages pass, whatever does more is told apart. */
#include "job/paper_pdf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

enum { OBJECTS = 8, FILE_MOST = 1 << 20 };

/* One page; `catalog` and `trailer` stand in those dictionaries, `object` is number 5 where given.
 */
static void write_pdf(struct buf *out, const char *head, const char *catalog, const char *trailer,
		      const char *object)
{
	const char *bodies[] = { NULL, "<</Type/Pages/Kids[3 0 R]/Count 1>>",
				 "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 "
				 "R/Resources<<>>>>",
				 "<</Length 2>>\nstream\nq \nendstream", object };
	size_t count = object == NULL ? 4 : 5, at[OBJECTS], xref;

	buf_clear(out);
	buf_add_format(out, "%%PDF-1.7\n%s", head);
	for (size_t i = 0; i < count; i++) {
		at[i] = out->length;
		buf_add_format(out, "%zu 0 obj\n", i + 1);
		if (i == 0)
			buf_add_format(out, "<</Type/Catalog/Pages 2 0 R%s>>", catalog);
		else
			buf_add_string(out, bodies[i]);
		buf_add_string(out, "\nendobj\n");
	}
	xref = out->length;
	buf_add_format(out, "xref\n0 %zu\n0000000000 65535 f \n", count + 1);
	for (size_t i = 0; i < count; i++)
		buf_add_format(out, "%010zu 00000 n \n", at[i]);
	buf_add_format(out, "trailer\n<</Size %zu/Root 1 0 R%s>>\nstartxref\n%zu\n%%%%EOF\n",
		       count + 1, trailer, xref);
	assert_true(buf_ok(out));
}

static enum paper_result look_at(const char *head, const char *catalog, const char *trailer,
				 const char *object)
{
	enum paper_result result;
	struct buf file;

	buf_init(&file, FILE_MOST);
	write_pdf(&file, head, catalog, trailer, object);
	result = paper_pdf_look(buf_slice(&file));
	buf_release(&file);
	return result;
}

static void test_a_plain_page_passes_here_and_apart(void **state)
{
	struct buf file;

	(void)state;
	buf_init(&file, FILE_MOST);
	write_pdf(&file, "", "", "", NULL);
	assert_true(paper_is_pdf(buf_slice(&file)));
	assert_int_equal(paper_pdf_look(buf_slice(&file)), PAPER_OK);
	assert_int_equal(paper_pdf_look_apart(buf_slice(&file)), PAPER_OK);
	buf_release(&file);
}

static void test_what_does_more_than_show_pages_is_told_apart(void **state)
{
	static const struct {
		const char *catalog, *object;
		enum paper_result result;
	} bad[] = {
		{ "/OpenAction<</S/JavaScript/JS(x)>>", NULL, PAPER_PDF_SCRIPT },
		{ "/OpenAction<</S/J#61vaScript>>", NULL, PAPER_PDF_SCRIPT },
		{ "/AcroForm<</#58FA[]>>", NULL, PAPER_PDF_SCRIPT },
		{ "/X 5 0 R", "<</Y[[<</JS(x)>>]]>>", PAPER_PDF_SCRIPT },
		{ "/X 5 0 R", "<</S/Launch>>", PAPER_PDF_ACTION },
		{ "/X 5 0 R", "<</S/SubmitForm>>", PAPER_PDF_ACTION },
		{ "/X 5 0 R", "<</S/ImportData>>", PAPER_PDF_ACTION },
		{ "/X 5 0 R", "<</S/GoToR>>", PAPER_PDF_ACTION },
		{ "/X 5 0 R", "<</S/GoToE>>", PAPER_PDF_ACTION },
		{ "/X 5 0 R", "<</Subtype/RichMedia>>", PAPER_PDF_ACTION },
		{ "/X 5 0 R", "<</Subtype/Sound>>", PAPER_PDF_ACTION },
		{ "/Names<</EmbeddedFiles<<>>>>", NULL, PAPER_PDF_FILES },
		{ "/X 5 0 R", "<</EF<<>>>>", PAPER_PDF_FILES },
		{ "/X 5 0 R", "<</Subtype/FileAttachment>>", PAPER_PDF_FILES },
		{ "/X 5 0 R", "<</Length 2/Type/EmbeddedFile>>\nstream\nMZ\nendstream",
		  PAPER_PDF_FILES },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (look_at("", bad[i].catalog, "", bad[i].object) != bad[i].result)
			fail_msg("%s %s", bad[i].catalog, bad[i].object);
}

static void test_an_encrypted_one_is_said_to_be(void **state)
{
	(void)state;
	assert_int_equal(look_at("", "", "/Encrypt 5 0 R/ID[(a)(a)]",
				 "<</Filter/Standard/V 1/R 2/O(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)/"
				 "U(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)/P -4>>"),
			 PAPER_PDF_ENCRYPTED);
}

static void test_links_to_sites_and_words_in_texts_are_no_fault(void **state)
{
	(void)state;
	assert_int_equal(
	    look_at("", "/X 5 0 R", "", "<</S/URI/URI(https://example.com/?JavaScript)>>"),
	    PAPER_OK);
	assert_int_equal(look_at("", "/X 5 0 R", "", "(/JavaScript /Launch /EF)"), PAPER_OK);
}

static void test_no_byte_can_be_missing(void **state)
{
	struct buf file;
	struct slice whole;

	(void)state;
	buf_init(&file, FILE_MOST);
	write_pdf(&file, "", "", "", NULL);
	whole = buf_slice(&file);
	for (size_t n = 0; n + 1 < whole.length; n++) {
		enum paper_result result = paper_pdf_look((struct slice){ whole.data, n });

		if (result != PAPER_PDF_BROKEN && result != PAPER_UNKNOWN)
			fail_msg("%zu bytes: %d", n, (int)result);
	}
	buf_release(&file);
}

static void test_nothing_stands_behind_the_end_but_a_few_blanks(void **state)
{
	static const struct {
		const char *behind;
		enum paper_result result;
	} cases[] = {
		{ "\r\n \t\n", PAPER_OK },
		{ "                                        ", PAPER_PDF_MORE },
		{ "MZ", PAPER_PDF_MORE },
		{ "PK\005\006xxxxxxxxxxxxxxxxxx", PAPER_PDF_MORE },
		{ "<html>", PAPER_PDF_MORE },
	};
	struct buf file;

	(void)state;
	buf_init(&file, FILE_MOST);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		write_pdf(&file, "", "", "", NULL);
		buf_add_string(&file, cases[i].behind);
		if (paper_pdf_look(buf_slice(&file)) != cases[i].result)
			fail_msg("\"%s\"", cases[i].behind);
	}
	buf_release(&file);
}

static void test_an_archive_or_a_page_of_html_inside_is_another_file(void **state)
{
	(void)state;
	assert_int_equal(look_at("% PK\005\006\n", "", "", NULL), PAPER_PDF_MORE);
	assert_int_equal(look_at("%<HTML>\n", "", "", NULL), PAPER_PDF_MORE);
	assert_int_equal(look_at("%<script>x</script>\n", "", "", NULL), PAPER_PDF_MORE);
	assert_int_equal(look_at("%<!DocType html>\n", "", "", NULL), PAPER_PDF_MORE);
	assert_int_equal(look_at("%<?xpacket begin?><x:xmpmeta>\n", "", "", NULL), PAPER_OK);
}

static void test_a_reference_to_no_object_is_null(void **state)
{
	(void)state;
	assert_int_equal(look_at("", "/X 200001 0 R", "", NULL), PAPER_OK);
}

static void test_what_is_no_pdf_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(paper_pdf_look(S("")), PAPER_UNKNOWN);
	assert_int_equal(paper_pdf_look(S(" %PDF-1.7")), PAPER_UNKNOWN);
	assert_int_equal(paper_pdf_look(S("%PDF-")), PAPER_PDF_BROKEN);
	assert_false(paper_is_pdf(S("%PDF")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_plain_page_passes_here_and_apart),
		cmocka_unit_test(test_what_does_more_than_show_pages_is_told_apart),
		cmocka_unit_test(test_an_encrypted_one_is_said_to_be),
		cmocka_unit_test(test_links_to_sites_and_words_in_texts_are_no_fault),
		cmocka_unit_test(test_no_byte_can_be_missing),
		cmocka_unit_test(test_nothing_stands_behind_the_end_but_a_few_blanks),
		cmocka_unit_test(test_an_archive_or_a_page_of_html_inside_is_another_file),
		cmocka_unit_test(test_a_reference_to_no_object_is_null),
		cmocka_unit_test(test_what_is_no_pdf_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
