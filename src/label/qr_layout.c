/* The patterns of a QR symbol, its error correction and the places of its bits. */
#include "label/qr_layout.h"

#include <assert.h>

enum {
	FINDER = 7,	 /* modules of a finder pattern's side */
	TIMING = 6,	 /* row and column of the timing patterns */
	PARITY_MOST = 30 /* codewords of error correction in a block */
};

/* --- patterns that every symbol of a version has (6.3) --- */

static void reserve(struct qr_layout *l, unsigned x, unsigned y, bool dark)
{
	uint64_t bit = UINT64_C(1) << x;

	assert(x < l->size && y < l->size);
	l->reserved[y] |= bit;
	l->dark[y] = dark ? l->dark[y] | bit : l->dark[y] & ~bit;
}

static unsigned distance(unsigned a, unsigned b)
{
	return a > b ? a - b : b - a;
}

/* Squares around a centre, each a ring of the distance `reach` at most; all dark but two. */
static void draw_rings(struct qr_layout *l, unsigned cx, unsigned cy, unsigned reach,
		       unsigned light, unsigned also_light)
{
	for (unsigned y = 0; y < l->size; y++)
		for (unsigned x = 0; x < l->size; x++) {
			unsigned dx = distance(x, cx), dy = distance(y, cy);
			unsigned ring = dx > dy ? dx : dy;

			if (ring <= reach)
				reserve(l, x, y, ring != light && ring != also_light);
		}
}

static void draw_timing(struct qr_layout *l)
{
	for (unsigned i = 0; i < l->size; i++) {
		reserve(l, i, TIMING, i % 2 == 0);
		reserve(l, TIMING, i, i % 2 == 0);
	}
}

static void draw_finder(struct qr_layout *l, unsigned cx, unsigned cy)
{
	draw_rings(l, cx, cy, 4, 2, 4); /* ring 4 is the separator */
}

static void draw_finders(struct qr_layout *l)
{
	unsigned near = FINDER / 2, far = l->size - 1 - near;

	draw_finder(l, near, near);
	draw_finder(l, far, near);
	draw_finder(l, near, far);
}

static void draw_alignment(struct qr_layout *l, unsigned cx, unsigned cy)
{
	draw_rings(l, cx, cy, 2, 1, 1);
}

/* Annex E: none in version 1, one up to version 6, then one in the middle of each side too. */
static void draw_alignments(struct qr_layout *l)
{
	unsigned version = l->shape.version, far = l->size - FINDER, middle = 2 * version + 8;

	if (version >= 2)
		draw_alignment(l, far, far);
	if (version < 7)
		return;
	draw_alignment(l, middle, middle);
	draw_alignment(l, middle, TIMING);
	draw_alignment(l, TIMING, middle);
	draw_alignment(l, middle, far);
	draw_alignment(l, far, middle);
}

/* The remainder of value * 2^(bits of divisor - 1) by a divisor, all polynomials over GF(2). */
static unsigned with_remainder(unsigned value, unsigned divisor, unsigned bits)
{
	unsigned rest = value << bits;

	for (unsigned i = 31; i >= bits; i--)
		if ((rest >> i & 1) != 0)
			rest ^= divisor << (i - bits);
	return value << bits | rest;
}

/* 7.10: from version 7 on, twice. */
static void draw_version(struct qr_layout *l)
{
	unsigned information = with_remainder(l->shape.version, 0x1f25, 12);

	if (l->shape.version < 7)
		return;
	for (unsigned i = 0; i < 18; i++) {
		unsigned far = l->size - 11 + i % 3;

		reserve(l, i / 3, far, (information >> i & 1) != 0);
		reserve(l, far, i / 3, (information >> i & 1) != 0);
	}
}

/* Where bit 0 to 14 of the format information stands, twice (7.9). */
struct format_place {
	unsigned x[2], y[2];
};

static struct format_place format_place(unsigned size, unsigned bit)
{
	struct format_place p;

	if (bit < 8) {
		p.x[0] = 8;
		p.y[0] = bit < TIMING ? bit : bit + 1;
		p.x[1] = size - 1 - bit;
		p.y[1] = 8;
	} else {
		p.x[0] = bit == 8 ? 7 : 14 - bit;
		p.y[0] = 8;
		p.x[1] = 8;
		p.y[1] = size - 15 + bit;
	}
	return p;
}

/* Light for now, and the one module that is always dark. */
static void reserve_format(struct qr_layout *l)
{
	for (unsigned bit = 0; bit < 15; bit++) {
		struct format_place p = format_place(l->size, bit);

		reserve(l, p.x[0], p.y[0], false);
		reserve(l, p.x[1], p.y[1], false);
	}
	reserve(l, 8, l->size - 8, true);
}

/* --- where the bits go (7.7.3) --- */

static bool is_reserved(const struct qr_layout *l, unsigned x, unsigned y)
{
	return (l->reserved[y] >> x & 1) != 0;
}

/*
 * Up and down in columns two modules wide, from the right, the right module first; the vertical
 * timing pattern is stepped over. What is left at the end stays light.
 */
static void find_places(struct qr_layout *l)
{
	unsigned bits = 8 * qr_shape_codewords(l->shape.version), found = 0;
	bool up = true;

	for (unsigned right = l->size - 1; right < l->size; right -= 2, up = !up) {
		if (right == TIMING)
			right--;
		for (unsigned step = 0; step < 2 * l->size; step++) {
			unsigned x = right - step % 2;
			unsigned y = up ? l->size - 1 - step / 2 : step / 2;

			if (is_reserved(l, x, y) || found == bits)
				continue;
			l->place[found].x = (uint8_t)x;
			l->place[found].y = (uint8_t)y;
			found++;
		}
	}
	assert(found == bits);
}

void qr_layout_init(struct qr_layout *layout, const struct qr_shape *shape)
{
	*layout = (struct qr_layout){ .shape = *shape, .size = qr_shape_size(shape->version) };
	draw_timing(layout);
	draw_finders(layout);
	draw_alignments(layout);
	draw_version(layout);
	reserve_format(layout);
	find_places(layout);
}

/* --- error correction (7.5): Reed-Solomon over GF(256) with x^8 + x^4 + x^3 + x^2 + 1 --- */

static uint8_t multiply(unsigned a, unsigned b)
{
	unsigned product = 0;

	for (unsigned bit = 8; bit-- > 0;) {
		product <<= 1;
		product ^= (product >> 8) * 0x11d;
		product ^= (b >> bit & 1) * a;
	}
	return (uint8_t)product;
}

/* (x - 2^0)(x - 2^1) …, `degree` factors; the leading 1 is left out, the next is [0]. */
static void make_generator(uint8_t *generator, unsigned degree)
{
	uint8_t root = 1;

	memset(generator, 0, degree);
	generator[degree - 1] = 1;
	for (unsigned i = 0; i < degree; i++) {
		for (unsigned j = 0; j < degree; j++) {
			generator[j] = multiply(generator[j], root);
			if (j + 1 < degree)
				generator[j] ^= generator[j + 1];
		}
		root = multiply(root, 2);
	}
}

/* The remainder of the data by the generator. */
static void make_parity(const uint8_t *data, unsigned count, const uint8_t *generator,
			unsigned degree, uint8_t *parity)
{
	memset(parity, 0, degree);
	for (unsigned i = 0; i < count; i++) {
		uint8_t factor = data[i] ^ parity[0];

		memmove(parity, parity + 1, degree - 1);
		parity[degree - 1] = 0;
		for (unsigned j = 0; factor != 0 && j < degree; j++)
			parity[j] ^= multiply(generator[j], factor);
	}
}

/* --- codewords to modules --- */

static void draw_codeword(const struct qr_layout *l, unsigned at, uint8_t codeword, uint64_t *rows)
{
	for (unsigned bit = 0; codeword != 0; bit++, codeword = (uint8_t)(codeword << 1))
		if ((codeword & 0x80) != 0)
			rows[l->place[8 * at + bit].y] ^= UINT64_C(1) << l->place[8 * at + bit].x;
}

/* The blocks' codewords take turns (7.6): first of each, second of each …, then the parities. */
void qr_layout_draw(const struct qr_layout *layout, const uint8_t *data, uint64_t *rows)
{
	const struct qr_shape *shape = &layout->shape;
	unsigned all = qr_shape_data_codewords(shape), blocks = qr_shape_blocks(shape);
	unsigned least = all / blocks, shorter = blocks - all % blocks;
	unsigned degree = (qr_shape_codewords(shape->version) - all) / blocks;
	uint8_t generator[PARITY_MOST], parity[PARITY_MOST];

	make_generator(generator, degree);
	for (unsigned block = 0; block < blocks; block++) {
		unsigned count = block < shorter ? least : least + 1;

		make_parity(data, count, generator, degree, parity);
		for (unsigned i = 0; i < least; i++)
			draw_codeword(layout, i * blocks + block, data[i], rows);
		if (count > least) /* only the longer blocks take part in the last turn */
			draw_codeword(layout, least * blocks + block - shorter, data[least], rows);
		for (unsigned i = 0; i < degree; i++)
			draw_codeword(layout, all + i * blocks + block, parity[i], rows);
		data += count;
	}
}

/* --- masks (7.8.2, table 10) --- */

static bool turned_over(unsigned mask, unsigned x, unsigned y)
{
	switch (mask) {
	case 0:
		return (x + y) % 2 == 0;
	case 1:
		return y % 2 == 0;
	case 2:
		return x % 3 == 0;
	case 3:
		return (x + y) % 3 == 0;
	case 4:
		return (y / 2 + x / 3) % 2 == 0;
	case 5:
		return x * y % 2 + x * y % 3 == 0;
	case 6:
		return (x * y % 2 + x * y % 3) % 2 == 0;
	default:
		return (x * y % 3 + (x + y) % 2) % 2 == 0;
	}
}

void qr_layout_draw_mask(const struct qr_layout *layout, unsigned mask, uint64_t *rows)
{
	static const unsigned level_bits[] = {
		[QR_LEVEL_L] = 1, [QR_LEVEL_M] = 0, [QR_LEVEL_Q] = 3, [QR_LEVEL_H] = 2
	};
	unsigned named = level_bits[layout->shape.level] << 3 | mask;
	unsigned format = with_remainder(named, 0x537, 10) ^ 0x5412;

	for (unsigned y = 0; y < layout->size; y++)
		for (unsigned x = 0; x < layout->size; x++)
			if (!is_reserved(layout, x, y) && turned_over(mask, x, y))
				rows[y] ^= UINT64_C(1) << x;
	for (unsigned bit = 0; bit < 15; bit++) {
		struct format_place p = format_place(layout->size, bit);

		for (unsigned i = 0; i < COUNT_OF(p.x); i++)
			rows[p.y[i]] ^= (uint64_t)(format >> bit & 1) << p.x[i];
	}
}
