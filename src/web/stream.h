/*
 * Long answers: a source makes the bytes on demand, a slice at a time, and only when what was
 * made before has been taken by the client's socket. A client that reads slowly costs no time and
 * one slice of memory; one that takes nothing for send_seconds is given up; of one that leaves
 * the source is released at once. All long answers of a worker share a small part of each turn of
 * its loop, so that other requests do not wait for them, however many there are.
 */
#ifndef SUYUAN_WEB_STREAM_H
#define SUYUAN_WEB_STREAM_H

#include "base/buf.h"
#include "web/respond.h"

enum { STREAM_SLICE = 64 << 10 }; /* bytes asked of a source at most */

enum stream_result {
	STREAM_MORE,   /* ask again; having appended nothing is no fault */
	STREAM_END,    /* that was all */
	STREAM_WAIT,   /* nothing more now: stream_resume() will be called */
	STREAM_FAILED, /* the answer cannot be finished: the client gets 503 instead if nothing
			  is sent yet, else the connection is cut, so that it can tell that
			  something is missing */
};

/* Waiting longer than this for stream_resume() is a failure. */
enum { STREAM_WAIT_MS = 60000 };

#define STREAM_LENGTH_UNKNOWN UINT64_MAX

struct stream_source {
	/*
	 * Of the body: sent as Content-Length, and the source must give exactly that much. When it
	 * is not known, HTTP/1.1 gets chunks and HTTP/1.0 the end of the connection.
	 */
	uint64_t length;
	/* Appends at most `most` bytes to `out`, which is 1 to STREAM_SLICE, and returns quickly.
	 */
	enum stream_result (*produce)(void *arg, struct buf *out, size_t most);
	/*
	 * Called exactly once: after the last byte was made, or when there is nobody to make it for
	 * (HEAD, client gone, server ending). May be NULL.
	 */
	void (*release)(void *arg);
	void *arg;
	/* Bytes that the kernel may hold for a client that reads slowly; 0: what is usual. */
	int unsent_most;
};

/*
 * Answers with status and headers of `head`, whose body must be empty, and what the source
 * makes. The source is copied. The request and its arena live until release() has returned.
 */
void respond_stream(struct request *r, const struct answer *head,
		    const struct stream_source *source);
/* After STREAM_WAIT: there is something again. Not from inside produce(). */
void stream_resume(struct request *r);
/*
 * Somebody else needs what the answer takes: as STREAM_FAILED, at once. release() has been called
 * when this returns. Not from inside produce().
 */
void stream_cut(struct request *r);

#endif
