/* A source of web/stream.h for each reader, which asks for the next part when the last is taken. */
#include "web/media_paper.h"

#include "store/sql.h"
#include "web/http_part.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/places.h"
#include "web/stream.h"

#define PAPER_POLICY "default-src 'none'; sandbox; frame-ancestors 'none'"

enum {
	PART_BYTES = 32 << 10, /* read at once, and waiting in the kernel */
	TRY_MS = 500,	       /* PostgreSQL restarts, or another takes its place … */
	TRIES_MOST = 20,       /* … within so many */
	TAG_ROOM = 2 * MEDIA_DIGEST_SIZE + 3,
	RANGE_ROOM = 80,
};

/* Who is sent a paper; in the request's arena. */
struct reader {
	struct place place; /* first */
	struct request *request;
	struct db *db;
	unsigned char digest[MEDIA_DIGEST_SIZE];
	struct byte_range left;
	struct db_query query;
	PGresult *part; /* read and not taken; or NULL */
	struct timer retry;
	unsigned tries;
	bool begun, failed;
};

static struct places readers;

void media_paper_start(unsigned most)
{
	readers.most = most;
}

/* --- reading --------------------------------------------------------------------------------- */

static uint64_t part_length(const struct reader *r)
{
	uint64_t left = r->left.last - r->left.first + 1;

	return left < PART_BYTES ? left : PART_BYTES;
}

static void ask_again(void *arg);

/* What has begun goes on when PostgreSQL is back soon. */
static void on_part(void *arg, enum db_result result, const PGresult *rows)
{
	struct reader *r = arg;

	if (result != DB_OK && r->begun && r->tries++ < TRIES_MOST) {
		timer_start(&r->retry, TRY_MS, ask_again, r);
		return;
	}
	r->failed = result != DB_OK || PQntuples(rows) == 0 ||
		    db_text_in(rows, 0, 0).length != part_length(r);
	if (!r->failed)
		r->part = db_keep_rows(r->db, rows);
	stream_resume(r->request);
}

static void ask(struct reader *r)
{
	struct db_parameters parameters = { .count = 0 };

	db_add_text(&parameters, (struct slice){ (const char *)r->digest, sizeof(r->digest) });
	db_add_i64(&parameters, (int64_t)r->left.first);
	db_add_i64(&parameters, (int64_t)part_length(r));
	r->query.done = on_part;
	r->query.arg = r;
	db_send(r->db, &sql_lookup_paper, &parameters, &r->query);
}

static void ask_again(void *arg)
{
	ask(arg);
}

/* --- the source ------------------------------------------------------------------------------ */

static void take_part(struct reader *r, struct buf *out)
{
	struct slice bytes = db_text_in(r->part, 0, 0);

	buf_add(out, bytes.data, bytes.length);
	r->left.first += bytes.length;
	r->begun = true;
	r->tries = 0;
	PQclear(r->part);
	r->part = NULL;
}

static enum stream_result produce(void *arg, struct buf *out, size_t most)
{
	struct reader *r = arg;

	(void)most; /* a part is never more than that */
	r->place.moved_ms = loop_now_ms();
	if (r->failed)
		return STREAM_FAILED;
	if (r->part == NULL) {
		ask(r);
		return STREAM_WAIT;
	}
	take_part(r, out);
	return r->left.first > r->left.last ? STREAM_END : STREAM_MORE;
}

static void release(void *arg)
{
	struct reader *r = arg;

	metric_sub(METRIC_PAPERS_READ, r->place.household_length > 0);
	places_leave(&readers, &r->place);
	db_forget(&r->query);
	timer_stop(&r->retry);
	PQclear(r->part);
	r->part = NULL;
}

/* --- answering ------------------------------------------------------------------------------- */

static bool enter(struct reader *r)
{
	struct slice household = client_address_household(&r->request->client);
	struct place *loser = NULL;

	if (!places_ask(&readers, household, loop_now_ms(), &loser)) {
		metric_add(METRIC_PAPERS_REFUSED, 1);
		return false;
	}
	if (loser != NULL) {
		metric_add(METRIC_PAPERS_CUT, 1);
		stream_cut(((struct reader *)(void *)loser)->request);
	}
	places_enter(&readers, &r->place, household, loop_now_ms());
	metric_add(METRIC_PAPERS_READ, 1);
	return true;
}

static void send_bytes(struct db *db, struct request *request, const struct media_paper *paper,
		       const struct answer *head, struct byte_range range)
{
	struct reader *r = arena_alloc(&request->arena, sizeof(*r));
	const struct stream_source source = {
		.length = range.last - range.first + 1,
		.produce = produce,
		.release = release,
		.arg = r,
		.unsent_most = PART_BYTES,
	};

	if (r != NULL)
		*r = (struct reader){ .request = request, .db = db, .left = range };
	if (r == NULL || (request->method != METHOD_HEAD && !enter(r))) {
		respond_problem(request, 503, status_text(503), NULL);
		return;
	}
	memcpy(r->digest, paper->digest, sizeof(r->digest));
	respond_stream(request, head, &source);
}

static void add_range(struct answer *head, char room[RANGE_ROOM], const struct byte_range *part,
		      uint64_t length)
{
	if (part != NULL)
		(void)snprintf(room, RANGE_ROOM, "bytes %llu-%llu/%llu",
			       (unsigned long long)part->first, (unsigned long long)part->last,
			       (unsigned long long)length);
	else
		(void)snprintf(room, RANGE_ROOM, "bytes */%llu", (unsigned long long)length);
	answer_add_header(head, "content-range", slice_of(room));
}

static struct part_wishes wishes_of(const struct request *r)
{
	return (struct part_wishes){
		.if_match = request_header(r, "if-match"),
		.if_none_match = request_header(r, "if-none-match"),
		.if_range = request_header(r, "if-range"),
		/* Only a GET has parts (RFC 9110, 14.2). */
		.range = r->method == METHOD_GET ? request_header(r, "range") : S(""),
	};
}

void media_paper_answer(struct db *db, struct request *r, const struct media_paper *paper)
{
	const struct part_wishes wishes = wishes_of(r);
	struct byte_range range = { 0, paper->length - 1 };
	char tag[TAG_ROOM], part[RANGE_ROOM];
	struct answer head = {
		.status = 200,
		.content_type = paper->is_pdf ? "application/pdf" : "image/jpeg",
		.cache_control = "no-cache",
		.content_security_policy = PAPER_POLICY,
	};

	(void)snprintf(tag, sizeof(tag), "\"%.*s\"", SLICE_ARG(paper->tag));
	answer_add_header(&head, "etag", slice_of(tag));
	answer_add_header(&head, "accept-ranges", S("bytes"));
	answer_add_header(&head, "content-disposition", S("attachment"));
	switch (part_decide(&wishes, slice_of(tag), paper->length, &range)) {
	case PART_WHOLE:
		send_bytes(db, r, paper, &head, range);
		return;
	case PART_SOME:
		head.status = 206;
		add_range(&head, part, &range, paper->length);
		send_bytes(db, r, paper, &head, range);
		return;
	case PART_NOT_MODIFIED:
		head.status = 304;
		head.content_type = NULL;
		respond(r, &head);
		return;
	case PART_OTHER:
		respond_problem(r, 412, status_text(412), NULL);
		return;
	case PART_OUTSIDE:
		head = (struct answer){ .status = 416 };
		add_range(&head, part, NULL, paper->length);
		respond_problem_with(r, &head, status_text(416), NULL);
		return;
	}
}
