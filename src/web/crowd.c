/* The connections of one worker: letting them in, watching their deadlines, draining. */
#include "web/crowd.h"

#include <errno.h>
#include <kore/kore.h>

#include "web/conn_state.h"
#include "web/loop.h"
#include "web/metrics.h"

enum {
	SWEEP_MS = 250,
	SWEEP_FULL_MS = 50,    /* while nobody can be let in */
	IDLE_MEMORY_MS = 1000, /* then an idle connection gives its buffer back */
	ACCEPT_STEPS = 64,
	IDLE_PATIENCE_MS = 5000,
	DAWDLE_MS = 1000,    /* that a client may leave a full worker waiting for its request */
	CONN_PROTOCOL = 100, /* none of Kore's: its HTTP timers leave us alone */
};

static TAILQ_HEAD(, conn) conns = TAILQ_HEAD_INITIALIZER(conns);
static struct timer sweep_timer;
static bool accept_paused = true, let_in, draining;

/* Kore keeps it to itself, but a connection that could not be accepted must go back there. */
extern struct kore_pool connection_pool;

void crowd_remove(struct conn *c)
{
	TAILQ_REMOVE(&conns, c, all);
	metric_sub(METRIC_CONNECTIONS, 1);
}

/* --- deadlines ----------------------------------------------------------------------------- */

/* A download may take as long as it likes, if only it moves. */
static void note_progress(struct conn *c)
{
	if (c->phase != PHASE_SENDING || c->sent == c->sent_seen)
		return;
	c->sent_seen = c->sent;
	conn_set_deadline(c, conn_limits.send_ms);
}

/* A sixteenth is kept for those who come. */
static bool is_crowded(void)
{
	return worker_active_connections + worker_max_connections / 16 >= worker_max_connections;
}

static bool dawdles(const struct conn *c, uint64_t now)
{
	return (c->phase == PHASE_GREETING || c->phase == PHASE_SHAKING ||
		c->phase == PHASE_READING || conn_lingers_on(c)) &&
	       now > c->since_ms + DAWDLE_MS;
}

/*
 * A worker that is nearly full lets those go for whom it has waited longest. So nobody can keep
 * others out by many connections on which requests arrive slowly or never. Returns how many went.
 */
static unsigned make_room(void)
{
	uint64_t now = loop_now_ms();
	struct conn *c = TAILQ_FIRST(&conns), *next;
	unsigned gone = 0;

	for (; c != NULL && gone < ACCEPT_STEPS; c = next) {
		next = TAILQ_NEXT(c, all);
		if (!dawdles(c, now))
			continue;
		conn_drop(c);
		gone++;
	}
	metric_add(METRIC_CONNECTIONS_EVICTED, gone);
	return gone;
}

static void resume_accept(void)
{
	if (!accept_paused || draining || !let_in)
		return;
	if (is_crowded())
		return;
	accept_paused = false;
	kore_platform_enable_accept();
}

static void sweep(void *arg)
{
	uint64_t now = loop_now_ms();
	struct conn *c = TAILQ_FIRST(&conns), *next;

	(void)arg;
	for (; c != NULL; c = next) {
		next = TAILQ_NEXT(c, all);
		note_progress(c);
		if (now > c->deadline_ms)
			conn_too_late(c);
		else if (conn_is_idle(c) &&
			 now + conn_limits.idle_ms > c->deadline_ms + IDLE_MEMORY_MS) {
			if (c->used && accept_paused)
				conn_drop(c); /* others wait to be let in */
			else
				buf_release(&c->input);
		}
	}
	if (is_crowded())
		(void)make_room();
	resume_accept();
	timer_start(&sweep_timer, accept_paused ? SWEEP_FULL_MS : SWEEP_MS, sweep, NULL);
}

/* --- coming and going ---------------------------------------------------------------------- */

/*
 * A full worker stops listening: a level-triggered listener that is not accepted from would
 * keep the loop spinning.
 */
static void pause_accept(void)
{
	if (accept_paused || draining)
		return;
	accept_paused = true;
	metric_add(METRIC_ACCEPT_PAUSES, 1);
	kore_platform_disable_accept();
}

static struct connection *accept_one(struct listener *l)
{
	struct connection *kore = kore_connection_new(l);
	socklen_t length = sizeof(kore->addr);

	kore->fd =
	    accept4(l->fd, (struct sockaddr *)&kore->addr, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (kore->fd < 0) {
		kore_pool_put(&connection_pool, kore);
		return NULL;
	}
	kore->family = l->family;
	kore->state = CONN_STATE_TLS_SHAKE;
	kore->proto = CONN_PROTOCOL;
	kore->idle_timer.length = UINT64_MAX; /* the deadlines are ours */
	TAILQ_INSERT_TAIL(&connections, kore, list);
	worker_active_connections++;
	return kore;
}

static bool open_conn(struct listener *l)
{
	struct connection *kore = accept_one(l);
	struct conn *c = kore == NULL ? NULL : conn_new(kore);

	if (kore == NULL)
		return false;
	if (c == NULL) {
		kore_connection_disconnect(kore);
		return false;
	}
	TAILQ_INSERT_TAIL(&conns, c, all);
	metric_add(METRIC_CONNECTIONS, 1);
	metric_add(METRIC_CONNECTIONS_ACCEPTED, 1);
	kore_platform_event_all(kore->fd, kore);
	return true;
}

/* Of descriptors or memory, not of clients. */
static bool is_short(int error)
{
	return error != EAGAIN && error != ECONNABORTED && error != EINTR;
}

void crowd_accept(void *listener, int error)
{
	unsigned accepted = 0;
	int error_now;

	(void)error;
	while (accepted < ACCEPT_STEPS && worker_active_connections < worker_max_connections &&
	       open_conn(listener))
		accepted++;
	error_now = worker_active_connections < worker_max_connections ? errno : EAGAIN;
	if (accepted == 0 && is_short(error_now))
		pause_accept();
	/* What goes now is room in the next turn of the loop. */
	if (is_crowded() && make_room() == 0 && worker_active_connections >= worker_max_connections)
		pause_accept();
}

void crowd_start(const struct settings *s)
{
	conn_limits.shake_ms = s->handshake_seconds * 1000;
	conn_limits.head_ms = s->header_seconds * 1000;
	conn_limits.body_ms = s->body_seconds * 1000;
	conn_limits.send_ms = s->send_seconds * 1000;
	conn_limits.idle_ms = s->keepalive_seconds * 1000;
	conn_limits.body_bytes = (size_t)s->body_kb << 10;
	/* Kore begins to accept by itself when it gets its lock; so it thinks it has it. */
	worker->has_lock = 1;
	timer_start(&sweep_timer, SWEEP_MS, sweep, NULL);
}

void crowd_let_in(void)
{
	let_in = true;
	resume_accept();
}

/* A phone that has just shaken hands, or asks one thing after the other, will go on at once. */
static bool may_go(const struct conn *c, bool patient)
{
	if (!patient)
		return conn_is_idle(c) || c->phase == PHASE_SHAKING || c->phase == PHASE_GREETING;
	return conn_is_idle(c) && loop_now_ms() > c->since_ms + IDLE_PATIENCE_MS;
}

unsigned crowd_drain(bool patient)
{
	struct conn *c = TAILQ_FIRST(&conns), *next;
	unsigned busy = 0;

	if (!draining && !accept_paused)
		kore_platform_disable_accept();
	draining = true;
	for (; c != NULL; c = next) {
		next = TAILQ_NEXT(c, all);
		if (may_go(c, patient))
			conn_drop(c);
		else
			busy++;
	}
	return busy;
}

void crowd_stop(void)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&conns)) != NULL)
		conn_drop(c);
}
