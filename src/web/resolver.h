/*
 * The GS1 resolver: what is asked for by link type, as a linkset, or of a GTIN or a lot, and all
 * that is asked of a brand that redirects. Each question goes to PostgreSQL, so that a link that
 * was taken back or has ended is gone at once.
 */
#ifndef SUYUAN_WEB_RESOLVER_H
#define SUYUAN_WEB_RESOLVER_H

#include "web/request.h"

/* The request names a link type, or prefers a linkset to a page. */
bool resolver_is_asked(struct request *r);
/* Answers it. The path begins with the AI of a primary key. */
void resolver_serve(struct request *r);

/*
 * Answers a request whose path is a compressed Digital Link, "/AQnYUc1gmg". False: it is none, and
 * nothing was answered.
 */
MUSTCHECK bool resolver_opens(struct request *r);

#endif
