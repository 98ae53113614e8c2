/* Whole dots per module at every usual resolution, and what is too small. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>

#include "label/printer.h"

static void assert_close(double a, double b)
{
	assert_true(fabs(a - b) < 0.0005);
}

static void test_the_fewest_dots_are_those_gs1_allows(void **state)
{
	static const struct {
		unsigned dpi, dots;
		double module;
		unsigned per_metre;
	} known[] = {
		{ 203, 4, 0.500, 8000 },    { 300, 5, 0.4233, 11811 },	 { 406, 7, 0.4375, 16000 },
		{ 600, 10, 0.4233, 23622 }, { 1200, 19, 0.4022, 47244 },
	};
	struct printer p;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		assert_int_equal(printer_least_dots(known[i].dpi), known[i].dots);
		assert_int_equal(printer_init(&p, known[i].dpi, 0, false), PRINTER_OK);
		assert_int_equal(p.dots, known[i].dots);
		assert_close(p.module_mm, known[i].module);
		assert_int_equal(printer_dots_per_metre(&p), known[i].per_metre);
		assert_int_equal(printer_init(&p, known[i].dpi, known[i].dots - 1, false),
				 PRINTER_TOO_SMALL);
		assert_int_equal(printer_init(&p, known[i].dpi, known[i].dots - 1, true),
				 PRINTER_OK);
		assert_int_equal(p.dots, known[i].dots - 1);
	}
}

static void test_refuses_printers_that_are_none(void **state)
{
	struct printer p;

	(void)state;
	assert_int_equal(printer_init(&p, 99, 0, false), PRINTER_BAD_DPI);
	assert_int_equal(printer_init(&p, 2541, 0, false), PRINTER_BAD_DPI);
	assert_int_equal(printer_init(&p, 300, 201, false), PRINTER_BAD_DOTS);
	assert_int_equal(printer_init(&p, 2540, 0, false), PRINTER_OK);
}

static void test_the_side_counts_the_quiet_zone(void **state)
{
	struct printer p;
	struct qr qr = { .size = 29 };

	(void)state;
	assert_int_equal(printer_init(&p, 300, 5, false), PRINTER_OK);
	assert_close(printer_side_mm(&p, &qr), 15.6633);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_fewest_dots_are_those_gs1_allows),
		cmocka_unit_test(test_refuses_printers_that_are_none),
		cmocka_unit_test(test_the_side_counts_the_quiet_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
