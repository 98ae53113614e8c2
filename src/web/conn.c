/* The life of a connection. */
#include "web/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <kore/kore.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include "base/buf.h"
#include "web/blob.h"
#include "web/http_head.h"
#include "web/loop.h"
#include "web/request_log.h"
#include "web/router.h"
#include "web/tls.h"

enum {
	SWEEP_MS = 250,
	LINGER_MS = 2000,	 /* for a client that is still sending what was refused */
	LINGER_BYTES = 64 << 20, /* that it may send meanwhile */
	WORK_MS = 60000,	 /* no handler needs that long: all they wait for has a deadline */
	IDLE_MEMORY_MS = 1000,	 /* then an idle connection gives its buffer back */
	TURN_STEPS = 128,	 /* steps of one connection before the others have their turn */
	ACCEPT_STEPS = 64,
	RECORD = 16384,	     /* bytes of a full TLS record */
	CONN_PROTOCOL = 100, /* none of Kore's: its HTTP timers leave us alone */
};

enum phase {
	PHASE_SHAKING,	 /* the TLS handshake */
	PHASE_READING,	 /* a request, or the rest of one, is awaited */
	PHASE_WORKING,	 /* a handler has it */
	PHASE_SENDING,	 /* its answer is on the way */
	PHASE_LINGERING, /* all is said; the client is given time to read it */
	PHASE_GONE,
};

struct conn {
	struct connection *kore; /* NULL once gone */
	enum phase phase;
	uint64_t deadline_ms;
	struct buf input; /* received and not yet used */
	size_t wanted;	  /* bytes of input below which there is nothing to look at */
	size_t sent;	  /* bytes ever sent, to see progress */
	size_t sent_seen;
	size_t lingered;
	bool used;	/* has had a request */
	bool continued; /* 100 Continue was said */
	bool ended;	/* the client half-closed: nothing more will come */
	bool closing;	/* no request after this one */
	bool refused;	/* the request could not be read to its end */
	bool running;	/* conn_run() is on the stack */
	bool queued;	/* conn_run() will come */
	struct http_head head;
	struct request request;
	void (*on_gone)(struct request *r, void *arg);
	void *gone_arg;
	TAILQ_ENTRY(conn) all;
};

static TAILQ_HEAD(, conn) conns = TAILQ_HEAD_INITIALIZER(conns);
static struct timer sweep_timer;
static bool accept_paused, draining;
static uint64_t next_request_id;
static struct {
	uint64_t shake_ms, head_ms, body_ms, idle_ms, send_ms;
	size_t body_bytes;
} limits;

/* Kore keeps it to itself, but a connection that could not be accepted must go back there. */
extern struct kore_pool connection_pool;

static void run(struct conn *c);

/* --- leaving ------------------------------------------------------------------------------- */

static void bury(void *arg)
{
	struct conn *c = arg;

	buf_release(&c->input);
	arena_release(&c->request.arena);
	free(c);
}

static void forget_waiting(struct conn *c)
{
	void (*on_gone)(struct request *, void *) = c->on_gone;

	c->on_gone = NULL;
	if (on_gone != NULL)
		on_gone(&c->request, c->gone_arg);
}

/* Kore calls this once, when the connection ends for whatever reason. */
static void on_disconnect(struct connection *kore)
{
	struct conn *c = kore->hdlr_extra;
	bool waiting = c->phase == PHASE_WORKING;

	kore->hdlr_extra = NULL;
	c->phase = PHASE_GONE;
	c->kore = NULL;
	TAILQ_REMOVE(&conns, c, all);
	if (waiting) {
		request_log(&c->request, 499, 0);
		forget_waiting(c);
	}
	if (!c->queued) /* else run() finds it gone */
		loop_soon(bury, c);
}

static void drop(struct conn *c)
{
	if (c->phase != PHASE_GONE)
		kore_connection_disconnect(c->kore);
}

static void run_queued(void *arg)
{
	struct conn *c = arg;

	c->queued = false;
	if (c->phase == PHASE_GONE)
		bury(c);
	else
		run(c);
}

/* Comes back to this connection in the next turn of the loop. */
static void run_soon(struct conn *c)
{
	if (c->queued || c->phase == PHASE_GONE)
		return;
	c->queued = true;
	loop_soon(run_queued, c);
}

/* --- reading ------------------------------------------------------------------------------- */

static void deadline(struct conn *c, uint64_t ms)
{
	c->deadline_ms = loop_now_ms() + ms;
}

/* How much may be read now: a head and what came with it, or precisely the body awaited. */
static size_t room_for_input(const struct conn *c)
{
	size_t limit = c->wanted > HEAD_MAXIMUM ? c->wanted : HEAD_MAXIMUM;

	return c->input.length < limit ? limit - c->input.length : 0;
}

static enum tls_result fill(struct conn *c)
{
	size_t room = room_for_input(c), got = 0;
	enum tls_result result;
	char *to;

	if (c->ended)
		return TLS_END;
	if ((c->kore->evt.flags & KORE_EVENT_READ) == 0)
		return TLS_AGAIN;
	/* Memory follows what has arrived, not what was announced. */
	if (room > RECORD)
		room = RECORD;
	to = buf_reserve(&c->input, room);
	if (to == NULL)
		return TLS_FAILED;
	result = tls_read(c->kore, to, room, &got);
	if (result == TLS_DONE) {
		if (c->input.length == 0)
			deadline(c, limits.head_ms);
		if (c->request.start_us == 0)
			c->request.start_us = loop_now_us();
		c->input.length += got;
	}
	c->ended = result == TLS_END;
	return result;
}

static void use_input(struct conn *c, size_t length)
{
	c->input.length -= length;
	memmove(c->input.data, c->input.data + length, c->input.length);
}

static void set_client(struct conn *c)
{
	struct client_address *client = &c->request.client;

	client->is_ipv6 = c->kore->family == AF_INET6;
	if (client->is_ipv6)
		memcpy(client->bytes, &c->kore->addr.ipv6.sin6_addr, 16);
	else
		memcpy(client->bytes, &c->kore->addr.ipv4.sin_addr, 4);
}

static void begin_request(struct conn *c)
{
	struct request *r = &c->request;

	r->id = next_request_id++;
	r->conn = c;
	if (r->start_us == 0)
		r->start_us = loop_now_us();
	arena_init(&r->arena, REQUEST_ARENA_MAXIMUM);
	set_client(c);
	c->used = true;
	c->phase = PHASE_WORKING;
	deadline(c, WORK_MS);
}

/* Answers a request that could not be read to its end; the connection is of no more use. */
static void refuse(struct conn *c, int status, const char *detail)
{
	begin_request(c);
	c->refused = true;
	c->closing = true;
	respond_problem(&c->request, status, status_text(status), detail);
}

/* RFC 9110, 7.4: a request that is not for the server name of its connection. */
static bool misdirected(const struct conn *c)
{
	struct slice name = tls_server_name(c->kore);

	return name.length > 0 && c->head.host.length > 0 &&
	       !slice_equal_nocase(name, c->head.host);
}

static void dispatch(struct conn *c)
{
	struct request *r = &c->request;

	begin_request(c);
	r->method = c->head.method;
	r->path = c->head.path;
	r->query = c->head.query;
	r->host = c->head.host;
	r->head = &c->head;
	r->body = (struct slice){ c->input.data + c->head.length, (size_t)c->head.body_length };
	c->closing = c->closing || c->head.close;
	if (misdirected(c))
		respond_problem(r, 421, status_text(421), "Host is not the TLS server name.");
	else
		route_request(r);
}

/* The head is complete, the body not. */
static void await_body(struct conn *c)
{
	c->wanted = c->head.length + (size_t)c->head.body_length;
	deadline(c, limits.body_ms);
	if (c->head.expect_continue && !c->continued) {
		net_send_queue(c->kore, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		if (!net_send_flush(c->kore))
			drop(c);
	}
	c->continued = true;
}

/* Looks at the input. False when more of it is needed. */
static bool take_request(struct conn *c)
{
	enum head_result result;

	if (c->input.length == 0 || c->input.length < c->wanted)
		return false;
	result = http_head_parse(buf_slice(&c->input), &c->head);
	if (result == HEAD_INCOMPLETE)
		return false;
	if (result != HEAD_COMPLETE)
		refuse(c, head_status(result), head_explanation(result));
	else if (c->head.body_length > limits.body_bytes)
		refuse(c, 413, "The body is larger than this server accepts.");
	else if (c->input.length - c->head.length >= c->head.body_length)
		dispatch(c);
	else if (c->wanted == 0)
		await_body(c);
	else
		return false;
	return true;
}

/* --- sending ------------------------------------------------------------------------------- */

/* Kore asks for 8 KB at most; a full record halves the records and the system calls. */
static int write_some(struct connection *kore, size_t length, size_t *ret_sent)
{
	struct conn *c = kore->hdlr_extra;
	size_t left = kore->snb->b_len - kore->snb->s_off;

	if (length < left)
		length = left < RECORD ? left : RECORD;
	switch (tls_write(kore, kore->snb->buf + kore->snb->s_off, length, ret_sent)) {
	case TLS_DONE:
		if (c != NULL)
			c->sent += *ret_sent;
		return KORE_RESULT_OK;
	case TLS_AGAIN:
		kore->evt.flags &= ~KORE_EVENT_WRITE;
		kore->snb->flags |= NETBUF_MUST_RESEND;
		return KORE_RESULT_OK;
	default:
		return KORE_RESULT_ERROR;
	}
}

bool conn_closes(const struct request *r)
{
	const struct conn *c = r->conn;

	return c->closing || draining;
}

static int sent_blob(struct netbuf *nb)
{
	blob_unref(nb->extra);
	return KORE_RESULT_OK;
}

void conn_send(struct request *r, struct blob *b)
{
	struct conn *c = r->conn;
	size_t length = r->method == METHOD_HEAD ? b->head_length : b->length;
	struct netbuf *nb;

	if (c->phase != PHASE_WORKING)
		abort(); /* answered twice, or after its client was gone */
	request_log(r, b->status, length);
	net_send_stream(c->kore, b->data, length, sent_blob, &nb);
	nb->extra = blob_ref(b);
	c->closing = conn_closes(r);
	c->on_gone = NULL;
	c->phase = PHASE_SENDING;
	deadline(c, limits.send_ms);
	if (!c->running) {
		/* Called back from elsewhere: the bytes go now, what follows comes soon. */
		(void)net_send_flush(c->kore);
		run_soon(c);
	}
}

static void end_request(struct conn *c)
{
	size_t used = c->head.length + (size_t)c->head.body_length;

	arena_release(&c->request.arena);
	c->request = (struct request){ .start_us = 0 };
	if (!c->refused)
		use_input(c, used);
	c->head = (struct http_head){ .length = 0 };
	c->wanted = 0;
	c->continued = false;
	c->phase = PHASE_READING;
	deadline(c, c->input.length > 0 ? limits.head_ms : limits.idle_ms);
}

/*
 * Closing while the client still sends makes the kernel answer with a reset, which can take the
 * answer away from it (RFC 9112, 9.6). So only our side is closed, and the rest is thrown away.
 */
static void begin_linger(struct conn *c)
{
	tls_close(c->kore);
	(void)shutdown(c->kore->fd, SHUT_WR);
	c->phase = PHASE_LINGERING;
	deadline(c, LINGER_MS);
}

/* True when everything is sent and there may be more to do. */
static bool send_rest(struct conn *c)
{
	if (!net_send_flush(c->kore)) {
		drop(c);
		return false;
	}
	if (!TAILQ_EMPTY(&c->kore->send_queue))
		return false;
	end_request(c);
	if (!c->closing)
		return true;
	if (c->refused || c->input.length > 0)
		begin_linger(c);
	else
		drop(c);
	return c->phase != PHASE_GONE;
}

static bool linger(struct conn *c)
{
	char waste[RECORD];
	ssize_t got = recv(c->kore->fd, waste, sizeof(waste), 0);

	if (got > 0) {
		c->lingered += (size_t)got;
		if (c->lingered < LINGER_BYTES)
			return true;
	} else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
		return false;
	}
	drop(c);
	return false;
}

/* --- the story ----------------------------------------------------------------------------- */

static bool shake(struct conn *c)
{
	switch (tls_accept(c->kore)) {
	case TLS_DONE:
		c->kore->state = CONN_STATE_ESTABLISHED;
		c->phase = PHASE_READING;
		deadline(c, limits.head_ms);
		return true;
	case TLS_AGAIN:
		return false;
	default:
		drop(c);
		return false;
	}
}

static bool read_request(struct conn *c)
{
	if (take_request(c))
		return c->phase != PHASE_GONE;
	switch (fill(c)) {
	case TLS_DONE:
		return true;
	case TLS_AGAIN:
		return false;
	default:
		drop(c);
		return false;
	}
}

/* One step. False when there is nothing to do until the loop says so. */
static bool step(struct conn *c)
{
	switch (c->phase) {
	case PHASE_SHAKING:
		return shake(c);
	case PHASE_READING:
		return read_request(c);
	case PHASE_SENDING:
		return send_rest(c);
	case PHASE_LINGERING:
		return linger(c);
	case PHASE_WORKING:
	case PHASE_GONE:
		break;
	}
	return false;
}

static void run(struct conn *c)
{
	unsigned steps = 0;

	if (c->running)
		return;
	c->running = true;
	while (steps < TURN_STEPS && step(c))
		steps++;
	c->running = false;
	if (steps == TURN_STEPS)
		run_soon(c);
}

/* Reset or closed in both directions; a client that only stopped sending is still served. */
static bool is_dead(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) < 0 || (p.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

static void on_event(void *arg, int error)
{
	struct connection *kore = arg;
	struct conn *c = kore->hdlr_extra;

	if (c == NULL)
		return; /* an event of the same turn in which it ended */
	if (error && is_dead(kore->fd))
		drop(c);
	else
		run(c);
}

void request_wait(struct request *r, void (*on_gone)(struct request *r, void *arg), void *arg)
{
	r->conn->on_gone = on_gone;
	r->conn->gone_arg = arg;
}

/* --- deadlines ----------------------------------------------------------------------------- */

static void too_late(struct conn *c)
{
	switch (c->phase) {
	case PHASE_READING:
		if (c->input.length == 0) {
			drop(c);
			return;
		}
		c->running = true;
		refuse(c, 408, "The request did not arrive in time.");
		c->running = false;
		run(c);
		return;
	case PHASE_WORKING:
		forget_waiting(c);
		respond_problem(&c->request, 503, status_text(503), "No answer in time.");
		return;
	default:
		drop(c);
	}
}

/* A download may take as long as it likes, if only it moves. */
static void note_progress(struct conn *c)
{
	if (c->phase != PHASE_SENDING || c->sent == c->sent_seen)
		return;
	c->sent_seen = c->sent;
	deadline(c, limits.send_ms);
}

static bool is_idle(const struct conn *c)
{
	return c->phase == PHASE_READING && c->input.length == 0;
}

static void resume_accept(void)
{
	if (!accept_paused || draining)
		return;
	if (worker_active_connections + worker_max_connections / 16 >= worker_max_connections)
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
			too_late(c);
		else if (is_idle(c) && now + limits.idle_ms > c->deadline_ms + IDLE_MEMORY_MS) {
			if (c->used && accept_paused)
				drop(c); /* others wait to be let in */
			else
				buf_release(&c->input);
		}
	}
	resume_accept();
	timer_start(&sweep_timer, SWEEP_MS, sweep, NULL);
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
	(void)kore_sockopt(kore->fd, IPPROTO_TCP, TCP_NODELAY);
	kore->family = l->family;
	kore->state = CONN_STATE_TLS_SHAKE;
	kore->proto = CONN_PROTOCOL;
	kore->write = write_some;
	kore->disconnect = on_disconnect;
	kore->evt.handle = on_event;
	kore->idle_timer.length = UINT64_MAX; /* the deadlines are ours */
	TAILQ_INSERT_TAIL(&connections, kore, list);
	worker_active_connections++;
	return kore;
}

static bool open_conn(struct listener *l)
{
	struct connection *kore;
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL || (kore = accept_one(l)) == NULL) {
		free(c);
		return false;
	}
	c->kore = kore;
	kore->hdlr_extra = c;
	buf_init(&c->input, HEAD_MAXIMUM + limits.body_bytes + RECORD);
	deadline(c, limits.shake_ms);
	TAILQ_INSERT_TAIL(&conns, c, all);
	kore_platform_event_all(kore->fd, kore);
	return true;
}

void conn_accept(void *listener, int error)
{
	unsigned accepted = 0;

	(void)error;
	while (accepted < ACCEPT_STEPS && worker_active_connections < worker_max_connections &&
	       open_conn(listener))
		accepted++;
	if (worker_active_connections >= worker_max_connections ||
	    (accepted == 0 && errno != EAGAIN && errno != ECONNABORTED && errno != EINTR))
		pause_accept();
}

void conn_start(const struct settings *s)
{
	limits.shake_ms = s->handshake_seconds * 1000;
	limits.head_ms = s->header_seconds * 1000;
	limits.body_ms = s->body_seconds * 1000;
	limits.send_ms = s->send_seconds * 1000;
	limits.idle_ms = s->keepalive_seconds * 1000;
	limits.body_bytes = (size_t)s->body_kb << 10;
	/* Unique over workers and restarts without asking anybody. */
	next_request_id = (loop_now_us() << 12) + app_worker_id() * 0x9E3779B97F4A7C15u;
	timer_start(&sweep_timer, SWEEP_MS, sweep, NULL);
}

unsigned conn_drain(void)
{
	struct conn *c = TAILQ_FIRST(&conns), *next;
	unsigned busy = 0;

	if (!draining && !accept_paused)
		kore_platform_disable_accept();
	draining = true;
	for (; c != NULL; c = next) {
		next = TAILQ_NEXT(c, all);
		if (is_idle(c) || c->phase == PHASE_SHAKING)
			drop(c);
		else
			busy++;
	}
	return busy;
}

void conn_stop(void)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&conns)) != NULL)
		drop(c);
}
