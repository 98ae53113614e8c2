/*
 * Which handler a path belongs to. The raw path is cut at '/' first and each segment is
 * percent-decoded once afterwards, so "%2F" stays inside its segment (RFC 3986, 2.2).
 */
#ifndef SUYUAN_WEB_ROUTER_H
#define SUYUAN_WEB_ROUTER_H

#include "web/module.h"
#include "web/request.h"

/*
 * One line of src/web/routes.def. Pattern: literal segments, {name} for exactly one segment, and
 * a last segment "{name...}" for any rest, empty included; its capture is the raw, undecoded rest.
 * The first line that fits wins.
 */
struct route {
	unsigned programs; /* bits of enum program */
	unsigned methods;  /* bits of enum method; GET includes HEAD; OPTIONS is answered without
			      asking */
	const char *pattern;
	const char *name; /* for the log, in place of the path */
	void (*handle)(struct request *r);
	unsigned roles; /* that it lets in (model/role.h); of the console only */
};

enum route_result {
	ROUTE_FOUND,
	ROUTE_NOT_FOUND,	  /* no pattern fits: 404 */
	ROUTE_METHOD_NOT_ALLOWED, /* *ret_allowed says which: 405 */
	ROUTE_OPTIONS,		  /* OPTIONS for a known path, or "*": 204 with Allow */
	ROUTE_BAD_ESCAPE,	  /* "%", "%4", "%zz": 400 */
	ROUTE_BAD_NUL,		  /* "%00": 400 */
	ROUTE_BAD_UTF8,		  /* 400 */
	ROUTE_BAD_DOTS,		  /* a segment "." or "..", plain or encoded: 400 */
	ROUTE_OUT_OF_MEMORY,
};

/* Sets r->route and r->captures on ROUTE_FOUND; decoded text is in r->arena. Pure but for that. */
MUSTCHECK enum route_result route_find(const struct route *routes, size_t count, unsigned program,
				       struct request *r, unsigned *ret_allowed);

/* "GET, HEAD, OPTIONS" for a set of methods (OPTIONS always, HEAD with GET). */
void methods_print(unsigned methods, char *room, size_t size);
const char *method_name(enum method m);

/*
 * Percent-decoding of one piece, into the arena unless there is nothing to decode; `plus` also
 * makes '+' a blank (form encoding).
 */
MUSTCHECK enum route_result percent_decode(struct arena *a, struct slice raw, bool plus,
					   struct slice *ret_text);

/* The lines of routes.def by number, from 0; NULL after the last. */
const struct route *route_at(unsigned index);
/* UINT_MAX when `route` is NULL. */
unsigned route_index(const struct route *route);

/* Finds, answers 404, 405, 400 and OPTIONS, or calls the handler. */
void route_request(struct request *r);

#endif
