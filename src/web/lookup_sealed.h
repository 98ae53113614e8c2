/*
 * Documents as they are kept in Redis: sealed, so that what another hand wrote, changed, cut off or
 * moved to another key does not open. Pure.
 *
 *   "SYD2"  epoch  best_until  tag (16 bytes)  texts (4 bytes of length each, then it)
 *
 * Numbers are big-endian, of 8 bytes where nothing is said. The tag is HMAC-SHA-256 over the Redis
 * key, its length in front, what stands before the tag and the texts, cut to 128 bits.
 */
#ifndef SUYUAN_WEB_LOOKUP_SEALED_H
#define SUYUAN_WEB_LOOKUP_SEALED_H

#include "base/buf.h"
#include "store/lookup.h"

/* False: out of memory, or larger than `out` may be. */
MUSTCHECK bool sealed_write(struct buf *out, struct slice secret, struct slice key,
			    const struct lookup_documents *documents);
/* False: not sealed by us under this key. Slices point into `value`. */
MUSTCHECK bool sealed_open(struct slice value, struct slice secret, struct slice key,
			   struct lookup_documents *ret_documents);

#endif
