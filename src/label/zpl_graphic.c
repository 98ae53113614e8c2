/* Compressing pictures for label printers. */
#include "label/zpl_graphic.h"

enum { RUN_MOST = 419 /* zY: 400 + 19 */ };

static void add_run(struct buf *out, unsigned nibble, unsigned count)
{
	while (count > 0) {
		unsigned some = count < RUN_MOST ? count : RUN_MOST;

		if (some >= 20)
			buf_add_char(out, (char)('g' + some / 20 - 1));
		if (some > 1 && some % 20 > 0)
			buf_add_char(out, (char)('G' + some % 20 - 1));
		buf_add_char(out, "0123456789ABCDEF"[nibble]);
		count -= some;
	}
}

static unsigned nibble_at(const uint8_t *row, unsigned i)
{
	return i % 2 == 0 ? row[i / 2] >> 4 : row[i / 2] & 15;
}

static void add_row(struct buf *out, const uint8_t *row, unsigned nibbles)
{
	unsigned i = 0;

	while (i < nibbles) {
		unsigned nibble = nibble_at(row, i), first = i;

		while (i < nibbles && nibble_at(row, i) == nibble)
			i++;
		if (i == nibbles && nibble == 0)
			buf_add_char(out, ',');
		else if (i == nibbles && nibble == 15)
			buf_add_char(out, '!');
		else
			add_run(out, nibble, i - first);
	}
}

void zpl_graphic(const struct raster *r, struct buf *out)
{
	size_t bytes = (size_t)r->stride * r->height;

	buf_add_format(out, "%zu,%zu,%u,", bytes, bytes, r->stride);
	for (unsigned y = 0; y < r->height; y++) {
		const uint8_t *row = r->bits + (size_t)y * r->stride;

		if (y > 0 && memcmp(row, row - r->stride, r->stride) == 0)
			buf_add_char(out, ':');
		else
			add_row(out, row, 2 * r->stride);
	}
}
