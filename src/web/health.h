/*
 * What the processes of a server say of themselves through the shared numbers (web/metrics.h), and
 * what follows: is everything alive, can the server answer?
 *
 *   healthy  the supervisor, Kore's parent and every worker turn their loops. A process that is
 *            stopped, hung or gone shows within HEALTH_LATE_MS and a beat.
 *   ready    the server can say something true about codes: not draining, and at least one worker
 *            turns its loop and has once had what it answers from: for lookup the memory of all
 *            GTINs and keys, for console a connection to PostgreSQL. While PostgreSQL is away a
 *            server stays ready: stored pages are shown with their age, and were every node to
 *            leave its balancer, customers would see nothing at all.
 */
#ifndef SUYUAN_WEB_HEALTH_H
#define SUYUAN_WEB_HEALTH_H

#include "base/buf.h"
#include "web/metrics.h"
#include "web/module.h"

enum {
	HEALTH_LATE_MS = 2000, /* without a beat for so long: it hangs */
	HEALTH_BEAT_MS = 500,  /* the supervisor's; workers and Kore's parent: 100 ms */
};

enum beat {
	BEAT_OK,
	BEAT_STARTING, /* none yet */
	BEAT_FROZEN,
};

struct health_process {
	enum beat beat;
	uint64_t pid, age_ms; /* since its last beat */
	bool able;	      /* beats, and has once had what it answers from */
};

enum health_link { LINK_OFF, LINK_UP, LINK_PARTLY, LINK_AWAY };

struct health {
	enum program program;
	struct health_process supervisor, parent, workers[ORDERS_WORKERS];
	unsigned worker_count;
	unsigned beating, able;
	bool healthy, ready, draining;
	enum health_link database, redis;
	bool state_known;	 /* some worker that beats has a complete memory … */
	uint64_t state_age_ms;	 /* … and this is the age of the oldest of them */
	int64_t certificate_end; /* seconds since 1970; 0: not known */
};

/* From the shared numbers; `now_ms` as loop_now_ms(). */
void health_read(enum program program, uint64_t now_ms, struct health *ret_health);

/* The bodies of /healthz and /readyz; `now` in seconds since 1970. */
void health_print(const struct health *h, struct buf *out);
void health_print_ready(const struct health *h, int64_t now, struct buf *out);

#endif
