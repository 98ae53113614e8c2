/* Inside answers: for web/respond.c, which builds them, web/conn.c and web/stream.c, which send. */
#ifndef SUYUAN_WEB_BLOB_H
#define SUYUAN_WEB_BLOB_H

#include "base/buf.h"
#include "web/respond.h"

struct blob {
	unsigned references;
	int status;
	size_t head_length; /* status line and headers with the blank line */
	size_t length;	    /* the whole answer */
	size_t date_at;	    /* where the value of Date stands */
	char data[];
};

/* How the client knows where the body ends (RFC 9112, 6.3). */
enum body_end {
	BODY_HAS_LENGTH,
	BODY_ENDS_WITH_CHUNK,
	BODY_ENDS_WITH_CONNECTION,
};

/* Status line and headers of `a` with the blank line; `length` counts for BODY_HAS_LENGTH only. */
void answer_add_head(struct buf *b, const struct answer *a, enum body_end end, uint64_t length,
		     bool closes);

#endif
