/* Walks the first directory of a TIFF structure to one tag. */
#include "model/exif.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_SIZE = 12 };

struct tiff {
	struct slice bytes;
	bool big_endian;
};

static bool holds(const struct tiff *t, size_t at, size_t length)
{
	return at <= t->bytes.length && length <= t->bytes.length - at;
}

/* `length` bytes at `at`, which are there. */
static uint32_t number_at(const struct tiff *t, size_t at, size_t length)
{
	uint32_t value = 0;

	for (size_t i = 0; i < length; i++) {
		size_t place = t->big_endian ? i : length - 1 - i;

		value = value << 8 | (unsigned char)t->bytes.data[at + place];
	}
	return value;
}

static bool open_tiff(struct slice exif, struct tiff *ret_tiff)
{
	if (slice_starts(exif, S("Exif\0\0")))
		exif = slice_from(exif, 6);
	ret_tiff->bytes = exif;
	ret_tiff->big_endian = slice_starts(exif, S("MM\0*"));
	return ret_tiff->big_endian || slice_starts(exif, S("II*\0"));
}

unsigned exif_orientation(struct slice exif)
{
	struct tiff t;
	size_t at;
	uint32_t entries;

	if (!open_tiff(exif, &t) || !holds(&t, 4, 4))
		return 1;
	at = number_at(&t, 4, 4);
	if (!holds(&t, at, 2))
		return 1;
	entries = number_at(&t, at, 2);
	at += 2;
	for (; entries > 0 && holds(&t, at, ENTRY_SIZE); entries--, at += ENTRY_SIZE) {
		uint32_t value;

		if (number_at(&t, at, 2) != TAG_ORIENTATION)
			continue;
		value = number_at(&t, at + 8, 2);
		if (number_at(&t, at + 2, 2) != TYPE_SHORT || number_at(&t, at + 4, 4) != 1)
			return 1;
		return value >= 1 && value <= 8 ? value : 1;
	}
	return 1;
}
