/*
 * The head of an HTTP/1.1 request (RFC 9112): what it says and where it ends, or why it is
 * refused. Pure. Strict where two readers could disagree about where a request ends (RFC 9112,
 * 11.2 request smuggling), lenient about header values, which are only looked at.
 */
#ifndef SUYUAN_WEB_HTTP_HEAD_H
#define SUYUAN_WEB_HTTP_HEAD_H

#include "web/request.h"

enum {
	HEAD_MAXIMUM = 8192,  /* bytes, blank line included */
	HEAD_FIELDS = 64,     /* header lines; some balancers and browsers send thirty */
	TARGET_MAXIMUM = 2000 /* bytes of the request target */
};

enum head_result {
	HEAD_COMPLETE,
	HEAD_INCOMPLETE, /* fine so far: read on */
#define HEAD_ERROR(name, status, text) name,
#include "web/http_head.def"
#undef HEAD_ERROR
};

struct http_field {
	struct slice name;
	struct slice value; /* blanks trimmed; any byte but control characters, TAB allowed */
};

/* Where a field stands, from the beginning of the parsed bytes: a quarter of what slices take. */
struct http_place {
	uint16_t name, name_length;
	uint16_t value, value_length;
};

/* All slices point into the parsed bytes. */
struct http_head {
	size_t length; /* of the head in the parsed bytes, blank line included */
	enum method method;
	struct slice path;  /* raw; "*" for OPTIONS * */
	struct slice query; /* raw, without '?' */
	struct slice host;  /* without port; of an absolute target if there is one */
	bool is_http_1_0;
	bool close;	      /* the client wants the connection closed afterwards */
	bool expect_continue; /* the client waits for 100 Continue before the body */
	uint64_t body_length;
	unsigned field_count;
	const char *bytes; /* the parsed ones */
	struct http_place places[HEAD_FIELDS];
};

/* Sets *ret_head on HEAD_COMPLETE only. Reads at most HEAD_MAXIMUM bytes. */
MUSTCHECK enum head_result http_head_parse(struct slice bytes, struct http_head *ret_head);

int head_status(enum head_result r);		  /* HTTP status of an error */
const char *head_explanation(enum head_result r); /* one sentence for the client */

/* The fields in their order; `i` below field_count. */
struct http_field http_head_at(const struct http_head *h, unsigned i);
/* First field of that name, or {NULL, 0}. */
struct slice http_head_field(const struct http_head *h, struct slice name);

#endif
