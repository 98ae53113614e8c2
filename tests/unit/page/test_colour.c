/* The accent colour in the style sheet of a page. */
#include "page/colour.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool says(const struct buf *css, struct colour c)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "#%02x%02x%02x", c.red, c.green, c.blue);
	return memmem(css->data, css->length, text, 7) != NULL;
}

static void test_a_colour_is_written_for_either_ground(void **state)
{
	struct colour yellow = { 0xff, 0xee, 0x88 };
	struct buf css;

	(void)state;
	buf_init(&css, 1000);
	colour_accent_rules(&css, S("#ffee88"));
	assert_true(says(&css, yellow));
	assert_true(says(&css, colour_against(yellow, contrast_ground_light)));
	buf_release(&css);
}

static void test_what_is_no_colour_never_reaches_the_style_sheet(void **state)
{
	struct buf hostile, none;

	(void)state;
	buf_init(&hostile, 1000);
	buf_init(&none, 1000);
	colour_accent_rules(&hostile, S("#fff}body{display:none"));
	colour_accent_rules(&none, S(""));
	assert_true(slice_equal(buf_slice(&hostile), buf_slice(&none)));
	assert_true(hostile.length > 50);
	buf_release(&hostile);
	buf_release(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_colour_is_written_for_either_ground),
		cmocka_unit_test(test_what_is_no_colour_never_reaches_the_style_sheet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
