/* From rows of any size to a small upright canvas, by averaging areas; the formats are read and
 * written in picture_*.c beside it. */
#include "job/picture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "job/picture_work.h"
#include "model/picture_kind.h"

enum { SIDE_MOST = 65535 }; /* of a file; JPEG has no more */

const struct picture_limits picture_limits = {
	.bytes = 32 << 20,
	.pixels = 40000000,
	.memory = 256 << 20,
	.ms = 20000,
};

void picture_release(struct picture *p)
{
	if (p == NULL)
		return;
	free(p->bytes);
	*p = (struct picture){ .bytes = NULL };
}

const char *picture_reason(enum picture_result result)
{
	static const char *const reasons[] = {
		[PICTURE_OK] = "it is a picture",
		[PICTURE_NO_PICTURE] = "it is neither JPEG, PNG nor WebP",
		[PICTURE_BROKEN] = "it cannot be read to its end",
		[PICTURE_MOVES] = "it is an animation",
		[PICTURE_TOO_LARGE] = "it is too large",
		[PICTURE_TOO_SLOW] = "it takes too long to unpack",
		[PICTURE_OUT_OF_MEMORY] = "out of memory",
	};

	return reasons[result];
}

/* --- limits ---------------------------------------------------------------------------------- */

/* Of this process, so that a loaded machine refuses no picture. */
static uint64_t used_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool picture_is_late(const struct picture_work *w)
{
	return used_ns() > w->due_ns;
}

enum picture_result picture_fits(const struct picture_work *w, uint64_t width, uint64_t height)
{
	if (width == 0 || height == 0)
		return PICTURE_BROKEN;
	return width > SIDE_MOST || height > SIDE_MOST || width * height > w->limits->pixels
		   ? PICTURE_TOO_LARGE
		   : PICTURE_OK;
}

/* --- averaging ------------------------------------------------------------------------------- */

static unsigned scaled(unsigned length, unsigned longest, unsigned side)
{
	unsigned result = (unsigned)(((uint64_t)length * side + longest / 2) / longest);

	return result == 0 ? 1 : result;
}

void picture_size(unsigned side, unsigned width, unsigned height, unsigned *ret_width,
		  unsigned *ret_height)
{
	unsigned longest = width > height ? width : height;

	*ret_width = longest > side ? scaled(width, longest, side) : width;
	*ret_height = longest > side ? scaled(height, longest, side) : height;
}

enum picture_result picture_begin(struct picture_work *w, unsigned width, unsigned height)
{
	w->from_width = width;
	w->from_height = height;
	picture_size(w->side, width, height, &w->width, &w->height);
	w->canvas = malloc((size_t)w->width * w->height * 3);
	w->across = calloc((size_t)w->width * 3, sizeof(*w->across));
	w->sums = calloc((size_t)w->width * 3, sizeof(*w->sums));
	w->line = malloc((size_t)width * 4);
	return w->canvas == NULL || w->across == NULL || w->sums == NULL || w->line == NULL
		   ? PICTURE_OUT_OF_MEMORY
		   : PICTURE_OK;
}

/*
 * Where `from` pixels become `to`, not more, each is `to` long and each new one `from`: `at` is
 * where one begins in that measure. Gives how much of it lies in the new pixel where it begins; the
 * rest lies in the next.
 */
static uint64_t first_part(uint64_t at, unsigned from, unsigned to)
{
	uint64_t left = from - at % from;

	return left < to ? left : to;
}

/* Each new pixel's sum weighs `from_width` in all. */
static void squeeze(struct picture_work *w, const unsigned char *rgb)
{
	uint64_t at = 0;

	memset(w->across, 0, (size_t)w->width * 3 * sizeof(*w->across));
	for (unsigned x = 0; x < w->from_width; x++, at += w->width, rgb += 3) {
		uint32_t *to = w->across + at / w->from_width * 3;
		uint32_t part = (uint32_t)first_part(at, w->from_width, w->width);
		uint32_t rest = w->width - part;

		for (unsigned i = 0; i < 3; i++)
			to[i] += part * rgb[i];
		for (unsigned i = 0; rest > 0 && i < 3; i++)
			to[3 + i] += rest * rgb[i];
	}
}

static void add_to_sums(struct picture_work *w, uint64_t weight)
{
	for (size_t i = 0; i < (size_t)w->width * 3; i++)
		w->sums[i] += weight * w->across[i];
}

static void finish_line(struct picture_work *w, unsigned y)
{
	uint64_t whole = (uint64_t)w->from_width * w->from_height;
	unsigned char *to = w->canvas + (size_t)y * w->width * 3;

	for (size_t i = 0; i < (size_t)w->width * 3; i++) {
		to[i] = (unsigned char)((w->sums[i] + whole / 2) / whole);
		w->sums[i] = 0;
	}
}

enum picture_result picture_row(struct picture_work *w, const unsigned char *rgb)
{
	uint64_t at = (uint64_t)w->rows * w->height;
	uint64_t part = first_part(at, w->from_height, w->height);

	if (w->rows >= w->from_height)
		return PICTURE_BROKEN;
	squeeze(w, rgb);
	add_to_sums(w, part);
	if ((at + part) % w->from_height == 0)
		finish_line(w, (unsigned)(at / w->from_height));
	if (part < w->height)
		add_to_sums(w, w->height - part);
	w->rows++;
	return picture_is_late(w) ? PICTURE_TOO_SLOW : PICTURE_OK;
}

enum picture_result picture_row_alpha(struct picture_work *w, unsigned char *rgba)
{
	for (unsigned x = 0; x < w->from_width; x++) {
		unsigned alpha = rgba[4 * x + 3], white = 255 * (255 - alpha) + 127;

		for (unsigned i = 0; i < 3; i++)
			rgba[3 * x + i] = (unsigned char)((rgba[4 * x + i] * alpha + white) / 255);
	}
	return picture_row(w, rgba);
}

/* --- turning --------------------------------------------------------------------------------- */

/* Where pixel (x, y) of a picture w x h comes from, in the upright picture at (to_x, to_y). */
static const unsigned char *source_of(const struct picture_work *w, unsigned x, unsigned y)
{
	const bool transposed = w->orientation >= 5;
	unsigned from_x = transposed ? y : x, from_y = transposed ? x : y;

	if (w->orientation == 2 || w->orientation == 3 || w->orientation == 7 ||
	    w->orientation == 8)
		from_x = w->width - 1 - from_x;
	if (w->orientation == 3 || w->orientation == 4 || w->orientation == 6 ||
	    w->orientation == 7)
		from_y = w->height - 1 - from_y;
	return w->canvas + ((size_t)from_y * w->width + from_x) * 3;
}

static bool turn_upright(struct picture_work *w)
{
	const bool transposed = w->orientation >= 5;
	unsigned width = transposed ? w->height : w->width;
	unsigned height = transposed ? w->width : w->height;
	unsigned char *upright, *to;

	if (w->orientation <= 1)
		return true;
	upright = to = malloc((size_t)width * height * 3);
	if (upright == NULL)
		return false;
	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++, to += 3)
			memcpy(to, source_of(w, x, y), 3);
	free(w->canvas);
	w->canvas = upright;
	w->width = width;
	w->height = height;
	return true;
}

/* --- the whole ------------------------------------------------------------------------------- */

static enum picture_result read_any(struct picture_work *w)
{
	switch (picture_kind_of(w->file)) {
	case PICTURE_KIND_JPEG:
		return picture_read_jpeg(w);
	case PICTURE_KIND_PNG:
		return picture_read_png(w);
	case PICTURE_KIND_WEBP:
		return picture_read_webp(w);
	case PICTURE_KIND_NONE:
		break;
	}
	return PICTURE_NO_PICTURE;
}

static void work_release(struct picture_work *w)
{
	free(w->canvas);
	free(w->across);
	free(w->sums);
	free(w->line);
}

enum picture_result picture_shrink(struct slice file, const struct picture_wish *wish,
				   const struct picture_limits *limits, struct picture *ret_picture)
{
	struct picture_work w = {
		.file = file,
		.limits = limits,
		.side = wish->side,
		.due_ns = used_ns() + (uint64_t)limits->ms * 1000000u,
		.orientation = 1,
	};
	enum picture_result result;

	result = file.length > limits->bytes ? PICTURE_TOO_LARGE : read_any(&w);
	if (result == PICTURE_OK && w.rows < w.from_height)
		result = PICTURE_BROKEN;
	if (result == PICTURE_OK && !turn_upright(&w))
		result = PICTURE_OUT_OF_MEMORY;
	if (result == PICTURE_OK)
		result =
		    picture_write_jpeg(w.canvas, w.width, w.height, wish->quality, ret_picture);
	work_release(&w);
	return result;
}
