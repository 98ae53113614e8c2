/* Symbols: the version and level promised, the same size for a whole batch, and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/qr.h"

static struct qr qr;

static void make(const char *text, enum qr_level least)
{
	assert_int_equal(qr_make(slice_of(text), least, &qr), QR_MADE);
	assert_int_equal(qr.size, 17 + 4 * qr.version);
}

/* The table of versions for real addresses (ISO/IEC 18004, table 7). */
static void test_takes_the_smallest_version_that_holds_the_address(void **state)
{
	static const struct {
		const char *text;
		enum qr_level least;
		unsigned version;
	} known[] = {
		{ "HTTPS://ID.EXAMPLE/C/7K3M9Q2XTP", QR_LEVEL_M, 2 },
		{ "https://id.example/c/7k3m9q2xtp", QR_LEVEL_M, 3 },
		{ "HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTP", QR_LEVEL_M, 3 },
		{ "https://id.example/01/09506000134352/21/7k3m9q2xtp", QR_LEVEL_M, 4 },
		{ "HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H", QR_LEVEL_M, 3 },
		{ "HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H", QR_LEVEL_Q, 4 },
		{ "HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H", QR_LEVEL_H, 5 },
		{ "HTTPS://TRACE.BRANDNAME.COM/01/09506000134352/21/7K3M9Q2XTPVW4H", QR_LEVEL_M,
		  4 },
		{ "A", QR_LEVEL_L, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		make(known[i].text, known[i].least);
		assert_int_equal(qr.version, known[i].version);
		assert_true(qr.level >= known[i].least);
	}
}

static void test_raises_the_level_where_the_version_allows_it(void **state)
{
	(void)state;
	make("A", QR_LEVEL_L);
	assert_int_equal(qr.level, QR_LEVEL_H);
	make("HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H", QR_LEVEL_L);
	assert_int_equal(qr.version, 3);
	assert_int_equal(qr.level, QR_LEVEL_M); /* 61 characters at M, 47 at Q */
	make("HTTPS://ID.EX/01/09506000134352/21/7K3M9Q2XTP", QR_LEVEL_M);
	assert_int_equal(qr.version, 3);
	assert_int_equal(qr.level, QR_LEVEL_Q); /* 45 characters: all of version 3-Q but two */
}

/* Every length in both modes at every level: libqrencode would assert if our table were wrong. */
static void test_the_capacity_table_agrees_with_the_encoder_for_every_length(void **state)
{
	static const unsigned most[2][4] = { { 271, 213, 151, 119 }, { 395, 311, 221, 174 } };
	char text[400];

	(void)state;
	for (int alphanumeric = 0; alphanumeric < 2; alphanumeric++)
		for (int level = QR_LEVEL_L; level <= QR_LEVEL_H; level++) {
			unsigned limit = most[alphanumeric][level];

			memset(text, alphanumeric != 0 ? 'A' : 'a', sizeof(text));
			for (unsigned length = 1; length <= limit; length += length < 60 ? 1 : 7)
				assert_int_equal(qr_make((struct slice){ text, length },
							 (enum qr_level)level, &qr),
						 QR_MADE);
			assert_int_equal(
			    qr_make((struct slice){ text, limit }, (enum qr_level)level, &qr),
			    QR_MADE);
			assert_int_equal(qr.version, 10);
			assert_int_equal(
			    qr_make((struct slice){ text, limit + 1 }, (enum qr_level)level, &qr),
			    QR_TOO_LONG);
		}
}

/* Digits in a serial must not make one label's symbol smaller than its neighbour's. */
static void test_codes_of_equal_length_get_symbols_of_equal_size(void **state)
{
	static const char *const serials[] = { "00000000000000", "ZZZZZZZZZZZZZZ", "7K3M9Q2XTPVW4H",
					       "Z1234567890123" };
	char text[128];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(serials); i++) {
		(void)snprintf(text, sizeof(text),
			       "HTTPS://TRACE.BRAND.COM/01/09506000134352/21/%s", serials[i]);
		make(text, QR_LEVEL_M);
		assert_int_equal(qr.version, 3);
		assert_int_equal(qr.level, QR_LEVEL_M);
	}
}

static void test_refuses_no_text_and_leaves_the_result_alone(void **state)
{
	struct qr before;

	(void)state;
	make("A", QR_LEVEL_M);
	before = qr;
	assert_int_equal(qr_make(S(""), QR_LEVEL_M, &qr), QR_EMPTY);
	assert_memory_equal(&before, &qr, sizeof(qr));
}

static void test_runs_cover_exactly_the_dark_modules(void **state)
{
	unsigned covered = 0, dark = 0;

	(void)state;
	make("HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H", QR_LEVEL_M);
	for (unsigned y = 0; y < qr.size; y++) {
		unsigned x = 0, length;

		while ((length = qr_run(&qr, y, &x)) > 0) {
			for (unsigned i = 0; i < length; i++)
				assert_true(qr_dark(&qr, x + i, y));
			covered += length;
			x += length;
			assert_true(x == qr.size || !qr_dark(&qr, x, y));
		}
		for (x = 0; x < qr.size; x++)
			dark += qr_dark(&qr, x, y);
	}
	assert_int_equal(covered, dark);
	assert_true(dark > 200);
}

static void test_levels_have_letters(void **state)
{
	enum qr_level level;

	(void)state;
	for (int i = QR_LEVEL_L; i <= QR_LEVEL_H; i++) {
		char letter = qr_level_letter((enum qr_level)i);

		assert_true(qr_level_parse((struct slice){ &letter, 1 }, &level));
		assert_int_equal(level, i);
	}
	assert_false(qr_level_parse(S(""), &level));
	assert_false(qr_level_parse(S("m"), &level));
	assert_false(qr_level_parse(S("\0"), &level));
	assert_false(qr_level_parse(S("MM"), &level));
}

/* Half blocks back into modules: the same matrix, with its quiet zone. */
static void test_the_terminal_shows_every_module(void **state)
{
	unsigned side, x = 0, y = 0;
	struct buf out;
	const char *p;

	(void)state;
	make("HTTPS://ID.EXAMPLE/01/09506000134352/21/7K3M9Q2XTPVW4H", QR_LEVEL_M);
	side = qr.size + 2 * QR_QUIET;
	buf_init(&out, 100000);
	qr_terminal(&qr, &out);
	for (p = buf_string(&out); *p != '\0';) {
		bool upper, lower;

		if (*p == '\033') {
			p = strchr(p, 'm') + 1;
			continue;
		}
		if (*p == '\n') {
			assert_int_equal(x, side);
			x = 0;
			y += 2;
			p++;
			continue;
		}
		upper = strncmp(p, "\xe2\x96\x80", 3) == 0 || strncmp(p, "\xe2\x96\x88", 3) == 0;
		lower = strncmp(p, "\xe2\x96\x84", 3) == 0 || strncmp(p, "\xe2\x96\x88", 3) == 0;
		p += *p == ' ' ? 1 : 3;
		for (unsigned half = 0; half < 2; half++) {
			unsigned mx = x - QR_QUIET, my = y + half - QR_QUIET;
			bool wanted = mx < qr.size && my < qr.size && qr_dark(&qr, mx, my);

			assert_int_equal(half == 0 ? upper : lower, wanted);
		}
		x++;
	}
	assert_int_equal(y, side + 1);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_the_smallest_version_that_holds_the_address),
		cmocka_unit_test(test_raises_the_level_where_the_version_allows_it),
		cmocka_unit_test(test_the_capacity_table_agrees_with_the_encoder_for_every_length),
		cmocka_unit_test(test_codes_of_equal_length_get_symbols_of_equal_size),
		cmocka_unit_test(test_refuses_no_text_and_leaves_the_result_alone),
		cmocka_unit_test(test_runs_cover_exactly_the_dark_modules),
		cmocka_unit_test(test_levels_have_letters),
		cmocka_unit_test(test_the_terminal_shows_every_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
