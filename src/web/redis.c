/* Keeps one connection to Redis through hiredis on the worker's loop: commands, deadlines, breaker.
 */
#include "web/redis.h"

#include <assert.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "web/loop.h"

enum {
	CONNECT_DEADLINE_MS = 500,
	RETRY_LEAST_MS = 50,
	RETRY_MOST_MS = 1000,
	LATE_IN_A_ROW = 5, /* then the connection is given up: Redis hangs */
};

enum state {
	STATE_WAITING,	  /* for the next try: the breaker is open */
	STATE_CONNECTING, /* also: the password and one PING are on their way */
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
	redisAsyncContext *context;
	struct watch watch;
	unsigned wanted; /* what the watch is set to */
	bool write_due;
	struct timer retry, connect_deadline, deadline, flush, refuse;
	unsigned backoff_ms;
	unsigned late; /* commands expired since the last reply */

	struct redis_slot *ring;
	size_t ring_size;  /* a power of two */
	size_t head, tail; /* counted up for ever */

	struct redis_read *refused, **refused_end;
	unsigned refused_count;
};

static void connect_start(void *arg);
static void go_down(struct redis *r, const char *why);

static const struct slice nothing = { NULL, 0 };

/* --- the ring of what is owed --------------------------------------------------------------- */

static struct redis_slot *slot_at(struct redis *r, size_t index)
{
	return &r->ring[index & (r->ring_size - 1)];
}

static void slot_answer(struct redis_slot *slot, enum redis_result result, struct slice value)
{
	struct redis_read *read = slot->read;

	if (read == NULL)
		return;
	slot->read = NULL;
	read->slot = NULL;
	read->done(read->arg, result, value);
}

static void slot_pop(struct redis *r, enum redis_result result, struct slice value)
{
	struct redis_slot slot = *slot_at(r, r->head);

	slot_at(r, r->head++)->read = NULL;
	slot_answer(&slot, result, value);
}

/* --- reads that cannot be sent -------------------------------------------------------------- */

static void refused_unlink(struct redis_read *read)
{
	struct redis *r = read->refused_by;

	*read->previous = read->next;
	if (read->next != NULL)
		read->next->previous = read->previous;
	else
		r->refused_end = read->previous;
	r->refused_count--;
	read->refused_by = NULL;
}

static void refuse_all(void *arg)
{
	struct redis *r = arg;

	for (unsigned n = r->refused_count; n > 0 && r->refused != NULL; n--) {
		struct redis_read *read = r->refused;

		refused_unlink(read);
		read->done(read->arg, REDIS_UNUSABLE, nothing);
	}
	if (r->refused != NULL)
		timer_start(&r->refuse, 0, refuse_all, r);
}

static void refuse(struct redis *r, struct redis_read *read)
{
	read->refused_by = r;
	read->next = NULL;
	read->previous = r->refused_end;
	*r->refused_end = read;
	r->refused_end = &read->next;
	if (r->refused_count++ == 0)
		timer_start(&r->refuse, 0, refuse_all, r);
}

/* --- replies -------------------------------------------------------------------------------- */

static void became_up(struct redis *r)
{
	r->state = STATE_UP;
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

static void on_reply(redisAsyncContext *context, void *reply_or_null, void *arg)
{
	struct redis *r = arg;
	const redisReply *reply = reply_or_null;
	enum redis_result result;

	/* A connection that was given up still calls back for all it owed. */
	if (context != r->context || reply == NULL || r->head == r->tail)
		return;
	r->late = 0;
	result = judge(r, reply);
	slot_pop(r, result,
		 result == REDIS_FOUND ? (struct slice){ reply->str, reply->len } : nothing);
}

static void on_probe_reply(redisAsyncContext *context, void *reply_or_null, void *arg)
{
	struct redis *r = arg;
	const redisReply *reply = reply_or_null;

	if (context != r->context || reply == NULL || r->head == r->tail)
		return;
	if (reply->type != REDIS_REPLY_STATUS ||
	    (strcmp(reply->str, "PONG") != 0 && strcmp(reply->str, "OK") != 0)) {
		go_down(r, "it does not answer as Redis does, or refuses the password");
		return;
	}
	slot_pop(r, REDIS_MISSING, nothing);
	if (strcmp(reply->str, "PONG") == 0)
		became_up(r);
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

static bool send(struct redis *r, struct redis_read *read, redisCallbackFn *callback, int count,
		 const char **words, const size_t *lengths)
{
	struct redis_slot *slot = slot_at(r, r->tail);

	if (r->tail - r->head == r->ring_size ||
	    redisAsyncCommandArgv(r->context, callback, r, count, words, lengths) != REDIS_OK)
		return false;
	*slot = (struct redis_slot){ .read = read, .sent_ms = loop_now_ms() };
	r->tail++;
	if (read != NULL)
		read->slot = slot;
	if (r->state == STATE_UP && !timer_running(&r->deadline))
		timer_start(&r->deadline, r->options.deadline_ms, expire, r);
	return true;
}

void redis_get(struct redis *r, struct slice key, struct redis_read *read)
{
	const char *words[] = { "GET", key.data };
	const size_t lengths[] = { 3, key.length };

	assert(read->slot == NULL && read->refused_by == NULL);
	if (r->state != STATE_UP || !send(r, read, on_reply, 2, words, lengths))
		refuse(r, read);
}

void redis_forget(struct redis_read *read)
{
	if (read->slot != NULL)
		read->slot->read = NULL;
	read->slot = NULL;
	if (read->refused_by != NULL)
		refused_unlink(read);
}

void redis_set(struct redis *r, struct slice key, struct slice value, unsigned seconds)
{
	char life[16];
	int life_length = snprintf(life, sizeof(life), "%u", seconds);
	const char *words[] = { "SET", key.data, value.data, "EX", life };
	const size_t lengths[] = { 3, key.length, value.length, 2, (size_t)life_length };

	if (r->state == STATE_UP && value.length <= r->options.value_most)
		(void)send(r, NULL, on_reply, 5, words, lengths);
}

static void probe(struct redis *r)
{
	const char *words[] = { "AUTH", r->options.password };
	const size_t lengths[] = { 4, words[1] == NULL ? 0 : strlen(words[1]) };
	const char *ping = "PING";
	const size_t ping_length = 4;

	if ((words[1] != NULL && !send(r, NULL, on_probe_reply, 2, words, lengths)) ||
	    !send(r, NULL, on_probe_reply, 1, &ping, &ping_length))
		go_down(r, "out of memory");
}

/* --- hiredis on our loop -------------------------------------------------------------------- */

/*
 * A value that is too large is refused by judge() when it is complete; a server that goes on
 * sending one is cut off here, before it fills our memory.
 */
static void read_some(struct redis *r)
{
	redisAsyncContext *context = r->context;

	redisAsyncHandleRead(context);
	if (r->context == context && context->c.reader->len > 2 * r->options.value_most)
		go_down(r, "it sends too much");
}

static void set_watch(struct redis *r, unsigned wanted)
{
	if (r->wanted == wanted)
		return;
	r->wanted = wanted;
	watch_change(&r->watch, wanted);
}

static void on_ready(void *arg, unsigned ready)
{
	struct redis *r = arg;

	if (ready & (WATCH_READ | WATCH_ERROR))
		read_some(r);
	if (r->context != NULL && (ready & WATCH_WRITE) != 0)
		redisAsyncHandleWrite(r->context);
}

/* All commands of one turn go out in one write. */
static void flush(void *arg)
{
	struct redis *r = arg;

	if (r->context != NULL && r->write_due)
		redisAsyncHandleWrite(r->context);
	if (r->context != NULL)
		set_watch(r, WATCH_READ | (r->write_due ? WATCH_WRITE : 0));
}

static void add_read(void *arg)
{
	(void)arg; /* always watched */
}

static void add_write(void *arg)
{
	struct redis *r = arg;

	r->write_due = true;
	/* That the connection stands is told by being writable. */
	if (r->context != NULL && !(r->context->c.flags & REDIS_CONNECTED))
		set_watch(r, WATCH_READ | WATCH_WRITE);
	else if (!timer_running(&r->flush))
		timer_start(&r->flush, 0, flush, r);
}

static void delete_write(void *arg)
{
	struct redis *r = arg;

	r->write_due = false;
	set_watch(r, WATCH_READ);
}

static void cleanup(void *arg)
{
	struct redis *r = arg;

	watch_stop(&r->watch);
	timer_stop(&r->flush);
	r->write_due = false;
}

static void on_connect(const redisAsyncContext *context, int status)
{
	struct redis *r = context->data;

	if (context != r->context)
		return;
	if (status != REDIS_OK) {
		/* hiredis frees the context after this call. */
		char why[160];

		(void)snprintf(why, sizeof(why), "%s", context->errstr);
		r->context = NULL;
		go_down(r, why);
		return;
	}
	probe(r);
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
	struct redis *r = context->data;
	char why[160];

	if (context != r->context)
		return;
	(void)snprintf(why, sizeof(why), "%s", status == REDIS_OK ? "closed" : context->errstr);
	r->context = NULL;
	go_down(r, why);
}

/* --- connecting and starting over ----------------------------------------------------------- */

static void connect_expired(void *arg)
{
	go_down(arg, "no connection within the deadline");
}

static void attach(struct redis *r)
{
	redisAsyncContext *context = r->context;

	r->wanted = WATCH_READ | WATCH_WRITE;
	watch_start(&r->watch, context->c.fd, r->wanted, on_ready, r);
	context->data = r;
	context->ev.data = r;
	context->ev.addRead = add_read;
	context->ev.delRead = add_read;
	context->ev.addWrite = add_write;
	context->ev.delWrite = delete_write;
	context->ev.cleanup = cleanup;
	(void)redisAsyncSetDisconnectCallback(context, on_disconnect);
	(void)redisAsyncSetConnectCallback(context, on_connect);
}

static void connect_start(void *arg)
{
	struct redis *r = arg;

	r->state = STATE_CONNECTING;
	r->late = 0;
	timer_start(&r->connect_deadline, CONNECT_DEADLINE_MS, connect_expired, r);
	r->context = r->options.socket != NULL
			 ? redisAsyncConnectUnix(r->options.socket)
			 : redisAsyncConnect(r->options.address, r->options.port);
	if (r->context == NULL) {
		go_down(r, "out of memory");
	} else if (r->context->err != 0) {
		go_down(r, r->context->errstr);
	} else {
		attach(r);
	}
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
	redisAsyncContext *context = r->context;

	watch_stop(&r->watch);
	timer_stop(&r->connect_deadline);
	timer_stop(&r->deadline);
	timer_stop(&r->flush);
	r->state = STATE_WAITING;
	r->context = NULL; /* its last callbacks are not ours any more */
	if (context != NULL)
		redisAsyncFree(context);
	r->write_due = false;
}

static void go_down(struct redis *r, const char *why)
{
	char reason[160];

	(void)snprintf(reason, sizeof(reason), "%s", why); /* it may belong to the context */
	disconnect(r);
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
	r->refused_end = &r->refused;
	r->ring_size = 64;
	while (r->ring_size < options->most_in_flight)
		r->ring_size *= 2;
	r->ring = calloc(r->ring_size, sizeof(*r->ring));
	if (r->ring == NULL) {
		free(r);
		return NULL;
	}
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
	while (r->refused != NULL)
		refused_unlink(r->refused);
	disconnect(r);
	timer_stop(&r->retry);
	timer_stop(&r->refuse);
	free(r->ring);
	free(r);
}

bool redis_is_up(const struct redis *r)
{
	return r->state == STATE_UP;
}
