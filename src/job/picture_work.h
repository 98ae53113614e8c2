/*
 * What picture_shrink() and the readers of each format know together, and nobody else: a picture on
 * its way from rows of pixels to a small canvas, and the limits it must keep.
 */
#ifndef SUYUAN_JOB_PICTURE_WORK_H
#define SUYUAN_JOB_PICTURE_WORK_H

#include "job/picture.h"

struct picture_work {
	struct slice file;
	const struct picture_limits *limits;
	unsigned side;
	uint64_t due_ns; /* of the process's own time */

	/* --- set by a reader before its first row --- */
	unsigned orientation; /* 1 to 8, model/exif.h */
	/* --- by picture_begin() and picture_row() --- */
	unsigned from_width, from_height; /* of the rows that come */
	unsigned width, height;		  /* of the canvas */
	unsigned rows;			  /* that came */
	unsigned char *canvas;		  /* RGB; owned */
	uint32_t *across;		  /* a row made as wide as the canvas; owned */
	uint64_t *sums;			  /* of the row of the canvas under work; owned */
	unsigned char *line;		  /* room for a reader's row of RGBA; owned */
};

/* Is a file of so many pixels within the limits? To be asked before anything is unpacked. */
MUSTCHECK enum picture_result picture_fits(const struct picture_work *w, uint64_t width,
					   uint64_t height);
/* Rows of that size follow; `line` has room for 4 bytes a pixel from now on. */
MUSTCHECK enum picture_result picture_begin(struct picture_work *w, unsigned width,
					    unsigned height);
/* The next row, 3 bytes a pixel. PICTURE_TOO_SLOW: the time is over. */
MUSTCHECK enum picture_result picture_row(struct picture_work *w, const unsigned char *rgb);
/* The same of 4 bytes a pixel, alpha last and not multiplied into the others; it is overwritten. */
MUSTCHECK enum picture_result picture_row_alpha(struct picture_work *w, unsigned char *rgba);
bool picture_is_late(const struct picture_work *w);
/* Width and height of a canvas for a picture of that size. */
void picture_size(unsigned side, unsigned width, unsigned height, unsigned *ret_width,
		  unsigned *ret_height);

MUSTCHECK enum picture_result picture_read_jpeg(struct picture_work *w);
MUSTCHECK enum picture_result picture_read_png(struct picture_work *w);
MUSTCHECK enum picture_result picture_read_webp(struct picture_work *w);
/* RGB to JPEG; `ret_picture` owns the result. */
MUSTCHECK enum picture_result picture_write_jpeg(const unsigned char *rgb, unsigned width,
						 unsigned height, unsigned quality,
						 struct picture *ret_picture);

#endif
