/* Where symbol and text stand: nothing leaves the label, nothing overlaps, numbers are never cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "base/utf8.h"
#include "label/layout.h"
#include "model/serial.h"

enum { V3 = 29 };

/* Letters 600, digits 500, wide characters 1000, blanks and signs 300 thousandths. */
static uint64_t measure(void *font, struct slice text)
{
	uint64_t sum = 0;

	(void)font;
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 'A' && c <= 'z')
			sum += c == 'W' ? 950 : 600;
		else if (c >= '0' && c <= '9')
			sum += 500;
		else if (c >= 0xc0)
			sum += 1000;
		else if (c < 0x80)
			sum += 300;
	}
	return sum;
}

static struct layout_room room_of(uint64_t width, uint64_t height, unsigned dpi)
{
	struct layout_room room = {
		.width = width, .height = height, .measure = measure, .ellipsis = "\xe2\x80\xa6"
	};

	assert_int_equal(printer_init(&room.printer, dpi, 0, false), PRINTER_OK);
	return room;
}

static const struct label_text text = {
	.gtin = SLICE("09506000134352"),
	.serial = SLICE("7K3M9Q2XTPVW4H"),
	.product = SLICE("\xe8\x8a\x9d\xe9\xba\xbb\xe9\x85\xb1 Tahini"),
	.lot = SLICE("L-7"),
	.expiry = SLICE("2027-03-01"),
};

/* Every line is inside the label's margins, off the symbol, and below the line before it. */
static void check_lines(const struct layout_room *room, const struct layout *l)
{
	double dot = room->printer.dot_mm;
	struct label_lines lines;
	int before = 0;

	label_lines_make(&text, l->split, &lines);
	assert_true(l->lines <= lines.count);
	for (unsigned i = 0; i < l->lines; i++) {
		double size = layout_size_dots(room, l, i), end;
		struct layout_place at;
		uint64_t width;

		if (lines.may_be_cut[i])
			(void)layout_cut(room, l, i, lines.text[i]);
		width = measure(NULL, slice_of(lines.text[i]));
		at = layout_line(room, l, i, width);
		end = at.x + (double)width * size / 1000;
		assert_true(at.x * dot > 0.9 && end * dot < (double)room->width / 1000 - 0.9);
		assert_true(at.y * dot < (double)room->height / 1000);
		assert_true(i == 0 || at.y >= before + (int)(1.1 * size));
		before = at.y;
		if (l->beside)
			assert_true(at.x >= (int)(l->symbol_x + l->symbol_side) - 1);
		else /* capitals are lower than the size */
			assert_true(at.y - size * 0.95 >= l->symbol_y + l->symbol_side - 1.0);
	}
}

static void test_symbol_and_lines_stay_on_the_label_and_apart(void **state)
{
	static const unsigned dpi[] = { 203, 300, 406, 600 };
	unsigned with_all = 0, beside = 0, none = 0;

	(void)state;
	for (uint64_t width = 16000; width < 110000; width += 3100)
		for (uint64_t height = 16000; height < 80000; height += 2900)
			for (size_t i = 0; i < COUNT_OF(dpi); i++) {
				struct layout_room room = room_of(width, height, dpi[i]);
				double dot = room.printer.dot_mm;
				struct layout l;

				if (layout_make(&room, V3, &text, &l) != LAYOUT_OK)
					continue;
				assert_true((l.symbol_x + l.symbol_side) * dot <
					    (double)width / 1000 + 0.6 * dot + 0.01);
				assert_true((l.symbol_y + l.symbol_side) * dot <
					    (double)height / 1000 + 0.6 * dot + 0.01);
				check_lines(&room, &l);
				assert_true(l.shortened || l.lines == (l.split ? 6U : 4U));
				with_all += !l.shortened;
				beside += l.beside;
				none += l.size == 0;
			}
	assert_true(with_all > 1000 && beside > 100 && none > 10);
}

static void test_a_symbol_larger_than_the_label_is_refused(void **state)
{
	struct layout_room room = room_of(60000, 15650, 300); /* version 3 needs 15.663 mm */
	struct layout l = { .lines = 77 };

	(void)state;
	assert_int_equal(layout_make(&room, V3, &text, &l), LAYOUT_TOO_BIG);
	assert_int_equal(l.lines, 77);
	room.height = 15655; /* makers round */
	assert_int_equal(layout_make(&room, V3, &text, &l), LAYOUT_OK);
	assert_true(l.beside && l.symbol_y == 0);
}

static void test_all_usual_serials_of_a_length_share_a_layout(void **state)
{
	struct layout_room room = room_of(50000, 30000, 300);
	struct layout l, other;
	struct label_text wide = text;
	char serial[] = "00000000000000";
	unsigned shared = 0;

	(void)state;
	assert_int_equal(layout_make(&room, V3, &text, &l), LAYOUT_OK);
	for (unsigned n = 0; n < 10000; n++) {
		struct label_text next = text;

		for (unsigned i = 0, rest = n * 2654435761U; i < 14; i++, rest = rest * 5 + 77)
			serial[i] = SERIAL_ALPHABET[rest >> 27];
		next.serial = slice_of(serial);
		if (!layout_serves(&room, &l, next.serial))
			continue;
		shared++;
		if (n % 100 != 0)
			continue;
		assert_int_equal(layout_make(&room, V3, &next, &other), LAYOUT_OK);
		assert_memory_equal(&l, &other, sizeof(l));
	}
	assert_true(shared > 9950);
	assert_false(layout_serves(&room, &l, S("WWWWWWWWWWWWWW")));
	assert_false(layout_serves(&room, &l, S("7K3M9Q2XTPVW4")));
	wide.serial = S("WWWWWWWWWWWWWW");
	assert_int_equal(layout_make(&room, V3, &wide, &other), LAYOUT_OK);
	assert_false(layout_serves(&room, &other, text.serial));
}

static void test_a_name_is_cut_to_its_room_and_a_short_one_left_alone(void **state)
{
	struct layout_room room = room_of(30000, 40000, 300);
	char line[LABEL_LINE_SIZE] = "";
	struct layout l;

	(void)state;
	assert_int_equal(layout_make(&room, V3, &text, &l), LAYOUT_OK);
	for (unsigned i = 0; i < 80; i++)
		memcpy(line + 3 * i, "\xe8\x8a\x9d", 4);
	assert_true(layout_cut(&room, &l, 0, line));
	assert_true(utf8_valid(slice_of(line)));
	assert_true(slice_ends(slice_of(line), S("\xe8\x8a\x9d\xe2\x80\xa6")));
	assert_true((double)measure(NULL, slice_of(line)) * l.size * 25.4 / 720000 <= l.text_width);
	assert_false(layout_cut(&room, &l, 0, line));
}

static void test_text_grows_with_the_symbol(void **state)
{
	struct layout_room room = room_of(250000, 150000, 300);
	unsigned before = 0;
	struct layout l;

	(void)state;
	for (unsigned dots = 5; dots <= 13; dots += 4) {
		assert_int_equal(printer_init(&room.printer, 300, dots, false), PRINTER_OK);
		assert_int_equal(layout_make(&room, V3, &text, &l), LAYOUT_OK);
		assert_true(l.size > before && !l.shortened);
		check_lines(&room, &l);
		before = l.size;
	}
	assert_int_equal(printer_init(&room.printer, 300, 5, false), PRINTER_OK);
	assert_int_equal(layout_make(&room, V3, &text, &l), LAYOUT_OK);
	assert_int_equal(l.size, 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbol_and_lines_stay_on_the_label_and_apart),
		cmocka_unit_test(test_a_symbol_larger_than_the_label_is_refused),
		cmocka_unit_test(test_all_usual_serials_of_a_length_share_a_layout),
		cmocka_unit_test(test_text_grows_with_the_symbol),
		cmocka_unit_test(test_a_name_is_cut_to_its_room_and_a_short_one_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
