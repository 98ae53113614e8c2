/* Timers, watched descriptors and "soon" on Kore's loop. */
#include "web/loop.h"

#include <kore/kore.h>
#include <sys/epoll.h>

uint64_t loop_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The coarse clock costs a fifth; deadlines need no better. */
uint64_t loop_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Kore frees a one-shot timer after its callback: by then nobody may hold it any more. */
static void timer_fired(void *arg, u_int64_t now)
{
	struct timer *t = arg;

	(void)now;
	t->kore = NULL;
	t->fire(t->arg);
}

void timer_start(struct timer *t, uint64_t ms, void (*fire)(void *arg), void *arg)
{
	timer_stop(t);
	t->fire = fire;
	t->arg = arg;
	t->kore = kore_timer_add(timer_fired, ms, t, KORE_TIMER_ONESHOT);
}

void timer_stop(struct timer *t)
{
	if (t->kore == NULL)
		return;
	kore_timer_remove(t->kore);
	t->kore = NULL;
}

bool timer_running(const struct timer *t)
{
	return t->kore != NULL;
}

struct soon {
	struct soon *next;
	void (*fn)(void *arg);
	void *arg;
};

/* In the order they came; one timer for all, because Kore finds a timer's place from the front. */
static struct {
	struct soon *first, **end;
} soon = { .end = &soon.first };

static void soon_fired(void *arg, u_int64_t now)
{
	struct soon *s = soon.first, *next;

	(void)arg;
	(void)now;
	soon.first = NULL;
	soon.end = &soon.first;
	for (; s != NULL; s = next) {
		next = s->next;
		s->fn(s->arg);
		free(s);
	}
}

void loop_soon(void (*fn)(void *arg), void *arg)
{
	struct soon *s = malloc(sizeof(*s));

	if (s == NULL)
		fatal("out of memory");
	*s = (struct soon){ .fn = fn, .arg = arg };
	if (soon.first == NULL)
		(void)kore_timer_add(soon_fired, 0, NULL, KORE_TIMER_ONESHOT);
	*soon.end = s;
	soon.end = &s->next;
}

/*
 * What epoll points to. It outlives watch_stop() by one turn of the loop, because an event for
 * it may already have been fetched; `on_ready` is NULL then.
 */
struct watch_event {
	struct kore_event kore; /* first: Kore casts */
	int fd;
	void (*on_ready)(void *arg, unsigned ready);
	void *arg;
};

static void watch_fired(void *arg, int error)
{
	struct watch_event *e = arg;
	unsigned ready = error ? WATCH_ERROR : 0;

	if (e->kore.flags & KORE_EVENT_READ)
		ready |= WATCH_READ;
	if (e->kore.flags & KORE_EVENT_WRITE)
		ready |= WATCH_WRITE;
	e->kore.flags = 0;
	if (e->on_ready != NULL)
		e->on_ready(e->arg, ready);
}

void watch_start(struct watch *w, int fd, unsigned wanted,
		 void (*on_ready)(void *arg, unsigned ready), void *arg)
{
	struct watch_event *e = calloc(1, sizeof(*e));

	if (e == NULL)
		fatal("out of memory");
	watch_stop(w);
	e->kore.handle = watch_fired;
	e->fd = fd;
	e->on_ready = on_ready;
	e->arg = arg;
	w->event = e;
	watch_change(w, wanted);
}

void watch_change(struct watch *w, unsigned wanted)
{
	unsigned events = 0;

	if (wanted & WATCH_READ)
		events |= EPOLLIN | EPOLLRDHUP;
	if (wanted & WATCH_WRITE)
		events |= EPOLLOUT;
	kore_platform_event_schedule(w->event->fd, (int)events, 0, w->event);
}

void watch_stop(struct watch *w)
{
	if (w->event == NULL)
		return;
	kore_platform_disable_read(w->event->fd);
	w->event->on_ready = NULL;
	loop_soon(free, w->event);
	w->event = NULL;
}
