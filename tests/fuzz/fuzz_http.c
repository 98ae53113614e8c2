/*
 * Fuzzes the whole way of a connection without a socket: web/conn, web/conn_read, web/respond and
 * web/stream on Kore's connections, send queue and timers; only TLS, the routes and the log are
 * played here. A connection's bytes come in pieces, its answers leave in pieces, handlers answer at
 * once, later, or with bytes made on demand.
 * However the pieces are cut, the same requests must be seen and the same answers given, each
 * request answered once or told that its client is gone.
 */
#include <assert.h>
#include <kore/kore.h>

#include "web/bodies.h"
#include "web/conn_state.h"
#include "web/loop.h"
#include "web/module.h"
#include "web/orders.h"
#include "web/request_log.h"
#include "web/router.h"
#include "web/stream.h"
#include "web/tls.h"

enum { STORY = 2048, TURNS = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What happened on one connection: a number for every request and answer. */
struct story {
	uint64_t events[STORY];
	size_t count;
};

static struct story *story;
static const char *left;   /* bytes the client has not sent yet */
static size_t left_length; /* and how many */
static size_t piece;	   /* so many at a time */
static size_t written, heard;
static unsigned waiting, begun, ended, streaming;
/* What TLS could not write and wants to be given again. */
static const void *again_data;
static size_t again_size;

static void tell(uint64_t event)
{
	if (story->count < STORY)
		story->events[story->count++] = event;
}

static uint64_t hash(struct slice bytes)
{
	uint64_t value = 0xcbf29ce484222325u; /* FNV-1a */

	for (size_t i = 0; i < bytes.length; i++)
		value = (value ^ (unsigned char)bytes.data[i]) * 0x100000001b3u;
	return value;
}

/* --- what is played ------------------------------------------------------------------------ */

enum tls_result tls_accept(struct connection *c)
{
	(void)c;
	return TLS_DONE;
}

enum tls_result tls_read(struct connection *c, char *to, size_t size, size_t *ret_got)
{
	size_t n = left_length < piece ? left_length : piece;

	if (n > size)
		n = size;
	if (n == 0)
		return TLS_END;
	if (piece > 1 && ++heard % 3 == 0) {
		c->evt.flags &= ~KORE_EVENT_READ;
		return TLS_AGAIN;
	}
	memcpy(to, left, n);
	left += n;
	left_length -= n;
	*ret_got = n;
	return TLS_DONE;
}

bool tls_may_read(struct connection *c)
{
	return (c->evt.flags & KORE_EVENT_READ) != 0;
}

enum tls_result tls_write(struct connection *c, const void *data, size_t size, bool more,
			  size_t *ret_sent)
{
	(void)more;
	assert(size > 0);
	assert(again_data == NULL || (again_data == data && again_size == size));
	again_data = NULL;
	if (++written % 5 == 0) {
		c->evt.flags &= ~KORE_EVENT_WRITE;
		again_data = data;
		again_size = size;
		return TLS_AGAIN;
	}
	*ret_sent = written % 2 == 0 && size > 1 ? size / 2 : size;
	return TLS_DONE;
}

void tls_close(struct connection *c)
{
	(void)c;
}

void tls_cut(struct connection *c)
{
	(void)c;
}

struct slice tls_server_name(const struct connection *c)
{
	(void)c;
	return S("localhost");
}

const struct body_rule *body_rule_of(const struct http_head *head)
{
	(void)head;
	return NULL;
}

size_t body_most(const struct body_rule *rule, const struct http_head *head)
{
	(void)rule;
	(void)head;
	return conn_limits.body_bytes;
}

bool orders_draining(void)
{
	return false;
}

unsigned app_worker_id(void)
{
	return 0;
}

enum program app_program(void)
{
	return PROGRAM_LOOKUP;
}

void crowd_remove(struct conn *c)
{
	(void)c;
}

void request_log(const struct request *r, int status, size_t bytes)
{
	(void)r;
	(void)bytes;
	ended++;
	tell((uint64_t)status);
}

struct later {
	struct timer timer;
	struct request *request;
};

static void answer(struct request *r)
{
	const struct answer a = { .status = 200, .content_type = "text/plain", .body = r->path };

	respond(r, &a);
}

static void answer_later(void *arg)
{
	struct later *l = arg;

	waiting--;
	answer(l->request);
}

static void gone(struct request *r, void *arg)
{
	struct later *l = arg;

	assert(l->request == r);
	waiting--;
	timer_stop(&l->timer);
}

/* Bytes made on demand: 300 at a time, with a wait after every third slice. */
struct made {
	struct timer timer;
	struct request *request;
	size_t length, at;
	bool fails;
};

static void go_on(void *arg)
{
	struct made *m = arg;

	stream_resume(m->request);
}

static enum stream_result produce(void *arg, struct buf *out, size_t most)
{
	struct made *m = arg;
	size_t rest = m->length - m->at, some = rest < 300 ? rest : 300;

	if (m->fails)
		return STREAM_FAILED;
	for (size_t i = 0; i < some && i < most; i++, m->at++)
		buf_add_char(out, (char)('0' + m->at % 10));
	if (m->at == m->length)
		return STREAM_END;
	if (m->at / 300 % 3 != 0)
		return STREAM_MORE;
	timer_start(&m->timer, 1, go_on, m);
	return STREAM_WAIT;
}

static void released(void *arg)
{
	struct made *m = arg;

	assert(m->request != NULL);
	timer_stop(&m->timer);
	m->request = NULL;
	streaming--;
}

/* Of known length, of none, or failing before the first byte. */
static void answer_streaming(struct request *r)
{
	const struct answer head = { .status = 200, .content_type = "text/plain" };
	struct made *m = arena_alloc(&r->arena, sizeof(*m));
	struct stream_source source = { .produce = produce, .release = released, .arg = m };

	assert(m != NULL);
	*m = (struct made){ .request = r, .length = r->path.length * 97 + r->body.length };
	m->fails = r->path.length % 5 == 0;
	source.length = r->path.length % 3 == 0 ? m->length : STREAM_LENGTH_UNKNOWN;
	streaming++;
	respond_stream(r, &head, &source);
}

void route_request(struct request *r)
{
	struct later *l;

	begun++;
	tell((uint64_t)r->method << 32 | r->path.length << 16 | r->query.length);
	tell(r->body.length);
	tell(hash(r->body)); /* all of it must be there */
	(void)request_query(r, "q");
	if (r->path.length % 2 == 0) {
		answer_streaming(r);
		return;
	}
	if (r->query.length % 2 == 0) {
		answer(r);
		return;
	}
	l = arena_alloc(&r->arena, sizeof(*l));
	assert(l != NULL);
	l->request = r;
	waiting++;
	request_wait(r, gone, l);
	timer_start(&l->timer, 1, answer_later, l);
}

/* --- one connection ------------------------------------------------------------------------ */

static void begin_process(void)
{
	kore_mem_init();
	worker_max_connections = 16;
	net_init();
	kore_connection_init();
	kore_timer_init();
	kore_platform_event_init();
	conn_limits = (struct conn_limits){ 1000, 1000, 1000, 1000, 1000, 4096 };
}

static void turn(struct connection *c)
{
	c->evt.flags = KORE_EVENT_READ | KORE_EVENT_WRITE;
	c->evt.handle(c, 0);
	kore_platform_event_wait(0);
	kore_timer_run(kore_time_ms() + 1000);
}

static void live(const uint8_t *data, size_t size, size_t bytes_at_once, struct story *told)
{
	struct connection *c = kore_connection_new(NULL);

	story = told;
	story->count = 0;
	left = (const char *)data;
	left_length = size;
	piece = bytes_at_once;
	written = heard = begun = ended = streaming = 0;
	again_data = NULL;
	c->fd = -1;
	c->family = AF_INET;
	c->state = CONN_STATE_TLS_SHAKE;
	c->proto = 100;
	TAILQ_INSERT_TAIL(&connections, c, list);
	worker_active_connections++;
	assert(conn_new(c) != NULL);
	for (unsigned i = 0; i < TURNS && c->state != CONN_STATE_DISCONNECTING; i++)
		turn(c);
	kore_connection_disconnect(c);
	kore_connection_prune(KORE_CONNECTION_PRUNE_DISCONNECT);
	kore_timer_run(kore_time_ms() + 1000);
	assert(waiting == 0 && streaming == 0);
	assert(ended >= begun); /* refusals are answers without a handler */
	assert(worker_active_connections == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct story whole, pieces;
	static bool begun_process;

	if (!begun_process)
		begin_process();
	begun_process = true;
	if (size < 1 || size > 8000)
		return 0;
	live(data + 1, size - 1, SIZE_MAX, &whole);
	live(data + 1, size - 1, (size_t)data[0] + 1, &pieces);
	assert(whole.count == pieces.count);
	assert(memcmp(whole.events, pieces.events, whole.count * sizeof(whole.events[0])) == 0);
	return 0;
}
