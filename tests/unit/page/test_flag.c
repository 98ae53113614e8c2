/* The flags: in order, well formed, of countries that have a name; each is found. */
#include "page/flag.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
	const char *code, *drawing;
} flags[] = {
#define FLAG(code, drawing) { #code, drawing },
#include "page/flags.def"
#undef FLAG
};

static void test_flags_stand_in_order_and_once(void **state)
{
	(void)state;
	assert_true(COUNT_OF(flags) > 80);
	for (size_t i = 1; i < COUNT_OF(flags); i++)
		assert_true(strcmp(flags[i - 1].code, flags[i].code) < 0);
}

static void test_each_flag_is_of_a_country_that_has_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		struct slice code = slice_of(flags[i].code);

		assert_int_equal(code.length, 2);
		for (unsigned l = 0; l < LANGUAGE_COUNT; l++)
			assert_false(slice_equal(country_name(l, code), code));
	}
}

static void check_part(const struct view_flag_part *part)
{
	assert_int_equal(part->fill.length, 3);
	for (size_t i = 0; i < part->fill.length; i++)
		assert_true(isxdigit((unsigned char)part->fill.data[i]));
	assert_true(slice_starts(part->path, S("M")));
	for (size_t i = 0; i < part->path.length; i++)
		assert_non_null(strchr("MmLlHhVvAaQqZ0123456789.- ", part->path.data[i]));
}

static void test_each_flag_is_found_and_painted(void **state)
{
	struct arena memory;

	(void)state;
	arena_init(&memory, 1 << 20);
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		const struct view_flag *flag = flag_of(&memory, slice_of(flags[i].code));

		assert_non_null(flag);
		assert_in_range(flag->parts_count, 1, 8);
		for (size_t j = 0; j < flag->parts_count; j++)
			check_part(&flag->parts[j]);
	}
	arena_release(&memory);
}

static void test_what_has_no_flag_has_none(void **state)
{
	static const char *const codes[] = { "", "C", "CHN", "cn", "XX", "\xff\xff" };
	struct arena memory;

	(void)state;
	arena_init(&memory, 1 << 20);
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		assert_null(flag_of(&memory, slice_of(codes[i])));
	arena_release(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags_stand_in_order_and_once),
		cmocka_unit_test(test_each_flag_is_of_a_country_that_has_a_name),
		cmocka_unit_test(test_each_flag_is_found_and_painted),
		cmocka_unit_test(test_what_has_no_flag_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
