/*
 * Makes of a picture that came from anywhere one that may be shown: read by its content (JPEG, PNG,
 * WebP), turned upright, at most so many pixels on its longest side, what is transparent on white,
 * sRGB assumed, written anew as JPEG. Nothing of the file's metadata is in the result: neither
 * place nor time, camera, colour profile, comment or a second picture inside.
 *
 * Files that would take too much are refused: bytes, pixels, memory, processor time.
 */
#ifndef SUYUAN_JOB_PICTURE_H
#define SUYUAN_JOB_PICTURE_H

#include "base/slice.h"

struct picture_limits {
	size_t bytes;	 /* of the file */
	uint64_t pixels; /* that it unpacks to */
	size_t memory;	 /* bytes for those that must be held at once */
	unsigned ms;	 /* of the processor */
};
extern const struct picture_limits picture_limits;

struct picture_wish {
	unsigned side; /* pixels of the longest side, at most; smaller pictures stay as they are */
	unsigned quality; /* of the JPEG, 1 to 100 */
};

struct picture {
	unsigned width, height;
	unsigned char *bytes; /* JPEG; owned */
	size_t length;
};
void picture_release(struct picture *p); /* accepts NULL and zeroed structs */

enum picture_result {
	PICTURE_OK,
	PICTURE_NO_PICTURE, /* neither JPEG, PNG nor WebP */
	PICTURE_BROKEN,	    /* begins like one, but cannot be read to its end */
	PICTURE_MOVES,	    /* an animation */
	PICTURE_TOO_LARGE,  /* bytes, pixels or memory */
	PICTURE_TOO_SLOW,
	PICTURE_OUT_OF_MEMORY,
};
/* In words, for people: "it is neither JPEG, PNG nor WebP". */
const char *picture_reason(enum picture_result result);

/* `ret_picture` is untouched unless PICTURE_OK. */
MUSTCHECK enum picture_result picture_shrink(struct slice file, const struct picture_wish *wish,
					     const struct picture_limits *limits,
					     struct picture *ret_picture);

#endif
