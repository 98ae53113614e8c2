/*
 * One request, as a handler sees it. A handler is `void handler(struct request *r)`; it answers
 * exactly once with one of the respond functions (web/respond.h), at once or later:
 *
 *   at once   respond*(r, ...) before it returns;
 *   later     request_wait(r, on_gone, arg) before it returns; a callback answers. If the client
 *             leaves first, on_gone(r, arg) is called exactly once, and nobody may answer after.
 *
 * All slices live until the handler (or the callback that answered) has returned to the loop.
 * Nothing in here can block; a handler must not either.
 */
#ifndef SUYUAN_WEB_REQUEST_H
#define SUYUAN_WEB_REQUEST_H

#include "base/arena.h"
#include "base/slice.h"
#include "web/client_address.h"

enum method {
	METHOD_GET = 1 << 0,
	METHOD_HEAD = 1 << 1,
	METHOD_POST = 1 << 2,
	METHOD_PUT = 1 << 3,
	METHOD_PATCH = 1 << 4,
	METHOD_DELETE = 1 << 5,
	METHOD_OPTIONS = 1 << 6,
};

enum {
	REQUEST_CAPTURES = 8,		  /* {names} a route pattern may have */
	REQUEST_ARENA_MAXIMUM = 16 << 20, /* bytes one request may allocate … */
	REQUEST_ARENA_PAGE = 4 << 20,	  /* … and a page of the console besides */
};

struct conn;
struct http_head;
struct route;

struct request {
	enum method method; /* HEAD is given to GET handlers; the body is left out when sending */
	struct slice path;  /* exactly as received, nothing decoded: "/01/095060001343/21/A%2FB" */
	struct slice query; /* what stands behind '?', not decoded; empty if there is none */
	struct slice host;  /* Host without the port, as received; equal to the TLS server name */
	struct slice body;  /* complete; at most settings.body_kb */
	/* What the {names} of the route pattern matched, in order: decoded, valid UTF-8, no NUL. */
	struct slice captures[REQUEST_CAPTURES];
	unsigned capture_count;
	struct client_address client;
	struct arena arena; /* memory that lives as long as the request */
	uint64_t start_us;  /* when its first byte was read, monotonic */
	uint64_t id;	    /* unique in this instance; in the log and in problem documents */

	const struct route *route;    /* NULL: none matched */
	const struct http_head *head; /* the header fields behind request_header() */
	struct conn *conn;	      /* private to web/conn.c */
};

/* First field of that name (case-insensitive), blanks trimmed; {NULL, 0} when there is none. */
struct slice request_header(const struct request *r, const char *name);
/* Content-Type without its parameters; empty where the request has none. */
struct slice request_media_type(const struct request *r);

/*
 * First query parameter of that name, percent-decoded ('+' is a blank) into the arena.
 * {NULL, 0} when it is absent or not valid UTF-8; {"", 0} when present and empty.
 */
struct slice request_query(struct request *r, const char *name);

/*
 * The handler will answer later. `on_gone` (may be NULL) is called when the client has left or
 * the server is ending; it must let go of r, which is freed soon after it returns. A client that
 * only closed its sending side is still there and gets its answer.
 */
void request_wait(struct request *r, void (*on_gone)(struct request *r, void *arg), void *arg);

#endif
