/*
 * Forms with files: multipart/form-data (RFC 7578) as a body that is all there, cut into its parts
 * by the rules of RFC 2046, 5.1. Pure, without heap; the parts point into the body.
 *
 * Strict where two readers could disagree: a line that begins with the delimiter is one (RFC 2046,
 * 5.1.1) and must be well-formed, the last must close; header lines end with CRLF and are not
 * folded. Encodings other than 7bit, 8bit and binary are refused, nested multiparts are plain
 * bytes.
 */
#ifndef SUYUAN_MODEL_MULTIPART_H
#define SUYUAN_MODEL_MULTIPART_H

#include "base/slice.h"

enum {
	MULTIPART_PARTS_MOST = 16,
	MULTIPART_HEAD_MOST = 2048,   /* bytes of one part's header lines */
	MULTIPART_BOUNDARY_MOST = 70, /* RFC 2046, 5.1.1 */
};

enum multipart_result {
	MULTIPART_OK,
	MULTIPART_NO_FORM,	/* the content type is another, or its boundary is none */
	MULTIPART_NO_DELIMITER, /* the body does not begin with one, or never closes */
	MULTIPART_BAD_DELIMITER,
	MULTIPART_BAD_HEADER,	/* too long, not a header line, or no "form-data" with a name */
	MULTIPART_BAD_ENCODING, /* base64 and the like */
	MULTIPART_TOO_MANY,	/* parts */
};

struct multipart_part {
	struct slice name;	   /* as it stood between the quotes, which may be empty */
	struct slice content_type; /* empty where none is given */
	struct slice body;	   /* any bytes */
};

/* The boundary in a Content-Type header, which it points into. */
MUSTCHECK enum multipart_result multipart_boundary(struct slice content_type,
						   struct slice *ret_boundary);
/* `ret_parts` has MULTIPART_PARTS_MOST places; both are of use with MULTIPART_OK only. */
MUSTCHECK enum multipart_result multipart_read(struct slice body, struct slice boundary,
					       struct multipart_part *ret_parts,
					       unsigned *ret_count);
/* In words, for people: "the boundary is missing". */
const char *multipart_reason(enum multipart_result result);

#endif
