/* Printed codes as arrays of PostgreSQL: every code keeps its place, whatever characters it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "store/code_list.h"

static const struct printed_code computed = {
	.result = PRINTED_COMPUTED,
	.gtin = 9506000134352,
	.counter = 77,
	.key_id = 3,
	.length = 14,
	.serial = "3ABCDEFGHJKMNP",
};
static const struct printed_code elsewhere = { .result = PRINTED_OTHER,
					       .gtin = 9506000134352,
					       .serial = "A\"B,{C}" };
static const struct printed_code broken = { .result = PRINTED_MALFORMED };

static void has(const struct code_list *list, size_t column, const char *text)
{
	assert_string_equal(list->columns[column].data, text);
}

static void test_every_code_keeps_its_place(void **state)
{
	struct code_list list;

	(void)state;
	code_list_init(&list);
	code_list_add(&list, &computed);
	code_list_add(&list, &broken);
	code_list_add(&list, &elsewhere);
	assert_true(code_list_finish(&list));
	has(&list, 0, "{9506000134352,NULL,9506000134352}");
	has(&list, 1, "{77,NULL,NULL}");
	has(&list, 2, "{3,NULL,NULL}");
	has(&list, 3, "{14,NULL,NULL}");
	has(&list, 4, "{\"\",\"\",\"A\\\"B,{C}\"}");
	code_list_release(&list);
}

static void test_an_empty_list_is_an_empty_array_and_can_be_filled_again(void **state)
{
	struct code_list list;

	(void)state;
	code_list_init(&list);
	assert_true(code_list_finish(&list));
	has(&list, 0, "{}");
	code_list_clear(&list);
	code_list_add(&list, &computed);
	assert_true(code_list_finish(&list));
	has(&list, 1, "{77}");
	code_list_release(&list);
	code_list_release(NULL);
}

static void test_the_longest_list_fits(void **state)
{
	struct printed_code longest = { .result = PRINTED_OTHER, .gtin = 99999999999999 };
	struct code_list list;

	(void)state;
	memset(longest.serial, '"', SERIAL_LENGTH_MOST);
	code_list_init(&list);
	for (int i = 0; i < CODE_LIST_MOST; i++)
		code_list_add(&list, &longest);
	assert_true(code_list_finish(&list));
	code_list_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_keeps_its_place),
		cmocka_unit_test(test_an_empty_list_is_an_empty_array_and_can_be_filled_again),
		cmocka_unit_test(test_the_longest_list_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
