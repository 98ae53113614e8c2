/* The life of a connection: shaking hands, reading, working, sending, lingering. */
#include "web/conn.h"

#include <errno.h>
#include <kore/kore.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "web/blob.h"
#include "web/conn_state.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/orders.h"
#include "web/proxies.h"
#include "web/proxy_header.h"
#include "web/request_log.h"
#include "web/tls.h"

enum {
	LINGER_MS = 2000,	   /* for a client that is still sending what was refused */
	LINGER_BYTES = 64 << 20,   /* that it may send meanwhile */
	LINGER_LONGEST_MS = 30000, /* for one that sends a body that is not wanted */
	LINGER_BYTES_MS = 256,	   /* what it sends of it in a millisecond, at least */
	SLOWEST_READER_MS = 8,	   /* bytes of a last answer that it takes in a millisecond */
	TURN_STEPS = 12,	   /* steps of one connection before the others have their turn */
};

struct conn_limits conn_limits;

void conn_set_deadline(struct conn *c, uint64_t ms)
{
	c->deadline_ms = loop_now_ms() + ms;
}

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
	if (c->phase == PHASE_SHAKING)
		metric_add(METRIC_TLS_FAILED, 1);
	c->phase = PHASE_GONE;
	c->kore = NULL;
	crowd_remove(c);
	conn_leave_body(c);
	if (waiting) {
		request_log(&c->request, 499, 0);
		forget_waiting(c);
	}
	if (c->stream != NULL)
		stream_gone(c->stream);
	if (!c->queued) /* else run_queued() does */
		loop_soon(bury, c);
}

void conn_drop(struct conn *c)
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
		conn_run(c);
}

/* Comes back to this connection in the next turn of the loop. */
static void run_soon(struct conn *c)
{
	if (c->queued || c->phase == PHASE_GONE)
		return;
	c->queued = true;
	loop_soon(run_queued, c);
}

/* --- sending ------------------------------------------------------------------------------- */

/* Kore asks for 8 KB at most; a full record halves the records and the system calls. */
static int write_some(struct connection *kore, size_t length, size_t *ret_sent)
{
	struct conn *c = kore->hdlr_extra;
	size_t left = kore->snb->b_len - kore->snb->s_off;
	bool more;

	if (length < left)
		length = left < RECORD ? left : RECORD;
	more = length < left || (c != NULL && c->closing); /* the rest, or the farewell */
	switch (tls_write(kore, kore->snb->buf + kore->snb->s_off, length, more, ret_sent)) {
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
	return r->conn->closing || orders_draining();
}

static int sent_blob(struct netbuf *nb)
{
	blob_unref(nb->extra);
	return KORE_RESULT_OK;
}

/* From working to sending. */
static void begin_answer(struct conn *c)
{
	if (c->phase != PHASE_WORKING)
		abort(); /* answered twice, or after its client was gone */
	c->closing = conn_closes(&c->request);
	c->on_gone = NULL;
	c->phase = PHASE_SENDING;
	conn_set_deadline(c, conn_limits.send_ms);
}

static void queue(struct conn *c, struct blob *b, size_t from, size_t length)
{
	struct netbuf *nb;

	net_send_stream(c->kore, b->data + from, length, sent_blob, &nb);
	nb->extra = blob_ref(b);
}

void conn_send(struct request *r, struct blob *b, struct blob *behind)
{
	struct conn *c = r->conn;
	bool head_only = r->method == METHOD_HEAD;
	size_t length = head_only ? b->head_length : b->length, more = 0;

	if (behind != NULL && !head_only)
		more = behind->length - behind->head_length;
	begin_answer(c);
	c->answer_is_long = length + more > RECORD;
	request_log(r, b->status, length + more);
	queue(c, b, 0, length);
	if (more > 0)
		queue(c, behind, behind->head_length, more);
	/* Called back from elsewhere, often one of many at a time: when all are written they leave
	 * behind each other, which keeps their code in the processor's cache. */
	if (!c->running)
		run_soon(c);
}

static uint64_t linger_ms(const struct conn *c)
{
	uint64_t ms = LINGER_MS + c->unread / LINGER_BYTES_MS;

	return ms < LINGER_LONGEST_MS ? ms : LINGER_LONGEST_MS;
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
	conn_set_deadline(c, linger_ms(c));
}

/* Bytes that we have sent and the client's side has not acknowledged. */
static size_t untaken(const struct conn *c)
{
	int bytes = 0;

	return ioctl(c->kore->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

/*
 * Until its answer has arrived, and LINGER_MS longer, whatever a slow reader says must not find the
 * connection closed. So it is looked every LINGER_MS how much is left. It may take nothing for
 * send_seconds, as when the answer was sent; but not for ever a byte now and then.
 */
static bool lingers_on(struct conn *c)
{
	uint64_t now = loop_now_ms();
	size_t left = untaken(c);
	bool first = c->linger_end_ms == 0;

	if (left == 0 && c->untaken == 0)
		return false;
	if (first)
		c->linger_end_ms = now + conn_limits.send_ms + left / SLOWEST_READER_MS;
	if (first || left < c->untaken)
		c->taken_ms = now;
	c->untaken = left;
	conn_set_deadline(c, LINGER_MS);
	return now < c->taken_ms + conn_limits.send_ms && now < c->linger_end_ms;
}

bool conn_lingers_on(const struct conn *c)
{
	return c->phase == PHASE_LINGERING && c->linger_end_ms != 0;
}

/*
 * Something of the client's lies there unread; or it is likely to say farewell, or more, while the
 * answer is still on its way.
 */
static bool may_still_send(const struct conn *c)
{
	char byte;

	return c->refused || c->answer_is_long || c->input.length > 0 ||
	       recv(c->kore->fd, &byte, 1, MSG_PEEK) > 0;
}

static void end_answer(struct conn *c)
{
	conn_end_request(c);
	if (!c->closing)
		return;
	if (may_still_send(c))
		begin_linger(c);
	else
		conn_drop(c);
}

void conn_begin_stream(struct request *r, struct stream *s)
{
	begin_answer(r->conn);
	r->conn->answer_is_long = true;
	r->conn->stream = s;
}

void conn_end_stream(struct conn *c)
{
	c->phase = PHASE_WORKING;
}

void conn_answered(struct conn *c)
{
	end_answer(c);
	run_soon(c);
}

/* True when everything is sent and there may be more to do. */
static bool send_rest(struct conn *c)
{
	if (!net_send_flush(c->kore)) {
		conn_drop(c);
		return false;
	}
	if (!TAILQ_EMPTY(&c->kore->send_queue))
		return false;
	if (c->stream != NULL) {
		stream_can_send(c->stream);
		return false;
	}
	end_answer(c);
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
	conn_drop(c);
	return false;
}

/* --- the story ----------------------------------------------------------------------------- */

/*
 * Looks at the header before taking it, and takes no byte of the handshake behind it. Nothing is
 * answered to one that is wrong: who connects from there is misconfigured, or no balancer.
 */
static bool greet(struct conn *c)
{
	char bytes[PROXY_HEADER_MOST];
	ssize_t seen = recv(c->kore->fd, bytes, sizeof(bytes), MSG_PEEK);
	enum proxy_result result = PROXY_BAD;
	size_t length = 0;

	if (seen < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	/* Whether the port is open was all it wanted to know, as balancers ask every few seconds.
	 */
	if (seen <= 0) {
		conn_drop(c);
		return false;
	}
	result = proxy_header_read((struct slice){ bytes, (size_t)seen }, &c->client, &length);
	if (result == PROXY_INCOMPLETE)
		return false;
	if (result == PROXY_BAD || recv(c->kore->fd, bytes, length, 0) != (ssize_t)length) {
		metric_add(METRIC_PROXY_REFUSED, 1);
		conn_drop(c);
		return false;
	}
	client_address_unmap(&c->client);
	c->phase = PHASE_SHAKING;
	return true;
}

static bool shake(struct conn *c)
{
	if (c->kore->ssl == NULL && (c->kore->evt.flags & KORE_EVENT_READ) == 0)
		return false; /* the first event only says that one could write */
	switch (tls_accept(c->kore)) {
	case TLS_DONE:
		c->kore->state = CONN_STATE_ESTABLISHED;
		c->phase = PHASE_READING;
		c->since_ms = loop_now_ms();
		conn_set_deadline(c, conn_limits.head_ms);
		return true;
	case TLS_AGAIN:
		return false;
	default:
		conn_drop(c);
		return false;
	}
}

/* One step. False when there is nothing to do until the loop says so. */
static bool step(struct conn *c)
{
	switch (c->phase) {
	case PHASE_GREETING:
		return greet(c);
	case PHASE_SHAKING:
		return shake(c);
	case PHASE_READING:
		return conn_read(c);
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

void conn_run(struct conn *c)
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
	if (error)
		kore->evt.flags |= KORE_EVENT_ERROR; /* its end is still to be read, see tls.c */
	/* What a lingering client said before it closed its side is read, too: to close with it
	 * unread would be a reset. */
	if (error && c->phase != PHASE_LINGERING && is_dead(kore->fd))
		conn_drop(c);
	else
		conn_run(c);
}

void request_wait(struct request *r, void (*on_gone)(struct request *r, void *arg), void *arg)
{
	r->conn->on_gone = on_gone;
	r->conn->gone_arg = arg;
}

bool conn_is_idle(const struct conn *c)
{
	return c->phase == PHASE_READING && c->input.length == 0;
}

void conn_too_late(struct conn *c)
{
	if (c->phase == PHASE_LINGERING && lingers_on(c))
		return;
	if (!conn_is_idle(c))
		metric_add(METRIC_CONNECTIONS_LATE, 1);
	switch (c->phase) {
	case PHASE_READING:
		if (c->input.length == 0) {
			conn_drop(c);
			return;
		}
		c->running = true;
		conn_refuse(c, 408, "The request did not arrive in time.");
		c->running = false;
		conn_run(c);
		return;
	case PHASE_WORKING:
		forget_waiting(c);
		respond_problem(&c->request, 503, status_text(503), "No answer in time.");
		return;
	default:
		conn_drop(c);
	}
}

static struct client_address peer_of(const struct connection *kore)
{
	struct client_address peer = { .is_ipv6 = kore->family == AF_INET6 };

	if (peer.is_ipv6)
		memcpy(peer.bytes, &kore->addr.ipv6.sin6_addr, 16);
	else
		memcpy(peer.bytes, &kore->addr.ipv4.sin_addr, 4);
	client_address_unmap(&peer);
	return peer;
}

struct conn *conn_new(struct connection *kore)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->kore = kore;
	c->client = peer_of(kore);
	c->since_ms = loop_now_ms();
	c->phase = proxies_hold(&c->client) ? PHASE_GREETING : PHASE_SHAKING;
	kore->hdlr_extra = c;
	kore->evt.flags = 0; /* Kore leaves those of whoever had its memory before */
	kore->write = write_some;
	kore->disconnect = on_disconnect;
	kore->evt.handle = on_event;
	buf_init(&c->input, HEAD_MAXIMUM + conn_limits.body_bytes + RECORD);
	conn_set_deadline(c, conn_limits.shake_ms);
	return c;
}
