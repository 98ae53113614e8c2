/*
 * The event loop of a worker: timers, watched file descriptors, "soon". One thread; every
 * callback returns quickly. Wraps Kore's loop and its sharp edges (a timer that removes itself
 * from its own callback, an event that arrives for a descriptor just closed).
 */
#ifndef SUYUAN_WEB_LOOP_H
#define SUYUAN_WEB_LOOP_H

#include "base/base.h"

/* Monotonic, as of the call; in steps of the kernel's tick (at most 10 ms). */
uint64_t loop_now_ms(void);
uint64_t loop_now_us(void); /* exact */

/* A timer; zeroed memory is a stopped one. Fires once, at `ms` from now, never inside a call. */
struct timer {
	void (*fire)(void *arg);
	void *arg;
	void *kore; /* private */
};

/* (Re)starts it. For very many deadlines keep a queue of your own: starting costs O(timers). */
void timer_start(struct timer *t, uint64_t ms, void (*fire)(void *arg), void *arg);
void timer_stop(struct timer *t); /* allowed at any time, also from its own callback */
bool timer_running(const struct timer *t);

/* A watched descriptor, level-triggered; zeroed memory watches nothing. */
enum { WATCH_READ = 1, WATCH_WRITE = 2, WATCH_ERROR = 4 };

struct watch_event;
struct watch {
	struct watch_event *event; /* private */
};

/* `ready` holds what is possible now; WATCH_ERROR also when the other side hung up. */
void watch_start(struct watch *w, int fd, unsigned wanted,
		 void (*on_ready)(void *arg, unsigned ready), void *arg);
void watch_change(struct watch *w, unsigned wanted); /* 0: pause */
void watch_stop(struct watch *w); /* before close(fd); nothing is called for it afterwards */

/* Calls fn(arg) once in the next turn of the loop. Cannot be taken back. */
void loop_soon(void (*fn)(void *arg), void *arg);

#endif
