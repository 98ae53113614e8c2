/*
 * What web/conn.c, web/conn_read.c, web/stream.c and web/crowd.c know of a connection together;
 * nobody else.
 */
#ifndef SUYUAN_WEB_CONN_STATE_H
#define SUYUAN_WEB_CONN_STATE_H

#include <sys/queue.h>

#include "base/buf.h"
#include "web/bodies.h"
#include "web/conn.h"
#include "web/http_head.h"

enum { RECORD = 16384 }; /* bytes of a full TLS record */

enum phase {
	PHASE_GREETING,	 /* a load balancer's word of who connects is awaited */
	PHASE_SHAKING,	 /* the TLS handshake */
	PHASE_READING,	 /* a request, or the rest of one, is awaited */
	PHASE_WORKING,	 /* a handler has it */
	PHASE_SENDING,	 /* its answer is on the way */
	PHASE_LINGERING, /* all is said; the client is given time to read it */
	PHASE_GONE,
};

struct conn {
	struct connection *kore; /* NULL once gone */
	struct client_address client;
	enum phase phase;
	uint64_t deadline_ms;
	uint64_t since_ms; /* when it became ready for the next request */
	struct buf input; /* received and not yet used */
	size_t wanted;	  /* bytes of input below which there is nothing to look at */
	size_t sent;	  /* bytes ever sent, to see progress */
	size_t sent_seen;
	size_t lingered;
	bool used;	/* has had a request */
	bool continued; /* 100 Continue was said */
	bool ended;	/* the client half-closed: nothing more will come */
	bool closing;	/* no request after this one */
	bool answer_is_long; /* longer than a record, or of unknown length */
	bool refused;	/* the request could not be read to its end */
	bool running;	/* conn_run() is on the stack */
	bool queued;	/* conn_run() will come */
	struct http_head head;
	struct request request;
	void (*on_gone)(struct request *r, void *arg);
	void *gone_arg;
	/* Of a larger body than usual that was let in; NULL: none was. */
	const struct body_rule *admitted;
	uint64_t admitted_length;
	uint64_t unread; /* bytes of a body that was not let in: browsers read no answer before
			    they have sent it */
	struct stream *stream; /* the long answer on the way, in PHASE_SENDING; or NULL */
	/* PHASE_LINGERING, from the first look on whether the answer has arrived; before, all are
	 * 0: the bytes that had not, when they were last seen to have become fewer, and the end. */
	size_t untaken;
	uint64_t taken_ms, linger_end_ms;
	TAILQ_ENTRY(conn) all; /* web/crowd.c */
};

/* From settings, the same for every connection. */
struct conn_limits {
	uint64_t shake_ms, head_ms, body_ms, idle_ms, send_ms;
	size_t body_bytes;
};
extern struct conn_limits conn_limits;

/* --- web/conn.c --- */

/* Makes the connection that Kore's is about; NULL when out of memory. */
MUSTCHECK struct conn *conn_new(struct connection *kore);
/* Does what can be done now. */
void conn_run(struct conn *c);
/* Ends it; c may be looked at until control returns to the loop. */
void conn_drop(struct conn *c);
void conn_set_deadline(struct conn *c, uint64_t ms); /* that long from now */
/* Its deadline has passed: says so to the client where that makes sense. */
void conn_too_late(struct conn *c);
/* Nothing under way and nothing received. */
bool conn_is_idle(const struct conn *c);
/* All is said, and it takes long until it arrives. */
bool conn_lingers_on(const struct conn *c);

/* The request is answered by the stream from now on. */
void conn_begin_stream(struct request *r, struct stream *s);
/* It is not: another answer follows. */
void conn_end_stream(struct conn *c);
/* Every byte of the answer is sent. */
void conn_answered(struct conn *c);

/* --- web/stream.c --- */

/* The socket may take bytes again. */
void stream_can_send(struct stream *s);
/* The connection has ended: logs, releases and frees. */
void stream_gone(struct stream *s);

/* --- web/conn_read.c --- */

/* One step of reading. False when there is nothing to do until the loop says so. */
MUSTCHECK bool conn_read(struct conn *c);
/* Answers a request that could not be read to its end; the connection is of no more use. */
void conn_refuse(struct conn *c, int status, const char *detail);
/* A larger body that was let in is done with, if there is one. */
void conn_leave_body(struct conn *c);
/* Takes the answered request off the input and awaits the next. */
void conn_end_request(struct conn *c);

/* --- web/crowd.c --- */

void crowd_remove(struct conn *c);

#endif
