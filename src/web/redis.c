/* Keeps one connection to Redis through hiredis on the worker's loop: commands, deadlines, breaker.
 */
#include "web/redis.h"

#include <assert.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "web/loop.h"
#include "web/metrics.h"

enum {
	OUT_MOST = 16 << 20,   /* bytes waiting to be written; more is not sent */
	READ_SIZE = 64 << 10,  /* at a time */
	REPLY_SLACK = 4 << 10, /* of the reader's buffer over the largest value */
	CONNECT_DEADLINE_MS = 500,
	RETRY_LEAST_MS = 50,
	RETRY_MOST_MS = 1000,
	LATE_IN_A_ROW = 5, /* then the connection is given up: Redis hangs */
};

enum state {
	STATE_WAITING, /* for the next try: the breaker is open */
	STATE_CONNECTING,
	STATE_PROBING, /* the password and a PING are on their way */
	STATE_UP,
};

/* What Redis owes us a reply for, in order. */
struct redis_slot {
	struct redis_read *read; /* NULL: nobody waits */
	bool late;
	uint64_t sent_ms;
};

struct redis {
	struct redis_options options;
	enum state state;
	int fd; /* or -1 */
	struct watch watch;
	bool writing; /* watched for it */
	struct buf out;
	size_t out_sent; /* of `out` */
	redisReader *reader;
	struct timer retry, connect_deadline, deadline, flush;
	unsigned connection; /* counts them */
	unsigned backoff_ms;
	unsigned late; /* commands expired since the last reply */

	struct redis_slot *ring;
	size_t ring_size;  /* a power of two */
	size_t head, tail; /* counted up for ever */

	struct refused_list refused; /* waiting for their bad news */
};

static void connect_start(void *arg);
static void go_down(struct redis *r, const char *why);

static const struct slice nothing = { NULL, 0 };

/* --- the ring of what is owed --------------------------------------------------------------- */

static struct redis_slot *slot_at(struct redis *r, size_t index)
{
	return &r->ring[index & (r->ring_size - 1)];
}

static void count_read(enum redis_result result)
{
	static const enum metric metrics[] = {
		[REDIS_FOUND] = METRIC_REDIS_FOUND,
		[REDIS_MISSING] = METRIC_REDIS_MISSING,
		[REDIS_UNUSABLE] = METRIC_REDIS_UNUSABLE,
	};

	metric_add(metrics[result], 1);
}

static void slot_answer(struct redis_slot *slot, enum redis_result result, struct slice value)
{
	struct redis_read *read = slot->read;

	if (read == NULL)
		return;
	slot->read = NULL;
	read->slot = NULL;
	count_read(result);
	read->done(read->arg, result, value);
}

static void slot_pop(struct redis *r, enum redis_result result, struct slice value)
{
	struct redis_slot slot = *slot_at(r, r->head);

	slot_at(r, r->head++)->read = NULL;
	metric_sub(METRIC_REDIS_IN_FLIGHT, 1);
	slot_answer(&slot, result, value);
}

/* --- reads that cannot be sent -------------------------------------------------------------- */

static void tell_refused(void *whose)
{
	struct redis_read *read = whose;

	count_read(REDIS_UNUSABLE);
	read->done(read->arg, REDIS_UNUSABLE, nothing);
}

/* --- replies -------------------------------------------------------------------------------- */

static void became_up(struct redis *r)
{
	r->state = STATE_UP;
	metric_add(METRIC_REDIS_CONNECTIONS, 1);
	metric_add(METRIC_REDIS_CONNECTS, 1);
	r->backoff_ms = 0;
	timer_stop(&r->connect_deadline);
	if (r->options.on_up != NULL)
		r->options.on_up(r->options.arg);
}

static enum redis_result judge(const struct redis *r, const redisReply *reply)
{
	if (reply->type == REDIS_REPLY_NIL)
		return REDIS_MISSING;
	if (reply->type != REDIS_REPLY_STRING || reply->len > r->options.value_most)
		return REDIS_UNUSABLE;
	return REDIS_FOUND;
}

static void take_reply(struct redis *r, const redisReply *reply)
{
	enum redis_result result = judge(r, reply);

	r->late = 0;
	slot_pop(r, result,
		 result == REDIS_FOUND ? (struct slice){ reply->str, reply->len } : nothing);
}

/* False: no Redis that we may use. */
static bool take_probe_reply(struct redis *r, const redisReply *reply)
{
	bool pong = reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, "PONG") == 0;
	bool ok = reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, "OK") == 0;
	bool last = r->tail - r->head == 1;

	if (last ? !pong : !ok)
		return false;
	slot_pop(r, REDIS_MISSING, nothing);
	if (last)
		became_up(r);
	return true;
}

/* The next whole reply, or NULL. False: `ret_why` says why the connection is of no more use. */
static bool next_reply(struct redis *r, redisReply **ret_reply, const char **ret_why)
{
	void *reply = NULL;

	if (redisReaderGetReply(r->reader, &reply) != REDIS_OK) {
		*ret_why = "it does not speak the protocol";
		return false;
	}
	if (reply != NULL && r->head == r->tail) {
		freeReplyObject(reply);
		*ret_why = "it answers what nobody asked";
		return false;
	}
	*ret_reply = reply;
	return true;
}

static void take_replies(struct redis *r)
{
	unsigned connection = r->connection;
	const char *why = "";
	redisReply *reply;

	for (;;) {
		if (!next_reply(r, &reply, &why)) {
			go_down(r, why);
			return;
		}
		if (reply == NULL)
			return;
		if (r->state == STATE_UP)
			take_reply(r, reply);
		else if (!take_probe_reply(r, reply))
			go_down(r, "it refuses the password, or is no Redis");
		freeReplyObject(reply);
		if (r->connection != connection)
			return;
	}
}

/* --- sending -------------------------------------------------------------------------------- */

static void expire(void *arg)
{
	struct redis *r = arg;
	uint64_t now = loop_now_ms(), limit = r->options.deadline_ms;

	for (size_t i = r->head; i != r->tail; i++) {
		struct redis_slot *slot = slot_at(r, i);

		if (slot->sent_ms + limit > now) {
			timer_start(&r->deadline, slot->sent_ms + limit - now, expire, r);
			break;
		}
		r->late += !slot->late;
		slot->late = true;
		slot_answer(slot, REDIS_UNUSABLE, nothing);
	}
	if (r->late >= LATE_IN_A_ROW)
		go_down(r, "no answer within the deadline");
}

static void give_up(void *arg)
{
	go_down(arg, "out of memory");
}

static void out_flush(void *arg)
{
	struct redis *r = arg;
	bool left;

	while (r->out_sent < r->out.length) {
		ssize_t sent = send(r->fd, r->out.data + r->out_sent, r->out.length - r->out_sent,
				    MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != EAGAIN) {
			go_down(r, strerror(errno));
			return;
		}
		if (sent < 0)
			break;
		r->out_sent += (size_t)sent;
	}
	left = r->out_sent < r->out.length;
	if (!left) {
		buf_clear(&r->out);
		r->out_sent = 0;
	}
	if (left != r->writing)
		watch_change(&r->watch, WATCH_READ | (left ? WATCH_WRITE : 0));
	r->writing = left;
}

/* All commands of one turn go out in one write. False: there is no room for it. */
static bool command(struct redis *r, struct redis_read *read, int count, const char **words,
		    const size_t *lengths)
{
	struct redis_slot *slot = slot_at(r, r->tail);
	char *text = NULL;
	int length;

	if (r->tail - r->head == r->ring_size || r->out.length > OUT_MOST / 2)
		return false;
	length = redisFormatCommandArgv(&text, count, words, lengths);
	if (length < 0)
		return false;
	buf_add(&r->out, text, (size_t)length);
	redisFreeCommand(text);
	if (!buf_ok(&r->out)) {
		/* Half a command may stand there: nothing more can be said on this connection. */
		timer_start(&r->flush, 0, give_up, r);
		return false;
	}
	*slot = (struct redis_slot){ .read = read, .sent_ms = loop_now_ms() };
	r->tail++;
	metric_add(METRIC_REDIS_IN_FLIGHT, 1);
	if (read != NULL)
		read->slot = slot;
	if (!timer_running(&r->flush))
		timer_start(&r->flush, 0, out_flush, r);
	if (r->state == STATE_UP && !timer_running(&r->deadline))
		timer_start(&r->deadline, r->options.deadline_ms, expire, r);
	return true;
}

void redis_get(struct redis *r, struct slice key, struct redis_read *read)
{
	const char *words[] = { "GET", key.data };
	const size_t lengths[] = { 3, key.length };

	assert(read->slot == NULL && read->refused.list == NULL);
	if (r->state != STATE_UP || !command(r, read, 2, words, lengths))
		refused_add(&r->refused, &read->refused, read);
}

void redis_forget(struct redis_read *read)
{
	if (read->slot != NULL)
		read->slot->read = NULL;
	read->slot = NULL;
	refused_forget(&read->refused);
}

void redis_set(struct redis *r, struct slice key, struct slice value, unsigned seconds)
{
	char life[16];
	int life_length = snprintf(life, sizeof(life), "%u", seconds);
	const char *words[] = { "SET", key.data, value.data, "EX", life };
	const size_t lengths[] = { 3, key.length, value.length, 2, (size_t)life_length };

	if (r->state == STATE_UP && value.length <= r->options.value_most &&
	    command(r, NULL, 5, words, lengths))
		metric_add(METRIC_REDIS_WRITES, 1);
}

static void probe(struct redis *r)
{
	const char *words[] = { "AUTH", r->options.place->password };
	const size_t lengths[] = { 4, words[1] == NULL ? 0 : strlen(words[1]) };
	const char *ping = "PING";
	const size_t ping_length = 4;

	r->state = STATE_PROBING;
	if ((words[1] != NULL && !command(r, NULL, 2, words, lengths)) ||
	    !command(r, NULL, 1, &ping, &ping_length))
		go_down(r, "out of memory");
}

/* --- the socket ------------------------------------------------------------------------------ */

static void read_some(struct redis *r)
{
	static char room[READ_SIZE];
	ssize_t got = recv(r->fd, room, sizeof(room), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		go_down(r, got == 0 ? "closed" : strerror(errno));
		return;
	}
	if (r->reader->len + (size_t)got > r->options.value_most + REPLY_SLACK + READ_SIZE ||
	    redisReaderFeed(r->reader, room, (size_t)got) != REDIS_OK) {
		go_down(r, "it sends too much");
		return;
	}
	take_replies(r);
}

static void on_connected(struct redis *r)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (error != 0) {
		go_down(r, strerror(error));
		return;
	}
	watch_change(&r->watch, WATCH_READ);
	r->writing = false;
	probe(r);
}

static void on_ready(void *arg, unsigned ready)
{
	struct redis *r = arg;

	if (r->state == STATE_CONNECTING) {
		on_connected(r);
		return;
	}
	if (ready & (WATCH_READ | WATCH_ERROR))
		read_some(r);
	if (r->fd >= 0 && r->state != STATE_CONNECTING && (ready & WATCH_WRITE) != 0)
		out_flush(r);
}

/* --- connecting and starting over ----------------------------------------------------------- */

static void connect_expired(void *arg)
{
	go_down(arg, "no connection within the deadline");
}

static void *refuse_array(const redisReadTask *task, int elements)
{
	(void)task;
	(void)elements;
	return NULL;
}

/*
 * None of our commands is answered by an array, and one may claim a size that takes minutes to
 * walk through: the reader fails on it.
 */
static redisReader *reader_new(void)
{
	static redisReplyObjectFunctions no_arrays;
	redisReader *reader = redisReaderCreate();

	if (reader == NULL)
		return NULL;
	no_arrays = *reader->fn;
	no_arrays.createArray = refuse_array;
	reader->fn = &no_arrays;
	return reader;
}

static void connect_start(void *arg)
{
	struct redis *r = arg;

	r->state = STATE_CONNECTING;
	r->connection++;
	r->late = 0;
	timer_start(&r->connect_deadline, CONNECT_DEADLINE_MS, connect_expired, r);
	r->reader = reader_new();
	r->fd = redis_place_connect(r->options.place);
	if (r->reader == NULL || r->fd < 0) {
		go_down(r, r->reader == NULL ? "out of memory" : strerror(errno));
		return;
	}
	watch_start(&r->watch, r->fd, WATCH_READ | WATCH_WRITE, on_ready, r);
}

/* Half to one and a half of the pause, so that many workers do not come back at once. */
static unsigned next_pause(struct redis *r)
{
	r->backoff_ms = r->backoff_ms == 0 ? RETRY_LEAST_MS : r->backoff_ms * 2;
	if (r->backoff_ms > RETRY_MOST_MS)
		r->backoff_ms = RETRY_MOST_MS;
	return r->backoff_ms / 2 + (unsigned)(random() % r->backoff_ms);
}

static void disconnect(struct redis *r)
{
	watch_stop(&r->watch);
	timer_stop(&r->connect_deadline);
	timer_stop(&r->deadline);
	timer_stop(&r->flush);
	if (r->fd >= 0)
		(void)close(r->fd);
	if (r->reader != NULL)
		redisReaderFree(r->reader);
	r->fd = -1;
	r->reader = NULL;
	buf_clear(&r->out);
	r->out_sent = 0;
	r->writing = false;
	metric_sub(METRIC_REDIS_CONNECTIONS, r->state == STATE_UP);
	r->state = STATE_WAITING;
	r->connection++;
}

static void go_down(struct redis *r, const char *why)
{
	char reason[160];

	(void)snprintf(reason, sizeof(reason), "%s", why); /* it may not outlive the connection */
	disconnect(r);
	metric_add(METRIC_REDIS_FAILURES, 1);
	timer_start(&r->retry, next_pause(r), connect_start, r);
	while (r->head != r->tail)
		slot_pop(r, REDIS_UNUSABLE, nothing);
	if (r->options.on_down != NULL)
		r->options.on_down(r->options.arg, reason);
}

struct redis *redis_new(const struct redis_options *options)
{
	struct redis *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->options = *options;
	r->fd = -1;
	buf_init(&r->out, OUT_MOST);
	refused_init(&r->refused, tell_refused);
	r->ring_size = 64;
	while (r->ring_size < options->most_in_flight)
		r->ring_size *= 2;
	r->ring = calloc(r->ring_size, sizeof(*r->ring));
	if (r->ring == NULL) {
		free(r);
		return NULL;
	}
	metric_add(METRIC_REDIS_WANTED, 1);
	connect_start(r);
	return r;
}

void redis_free(struct redis *r)
{
	if (r == NULL)
		return;
	for (; r->head != r->tail; r->head++)
		if (slot_at(r, r->head)->read != NULL)
			slot_at(r, r->head)->read->slot = NULL;
	refused_clear(&r->refused);
	disconnect(r);
	timer_stop(&r->retry);
	buf_release(&r->out);
	free(r->ring);
	free(r);
}

bool redis_is_up(const struct redis *r)
{
	return r->state == STATE_UP;
}
