/*
 * How a camera was held, from the Exif data of a picture (CIPA DC-008, tag 0x0112 of the 0th IFD);
 * nothing else of it is ever read. Pure.
 */
#ifndef SUYUAN_MODEL_EXIF_H
#define SUYUAN_MODEL_EXIF_H

#include "base/slice.h"

/*
 * `exif` begins with the TIFF header, or with "Exif" and two NULs before it. Gives 1 to 8; 1, as it
 * stands, also where nothing is said or it makes no sense.
 *
 *   2 mirrored   3 turned by 180°   4 mirrored and by 180°   5 transposed   6 by 90° clockwise
 *   7 transversed   8 by 270° clockwise: what is to be done to see it upright
 */
unsigned exif_orientation(struct slice exif);

#endif
