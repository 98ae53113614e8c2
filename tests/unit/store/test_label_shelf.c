/* Orders joined with the sheets and printers of this machine: every door refuses the same ones. */
#include "store/label_shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static char folder[] = "/tmp/suyuan-test-shelf-XXXXXX";
static struct label_shelf shelf;
static struct label_setup setup;
static struct label_refusal refusal;

static const char sheet[] = "title = Two labels\npage_width = 210\npage_height = 297\n"
			    "label_width = 40\nlabel_height = 30\ncolumns = 2\nrows = 1\n"
			    "left = 10\ntop = 10\npitch_x = 50\npitch_y = 30\n";

static void put(const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_true(file_write(path, slice_of(text)));
}

static int set_up(void **state)
{
	char why[512];

	(void)state;
	if (mkdtemp(folder) == NULL)
		return 1;
	put("two.sheet", sheet);
	put("broken.sheet", "title = x\n");
	put("fast.printer", "dpi = 203\ndots = 6\n");
	put("notes.txt", "not a sheet");
	return label_shelf_load(&shelf, folder, folder, why, sizeof(why)) ? 0 : 1;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "two.sheet", "broken.sheet", "fast.printer",
					     "notes.txt" };
	char path[256];

	(void)state;
	label_shelf_release(&shelf);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

static bool join(const char *order)
{
	json_t *object = json_loads(order, 0, NULL);
	bool good;

	assert_non_null(object);
	refusal = (struct label_refusal){ "?", "" };
	good = label_shelf_setup(&shelf, object, NULL, &setup, &refusal);
	json_decref(object);
	return good;
}

static void test_an_order_gets_its_sheet_and_printer(void **state)
{
	(void)state;
	assert_true(join("{\"sheet\":\"two\",\"printer\":\"fast\"}"));
	assert_int_equal(sheet_labels(&setup.sheet), 2);
	assert_int_equal(setup.printer.dpi, 203);
	assert_int_equal(setup.printer.dots, 6);
	assert_false(setup.order.zip);
}

static void test_the_range_is_no_matter_of_looks(void **state)
{
	(void)state;
	assert_true(join("{\"sheet\":\"two\",\"first\":5,\"count\":7}"));
}

static void test_pictures_come_in_archives_and_need_no_sheet(void **state)
{
	(void)state;
	assert_true(join("{\"format\":\"png\"}"));
	assert_true(setup.order.zip);
}

static void test_an_unknown_name_is_refused_with_those_there_are(void **state)
{
	(void)state;
	assert_false(join("{\"sheet\":\"three\"}"));
	assert_string_equal(refusal.member, "sheet");
	assert_string_equal(refusal.limit, "is one of broken, two");
	assert_false(join("{\"sheet\":\"two\",\"printer\":\"slow\"}"));
	assert_string_equal(refusal.member, "printer");
	assert_string_equal(refusal.limit, "is one of fast");
}

static void test_no_name_leads_out_of_the_folder(void **state)
{
	(void)state;
	assert_false(join("{\"sheet\":\"../../etc/passwd\"}"));
	assert_string_equal(refusal.member, "sheet");
}

static void test_a_sheet_that_is_none_is_refused_in_words(void **state)
{
	(void)state;
	assert_false(join("{\"sheet\":\"broken\"}"));
	assert_string_equal(refusal.member, "sheet");
	assert_non_null(strstr(refusal.limit, "broken"));
}

static void test_members_are_checked(void **state)
{
	(void)state;
	assert_false(join("{\"sheet\":\"two\",\"start\":3}"));
	assert_string_equal(refusal.member, "start");
	assert_string_equal(refusal.limit, "is 1 to 2 on this sheet");
	assert_false(join("{\"colour\":\"red\"}"));
	assert_string_equal(refusal.member, "");
	assert_false(join("[]"));
	assert_string_equal(refusal.member, "");
}

static void test_a_code_larger_than_the_label_is_refused_before_it_is_made(void **state)
{
	struct batch batch = { .gtin = 9506000134352,
			       .length = 14,
			       .stem = S("https://a.example") };

	(void)state;
	assert_true(join("{\"sheet\":\"two\"}"));
	assert_true(label_shelf_fits(&setup, &batch, &refusal));
	assert_true(join("{\"sheet\":\"two\",\"dots\":12}"));
	assert_false(label_shelf_fits(&setup, &batch, &refusal));
	assert_string_equal(refusal.member, "sheet");
	assert_true(join("{\"label\":\"12x12\"}"));
	assert_false(label_shelf_fits(&setup, &batch, &refusal));
	assert_string_equal(refusal.member, "label");
}

static void test_a_folder_that_is_missing_is_told(void **state)
{
	struct label_shelf other;
	char why[512];

	(void)state;
	assert_false(label_shelf_load(&other, "/nowhere", folder, why, sizeof(why)));
	assert_non_null(strstr(why, "/nowhere"));
	assert_true(label_shelf_load(&other, folder, "/nowhere", why, sizeof(why)));
	assert_int_equal(other.printers.count, 0);
	label_shelf_release(&other);
	label_shelf_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_order_gets_its_sheet_and_printer),
		cmocka_unit_test(test_the_range_is_no_matter_of_looks),
		cmocka_unit_test(test_pictures_come_in_archives_and_need_no_sheet),
		cmocka_unit_test(test_an_unknown_name_is_refused_with_those_there_are),
		cmocka_unit_test(test_no_name_leads_out_of_the_folder),
		cmocka_unit_test(test_a_sheet_that_is_none_is_refused_in_words),
		cmocka_unit_test(test_members_are_checked),
		cmocka_unit_test(test_a_code_larger_than_the_label_is_refused_before_it_is_made),
		cmocka_unit_test(test_a_folder_that_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
