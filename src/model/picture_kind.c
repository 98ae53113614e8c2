/* The signatures of the pictures that people may send. */
#include "model/picture_kind.h"

enum picture_kind picture_kind_of(struct slice file)
{
	if (slice_starts(file, S("\xff\xd8\xff")))
		return PICTURE_KIND_JPEG;
	if (slice_starts(file, S("\x89PNG\r\n\x1a\n")))
		return PICTURE_KIND_PNG;
	if (file.length >= 12 && slice_starts(file, S("RIFF")) &&
	    slice_starts(slice_from(file, 8), S("WEBP")))
		return PICTURE_KIND_WEBP;
	return PICTURE_KIND_NONE;
}
