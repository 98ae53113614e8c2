/*
 * Addresses for the tests only: what no real handler does, done on purpose. Compiled into the
 * builds "probe" (as shipped otherwise, seccomp included) and "asan", never into a release.
 */
#ifdef SUYUAN_PROBES

#include <arpa/inet.h>
#include <sys/eventfd.h>

#include "base/buf.h"
#include "web/http_head.h"
#include "web/loop.h"
#include "web/probe_stream.h"
#include "web/request_log.h"
#include "web/respond.h"
#include "web/router.h"

enum { ECHO_MAXIMUM = 4 << 20 };

static unsigned gone; /* how often a client left a waiting request */

static uint64_t first_number(const struct request *r)
{
	uint64_t number;

	return r->capture_count > 0 && slice_to_u64(r->captures[0], &number) ? number : 0;
}

static void respond_text(struct request *r, struct slice text)
{
	const struct answer a = { .status = 200, .content_type = "text/plain", .body = text };

	respond(r, &a);
}

static void add_line(struct buf *b, const char *name, struct slice value)
{
	buf_add_format(b, "%s=", name);
	buf_add_slice(b, value);
	buf_add_char(b, '\n');
}

static void add_client(struct buf *b, const struct client_address *client)
{
	char room[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(client->is_ipv6 ? AF_INET6 : AF_INET, client->bytes, room, sizeof(room));
	add_line(b, "client", slice_of(room));
}

/* What the server understood of the request. */
static void probe_echo(struct request *r)
{
	struct buf b;

	buf_init(&b, ECHO_MAXIMUM);
	add_line(&b, "method", slice_of(method_name(r->method)));
	add_line(&b, "path", r->path);
	add_line(&b, "query", r->query);
	add_line(&b, "q", request_query(r, "q"));
	add_line(&b, "host", r->host);
	add_client(&b, &r->client);
	for (unsigned i = 0; i < r->capture_count; i++)
		add_line(&b, "capture", r->captures[i]);
	for (unsigned i = 0; i < r->head->field_count; i++) {
		struct http_field field = http_head_at(r->head, i);

		buf_add_string(&b, "header ");
		buf_add_slice(&b, field.name);
		add_line(&b, "", field.value);
	}
	buf_add_format(&b, "body_length=%zu\n", r->body.length);
	add_line(&b, "body", r->body);
	respond_text(r, buf_slice(&b));
	buf_release(&b);
}

struct slow {
	struct timer timer;
	struct request *request;
};

static void slow_done(void *arg)
{
	struct slow *s = arg;

	respond_text(s->request, S("slow\n"));
}

static void slow_gone(struct request *r, void *arg)
{
	struct slow *s = arg;

	(void)r;
	gone++;
	timer_stop(&s->timer);
}

/* Answers after so many milliseconds. */
static void probe_slow(struct request *r)
{
	struct slow *s = arena_alloc(&r->arena, sizeof(*s));

	if (s == NULL)
		abort();
	s->request = r;
	request_wait(r, slow_gone, s);
	timer_start(&s->timer, first_number(r), slow_done, s);
}

static void probe_gone(struct request *r)
{
	char room[32];

	(void)snprintf(room, sizeof(room), "%u\n", gone);
	respond_text(r, slice_of(room));
}

/* So many KiB. */
static void probe_big(struct request *r)
{
	struct slice text = { NULL, first_number(r) << 10 };
	char *room = malloc(text.length + 1);

	if (room == NULL)
		abort();
	memset(room, 'x', text.length);
	text.data = room;
	respond_text(r, text);
	free(room);
}

/* One blob for everybody, as the hot cache will have it. */
static void probe_blob(struct request *r)
{
	static struct blob *blob;
	static char page[6144];
	struct answer a = { .status = 200, .content_type = "text/plain" };

	if (blob == NULL) {
		memset(page, 'p', sizeof(page));
		a.body = (struct slice){ page, sizeof(page) };
		blob = blob_build(&a);
	}
	respond_blob(r, blob);
}

/* A header whose value tries to be two. */
static void probe_split(struct request *r)
{
	struct answer a = { .status = 204 };

	answer_add_header(&a, "x-probe", S("one\r\nx-injected: two"));
	respond(r, &a);
}

static void probe_problem(struct request *r)
{
	respond_problem_format(r, 400, "A \"quoted\" title", "line\n\x01 %s", "<b>\xff");
}

/* A message in the log with everything that could break a line of JSON. */
static void probe_log(struct request *r)
{
	request_log_message("notice", S("a\"}\n{\"fake\":1}\\\x1b[31m\xff"));
	respond_text(r, S("logged\n"));
}

static void probe_crash(struct request *r)
{
	(void)r;
	abort();
}

/* A system call the sandbox does not know. */
static void probe_forbidden(struct request *r)
{
	(void)eventfd(0, 0);
	respond_text(r, S("allowed\n"));
}

void serve_probe(struct request *r);

void serve_probe(struct request *r)
{
	static const struct {
		const char *name;
		void (*handle)(struct request *r);
	} probes[] = {
		{ "echo", probe_echo },	    { "slow", probe_slow },
		{ "gone", probe_gone },	    { "big", probe_big },
		{ "blob", probe_blob },	    { "split", probe_split },
		{ "log", probe_log },	    { "problem", probe_problem },
		{ "crash", probe_crash },   { "forbidden", probe_forbidden },
		{ "stream", probe_stream }, { "streams", probe_streams },
	};
	struct slice name = r->captures[0];

	/* "/probe/NAME/VALUE": the handlers see VALUE first. */
	memmove(&r->captures[0], &r->captures[1], sizeof(r->captures) - sizeof(r->captures[0]));
	r->capture_count--;
	for (size_t i = 0; i < COUNT_OF(probes); i++) {
		if (slice_equal(name, slice_of(probes[i].name))) {
			probes[i].handle(r);
			return;
		}
	}
	respond_problem(r, 404, status_text(404), NULL);
}

#endif
