/*
 * What a load balancer says about its client before anything else on a connection: the header of
 * the PROXY protocol, version 1 or 2 (HAProxy, doc/proxy-protocol.txt, 2.1 and 2.2). Pure.
 */
#ifndef SUYUAN_WEB_PROXY_HEADER_H
#define SUYUAN_WEB_PROXY_HEADER_H

#include "web/request.h"

enum { PROXY_HEADER_MOST = 1024 }; /* bytes, with the extensions of version 2 that we pass over */

enum proxy_result {
	PROXY_CLIENT,	  /* *ret_client connects */
	PROXY_ITSELF,	  /* the balancer speaks for itself, a check perhaps, or does not know */
	PROXY_INCOMPLETE, /* fine so far: read on */
	PROXY_BAD,	  /* no such header, or one longer than PROXY_HEADER_MOST */
};

/* `*ret_length`: of the header in `bytes`, for the first two results. */
MUSTCHECK enum proxy_result proxy_header_read(struct slice bytes, struct client_address *ret_client,
					      size_t *ret_length);

#endif
