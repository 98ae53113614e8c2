/*
 * What a request for a file gets: the whole, a part of it, or word that it need not or cannot be
 * sent (RFC 9110, 13 conditional requests and 14 range requests). Pure.
 */
#ifndef SUYUAN_WEB_HTTP_PART_H
#define SUYUAN_WEB_HTTP_PART_H

#include "base/slice.h"

/* Bytes first to last, both included. */
struct byte_range {
	uint64_t first, last;
};

enum range_result {
	RANGE_WHOLE,   /* no range, several, or nothing we know: all of it (RFC 9110, 14.2) */
	RANGE_PART,    /* *ret_range lies within the file */
	RANGE_OUTSIDE, /* no byte of the file is in it */
};
/* The value of the header Range, for a file of `length` bytes. */
MUSTCHECK enum range_result range_read(struct slice value, uint64_t length,
				       struct byte_range *ret_range);

/*
 * Is `tag` (an entity tag with its quotes) in the list of If-Match or If-None-Match, or the list
 * "*"? Weakly, W/"a" is "a"; strongly, it is nothing (RFC 9110, 8.8.3.2).
 */
bool etag_listed_weakly(struct slice list, struct slice tag);
bool etag_listed_strongly(struct slice list, struct slice tag);

enum part_result {
	PART_WHOLE,	   /* 200 */
	PART_SOME,	   /* 206 with Content-Range */
	PART_NOT_MODIFIED, /* 304: the client has it */
	PART_OTHER,	   /* 412: it is not the file that If-Match means */
	PART_OUTSIDE,	   /* 416 with Content-Range */
};
/* The headers of a GET or HEAD; {NULL, 0} where there is none. */
struct part_wishes {
	struct slice if_match, if_none_match, if_range, range;
};
/* In the order of RFC 9110, 13.2.2. `tag` is strong. Sets *ret_range for PART_SOME. */
MUSTCHECK enum part_result part_decide(const struct part_wishes *wishes, struct slice tag,
				       uint64_t length, struct byte_range *ret_range);

#endif
