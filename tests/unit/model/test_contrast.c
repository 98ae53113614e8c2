/* Contrast as WCAG has it, and colours made readable whatever a brand likes. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/contrast.h"

static const struct colour black = { 0, 0, 0 }, white = { 255, 255, 255 };
static const struct colour light = { 0xfc, 0xfb, 0xf9 }, dark = { 0x16, 0x17, 0x16 };

static void test_contrast_is_that_of_wcag(void **state)
{
	(void)state;
	assert_float_equal(colour_contrast(black, white), 21.0, 0.001);
	assert_float_equal(colour_contrast(white, black), 21.0, 0.001);
	assert_float_equal(colour_contrast(white, white), 1.0, 0.001);
	/* figures of other checkers */
	assert_float_equal(colour_contrast((struct colour){ 0x77, 0x77, 0x77 }, white), 4.48,
			   0.005);
	assert_float_equal(colour_contrast((struct colour){ 0x76, 0x76, 0x76 }, white), 4.54,
			   0.005);
	assert_float_equal(colour_contrast((struct colour){ 255, 0, 0 }, white), 4.0, 0.005);
	assert_float_equal(colour_contrast((struct colour){ 0, 0, 255 }, white), 8.59, 0.005);
}

static void test_any_colour_becomes_readable_on_both_grounds(void **state)
{
	(void)state;
	for (int red = 0; red < 256; red += 17) {
		for (int green = 0; green < 256; green += 17) {
			for (int blue = 0; blue < 256; blue += 17) {
				struct colour c = { (uint8_t)red, (uint8_t)green, (uint8_t)blue };
				struct colour on_light = colour_against(c, light);
				struct colour on_dark = colour_against(c, dark);

				assert_true(colour_contrast(on_light, light) >= 4.5);
				assert_true(colour_contrast(on_dark, dark) >= 4.5);
				assert_true(colour_contrast(colour_ink(on_light), on_light) >= 4.5);
				assert_true(colour_contrast(colour_ink(on_dark), on_dark) >= 4.5);
			}
		}
	}
}

static void test_a_readable_colour_stays_as_it_is(void **state)
{
	struct colour green = { 0x1a, 0x6b, 0x4f }, same = colour_against(green, light);

	(void)state;
	assert_memory_equal(&same, &green, sizeof(green));
}

static void test_only_six_hexadecimal_digits_are_a_colour(void **state)
{
	static const char *const bad[] = { "",	     "#",	 "#abc",    "1a6b4f",
					   "#1a6b4", "#1a6b4f0", "#1a6b4g", "#-1-1-1",
					   "red",    "#1A 6b4",	 "#fff}b" };
	struct colour c = { 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(colour_parse(slice_of(bad[i]), &c));
	assert_false(colour_parse((struct slice){ "#1a\0b4f", 7 }, &c));
	assert_int_equal(c.red, 1);
	assert_true(colour_parse(S("#1A6b4F"), &c));
	assert_int_equal(c.red, 0x1a);
	assert_int_equal(c.green, 0x6b);
	assert_int_equal(c.blue, 0x4f);
}

static void test_the_grounds_are_those_of_the_page(void **state)
{
	(void)state;
	assert_memory_equal(&contrast_ground_light, &light, sizeof(light));
	assert_memory_equal(&contrast_ground_dark, &dark, sizeof(dark));
}

static void test_a_colour_moves_no_further_than_it_must(void **state)
{
	struct colour grey = { 0x80, 0x80, 0x80 }, near = colour_against(grey, white);

	(void)state;
	assert_true(colour_contrast(near, white) >= 4.5 && colour_contrast(near, white) < 4.8);
	assert_true(near.red == near.green && near.green == near.blue);
}

static void test_ink_is_what_reads_better(void **state)
{
	struct colour on_yellow = colour_ink((struct colour){ 0xff, 0xee, 0x00 });
	struct colour on_navy = colour_ink((struct colour){ 0x00, 0x00, 0x60 });

	(void)state;
	assert_memory_equal(&on_navy, &white, sizeof(white));
	assert_memory_equal(&on_yellow, &dark, sizeof(dark));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contrast_is_that_of_wcag),
		cmocka_unit_test(test_any_colour_becomes_readable_on_both_grounds),
		cmocka_unit_test(test_a_readable_colour_stays_as_it_is),
		cmocka_unit_test(test_only_six_hexadecimal_digits_are_a_colour),
		cmocka_unit_test(test_the_grounds_are_those_of_the_page),
		cmocka_unit_test(test_a_colour_moves_no_further_than_it_must),
		cmocka_unit_test(test_ink_is_what_reads_better),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
