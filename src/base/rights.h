/* What a program that starts as root does to be it no longer, and who may read its files. */
#ifndef SUYUAN_BASE_RIGHTS_H
#define SUYUAN_BASE_RIGHTS_H

#include "base/base.h"

/*
 * Becomes that user for good, with its own group and no other. Nothing happens when `user` is ""
 * or the program was not started as root. False and `why` when it cannot: end the program.
 */
MUSTCHECK bool rights_become(const char *user, char *why, size_t why_size);

/* Whether others than its owner and group may read or write a file. */
bool rights_open_to_others(const char *path);

#endif
