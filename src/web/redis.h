/*
 * One connection to Redis that never makes a worker wait: a deadline for every command, and a
 * breaker that stops asking a Redis which does not answer. Redis is a copy that may vanish, lie or
 * be stale; whatever goes wrong reads as "not there", and the caller asks PostgreSQL.
 */
#ifndef SUYUAN_WEB_REDIS_H
#define SUYUAN_WEB_REDIS_H

#include "base/slice.h"
#include "web/refused.h"

/* Where a Redis is, from a setting; strings are cut out of one copy. */
struct redis_place {
	char *owned;
	const char *socket, *address, *password;
	int port;
};
/*
 * unix://[:password@]/path/of/socket or redis://[:password@]ADDRESS[:PORT]; the address numeric,
 * IPv6 in brackets. False and `why`, which never quotes the URL.
 */
MUSTCHECK bool redis_place_parse(const char *url, struct redis_place *ret_place, char *why,
				 size_t why_size);
void redis_place_release(struct redis_place *place); /* wipes; accepts NULL and zeroed structs */
/* Begins a connection; a socket that becomes writable when it stands, or -1 with errno. */
MUSTCHECK int redis_place_connect(const struct redis_place *place);

enum redis_result {
	REDIS_FOUND,
	REDIS_MISSING,
	REDIS_UNUSABLE, /* down, late, an error, another type than a string, or too large */
};

/* A read inside the caller's own operation. */
struct redis_read {
	/* Called exactly once, never from inside redis_get(). `value` lives until it returns. */
	void (*done)(void *arg, enum redis_result result, struct slice value);
	void *arg;
	/* private */
	struct redis_slot *slot;
	struct refused refused;
};

struct redis_options {
	const struct redis_place *place; /* must stay */
	unsigned deadline_ms;		 /* of one command */
	unsigned most_in_flight;
	size_t value_most;	  /* bytes; a larger value is not usable and not written */
	void (*on_up)(void *arg); /* may be NULL */
	/* Once for each loss and each try that failed; may be NULL. */
	void (*on_down)(void *arg, const char *why);
	void *arg;
};

struct redis;

/* Starts connecting. NULL: out of memory. */
MUSTCHECK struct redis *redis_new(const struct redis_options *options);
/* Every read under way is forgotten. Accepts NULL; not from inside a callback of this redis. */
void redis_free(struct redis *r);

void redis_get(struct redis *r, struct slice key, struct redis_read *read);
void redis_forget(struct redis_read *read); /* at any time, also twice or never sent */
/* Best effort; nobody hears whether it worked. */
void redis_set(struct redis *r, struct slice key, struct slice value, unsigned seconds);

bool redis_is_up(const struct redis *r);

#endif
