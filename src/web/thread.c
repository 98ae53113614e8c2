/* Runs tasks one after the other in a thread, and tells the loop through a socket. */
#include "web/thread.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web/loop.h"
#include "web/module.h"
#include "web/worker_log.h"

enum { LOOP_END, THREAD_END };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	struct thread_task *waiting, *done; /* oldest first; under the lock */
	unsigned count;			    /* waiting */
	bool ending;
	/* of the loop alone */
	bool started, refused;
	int ends[2];
	struct watch watch;
} work = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static void append(struct thread_task **list, struct thread_task *task)
{
	task->next = NULL;
	while (*list != NULL)
		list = &(*list)->next;
	*list = task;
}

/* --- the thread ---------------------------------------------------------------------------- */

/* NULL: it is to end. */
static struct thread_task *take(void)
{
	struct thread_task *task = NULL;

	(void)pthread_mutex_lock(&work.lock);
	while (work.waiting == NULL && !work.ending)
		(void)pthread_cond_wait(&work.wake, &work.lock);
	if (!work.ending) {
		task = work.waiting;
		work.waiting = task->next;
		work.count--;
	}
	(void)pthread_mutex_unlock(&work.lock);
	return task;
}

static void *work_off(void *arg)
{
	struct thread_task *task;

	(void)arg;
	while ((task = take()) != NULL) {
		task->run(task);
		(void)pthread_mutex_lock(&work.lock);
		append(&work.done, task);
		(void)pthread_mutex_unlock(&work.lock);
		/* Full: the loop has been told already. */
		(void)!send(work.ends[THREAD_END], "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	return NULL;
}

/* --- the loop ------------------------------------------------------------------------------ */

static void finish_all(void)
{
	struct thread_task *task;

	(void)pthread_mutex_lock(&work.lock);
	task = work.done;
	work.done = NULL;
	(void)pthread_mutex_unlock(&work.lock);
	while (task != NULL) {
		struct thread_task *next = task->next;

		task->done(task);
		task = next;
	}
}

static void told(void *arg, unsigned ready)
{
	char bytes[64];

	(void)arg;
	(void)ready;
	(void)!recv(work.ends[LOOP_END], bytes, sizeof(bytes), MSG_DONTWAIT);
	finish_all();
}

static bool start(void)
{
	sigset_t all, before;
	int failed;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, work.ends) != 0)
		return false;
	/* Signals are the loop's; the thread begins with the mask of who made it. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&work.thread, NULL, work_off, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		(void)close(work.ends[LOOP_END]);
		(void)close(work.ends[THREAD_END]);
		return false;
	}
	watch_start(&work.watch, work.ends[LOOP_END], WATCH_READ, told, NULL);
	return true;
}

bool thread_send(struct thread_task *task)
{
	bool room;

	if (!work.started && !work.refused) {
		work.started = start();
		work.refused = !work.started;
		if (work.refused)
			worker_log("error", "no thread for passwords: nobody can sign in with one");
	}
	if (!work.started)
		return false;
	(void)pthread_mutex_lock(&work.lock);
	room = work.count < THREAD_WAITING;
	if (room) {
		append(&work.waiting, task);
		work.count++;
		(void)pthread_cond_signal(&work.wake);
	}
	(void)pthread_mutex_unlock(&work.lock);
	return room;
}

/* --- */

static void stop(void)
{
	if (!work.started)
		return;
	(void)pthread_mutex_lock(&work.lock);
	work.ending = true;
	(void)pthread_cond_signal(&work.wake);
	(void)pthread_mutex_unlock(&work.lock);
	(void)pthread_join(work.thread, NULL);
	finish_all();
	work.done = work.waiting; /* never begun: only to be freed */
	work.waiting = NULL;
	finish_all();
	watch_stop(&work.watch);
	(void)close(work.ends[LOOP_END]);
	(void)close(work.ends[THREAD_END]);
	work.started = false;
}

const struct module module_thread = {
	.name = "thread",
	.programs = PROGRAM_CONSOLE,
	.stop = stop,
};
