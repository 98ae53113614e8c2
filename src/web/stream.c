/* Sends long answers, a slice of each in turn. */
#include "web/stream.h"

#include <errno.h>
#include <kore/kore.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "web/blob.h"
#include "web/conn_state.h"
#include "web/loop.h"
#include "web/orders.h"
#include "web/request_log.h"
#include "web/tls.h"

enum {
	UNSENT_USUAL = 256 << 10,
	TURN_US = 300,	  /* for all long answers together, then the others have theirs */
	CHUNK_DIGITS = 5, /* hexadecimal, always so many (RFC 9112, 7.1) */
	CHUNK_HEAD = CHUNK_DIGITS + 2,
	SLICE_MAXIMUM = 128 << 10 /* a slice, what did not fill a record before it, and a head */
};
_Static_assert(STREAM_SLICE <= 0xfffff, "the length of a chunk has five digits");
_Static_assert(SLICE_MAXIMUM >= STREAM_SLICE + RECORD + HEAD_MAXIMUM, "room for what may come");

struct stream {
	struct conn *conn;
	struct stream_source source;
	enum body_end end;
	int status;
	uint64_t left;	  /* bytes the source still owes; STREAM_LENGTH_UNKNOWN */
	uint64_t sent;	  /* head included */
	struct buf bytes; /* made; those from `taken` on are not sent */
	size_t taken;
	size_t again;  /* TLS wants precisely this much from `taken` once more; 0: no wish */
	bool begun;    /* the source has made its first byte */
	bool complete; /* … its last one */
	bool waiting;  /* for stream_resume() */
	bool blocked;  /* by the socket */
	bool has_turn; /* in `turns` */
	bool failed;   /* by its source */
	TAILQ_ENTRY(stream) turn;
};

/* --- turns --------------------------------------------------------------------------------- */

static TAILQ_HEAD(, stream) turns = TAILQ_HEAD_INITIALIZER(turns);
static struct watch every_turn;
static bool turning; /* every_turn is on */

static void step(struct stream *s);

static void leave_turns(struct stream *s)
{
	if (s->has_turn)
		TAILQ_REMOVE(&turns, s, turn);
	s->has_turn = false;
}

static void take_turns(void *arg, unsigned ready)
{
	uint64_t end = loop_now_us() + TURN_US;
	struct stream *s;

	(void)arg;
	(void)ready;
	while ((s = TAILQ_FIRST(&turns)) != NULL && loop_now_us() < end) {
		leave_turns(s);
		step(s);
	}
	turning = s != NULL;
	if (!turning)
		watch_change(&every_turn, 0);
}

/*
 * A socket that can always be written to is ready once in each turn of the loop. A timer of 0 ms
 * would fire again and again until the millisecond is over, before anybody else has a turn.
 */
static void begin_turning(void)
{
	static int pair[2];

	if (every_turn.event == NULL) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
			fatal("no socket for the turns: %s", strerror(errno));
		watch_start(&every_turn, pair[0], WATCH_WRITE, take_turns, NULL);
	} else {
		watch_change(&every_turn, WATCH_WRITE);
	}
	turning = true;
}

static void queue_turn(struct stream *s)
{
	if (s->has_turn)
		return;
	TAILQ_INSERT_TAIL(&turns, s, turn);
	s->has_turn = true;
	if (!turning)
		begin_turning();
}

/* --- the end ------------------------------------------------------------------------------- */

static void release_source(struct stream *s)
{
	void (*release)(void *arg) = s->source.release;

	s->source.release = NULL;
	if (release != NULL)
		release(s->source.arg);
}

static void stream_free(struct stream *s)
{
	leave_turns(s);
	release_source(s);
	buf_release(&s->bytes);
	s->conn->stream = NULL;
	free(s);
}

/* What the log says of an answer that did not reach its end. */
static int cut_status(const struct stream *s)
{
	if (s->failed)
		return 500;
	return s->waiting || orders_draining() ? 503 : 499;
}

void stream_gone(struct stream *s)
{
	request_log(&s->conn->request, cut_status(s), s->sent);
	stream_free(s);
}

static void finish(struct stream *s)
{
	struct conn *c = s->conn;

	request_log(&c->request, s->status, s->sent);
	stream_free(s);
	conn_answered(c);
}

/* Nothing of the answer is on its way yet: there may be another. */
static void replace(struct stream *s)
{
	struct conn *c = s->conn;

	stream_free(s);
	conn_end_stream(c);
	respond_problem(&c->request, 503, status_text(503), "The answer could not be made.");
}

/* A body that ends with the connection is complete for whoever sees an orderly end. */
static void cut(struct stream *s)
{
	if (s->sent == 0 && s->again == 0) { /* else TLS has begun a record */
		replace(s);
		return;
	}
	if (s->end == BODY_ENDS_WITH_CONNECTION)
		tls_cut(s->conn->kore);
	conn_drop(s->conn);
}

/* --- making -------------------------------------------------------------------------------- */

static size_t most_wanted(const struct stream *s)
{
	return s->left < STREAM_SLICE ? (size_t)s->left : STREAM_SLICE;
}

/* Moves what did not fill a record to the front. */
static void make_room(struct stream *s)
{
	size_t rest = s->bytes.length - s->taken;

	memmove(s->bytes.data, s->bytes.data + s->taken, rest);
	s->bytes.length = rest;
	s->taken = 0;
}

static void put_digits(char *at, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < CHUNK_DIGITS; i++)
		at[i] = digits[(length >> (4 * (CHUNK_DIGITS - 1 - i))) & 15];
}

/* Appends to the bytes. False when the source failed or memory is out. */
static bool ask_source(struct stream *s)
{
	size_t start = s->bytes.length, most = most_wanted(s), made;
	enum stream_result result = s->source.produce(s->source.arg, &s->bytes, most);

	made = s->bytes.length - start;
	if (made > most)
		abort();
	if (s->left != STREAM_LENGTH_UNKNOWN)
		s->left -= made;
	s->begun |= made > 0;
	s->waiting = result == STREAM_WAIT;
	s->complete = result == STREAM_END || s->left == 0;
	return result != STREAM_FAILED && buf_ok(&s->bytes) &&
	       (!s->complete || s->left == 0 || s->left == STREAM_LENGTH_UNKNOWN);
}

/* The same, with the head and the end of a chunk around it. */
static bool ask_source_for_chunk(struct stream *s)
{
	size_t start = s->bytes.length, length;

	buf_add_string(&s->bytes, "00000\r\n");
	if (!buf_ok(&s->bytes) || !ask_source(s))
		return false;
	length = s->bytes.length - start - CHUNK_HEAD;
	if (length == 0) {
		s->bytes.length = start;
	} else {
		put_digits(s->bytes.data + start, length);
		buf_add_string(&s->bytes, "\r\n");
	}
	if (s->complete)
		buf_add_string(&s->bytes, "0\r\n\r\n");
	return buf_ok(&s->bytes);
}

/* The next slice. False when the answer cannot go on. */
static bool produce(struct stream *s)
{
	make_room(s);
	s->failed = !(s->end == BODY_ENDS_WITH_CHUNK ? ask_source_for_chunk(s) : ask_source(s));
	if (s->failed)
		return false;
	if (s->complete)
		release_source(s);
	return true;
}

/* --- sending ------------------------------------------------------------------------------- */

/* Bytes of the next record; 0 when it should be filled first. */
static size_t next_record(const struct stream *s)
{
	size_t left = s->bytes.length - s->taken;

	if (s->again > 0)
		return s->again;
	if (left >= RECORD)
		return RECORD;
	return s->complete || (s->waiting && s->begun) ? left : 0;
}

/* Will something follow the record at once? Then both may share a packet. */
static bool more_follows(const struct stream *s, size_t length)
{
	if (length < s->bytes.length - s->taken)
		return true;
	return s->complete ? s->conn->closing : !s->waiting;
}

/* False when the connection is broken. */
static bool send_records(struct stream *s)
{
	size_t length, sent;

	while ((length = next_record(s)) > 0) {
		switch (tls_write(s->conn->kore, s->bytes.data + s->taken, length,
				  more_follows(s, length), &sent)) {
		case TLS_DONE:
			s->again = 0;
			s->taken += sent;
			s->sent += sent;
			s->conn->sent += sent;
			break;
		case TLS_AGAIN:
			s->again = length;
			s->blocked = true;
			return true;
		default:
			return false;
		}
	}
	return true;
}

/* The client has all there is: from here on it is not its time that passes. */
static void await_source(struct stream *s)
{
	s->conn->sent_seen = s->conn->sent;
	conn_set_deadline(s->conn, STREAM_WAIT_MS);
}

/* One slice, and as much of it as the socket takes. */
static void step(struct stream *s)
{
	if (s->again == 0 && !s->complete && !s->waiting && !produce(s)) {
		cut(s);
		return;
	}
	if (!send_records(s)) {
		conn_drop(s->conn);
		return;
	}
	if (s->blocked)
		return;
	if (s->complete)
		finish(s);
	else if (s->waiting)
		await_source(s);
	else
		queue_turn(s);
}

void stream_can_send(struct stream *s)
{
	if (!s->blocked || (s->conn->kore->evt.flags & KORE_EVENT_WRITE) == 0)
		return;
	s->blocked = false;
	queue_turn(s);
}

/* --- answering ----------------------------------------------------------------------------- */

static enum body_end body_end(const struct request *r, const struct stream_source *source)
{
	if (source->length != STREAM_LENGTH_UNKNOWN)
		return BODY_HAS_LENGTH;
	return r->head->is_http_1_0 ? BODY_ENDS_WITH_CONNECTION : BODY_ENDS_WITH_CHUNK;
}

static struct stream *stream_new(struct request *r, const struct answer *head,
				 const struct stream_source *source)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	*s = (struct stream){
		.conn = r->conn,
		.source = *source,
		.end = body_end(r, source),
		.status = head->status,
		.left = source->length,
		.complete = r->method == METHOD_HEAD || source->length == 0,
	};
	buf_init(&s->bytes, SLICE_MAXIMUM);
	if (s->end == BODY_ENDS_WITH_CONNECTION)
		r->conn->closing = true;
	answer_add_head(&s->bytes, head, s->end, source->length, conn_closes(r));
	if (buf_ok(&s->bytes))
		return s;
	buf_release(&s->bytes);
	free(s);
	return NULL;
}

/* The kernel would take megabytes otherwise; what is on its way already does not count. */
static void hold_little(int fd, int wanted)
{
	const int most = wanted > 0 ? wanted : UNSENT_USUAL;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

void respond_stream(struct request *r, const struct answer *head,
		    const struct stream_source *source)
{
	struct stream *s = stream_new(r, head, source);

	if (s == NULL) {
		if (source->release != NULL)
			source->release(source->arg);
		respond_problem(r, 503, status_text(503), NULL);
		return;
	}
	if (s->complete)
		release_source(s);
	hold_little(r->conn->kore->fd, source->unsent_most);
	conn_begin_stream(r, s);
	queue_turn(s);
}

void stream_resume(struct request *r)
{
	struct stream *s = r->conn->stream;

	if (s == NULL || !s->waiting)
		abort(); /* a source that does not know what it said */
	s->waiting = false;
	conn_set_deadline(s->conn, conn_limits.send_ms);
	if (!s->blocked)
		queue_turn(s);
}

void stream_cut(struct request *r)
{
	r->conn->stream->waiting = true; /* for its turn in vain, says the log */
	cut(r->conn->stream);
}
