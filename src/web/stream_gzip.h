/* A source of a long answer that compresses what another source makes (RFC 1952). */
#ifndef SUYUAN_WEB_STREAM_GZIP_H
#define SUYUAN_WEB_STREAM_GZIP_H

#include "web/stream.h"

/*
 * The length is unknown then. `plain` belongs to the new source, and is released with it. False:
 * out of memory; `plain` is still the caller's.
 */
MUSTCHECK bool stream_gzip(const struct stream_source *plain, struct stream_source *ret_source);

#endif
