/* Where the files are that come with the program but are not in it: label sheets, the demo. */
#ifndef SUYUAN_BASE_INSTALLED_H
#define SUYUAN_BASE_INSTALLED_H

#include "base/base.h"

/*
 * The path of what a checkout has at `in_checkout` ("conf/sheets") when the program stands in its
 * bin/ or build/VARIANT/bin/ and that can be read, else `packaged`, where packages put it.
 */
void installed_path(const char *in_checkout, const char *packaged, char *ret_path, size_t size);

#endif
