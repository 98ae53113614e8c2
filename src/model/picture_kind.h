/*
 * Which kind of picture a file is, by its first bytes and never by its name. Pure. That a file says
 * so does not make it a picture: src/job/picture.h finds out.
 */
#ifndef SUYUAN_MODEL_PICTURE_KIND_H
#define SUYUAN_MODEL_PICTURE_KIND_H

#include "base/slice.h"

enum picture_kind {
	PICTURE_KIND_NONE,
	PICTURE_KIND_JPEG, /* ITU-T T.81: SOI and the start of another marker */
	PICTURE_KIND_PNG,  /* ISO/IEC 15948, 5.2 */
	PICTURE_KIND_WEBP, /* RFC 9649, 2.4 */
};

enum picture_kind picture_kind_of(struct slice file);

#endif
