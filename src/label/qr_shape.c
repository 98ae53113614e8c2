/* Versions, levels, blocks and capacities of QR symbols, as tables of the standard. */
#include "label/qr_shape.h"

#include <assert.h>

/* All codewords by version (ISO/IEC 18004, table 1). */
static const uint16_t codewords[QR_VERSION_MOST + 1] = { 0,   26,  44,	70,  100, 134,
							 172, 196, 242, 292, 346 };

/* Data codewords by version and level (table 7). */
static const uint16_t data_codewords[QR_VERSION_MOST + 1][4] = {
	{ 0, 0, 0, 0 },	       { 19, 16, 13, 9 },      { 34, 28, 22, 16 },     { 55, 44, 34, 26 },
	{ 80, 64, 48, 36 },    { 108, 86, 62, 46 },    { 136, 108, 76, 60 },   { 156, 124, 88, 66 },
	{ 194, 154, 110, 86 }, { 232, 182, 132, 100 }, { 274, 216, 154, 122 },
};

/* Blocks by version and level (table 9). */
static const uint8_t blocks[QR_VERSION_MOST + 1][4] = {
	{ 0, 0, 0, 0 }, { 1, 1, 1, 1 }, { 1, 1, 1, 1 }, { 1, 1, 2, 2 },
	{ 1, 2, 2, 4 }, { 1, 2, 4, 4 }, { 2, 4, 4, 4 }, { 2, 4, 6, 5 },
	{ 2, 4, 6, 6 }, { 2, 5, 8, 8 }, { 4, 5, 8, 8 },
};

/* The value of a character plus one, or 0 (table 5): kept this way so that the rest is zero. */
static const uint8_t value_plus_one[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,	['6'] = 7,
	['7'] = 8,  ['8'] = 9,	['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14,
	['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18, ['I'] = 19, ['J'] = 20, ['K'] = 21,
	['L'] = 22, ['M'] = 23, ['N'] = 24, ['O'] = 25, ['P'] = 26, ['Q'] = 27, ['R'] = 28,
	['S'] = 29, ['T'] = 30, ['U'] = 31, ['V'] = 32, ['W'] = 33, ['X'] = 34, ['Y'] = 35,
	['Z'] = 36, [' '] = 37, ['$'] = 38, ['%'] = 39, ['*'] = 40, ['+'] = 41, ['-'] = 42,
	['.'] = 43, ['/'] = 44, [':'] = 45,
};

unsigned qr_shape_value(char character)
{
	unsigned found = value_plus_one[(unsigned char)character];

	return found == 0 ? QR_NO_CHARACTER : found - 1;
}

bool qr_shape_is_alphanumeric(struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		if (qr_shape_value(text.data[i]) == QR_NO_CHARACTER)
			return false;
	return true;
}

unsigned qr_shape_size(unsigned version)
{
	return 17 + 4 * version;
}

unsigned qr_shape_codewords(unsigned version)
{
	assert(version >= 1 && version <= QR_VERSION_MOST);
	return codewords[version];
}

unsigned qr_shape_data_codewords(const struct qr_shape *shape)
{
	return data_codewords[shape->version][shape->level];
}

unsigned qr_shape_blocks(const struct qr_shape *shape)
{
	return blocks[shape->version][shape->level];
}

/* ISO/IEC 18004, table 3. */
unsigned qr_shape_count_bits(const struct qr_shape *shape)
{
	bool larger = shape->version >= 10;

	if (shape->alphanumeric)
		return larger ? 11 : 9;
	return larger ? 16 : 8;
}

/* Bits of one segment with its mode and count (7.4.4 and 7.4.5). */
static size_t bits_needed(size_t length, const struct qr_shape *shape)
{
	size_t head = 4 + qr_shape_count_bits(shape);

	return head + (shape->alphanumeric ? length / 2 * 11 + length % 2 * 6 : length * 8);
}

static bool fits(size_t length, const struct qr_shape *shape)
{
	return bits_needed(length, shape) <= (size_t)qr_shape_data_codewords(shape) * 8;
}

static bool fits_higher(size_t length, struct qr_shape shape)
{
	shape.level++;
	return shape.level <= QR_LEVEL_H && fits(length, &shape);
}

bool qr_shape_choose(size_t length, bool alphanumeric, enum qr_level least,
		     struct qr_shape *ret_shape)
{
	struct qr_shape shape = { .version = 1, .level = least, .alphanumeric = alphanumeric };

	while (shape.version <= QR_VERSION_MOST && !fits(length, &shape))
		shape.version++;
	if (shape.version > QR_VERSION_MOST)
		return false;
	while (fits_higher(length, shape))
		shape.level++;
	*ret_shape = shape;
	return true;
}
