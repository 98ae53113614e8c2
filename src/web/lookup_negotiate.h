/* Which form and coding of an answer a client prefers (RFC 9110, 12.5.1 and 12.5.3). Pure. */
#ifndef SUYUAN_WEB_LOOKUP_NEGOTIATE_H
#define SUYUAN_WEB_LOOKUP_NEGOTIATE_H

#include "page/item.h"
#include "page/packed.h"

/*
 * By the q-values of `accept`, the more specific range counting for each form; the page where
 * several are equally welcome, none is, or the header is empty or garbage.
 */
enum page_form negotiate_form(struct slice accept);

/*
 * By the q-values of the header Accept-Encoding; brotli before gzip before neither (PACKED_NOT)
 * where several are equally welcome. False: it refuses all of them.
 */
MUSTCHECK bool negotiate_coding(struct slice accept_encoding, enum packed_coding *ret_coding);

#endif
