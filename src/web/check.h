/* The page on which a code is typed by hand (FEATURES C17), and what it says in place of others. */
#ifndef SUYUAN_WEB_CHECK_H
#define SUYUAN_WEB_CHECK_H

#include "page/item.h"
#include "web/request.h"

/* 429 with Retry-After: the page for `form` PAGE_HTML, else a problem document. */
void check_too_many(struct request *r, enum page_form form, unsigned language, unsigned seconds);
/*
 * 404 for an address that leads nowhere, with a form to type the code. False: the client would
 * rather have something else than HTML; nothing was answered.
 */
MUSTCHECK bool check_not_found(struct request *r);

#endif
