/* QR symbols drawn from tables that texts of one length share. */
#include "label/qr_series.h"

#include <assert.h>
#include <stdlib.h>

enum {
	TAIL_MOST = 22,	 /* characters that may change; a serial has 20 at most */
	TAIL_LEAST = 14, /* so that a run of similar serials does not hide what will change */
	PAIR_BITS = 11,	 /* of two characters */
	VALUES_OF_PAIR = 45 * 45,
	SINGLE_BITS = 6, /* of a last one */
	PART_BITS = 4,	 /* of a pair's value that one prepared entry stands for */
	PART_VALUES = 1 << PART_BITS,
	PARTS_OF_PAIR = 3, /* 4, 4 and 3 bits */
	PARTS_MOST = (TAIL_MOST + 1) / 2 * PARTS_OF_PAIR,
	STRIDE_UNIT = 8, /* words: a cache line */
};

/* The widest that every processor of this kind has registers for. */
typedef uint64_t words __attribute__((vector_size(16), aligned(sizeof(uint64_t)), may_alias));

/*
 * entries[] holds PART_VALUES entries for each part of the tail, each of `stride` words: what
 * this value turns over in each line.
 */
struct qr_table {
	struct qr_layout layout;
	struct qr_masks masks;
	size_t length; /* of the texts */
	size_t head;   /* characters of `text` that `base` stands for, an even number */
	unsigned parts;
	size_t stride;
	char text[QR_TEXT_MOST];
	uint64_t base[QR_LINES_MOST + STRIDE_UNIT];
	uint64_t entries[];
};

/* --- the bit stream of a text --------------------------------------------------------------- */

struct bits {
	uint8_t bytes[QR_CODEWORDS_MOST];
	size_t used; /* bits */
};

static void put(struct bits *bits, unsigned value, unsigned count)
{
	while (count-- > 0) {
		bits->bytes[bits->used / 8] |=
		    (uint8_t)((value >> count & 1) << (7 - bits->used % 8));
		bits->used++;
	}
}

static void put_head(struct bits *bits, const struct qr_shape *shape, size_t length)
{
	enum { ALPHANUMERIC = 2 };

	put(bits, ALPHANUMERIC, 4);
	put(bits, (unsigned)length, qr_shape_count_bits(shape));
}

/* Nothing but zeros up to a whole byte, then two values by turns (7.4.10). */
static void put_padding(struct bits *bits, unsigned codewords)
{
	bits->used += 8 * codewords - bits->used < 4 ? 8 * codewords - bits->used : 4;
	bits->used = (bits->used + 7) / 8 * 8;
	for (unsigned i = 0; bits->used < 8 * codewords; i++)
		put(bits, i % 2 == 0 ? 0xec : 0x11, 8);
}

static unsigned pair_value(const char *pair)
{
	return 45 * qr_shape_value(pair[0]) + qr_shape_value(pair[1]);
}

/* All of a text up to `head`, zeros for the characters behind it. */
static void draw_head(struct qr_table *t)
{
	struct bits bits = { .used = 0 };
	uint64_t rows[QR_SIZE_MOST];

	put_head(&bits, &t->layout.shape, t->length);
	for (size_t i = 0; i < t->head; i += 2)
		put(&bits, pair_value(t->text + i), PAIR_BITS);
	bits.used += (t->length - t->head) / 2 * PAIR_BITS + t->length % 2 * SINGLE_BITS;
	put_padding(&bits, qr_shape_data_codewords(&t->layout.shape));
	memcpy(rows, t->layout.dark, sizeof(rows));
	qr_layout_draw(&t->layout, bits.bytes, rows);
	qr_lines_of_rows(rows, t->layout.size, t->base);
}

/* --- tables --------------------------------------------------------------------------------- */

static uint64_t *entry_of(struct qr_table *t, unsigned part, unsigned value)
{
	return t->entries + (part * PART_VALUES + value) * t->stride;
}

/* What one bit of the stream turns over. */
static void draw_bit(const struct qr_table *t, size_t bit, uint64_t *lines)
{
	uint8_t data[QR_CODEWORDS_MOST] = { 0 };
	uint64_t rows[QR_SIZE_MOST] = { 0 };

	data[bit / 8] = (uint8_t)(0x80 >> bit % 8);
	qr_layout_draw(&t->layout, data, rows);
	qr_lines_of_rows(rows, t->layout.size, lines);
}

/* A part is `count` bits that end before `end`; its other entries are sums of those. */
static void fill_part(struct qr_table *t, unsigned part, size_t end, unsigned count)
{
	for (unsigned value = 1; value < 1U << count; value++) {
		unsigned highest = 31 - (unsigned)__builtin_clz(value),
			 rest = value ^ 1U << highest;
		uint64_t *entry = entry_of(t, part, value);

		if (rest == 0) {
			draw_bit(t, end - 1 - highest, entry);
			continue;
		}
		for (size_t i = 0; i < t->stride; i++)
			entry[i] = entry_of(t, part, rest)[i] ^ entry_of(t, part, value ^ rest)[i];
	}
}

/* From the lowest bits of a value to the highest; `end` is behind them in the stream. */
static void fill_parts(struct qr_table *t, unsigned part, size_t end, unsigned bits)
{
	for (unsigned done = 0; done < bits; done += PART_BITS, part++)
		fill_part(t, part, end - done, bits - done < PART_BITS ? bits - done : PART_BITS);
}

static void fill_tail(struct qr_table *t)
{
	size_t bit = 4 + qr_shape_count_bits(&t->layout.shape) + t->head / 2 * PAIR_BITS;
	unsigned part = 0;

	for (size_t i = t->head; i + 1 < t->length; i += 2, part += PARTS_OF_PAIR) {
		bit += PAIR_BITS;
		fill_parts(t, part, bit, PAIR_BITS);
	}
	if (t->length % 2 != 0)
		fill_parts(t, part, bit + SINGLE_BITS, SINGLE_BITS);
}

/*
 * Where the characters begin that change from text to text, if the first `same` did not so far:
 * TAIL_LEAST to TAIL_MOST from the end, and on the border of a pair.
 */
static size_t tail_of(size_t length, size_t same)
{
	size_t least = length > TAIL_MOST ? length - TAIL_MOST : 0;
	size_t most = length > TAIL_LEAST ? length - TAIL_LEAST : 0;
	size_t start = same < least ? least : same > most ? most : same;

	return start % 2 == 0 ? start : start == least ? start + 1 : start - 1;
}

static unsigned parts_of(size_t characters)
{
	return (unsigned)(characters / 2 * PARTS_OF_PAIR + characters % 2 * 2);
}

/* NULL where the text has another kind of symbol, or without memory. */
static struct qr_table *table_new(struct slice text, size_t same, enum qr_level least)
{
	struct qr_shape shape;
	struct qr_table *t;
	size_t head = tail_of(text.length, same), stride;
	unsigned parts = parts_of(text.length - head);

	if (!qr_shape_is_alphanumeric(text) || !qr_shape_choose(text.length, true, least, &shape))
		return NULL;
	stride = (2 * qr_shape_size(shape.version) + STRIDE_UNIT - 1) / STRIDE_UNIT * STRIDE_UNIT;
	t = calloc(1, sizeof(*t) + parts * PART_VALUES * stride * sizeof(t->entries[0]));
	if (t == NULL)
		return NULL;
	t->length = text.length;
	t->head = head;
	t->parts = parts;
	t->stride = stride;
	memcpy(t->text, text.data, head);
	qr_layout_init(&t->layout, &shape);
	qr_masks_init(&t->masks, &t->layout);
	draw_head(t);
	fill_tail(t);
	return t;
}

/* --- symbols -------------------------------------------------------------------------------- */

/* The head of the text is that of the base, or becomes it. */
static bool take_head(struct qr_table *t, const char *text)
{
	if (memcmp(text, t->text, t->head) == 0)
		return true;
	if (!qr_shape_is_alphanumeric((struct slice){ text, t->head }))
		return false;
	memcpy(t->text, text, t->head);
	draw_head(t);
	return true;
}

/* The entries that the tail stands for; false: a character that has none. */
static bool find_entries(struct qr_table *t, const char *text, const uint64_t **entries)
{
	unsigned part = 0;

	for (size_t i = t->head; i < t->length; i += 2) {
		size_t read = t->length - i < 2 ? 1 : 2;
		unsigned value = read == 1 ? qr_shape_value(text[i]) : pair_value(text + i);

		if (value >= VALUES_OF_PAIR)
			return false;
		for (unsigned end = parts_of(i + read - t->head); part < end; part++) {
			entries[part] = entry_of(t, part, value % PART_VALUES);
			value /= PART_VALUES;
		}
	}
	return true;
}

static void add_entries(const struct qr_table *t, const uint64_t *const *entries, uint64_t *lines)
{
	for (size_t i = 0; i < t->stride; i += STRIDE_UNIT) {
		const words *base = (const words *)(t->base + i);
		words a = base[0], b = base[1], c = base[2], d = base[3];

		for (unsigned part = 0; part < t->parts; part++) {
			const words *entry = (const words *)(entries[part] + i);

			a ^= entry[0];
			b ^= entry[1];
			c ^= entry[2];
			d ^= entry[3];
		}
		memcpy(lines + i, (words[]){ a, b, c, d }, STRIDE_UNIT * sizeof(lines[0]));
	}
}

static void draw(const struct qr_table *t, const uint64_t *const *entries, enum qr_mask_way way,
		 struct qr *ret_qr)
{
	uint64_t lines[QR_LINES_MOST + STRIDE_UNIT];
	unsigned mask;

	add_entries(t, entries, lines);
	mask = qr_mask_choose(&t->masks, lines, way);
	*ret_qr = (struct qr){ .version = t->layout.shape.version,
			       .level = t->layout.shape.level,
			       .size = t->layout.size };
	for (unsigned y = 0; y < t->layout.size; y++)
		ret_qr->rows[y] = (lines[2 * y] ^ t->masks.lines[2 * y][mask]) >> QR_LINE_START;
}

/* --- series --------------------------------------------------------------------------------- */

void qr_series_init(struct qr_series *series, enum qr_level least)
{
	*series = (struct qr_series){ .least = least, .way = qr_mask_best_way() };
}

void qr_series_release(struct qr_series *series)
{
	if (series == NULL)
		return;
	free(series->table);
	series->table = NULL;
}

static void start_again(struct qr_series *series, struct slice text)
{
	qr_series_release(series);
	series->length = series->same = text.length;
	series->in_a_row = 0;
	memcpy(series->first, text.data, text.length);
}

/* Counts the texts of one length and how much of them is the same. */
static void learn(struct qr_series *series, struct slice text)
{
	size_t same = 0;

	while (same < series->same && text.data[same] == series->first[same])
		same++;
	series->same = same;
	series->in_a_row++;
}

/* Are there tables for the text? They are made when it is time. */
static bool prepare(struct qr_series *series, struct slice text)
{
	if (text.length == 0 || text.length > QR_TEXT_MOST)
		return false;
	if (text.length != series->length)
		start_again(series, text);
	if (series->in_a_row < QR_SERIES_AFTER) {
		learn(series, text);
		return false;
	}
	if (series->table == NULL)
		series->table = table_new(text, series->same, series->least);
	return series->table != NULL;
}

enum qr_result qr_series_make(struct qr_series *series, struct slice text, struct qr *ret_qr)
{
	const uint64_t *entries[PARTS_MOST];

	series->prepared = prepare(series, text) && take_head(series->table, text.data) &&
			   find_entries(series->table, text.data, entries);
	if (!series->prepared)
		return qr_make(text, series->least, ret_qr);
	draw(series->table, entries, series->way, ret_qr);
	return QR_MADE;
}
