/* What the header of a file is taken for: the sign between columns, the record, the fields. */
#include "model/import_guess.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void guesses(const char *record, const char *name, const char *field, const char *language)
{
	const char *found;
	const struct import_field *f = import_guess_field(record, slice_of(name), &found);

	if (field == NULL) {
		assert_null(f);
		return;
	}
	assert_non_null(f);
	assert_string_equal(f->name, field);
	assert_string_equal(f->record, record);
	assert_string_equal(found, language);
}

static void test_takes_the_sign_that_the_first_line_has_most_of(void **state)
{
	(void)state;
	assert_int_equal(import_guess_delimiter(S("gtin,lot\na;b;c;d\n")), ',');
	assert_int_equal(import_guess_delimiter(S("gtin;lot;name, long\n")), ';');
	assert_int_equal(import_guess_delimiter(S("gtin\tlot\tname\r\n,,,,")), '\t');
	assert_int_equal(import_guess_delimiter(S("gtin|lot")), '|');
	assert_int_equal(import_guess_delimiter(S("\"a,b,c,d\";lot\n")), ';');
	assert_int_equal(import_guess_delimiter(S("\"a\n,,,\";lot;c\n")), ';');
	assert_int_equal(import_guess_delimiter(S("gtin\n")), ',');
	assert_int_equal(import_guess_delimiter(S("")), ',');
	assert_int_equal(import_guess_delimiter((struct slice){ "\0\0;", 3 }), ';');
}

static void test_a_field_is_found_by_its_name_however_it_is_written(void **state)
{
	(void)state;
	guesses("lot", "best_before", "best_before", "");
	guesses("lot", " Best Before ", "best_before", "");
	guesses("lot", "BEST-BEFORE", "best_before", "");
	guesses("lot", "best_before_date_of_all", NULL, "");
	guesses("lot", "", NULL, "");
}

static void test_a_field_is_found_by_what_files_call_it(void **state)
{
	(void)state;
	guesses("product", "EAN-13", "gtin", "");
	guesses("product", "商品条码", "gtin", "");
	guesses("lot", "Batch No.", "lot", "");
	guesses("lot", "生产批号", "lot", "");
	guesses("lot", "（批号）", "lot", "");
}

static void test_words_get_their_language_from_the_end_of_the_name_or_its_script(void **state)
{
	(void)state;
	guesses("product", "name.en", "name", "en");
	guesses("product", "name.zh-CN", "name", "zh-CN");
	guesses("product", "Name (English)", "name", "en");
	guesses("product", "名称", "name", "zh-CN");
	guesses("product", "名称（英文）", "name", "en");
	guesses("product", "name", "name", "");
	guesses("lot", "unit.en", NULL, ""); /* no words: a unit has one text */
}

static void test_parameters_are_nobodys_guess(void **state)
{
	(void)state;
	guesses("step", "parameters", NULL, "");
}

static void test_a_field_of_another_record_is_none_of_this(void **state)
{
	(void)state;
	guesses("supplier", "best_before", NULL, "");
	guesses("no such record", "gtin", NULL, "");
}

static void test_a_long_name_is_cut_and_names_nothing(void **state)
{
	char name[1000];

	(void)state;
	memset(name, 'x', sizeof(name));
	assert_null(import_guess_field("lot", (struct slice){ name, sizeof(name) },
				       &(const char *){ NULL }));
	memset(name, ' ', sizeof(name));
	memcpy(name + sizeof(name) - 3, "lot", 3);
	assert_non_null(import_guess_field("lot", (struct slice){ name, sizeof(name) },
					   &(const char *){ NULL }));
}

static void test_the_record_is_that_whose_fields_are_named(void **state)
{
	const struct {
		const char *record;
		struct slice names[6];
		size_t count;
	} files[] = {
		{ "product", { S("gtin"), S("name.en"), S("net_content") }, 3 },
		{ "lot", { S("商品条码"), S("批号"), S("生产日期"), S("保质期至") }, 4 },
		{ "supplier", { S("code"), S("name"), S("contact") }, 3 },
		{ "facility", { S("code"), S("name"), S("time_zone") }, 3 },
		{ "inspection",
		  { S("gtin"), S("lot"), S("test_code"), S("test"), S("value"), S("verdict") },
		  6 },
		{ "step", { S("gtin"), S("lot"), S("position"), S("name"), S("started_at") }, 5 },
		{ "product", { S("?"), S("x") }, 2 },
		{ "product", { S("") }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++)
		assert_string_equal(import_guess_record(files[i].names, files[i].count),
				    files[i].record);
}

static void test_every_record_is_listed_once(void **state)
{
	unsigned count, i = 0;

	(void)state;
	for (; import_record_at(i) != NULL; i++)
		assert_non_null(import_fields(slice_of(import_record_at(i)), &count));
	assert_int_equal(i, 10);
	assert_null(import_record_at(i + 1));
}

/* A synonym that names two fields of one record would be read as the first of them for ever. */
static void test_no_synonym_names_two_fields_of_a_record(void **state)
{
	static const struct {
		const char *field, *word;
	} synonyms[] = {
#define SYNONYM(field, word) { #field, word },
#include "model/import_synonyms.def"
#undef SYNONYM
	};
	const char *language;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(synonyms); i++) {
		bool used = false;

		for (unsigned r = 0; import_record_at(r) != NULL; r++) {
			unsigned count;
			const struct import_field *fields =
			    import_fields(slice_of(import_record_at(r)), &count);
			const struct import_field *f = import_guess_field(
			    import_record_at(r), slice_of(synonyms[i].word), &language);

			for (unsigned k = 0; k < count; k++) {
				if (strcmp(fields[k].name, synonyms[i].field) != 0)
					continue;
				used = true;
				assert_non_null(f);
				if (strcmp(f->name, synonyms[i].field) != 0)
					print_message("%s: \"%s\" is %s, not %s\n",
						      import_record_at(r), synonyms[i].word,
						      f->name, synonyms[i].field);
				assert_string_equal(f->name, synonyms[i].field);
			}
		}
		assert_true(used);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_the_sign_that_the_first_line_has_most_of),
		cmocka_unit_test(test_a_field_is_found_by_its_name_however_it_is_written),
		cmocka_unit_test(test_a_field_is_found_by_what_files_call_it),
		cmocka_unit_test(
		    test_words_get_their_language_from_the_end_of_the_name_or_its_script),
		cmocka_unit_test(test_parameters_are_nobodys_guess),
		cmocka_unit_test(test_a_field_of_another_record_is_none_of_this),
		cmocka_unit_test(test_a_long_name_is_cut_and_names_nothing),
		cmocka_unit_test(test_the_record_is_that_whose_fields_are_named),
		cmocka_unit_test(test_every_record_is_listed_once),
		cmocka_unit_test(test_no_synonym_names_two_fields_of_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
