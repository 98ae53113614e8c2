/*
 * ZIP archives in memory, through libarchive: the same entries give the same bytes, as no entry
 * has a time or an owner. Large archives become ZIP64 by themselves.
 */
#ifndef SUYUAN_LABEL_ZIP_H
#define SUYUAN_LABEL_ZIP_H

#include "base/buf.h"

/* One archive being written; opaque, because libarchive stays in zip.c. */
struct zip;

/* `out` is borrowed; bytes are appended to it until zip_finish(). NULL: out of memory. */
MUSTCHECK struct zip *zip_new(struct buf *out);
void zip_free(struct zip *z); /* accepts NULL */
/*
 * One file. `store`: as it is, for content that is compressed already. False: out of room or of
 * memory, and the archive is lost.
 */
MUSTCHECK bool zip_add(struct zip *z, const char *name, struct slice content, bool store);
/* The directory at the end. False as above. Only zip_free() may follow. */
MUSTCHECK bool zip_finish(struct zip *z);

#endif
