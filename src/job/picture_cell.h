/*
 * Unpacking pictures of strangers in a process of its own, which can do nothing but compute: no
 * file, no network, no other program, nothing of ours open. Whoever finds a fault in a decoder has
 * that, and it ends with the picture.
 */
#ifndef SUYUAN_JOB_PICTURE_CELL_H
#define SUYUAN_JOB_PICTURE_CELL_H

#include "job/picture.h"

/* As picture_shrink(); PICTURE_BROKEN also when the process did not survive the picture. */
MUSTCHECK enum picture_result picture_shrink_apart(struct slice file,
						   const struct picture_wish *wish,
						   const struct picture_limits *limits,
						   struct picture *ret_picture);

/*
 * For this process, for good: memory, time of the processor and writing to what is open is all
 * that is left; other system calls fail with EPERM. False with errno set.
 */
MUSTCHECK bool picture_cell_confine(void);

#endif
