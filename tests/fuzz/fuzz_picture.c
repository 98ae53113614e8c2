/*
 * Fuzzes what reads pictures of strangers, JPEG, PNG and WebP, and the reader of Exif: within small
 * limits, whatever is accepted has the size that was asked for and is read again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "job/picture.h"
#include "model/exif.h"
#include "model/picture_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct picture_wish wish = { .side = 32, .quality = 80 };
	static const struct picture_limits limits = {
		.bytes = 1 << 20, .pixels = 1 << 18, .memory = 4 << 20, .ms = 2000
	};
	struct picture p = { .bytes = NULL }, again = { .bytes = NULL };
	/* A copy of its own size, so that a byte read behind it is seen. */
	char *copy = malloc(size + (size == 0));
	struct slice file = { copy, size };
	unsigned orientation;

	assert(copy != NULL);
	memcpy(copy, data, size);
	orientation = exif_orientation(file);
	assert(orientation >= 1 && orientation <= 8);
	if (picture_shrink(file, &wish, &limits, &p) == PICTURE_OK) {
		struct slice made = { (const char *)p.bytes, p.length };

		assert(p.width >= 1 && p.width <= 32 && p.height >= 1 && p.height <= 32);
		assert(picture_kind_of(file) != PICTURE_KIND_NONE);
		assert(picture_kind_of(made) == PICTURE_KIND_JPEG);
		assert(picture_shrink(made, &wish, &limits, &again) == PICTURE_OK);
		assert(again.width == p.width && again.height == p.height);
	}
	picture_release(&p);
	picture_release(&again);
	free(copy);
	return 0;
}
