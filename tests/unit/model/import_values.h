/* What the tests of the values of an import share: what is taken as what, and what is refused. */
#ifndef SUYUAN_TEST_IMPORT_VALUES_H
#define SUYUAN_TEST_IMPORT_VALUES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/import_value.h"

static struct value_format format;

/* Before each test: the format that most of them mean. */
static int reset(void **state)
{
	(void)state;
	format = (struct value_format){ .decimal = '.', .zone = SLICE("Asia/Shanghai") };
	return 0;
}

static void takes(enum import_kind kind, const char *text, const char *expected)
{
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(value_read(kind, &format, slice_of(text), &out), VALUE_OK);
	assert_string_equal(buf_string(&out), expected);
	buf_release(&out);
}

static void refuses(enum import_kind kind, const char *text, enum value_result expected)
{
	struct buf out;

	buf_init(&out, 4096);
	buf_add_string(&out, "before");
	assert_int_equal(value_read(kind, &format, slice_of(text), &out), expected);
	assert_int_equal(out.length, 6); /* nothing was appended */
	buf_release(&out);
}

#endif
