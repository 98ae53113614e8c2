/* Which form of an answer a client prefers (RFC 9110, 12.5.1). Pure. */
#ifndef SUYUAN_WEB_LOOKUP_NEGOTIATE_H
#define SUYUAN_WEB_LOOKUP_NEGOTIATE_H

#include "page/item.h"

/*
 * By the q-values of `accept`, the more specific range counting for each form; the page where
 * several are equally welcome, none is, or the header is empty or garbage.
 */
enum page_form negotiate_form(struct slice accept);

#endif
