/*
 * Answers. Every answer leaves through here, so that the security headers, Date, Connection,
 * HEAD, HTTP/1.0 and the log line are right in one place.
 *
 * Each answer carries Date, Strict-Transport-Security, X-Content-Type-Options, Referrer-Policy,
 * X-Frame-Options, Cross-Origin-Opener-Policy, Cross-Origin-Resource-Policy and a
 * Content-Security-Policy that allows nothing unless the handler gives one.
 */
#ifndef SUYUAN_WEB_RESPOND_H
#define SUYUAN_WEB_RESPOND_H

#include "web/messages.h"
#include "web/request.h"

enum { ANSWER_HEADERS = 12 };

struct answer_header {
	const char *name;   /* lower case */
	struct slice value; /* control characters are sent as blanks */
};

struct answer {
	int status;
	const char *content_type;	     /* NULL: none (no body) */
	struct slice body;		     /* copied */
	const char *cache_control;	     /* NULL: "no-store" */
	const char *content_security_policy; /* NULL: nothing is allowed */
	struct answer_header headers[ANSWER_HEADERS];
	unsigned header_count;
};

/* Adds a header; more than ANSWER_HEADERS is a bug and ends the process. */
void answer_add_header(struct answer *a, const char *name, struct slice value);

void respond(struct request *r, const struct answer *a);

/*
 * RFC 9457: application/problem+json {"type":"about:blank","title","status","detail","instance"};
 * detail may be NULL. Texts are escaped here. The console's name a "code" besides, for programs:
 * that of message_of_status().
 */
void respond_problem(struct request *r, int status, const char *title, const char *detail);
/*
 * The same with headers of its own (Allow, WWW-Authenticate, Retry-After): `a` brings the status
 * and the headers, its content type and body are filled in here.
 */
void respond_problem_with(struct request *r, struct answer *a, const char *title,
			  const char *detail);
/* What a message says, and its code. */
void respond_message_with(struct request *r, struct answer *a, enum message message);
void respond_message(struct request *r, int status, enum message message);
/* respond_problem() with a printf-like detail, cut at 1000 bytes. */
void respond_problem_format(struct request *r, int status, const char *title, const char *detail,
			    ...) PRINTF(4, 5);

/*
 * A finished answer, status line to last byte, that many requests may share: the unit of the
 * hot cache. It is sent from where it lies with one write; only Date is refreshed in place.
 * Belongs to one process (not for shared memory). Counted references; the last unref frees.
 */
struct blob;

MUSTCHECK struct blob *blob_build(const struct answer *a); /* one reference; NULL: out of memory */
struct blob *blob_ref(struct blob *b);			   /* returns b */
void blob_unref(struct blob *b);	/* accepts NULL */
size_t blob_size(const struct blob *b); /* bytes of memory it takes */

/* Answers with it. Takes a reference of its own; the caller keeps the one it has. */
void respond_blob(struct request *r, struct blob *b);

const char *status_text(int status); /* "Not Found" */

#endif
