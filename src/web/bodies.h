/*
 * How much body a request may have, by its address: known from its head, so that what is too much
 * is refused before it is read. Larger bodies than usual must ask to be let in, because a worker
 * holds them in memory.
 */
#ifndef SUYUAN_WEB_BODIES_H
#define SUYUAN_WEB_BODIES_H

#include "web/http_head.h"
#include "web/module.h"
#include "web/request.h"

struct body_rule {
	size_t (*most)(void); /* bytes */
	/*
	 * A request with a body of that length begins. 0: let it come, and leave() follows once,
	 * when it is answered or its client is gone; else the HTTP status to refuse it with.
	 */
	int (*enter)(const struct client_address *client, uint64_t length);
	void (*leave)(const struct client_address *client, uint64_t length);
	/* Answers a request that was not let in, or with 413; its body is not there. */
	void (*refuse)(struct request *r, int status);
};

/* NULL: nothing special about it. */
const struct body_rule *body_rule_of(const struct http_head *head);
/* Bytes; `rule` may be NULL. */
size_t body_most(const struct body_rule *rule, const struct http_head *head);

#endif
