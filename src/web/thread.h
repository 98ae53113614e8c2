/*
 * The one thread of a worker beside its loop, for what computes too long for it: passwords. It sees
 * nothing but the task it is given; both ends of a task run in the loop.
 */
#ifndef SUYUAN_WEB_THREAD_H
#define SUYUAN_WEB_THREAD_H

#include "base/base.h"

enum { THREAD_WAITING = 8 }; /* tasks that may wait for the one under way */

/* Inside a larger struct from the heap, which belongs to the thread's queue from thread_send() on.
 */
struct thread_task {
	void (*run)(struct thread_task *task);	/* in the thread */
	void (*done)(struct thread_task *task); /* in the loop, always: frees it */
	struct thread_task *next;		/* private */
};

/*
 * False: too many wait, or there is no thread; the task is still the caller's. The thread begins
 * with the first task, so a worker that is never asked has none.
 */
MUSTCHECK bool thread_send(struct thread_task *task);

#endif
