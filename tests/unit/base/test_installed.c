/* Files that come with the program: beside it first, else where packages put them. */
#include "base/installed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_what_stands_beside_the_program_is_taken(void **state)
{
	char path[4096] = "";

	(void)state;
	/* from build/VARIANT/unit/base */
	installed_path("../../../conf/sheets", "/packaged", path, sizeof(path));
	assert_int_equal(access(path, R_OK), 0);
	assert_string_not_equal(path, "/packaged");
}

static void test_what_does_not_is_where_packages_put_it(void **state)
{
	char path[4096] = "";

	(void)state;
	installed_path("no/such/folder", "/packaged", path, sizeof(path));
	assert_string_equal(path, "/packaged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_stands_beside_the_program_is_taken),
		cmocka_unit_test(test_what_does_not_is_where_packages_put_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
