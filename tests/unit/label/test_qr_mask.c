/*
 * Demerits of symbols full of what is rare in real ones: long runs and finder-like patterns of
 * every scale, at the edges too. Compared with counting module by module, as libqrencode does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>

#include "label/qr_mask.h"

static struct qr_masks masks;
static uint64_t rows[QR_MASKS][QR_SIZE_MOST];

static unsigned random_below(unsigned limit)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32) % limit;
}

/* --- the reference: runs of a line, one after the other ------------------------------------- */

/* Lengths of the runs, light ones at even places: the first may be 0. */
static unsigned find_runs(const bool *line, unsigned size, unsigned *lengths)
{
	unsigned last = 0;

	lengths[0] = 0;
	for (unsigned i = 0; i < size; i++) {
		if (line[i] != (last % 2 != 0))
			lengths[++last] = 0;
		lengths[last]++;
	}
	return last;
}

static bool is_finder(const unsigned *lengths, unsigned last, unsigned at)
{
	unsigned scale = lengths[at] / 3;

	if (at < 3 || at + 2 > last || lengths[at] % 3 != 0)
		return false;
	for (unsigned i = at - 2; i <= at + 2; i++)
		if (i != at && lengths[i] != scale)
			return false;
	return at == 3 || lengths[at - 3] >= 4 * scale || at + 3 >= last ||
	       lengths[at + 3] >= 4 * scale;
}

static unsigned line_demerits(const bool *line, unsigned size)
{
	unsigned lengths[QR_SIZE_MOST + 1], last = find_runs(line, size, lengths), demerits = 0;

	for (unsigned i = 0; i <= last; i++) {
		demerits += lengths[i] >= 5 ? lengths[i] - 2 : 0;
		if (i % 2 != 0 && is_finder(lengths, last, i))
			demerits += 40;
	}
	return demerits;
}

static bool dark(const uint64_t *symbol, unsigned x, unsigned y)
{
	return (symbol[y] >> x & 1) != 0;
}

static unsigned expected_demerits(const uint64_t *symbol, unsigned size)
{
	unsigned demerits = 0, all_dark = 0, percent;
	bool across[QR_SIZE_MOST], down[QR_SIZE_MOST];

	for (unsigned i = 0; i < size; i++) {
		for (unsigned j = 0; j < size; j++) {
			across[j] = dark(symbol, j, i);
			down[j] = dark(symbol, i, j);
			all_dark += across[j];
			if (i > 0 && j > 0 && across[j] == across[j - 1] &&
			    across[j] == dark(symbol, j, i - 1) &&
			    across[j] == dark(symbol, j - 1, i - 1))
				demerits += 3;
		}
		demerits += line_demerits(across, size) + line_demerits(down, size);
	}
	percent = (200 * all_dark + size * size) / (size * size) / 2;
	return demerits + (unsigned)abs((int)percent - 50) / 5 * 10;
}

/* --- symbols -------------------------------------------------------------------------------- */

static void set_run(uint64_t *symbol, unsigned size, unsigned line, bool is_column, unsigned *at,
		    unsigned length, bool value)
{
	for (; length > 0 && *at < size; length--, (*at)++) {
		unsigned x = is_column ? line : *at, y = is_column ? *at : line;

		symbol[y] = (symbol[y] & ~(UINT64_C(1) << x)) | (uint64_t)value << x;
	}
}

/* Something light, the pattern (now and then with a wrong run), something light. */
static void set_finder(uint64_t *symbol, unsigned size, unsigned line, bool is_column,
		       unsigned scale)
{
	static const unsigned widths[] = { 1, 1, 3, 1, 1 };
	unsigned wrong = random_below(20), at = 0;

	set_run(symbol, size, line, is_column, &at, random_below(size), random_below(4) == 0);
	set_run(symbol, size, line, is_column, &at, random_below(5 * scale), false);
	for (unsigned i = 0; i < COUNT_OF(widths); i++)
		set_run(symbol, size, line, is_column, &at, widths[i] * scale + (i == wrong),
			i % 2 == 0);
	set_run(symbol, size, line, is_column, &at, random_below(6 * scale), false);
	set_run(symbol, size, line, is_column, &at, random_below(3), true);
}

static void make_symbol(uint64_t *symbol, unsigned size)
{
	bool columns = random_below(2) != 0;
	unsigned noise = 1 + random_below(8);

	memset(symbol, 0, QR_SIZE_MOST * sizeof(symbol[0]));
	for (unsigned line = 0; line < size; line++)
		set_finder(symbol, size, line, columns, 1 + random_below(size / 7));
	for (unsigned i = 0; i < noise * noise; i++)
		symbol[random_below(size)] ^= UINT64_C(1) << random_below(size);
}

/* A different symbol in each lane: what the "masks" turn over in a blank one. */
static void set_lanes(unsigned size)
{
	uint64_t lines[QR_LINES_MOST];

	masks.size = size;
	for (unsigned mask = 0; mask < QR_MASKS; mask++) {
		make_symbol(rows[mask], size);
		qr_lines_of_rows(rows[mask], size, lines);
		for (unsigned i = 0; i < 2 * size; i++)
			masks.lines[i][mask] = lines[i];
	}
}

static void compare(enum qr_mask_way way)
{
	static const uint64_t blank[QR_LINES_MOST];
	unsigned demerits[QR_MASKS], best = 0;

	qr_mask_demerits(&masks, blank, way, demerits);
	for (unsigned mask = 0; mask < QR_MASKS; mask++) {
		assert_int_equal(demerits[mask], expected_demerits(rows[mask], masks.size));
		if (demerits[mask] < demerits[best])
			best = mask;
	}
	assert_int_equal(qr_mask_choose(&masks, blank, way), best);
}

/* --- tests ---------------------------------------------------------------------------------- */

static void test_counts_demerits_as_libqrencode_does(void **state)
{
	(void)state;
	for (unsigned version = 1; version <= QR_VERSION_MOST; version++)
		for (unsigned i = 0; i < 200; i++) {
			set_lanes(qr_shape_size(version));
			compare(QR_MASK_PORTABLE);
			compare(qr_mask_best_way());
		}
}

/* All dark or all light: the longest runs and every block there can be, in all lanes. */
static void test_counts_of_the_worst_symbols_do_not_overflow(void **state)
{
	(void)state;
	masks.size = QR_SIZE_MOST;
	for (unsigned mask = 0; mask < QR_MASKS; mask++) {
		uint64_t line = mask % 2 == 0 ? (UINT64_C(1) << QR_SIZE_MOST) - 1 : 0;

		for (unsigned i = 0; i < QR_SIZE_MOST; i++)
			rows[mask][i] = line;
		for (unsigned i = 0; i < 2 * QR_SIZE_MOST; i++)
			masks.lines[i][mask] = line << QR_LINE_START;
	}
	compare(QR_MASK_PORTABLE);
	compare(qr_mask_best_way());
}

static void test_the_first_of_equal_masks_wins(void **state)
{
	static const uint64_t blank[QR_LINES_MOST];

	(void)state;
	set_lanes(QR_SIZE_MOST);
	for (unsigned i = 0; i < 2 * QR_SIZE_MOST; i++)
		for (unsigned mask = 1; mask < QR_MASKS; mask++)
			masks.lines[i][mask] = masks.lines[i][0];
	assert_int_equal(qr_mask_choose(&masks, blank, QR_MASK_PORTABLE), 0);
	assert_int_equal(qr_mask_choose(&masks, blank, qr_mask_best_way()), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_demerits_as_libqrencode_does),
		cmocka_unit_test(test_counts_of_the_worst_symbols_do_not_overflow),
		cmocka_unit_test(test_the_first_of_equal_masks_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
