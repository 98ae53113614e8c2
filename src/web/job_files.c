/*
 * `/v1/jobs/{id}/files/{name}`: a job's file from the database to the client, a slice at a time, so
 * that a slow client holds one slice in memory and no connection.
 */
#include "store/job.h"
#include "store/sql.h"
#include "web/api.h"
#include "web/console_db.h"
#include "web/http_part.h"
#include "web/lookup_log.h"
#include "web/stream.h"

void serve_job_file(struct request *r);

enum { SLICE_BYTES = 256 << 10, TEXT_ROOM = 160 };

/* One download; in the request's arena, which lives as long. */
struct download {
	struct request *request;
	int64_t brand, line, job, position;
	uint64_t size;
	struct byte_range range; /* what is still to be sent */
	char type[TEXT_ROOM], tag[TEXT_ROOM], name[TEXT_ROOM], content_range[TEXT_ROOM];
	struct db *db; /* that was asked last */
	struct db_query query;
	PGresult *rows;	    /* owns `slice`, or NULL */
	struct slice slice; /* not sent yet */
	bool failed;
};

/* --- slices -------------------------------------------------------------------------------- */

static void fetched(void *arg, enum db_result result, const PGresult *rows)
{
	struct download *d = arg;

	d->failed = result != DB_OK || PQntuples(rows) != 1 || PQgetlength(rows, 0, 0) == 0;
	if (!d->failed) {
		d->rows = db_keep_rows(d->db, rows);
		d->slice = db_text_in(d->rows, 0, 0);
	}
	stream_resume(d->request);
}

/* No slice reaches over the end of a part. */
static void fetch(struct download *d)
{
	struct db_parameters session = { .count = 0 }, p = { .count = 0 };
	uint64_t offset = d->range.first % JOB_PART_SIZE, left = d->range.last - d->range.first + 1;
	uint64_t some = JOB_PART_SIZE - offset < left ? JOB_PART_SIZE - offset : left;

	db_add_i64(&session, d->brand);
	db_add_i64(&session, d->line);
	db_add_i64(&p, d->job);
	db_add_i64(&p, d->position);
	db_add_i64(&p, (int64_t)(d->range.first / JOB_PART_SIZE));
	db_add_i64(&p, (int64_t)offset);
	db_add_i64(&p, (int64_t)(some < SLICE_BYTES ? some : SLICE_BYTES));
	d->db = console_db();
	db_send_after(d->db, &sql_line_session, &session, &sql_api_job_bytes, &p, &d->query);
}

static void drop_rows(struct download *d)
{
	PQclear(d->rows);
	d->rows = NULL;
	d->slice = (struct slice){ NULL, 0 };
}

static enum stream_result produce(void *arg, struct buf *out, size_t most)
{
	struct download *d = arg;
	size_t some = d->slice.length < most ? d->slice.length : most;

	if (d->failed)
		return STREAM_FAILED;
	if (some == 0) {
		drop_rows(d);
		fetch(d);
		return STREAM_WAIT;
	}
	buf_add(out, d->slice.data, some);
	d->slice = slice_from(d->slice, some);
	d->range.first += some;
	return d->range.first > d->range.last ? STREAM_END : STREAM_MORE;
}

static void release(void *arg)
{
	struct download *d = arg;

	db_forget(&d->query);
	drop_rows(d);
}

/* --- answering ----------------------------------------------------------------------------- */

static void add_headers(struct download *d, struct answer *a)
{
	a->cache_control = "private, no-cache";
	answer_add_header(a, "accept-ranges", S("bytes"));
	answer_add_header(a, "etag", slice_of(d->tag));
}

static void send_bytes(struct api_call *call, struct download *d, int status)
{
	struct answer head = { .status = status, .content_type = d->type };
	const struct stream_source source = {
		.length = d->range.last - d->range.first + 1,
		.produce = produce,
		.release = release,
		.arg = d,
	};

	add_headers(d, &head);
	answer_add_header(&head, "content-disposition", slice_of(d->name));
	if (status == 206)
		answer_add_header(&head, "content-range", slice_of(d->content_range));
	api_end(call, &head);
	respond_stream(call->request, &head, &source);
}

static void send_nothing(struct api_call *call, struct download *d, int status, const char *detail)
{
	struct answer a = { .status = status };

	add_headers(d, &a);
	if (status == 416)
		answer_add_header(&a, "content-range", slice_of(d->content_range));
	api_end(call, &a);
	if (status == 304)
		respond(call->request, &a);
	else
		respond_problem_with(call->request, &a, status_text(status), detail);
}

static void send_part(struct api_call *call, struct download *d)
{
	(void)snprintf(d->content_range, TEXT_ROOM, "bytes %llu-%llu/%llu",
		       (unsigned long long)d->range.first, (unsigned long long)d->range.last,
		       (unsigned long long)d->size);
	send_bytes(call, d, 206);
}

static void decide(struct api_call *call, struct download *d)
{
	const struct request *r = call->request;
	const struct part_wishes wishes = {
		.if_match = request_header(r, "if-match"),
		.if_none_match = request_header(r, "if-none-match"),
		.if_range = request_header(r, "if-range"),
		/* Only a GET has parts (RFC 9110, 14.2). */
		.range = r->method == METHOD_GET ? request_header(r, "range") : S(""),
	};

	switch (part_decide(&wishes, slice_of(d->tag), d->size, &d->range)) {
	case PART_WHOLE:
		d->range = (struct byte_range){ 0, d->size - 1 };
		send_bytes(call, d, 200);
		return;
	case PART_SOME:
		send_part(call, d);
		return;
	case PART_NOT_MODIFIED:
		send_nothing(call, d, 304, NULL);
		return;
	case PART_OTHER:
		send_nothing(call, d, 412, "The file has another entity tag than If-Match names.");
		return;
	case PART_OUTSIDE:
		(void)snprintf(d->content_range, TEXT_ROOM, "bytes */%llu",
			       (unsigned long long)d->size);
		send_nothing(call, d, 416, "The range is beyond the end.");
		return;
	}
}

/* --- the file ------------------------------------------------------------------------------ */

static void no_file(struct api_call *call)
{
	api_problem(call, 404, NULL, NULL,
		    "There is no such file: it is not made yet, or was removed, or never was.");
}

/* The entity tag is the SHA-256: whoever has it can check the file. */
static void found(struct api_call *call, const PGresult *rows)
{
	struct download *d = call->own;

	if (PQntuples(rows) == 0 || db_i64_in(rows, 0, 1) <= 0) {
		no_file(call);
		return;
	}
	d->position = db_i64_in(rows, 0, 0);
	d->size = (uint64_t)db_i64_in(rows, 0, 1);
	(void)snprintf(d->tag, TEXT_ROOM, "\"%.*s\"", SLICE_ARG(db_text_in(rows, 0, 2)));
	(void)snprintf(d->type, TEXT_ROOM, "%.*s", SLICE_ARG(db_text_in(rows, 0, 3)));
	/* A name of a file row has no character that means something in a header. */
	(void)snprintf(d->name, TEXT_ROOM, "attachment; filename=\"%.*s\"",
		       SLICE_ARG(call->request->captures[1]));
	decide(call, d);
}

static void get(struct api_call *call)
{
	struct download *d = arena_alloc(&call->request->arena, sizeof(*d));
	struct db_parameters p = { .count = 0 };
	uint64_t job;

	if (d == NULL) {
		api_problem(call, 503, NULL, NULL, "Out of memory.");
		return;
	}
	if (!slice_to_u64(call->request->captures[0], &job) || job > INT64_MAX) {
		no_file(call);
		return;
	}
	*d = (struct download){ .request = call->request,
				.brand = call->line.brand,
				.line = call->line.id,
				.job = (int64_t)job,
				.query = { .done = fetched, .arg = d } };
	call->own = d;
	db_add_i64(&p, d->job);
	db_add_text(&p, call->request->captures[1]);
	api_ask(call, &sql_api_job_file, &p, found);
}

void serve_job_file(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}
