/* Demerits of the eight masks of a QR symbol, counted on whole lines in vectors. */
#include "label/qr_mask.h"

#include <stdlib.h>

enum {
	LANES = 4,  /* masks in a vector */
	FLUSH = 15, /* rows whose counts a byte can hold: at most 16 in each */
	BLOCK_COST = 3,
	FINDER_COST = 40,
	SHARE_COST = 10,
};

/* One line under LANES masks. */
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));
typedef uint64_t lanes_in_memory
    __attribute__((vector_size(8 * LANES), aligned(sizeof(uint64_t)), may_alias));

/* Inlined always, once for each kind of processor. */
#define INLINE static inline __attribute__((always_inline))

/* --- rows and columns ----------------------------------------------------------------------- */

void qr_lines_of_rows(const uint64_t *rows, unsigned size, uint64_t *lines)
{
	memset(lines, 0, 2 * size * sizeof(*lines));
	for (unsigned y = 0; y < size; y++)
		for (unsigned x = 0; x < size; x++) {
			uint64_t module = rows[y] >> x & 1;

			lines[2 * y] |= module << (QR_LINE_START + x);
			lines[2 * x + 1] |= module << (QR_LINE_START + y);
		}
}

void qr_masks_init(struct qr_masks *masks, const struct qr_layout *layout)
{
	*masks = (struct qr_masks){ .size = layout->size };
	for (unsigned mask = 0; mask < QR_MASKS; mask++) {
		uint64_t rows[QR_SIZE_MOST] = { 0 }, lines[QR_LINES_MOST];

		qr_layout_draw_mask(layout, mask, rows);
		qr_lines_of_rows(rows, layout->size, lines);
		for (unsigned i = 0; i < 2 * layout->size; i++)
			masks->lines[i][mask] = lines[i];
	}
}

/* --- finder-like patterns of scale 2 and more: rare, so one line at a time ------------------ */

/* Bit i: bits i to i + length - 1 are all set. */
static uint64_t runs_of(uint64_t line, unsigned length)
{
	for (unsigned done = 1, step; done < length; done += step) {
		step = done < length - done ? done : length - done;
		line &= line >> step;
	}
	return line;
}

/* Bit i: one of the bits i to i + length - 1 is set. */
static uint64_t any_from(uint64_t line, unsigned length)
{
	for (unsigned done = 1, step; done < length; done += step) {
		step = done < length - done ? done : length - done;
		line |= line >> step;
	}
	return line;
}

/* Bit i: one of the bits i - length to i - 1 is set. */
static uint64_t any_before(uint64_t line, unsigned length)
{
	for (unsigned done = 1, step; done < length; done += step) {
		step = done < length - done ? done : length - done;
		line |= line << step;
	}
	return line << 1;
}

static unsigned large_finders(uint64_t line, unsigned size)
{
	unsigned found = 0;

	for (unsigned n = 2; 7 * n <= size; n++) {
		uint64_t dark = runs_of(line, n), light = runs_of(~line, n);
		uint64_t here = dark & light >> n & runs_of(line, 3 * n) >> 2 * n & light >> 5 * n &
				dark >> 6 * n;
		uint64_t longer = line << 1 | line >> 7 * n;
		uint64_t crowded = any_before(line, 4 * n) & any_from(line, 4 * n) >> 7 * n;

		for (here &= ~longer & ~crowded; here != 0; here &= here - 1)
			found++;
	}
	return found;
}

/* --- counting bits in every lane ------------------------------------------------------------ */

/* Bits set in each byte. */
INLINE lanes count_bytes(lanes bits)
{
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
	return (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
}

INLINE lanes sum_of_bytes(lanes bytes)
{
	lanes sum =
	    (bytes & UINT64_C(0x00ff00ff00ff00ff)) + (bytes >> 8 & UINT64_C(0x00ff00ff00ff00ff));

	sum += sum >> 16;
	return (sum + (sum >> 32)) & 0xffff;
}

/* --- one line under all masks --------------------------------------------------------------- */

struct marks {
	lanes alike;   /* bit i: modules i and i + 1 are alike */
	lanes runs;    /* as many bits as runs cost */
	lanes finders; /* one bit for each finder-like pattern of scale 1 */
	lanes large;   /* not 0 where there may be a larger one */
};

/* Each run of n >= 5 alike leaves n - 4 bits, which are stretched to n - 2: what it costs. */
INLINE lanes mark_runs(lanes five)
{
	return five | five << 1 | five << 2;
}

INLINE lanes mark_finders(lanes line, lanes dark2, lanes any2)
{
	lanes any4 = any2 | any2 >> 2;
	lanes dark = line & dark2 >> 2 & line >> 4 & line >> 6;
	lanes light = line << 1 | line >> 1 | line >> 5 | line >> 7;

	return dark & ~(light | (any4 << 4 & any4 >> 7));
}

/*
 * Scale 2 is looked for as it is. Of larger ones: three light modules, nine dark or more, three
 * light; the sum carries a bit from the first dark module over all of them.
 */
INLINE lanes mark_large(lanes line, lanes five, lanes dark2, lanes any2)
{
	lanes dark6 = five & five >> 1 & line, dark9 = five & five >> 4 & line;
	lanes light2 = ~any2, light3 = light2 & light2 >> 1;
	lanes two = dark2 & light2 >> 2 & dark6 >> 4 & light2 >> 10 & dark2 >> 12;
	lanes more = (line + ((light3 & dark9 >> 3) << 3)) & ~line & light3;

	return two | more;
}

INLINE void mark(lanes line, uint64_t inner, struct marks *ret)
{
	lanes next = line >> 1, dark2 = line & next, any2 = line | next;
	lanes alike = ~(line ^ next) & inner;
	lanes three = alike & alike >> 1, five = three & three >> 2;

	ret->alike = alike;
	ret->runs = mark_runs(five);
	ret->finders = mark_finders(line, dark2, any2);
	ret->large = mark_large(line, five, dark2, any2);
}

/* --- all lines ------------------------------------------------------------------------------ */

/* Counts of each byte of each lane, then of each lane. */
struct counts {
	lanes runs, blocks, finders, dark;
};

INLINE void flush(struct counts *bytes, struct counts *sums)
{
	sums->runs += sum_of_bytes(bytes->runs);
	sums->blocks += sum_of_bytes(bytes->blocks);
	sums->finders += sum_of_bytes(bytes->finders);
	sums->dark += sum_of_bytes(bytes->dark);
	*bytes = (struct counts){ 0 };
}

/* Looks again where there may be large patterns: one line under the masks that were marked. */
__attribute__((noinline)) static void count_large(const uint64_t *marks, uint64_t line,
						  const uint64_t *masks, unsigned size,
						  unsigned *demerits)
{
	for (unsigned i = 0; i < LANES; i++)
		if (marks[i] != 0)
			demerits[i] += FINDER_COST * large_finders(line ^ masks[i], size);
}

INLINE void check_large(lanes marks, uint64_t line, const uint64_t *masks, unsigned size,
			unsigned *demerits)
{
	uint64_t each[LANES], all = 0;

	memcpy(each, &marks, sizeof(each));
	for (unsigned i = 0; i < LANES; i++)
		all |= each[i];
	if (all != 0)
		count_large(each, line, masks, size, demerits);
}

static unsigned share_cost(unsigned dark, unsigned size)
{
	unsigned all = size * size, percent = (200 * dark + all) / all / 2;

	return (unsigned)abs((int)percent - 50) / 5 * SHARE_COST;
}

/* Adds the demerits of LANES masks, from the first in `masks` on. */
INLINE void count_lanes(const struct qr_masks *masks, unsigned first, const uint64_t *lines,
			unsigned *demerits)
{
	uint64_t inner = ((UINT64_C(1) << (masks->size - 1)) - 1) << QR_LINE_START;
	struct counts bytes = { 0 }, sums = { 0 };
	lanes above = { 0 }, alike_above = { 0 };

	for (unsigned i = 0; i < masks->size; i++) {
		const uint64_t *mask = &masks->lines[2 * i][first];
		lanes row = *(const lanes_in_memory *)mask ^ lines[2 * i];
		lanes column = *(const lanes_in_memory *)(mask + QR_MASKS) ^ lines[2 * i + 1];
		struct marks across, down;

		mark(row, inner, &across);
		mark(column, inner, &down);
		bytes.runs += count_bytes(across.runs) + count_bytes(down.runs);
		bytes.finders += count_bytes(across.finders) + count_bytes(down.finders);
		bytes.blocks += count_bytes(across.alike & alike_above & ~(row ^ above));
		bytes.dark += count_bytes(row);
		if (i % FLUSH == FLUSH - 1)
			flush(&bytes, &sums);
		check_large(across.large, lines[2 * i], mask, masks->size, demerits);
		check_large(down.large, lines[2 * i + 1], mask + QR_MASKS, masks->size, demerits);
		above = row;
		alike_above = across.alike;
	}
	flush(&bytes, &sums);
	for (unsigned i = 0; i < LANES; i++)
		demerits[i] += (unsigned)(sums.runs[i] + BLOCK_COST * sums.blocks[i] +
					  FINDER_COST * sums.finders[i]) +
			       share_cost((unsigned)sums.dark[i], masks->size);
}

static void count_portable(const struct qr_masks *masks, const uint64_t *lines, unsigned *demerits)
{
	for (unsigned first = 0; first < QR_MASKS; first += LANES)
		count_lanes(masks, first, lines, demerits + first);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void count_avx2(const struct qr_masks *masks,
						       const uint64_t *lines, unsigned *demerits)
{
	for (unsigned first = 0; first < QR_MASKS; first += LANES)
		count_lanes(masks, first, lines, demerits + first);
}

enum qr_mask_way qr_mask_best_way(void)
{
	return __builtin_cpu_supports("avx2") ? QR_MASK_AVX2 : QR_MASK_PORTABLE;
}
#else
#define count_avx2 count_portable

enum qr_mask_way qr_mask_best_way(void)
{
	return QR_MASK_PORTABLE;
}
#endif

void qr_mask_demerits(const struct qr_masks *masks, const uint64_t *lines, enum qr_mask_way way,
		      unsigned ret_demerits[QR_MASKS])
{
	memset(ret_demerits, 0, QR_MASKS * sizeof(ret_demerits[0]));
	if (way == QR_MASK_AVX2)
		count_avx2(masks, lines, ret_demerits);
	else
		count_portable(masks, lines, ret_demerits);
}

unsigned qr_mask_choose(const struct qr_masks *masks, const uint64_t *lines, enum qr_mask_way way)
{
	unsigned demerits[QR_MASKS], best = 0;

	qr_mask_demerits(masks, lines, way, demerits);
	for (unsigned mask = 1; mask < QR_MASKS; mask++)
		if (demerits[mask] < demerits[best])
			best = mask;
	return best;
}
