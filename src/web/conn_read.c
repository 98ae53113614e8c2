/* Reading requests: from received bytes to a handler, or to a refusal that says why. */
#include <kore/kore.h>

#include "web/conn_state.h"
#include "web/loop.h"
#include "web/request_id.h"
#include "web/router.h"
#include "web/tls.h"

enum {
	WORK_MS = 60000,	 /* no handler needs that long: all they wait for has a deadline */
	SLOWEST_LINE = 64 << 10, /* bytes a second of those who may send a larger body */
	INPUT_KEPT = 64 << 10,	 /* bytes of memory a connection keeps for its next request */
};

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
	if (!tls_may_read(c->kore))
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
			conn_set_deadline(c, conn_limits.head_ms);
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

static void begin_request(struct conn *c)
{
	struct request *r = &c->request;

	r->id = request_id_next();
	r->conn = c;
	if (r->start_us == 0)
		r->start_us = loop_now_us();
	arena_init(&r->arena, REQUEST_ARENA_MAXIMUM);
	r->client = c->client;
	c->used = true;
	c->phase = PHASE_WORKING;
	conn_set_deadline(c, WORK_MS);
}

/* Also of a request that could not be read: nobody expects a body after HEAD. */
static bool looks_like_head(struct slice input)
{
	while (slice_starts(input, S("\r\n")))
		input = slice_from(input, 2);
	return slice_starts(input, S("HEAD "));
}

void conn_refuse(struct conn *c, int status, const char *detail)
{
	begin_request(c);
	if (looks_like_head(buf_slice(&c->input)))
		c->request.method = METHOD_HEAD;
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

/* A request whose head is there. */
static void begin_read_request(struct conn *c)
{
	struct request *r = &c->request;

	begin_request(c);
	r->method = c->head.method;
	r->path = c->head.path;
	r->query = c->head.query;
	r->host = c->head.host;
	r->head = &c->head;
}

static void dispatch(struct conn *c)
{
	struct request *r = &c->request;

	begin_read_request(c);
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
	conn_set_deadline(c, conn_limits.body_ms + c->admitted_length * 1000 / SLOWEST_LINE);
	if (c->head.expect_continue && !c->continued) {
		net_send_queue(c->kore, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		if (!net_send_flush(c->kore))
			conn_drop(c);
	}
	c->continued = true;
}

/* --- bodies ---------------------------------------------------------------------------------- */

static void refuse_body(struct conn *c, size_t most)
{
	char detail[96];

	(void)snprintf(detail, sizeof(detail), "The body is larger than the limit of %zu bytes.",
		       most);
	conn_refuse(c, 413, detail);
}

static void refuse_by_rule(struct conn *c, const struct body_rule *rule, int status)
{
	begin_read_request(c);
	c->refused = true;
	c->closing = true;
	c->unread = c->head.body_length;
	rule->refuse(&c->request, status);
}

/* Asks the rule, once a request. False: it was refused. */
static bool let_in(struct conn *c, const struct body_rule *rule)
{
	int status = rule->enter(&c->client, c->head.body_length);

	if (status != 0) {
		refuse_by_rule(c, rule, status);
		return false;
	}
	c->admitted = rule;
	c->admitted_length = c->head.body_length;
	if (c->input.maximum < HEAD_MAXIMUM + (size_t)c->head.body_length + RECORD)
		c->input.maximum = HEAD_MAXIMUM + (size_t)c->head.body_length + RECORD;
	return true;
}

void conn_leave_body(struct conn *c)
{
	if (c->admitted != NULL)
		c->admitted->leave(&c->client, c->admitted_length);
	c->admitted = NULL;
}

/* False: it was refused. */
static bool body_may_come(struct conn *c)
{
	const struct body_rule *rule = body_rule_of(&c->head);
	size_t most = body_most(rule, &c->head);

	if (c->admitted != NULL)
		return true;
	if (c->head.body_length > most) {
		if (rule == NULL)
			refuse_body(c, most);
		else
			refuse_by_rule(c, rule, 413);
		return false;
	}
	return rule == NULL || let_in(c, rule);
}

/* Memory follows what is needed: a photo's is not kept for the next request. */
static void shrink_input(struct conn *c)
{
	struct buf small;

	if (c->input.capacity <= INPUT_KEPT || c->input.length > INPUT_KEPT)
		return;
	buf_init(&small, HEAD_MAXIMUM + conn_limits.body_bytes + RECORD);
	buf_add_slice(&small, buf_slice(&c->input));
	if (!buf_ok(&small)) {
		buf_release(&small);
		return;
	}
	buf_release(&c->input);
	c->input = small;
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
		conn_refuse(c, head_status(result), head_explanation(result));
	else if (!body_may_come(c))
		return true;
	else if (c->input.length - c->head.length >= c->head.body_length)
		dispatch(c);
	else if (c->wanted == 0)
		await_body(c);
	else
		return false;
	return true;
}

void conn_end_request(struct conn *c)
{
	size_t used = c->head.length + (size_t)c->head.body_length;

	arena_release(&c->request.arena);
	c->request = (struct request){ .start_us = 0 };
	conn_leave_body(c);
	c->admitted_length = 0;
	if (!c->refused)
		use_input(c, used);
	shrink_input(c);
	c->head = (struct http_head){ .length = 0 };
	c->wanted = 0;
	c->continued = false;
	c->phase = PHASE_READING;
	c->since_ms = loop_now_ms();
	conn_set_deadline(c, c->input.length > 0 ? conn_limits.head_ms : conn_limits.idle_ms);
}

bool conn_read(struct conn *c)
{
	if (take_request(c))
		return c->phase != PHASE_GONE;
	switch (fill(c)) {
	case TLS_DONE:
		return true;
	case TLS_AGAIN:
		return false;
	default:
		conn_drop(c);
		return false;
	}
}
