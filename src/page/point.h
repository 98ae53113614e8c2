/* Pointing at one character of a code, so that a reader sees where to look again. */
#ifndef SUYUAN_PAGE_POINT_H
#define SUYUAN_PAGE_POINT_H

#include "base/slice.h"

struct pointed {
	struct slice before, there, behind; /* parts of the code; all empty: nothing to point at */
};

/* `position` counts characters of UTF-8 from 1; 0 and any behind the end point at nothing. */
struct pointed point_at(struct slice code, uint64_t position);

#endif
