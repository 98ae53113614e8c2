/* Long answers for the tests only (see web/probe.c): of any length, slow, waiting, failing. */
#ifdef SUYUAN_PROBES

#include "web/probe_stream.h"

#include "web/loop.h"
#include "web/stream_gzip.h"

/* Line n is n in seven hexadecimal digits, so that every byte tells its place. */
enum { LINE = 8 };

struct made {
	struct request *request;
	struct timer timer;
	uint64_t length, at;
	uint64_t slice;	   /* bytes at once */
	uint64_t wait_ms;  /* after each slice */
	uint64_t fails_at; /* bytes, or more than there are */
	uint64_t missing;  /* ends so many bytes early */
	uint64_t least_us; /* of work for each slice */
	bool is_waiting;
};

static unsigned opened, released; /* sources */
static uint64_t made_bytes, asked;

static uint64_t number(struct request *r, const char *name, uint64_t otherwise)
{
	uint64_t value;

	return slice_to_u64(request_query(r, name), &value) ? value : otherwise;
}

static void resume(void *arg)
{
	struct made *m = arg;

	m->is_waiting = false;
	stream_resume(m->request);
}

static void put_lines(struct made *m, struct buf *out, uint64_t end)
{
	char line[LINE + 1];

	while (m->at < end) {
		size_t within = (size_t)(m->at % LINE), some = LINE - within;

		if (some > end - m->at)
			some = (size_t)(end - m->at);
		(void)snprintf(line, sizeof(line), "%07x\n", (unsigned)(m->at / LINE) & 0xfffffff);
		buf_add(out, line + within, some);
		m->at += some;
	}
}

static void be_busy(uint64_t us)
{
	uint64_t end = loop_now_us() + us;

	while (us > 0 && loop_now_us() < end)
		;
}

static enum stream_result produce(void *arg, struct buf *out, size_t most)
{
	struct made *m = arg;
	uint64_t end = m->at + (m->slice < most ? m->slice : most);

	if (m->is_waiting)
		abort(); /* asked while waiting */
	asked++;
	be_busy(m->least_us);
	if (end > m->length - m->missing)
		end = m->length - m->missing;
	made_bytes += end - m->at;
	put_lines(m, out, end);
	if (m->at >= m->fails_at)
		return STREAM_FAILED;
	if (m->at == m->length - m->missing)
		return STREAM_END;
	if (m->wait_ms == 0)
		return STREAM_MORE;
	m->is_waiting = true;
	timer_start(&m->timer, m->wait_ms, resume, m);
	return STREAM_WAIT;
}

static void release(void *arg)
{
	struct made *m = arg;

	timer_stop(&m->timer);
	m->length = 0; /* the request's memory must still be there */
	released++;
}

void probe_stream(struct request *r)
{
	const struct answer head = { .status = 200, .content_type = "text/plain" };
	struct made *m = arena_alloc(&r->arena, sizeof(*m));
	struct stream_source source = { .produce = produce, .release = release, .arg = m };
	uint64_t length;

	if (m == NULL || !slice_to_u64(r->captures[0], &length))
		abort();
	*m = (struct made){
		.request = r,
		.length = length,
		.slice = number(r, "slice", STREAM_SLICE),
		.wait_ms = number(r, "wait", 0),
		.fails_at = number(r, "fail", UINT64_MAX),
		.missing = number(r, "missing", 0),
		.least_us = number(r, "work", 0),
	};
	source.length = number(r, "unknown", 0) != 0 ? STREAM_LENGTH_UNKNOWN : length;
	if (number(r, "gzip", 0) != 0 && !stream_gzip(&source, &source))
		abort();
	opened++;
	respond_stream(r, &head, &source);
}

void probe_streams(struct request *r)
{
	char room[128];
	struct answer a = { .status = 200, .content_type = "application/json" };

	(void)snprintf(room, sizeof(room),
		       "{\"opened\":%u,\"released\":%u,\"asked\":%llu,\"made\":%llu}\n", opened,
		       released, (unsigned long long)asked, (unsigned long long)made_bytes);
	a.body = slice_of(room);
	respond(r, &a);
}

#endif
