/* Whole files into memory and back: for configuration, and for the programs that run at build. */
#ifndef SUYUAN_BASE_FILE_H
#define SUYUAN_BASE_FILE_H

#include "base/buf.h"

/* Appends the whole file. False with errno set when it cannot be read or passes out's maximum. */
MUSTCHECK bool file_read(const char *path, struct buf *out);
/* Replaces the file by exactly these bytes. False with errno set; then a rest may be there. */
MUSTCHECK bool file_write(const char *path, struct slice content);

#endif
