/* What a client would like to have (RFC 9110, 12.4.2 quality values, 12.5.1, 12.5.3). Pure. */
#ifndef SUYUAN_WEB_HTTP_ACCEPT_H
#define SUYUAN_WEB_HTTP_ACCEPT_H

#include "base/slice.h"

enum { ACCEPT_FULL = 1000 }; /* qualities are in thousandths */

struct media_type {
	struct slice type, subtype; /* lower case: "text", "csv" */
};

/*
 * How welcome each of `count` media types is by the header Accept: 0 (not at all) to ACCEPT_FULL,
 * the more specific range counting for each. An empty header welcomes all.
 */
void accept_weigh(struct slice accept, const struct media_type *types, size_t count,
		  unsigned *ret_qualities);

/*
 * The coding that the header Accept-Encoding prefers (RFC 9110, 12.5.3), the earlier of `codings`
 * where several are equally welcome; "identity" is one of them, and comes last. It is what whoever
 * says nothing of it takes where nothing else is welcome. False: none is.
 */
MUSTCHECK bool accept_coding(struct slice header, const struct slice *codings, size_t count,
			     size_t *ret_chosen);

/* Names HTML itself, as browsers do and programs that take anything do not. */
bool accept_names_html(struct slice accept);

/* Does the header Accept-Encoding prefer `coding` ("gzip") to the bytes as they are? */
bool accept_encoding(struct slice header, struct slice coding);

#endif
