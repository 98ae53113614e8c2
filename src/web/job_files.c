/*
 * `/v1/jobs/{id}/files/{name}`: a job's file from the database to the client, a slice at a time, so
 * that a slow client holds one slice in memory and no connection.
 */
#include "store/job.h"
#include "store/sql.h"
#include "web/console_db.h"
#include "web/download.h"
#include "web/job_files.h"

void serve_job_file(struct request *r);

enum { SLICE_BYTES = 256 << 10, TEXT_ROOM = DOWNLOAD_NAME_MOST };

/* One download; in the request's arena, which lives as long. */
struct job_download {
	struct request *request;
	int64_t brand, line, job, position;
	uint64_t size;
	struct byte_range range; /* what is still to be sent */
	char type[TEXT_ROOM], tag[TEXT_ROOM];
	struct slice name;
	struct db *db; /* that was asked last */
	struct db_query query;
	PGresult *rows;	    /* owns `slice`, or NULL */
	struct slice slice; /* not sent yet */
	bool failed;
};

/* --- slices -------------------------------------------------------------------------------- */

static void fetched(void *arg, enum db_result result, const PGresult *rows)
{
	struct job_download *f = arg;

	f->failed = result != DB_OK || PQntuples(rows) != 1 || PQgetlength(rows, 0, 0) == 0;
	if (!f->failed) {
		f->rows = db_keep_rows(f->db, rows);
		f->slice = db_text_in(f->rows, 0, 0);
	}
	stream_resume(f->request);
}

/* No slice reaches over the end of a part. */
static void fetch(struct job_download *f)
{
	struct db_parameters session = { .count = 0 }, p = { .count = 0 };
	uint64_t offset = f->range.first % JOB_PART_SIZE, left = f->range.last - f->range.first + 1;
	uint64_t some = JOB_PART_SIZE - offset < left ? JOB_PART_SIZE - offset : left;

	db_add_i64(&session, f->brand);
	db_add_i64(&session, f->line);
	db_add_i64(&session, 0);
	db_add_text(&session, S("")); /* it changes nothing, and the request itself was logged */
	db_add_text(&session, S(""));
	db_add_text(&session, S(""));
	db_add_i64(&session, 0);
	db_add_i64(&p, f->job);
	db_add_i64(&p, f->position);
	db_add_i64(&p, (int64_t)(f->range.first / JOB_PART_SIZE));
	db_add_i64(&p, (int64_t)offset);
	db_add_i64(&p, (int64_t)(some < SLICE_BYTES ? some : SLICE_BYTES));
	f->db = console_db();
	db_send_after(f->db, &sql_session_begin, &session, &sql_api_job_bytes, &p, &f->query);
}

static void drop_rows(struct job_download *f)
{
	PQclear(f->rows);
	f->rows = NULL;
	f->slice = (struct slice){ NULL, 0 };
}

static enum stream_result produce(void *arg, struct buf *out, size_t most)
{
	struct job_download *f = arg;
	size_t some = f->slice.length < most ? f->slice.length : most;

	if (f->failed)
		return STREAM_FAILED;
	if (some == 0) {
		drop_rows(f);
		fetch(f);
		return STREAM_WAIT;
	}
	buf_add(out, f->slice.data, some);
	f->slice = slice_from(f->slice, some);
	f->range.first += some;
	return f->range.first > f->range.last ? STREAM_END : STREAM_MORE;
}

static void release(void *arg)
{
	struct job_download *f = arg;

	db_forget(&f->query);
	drop_rows(f);
}

/* --- the file ------------------------------------------------------------------------------ */

static void no_file(struct api_call *call)
{
	api_problem(call, 404, MESSAGE_no_file, NULL, NULL,
		    "There is no such file: it is not made yet, or was removed, or never was.");
}

/* The entity tag is the SHA-256: whoever has it can check the file. */
static void answer(struct api_call *call, struct job_download *f)
{
	const struct download whole = {
		.content_type = f->type,
		.tag = slice_of(f->tag),
		/* A name of a file row has no character that means something in a header. */
		.file_name = f->name,
		.length = f->size,
		.source = { .produce = produce, .release = release, .arg = f },
		.range = &f->range,
	};

	download_answer(call, &whole);
}

static void found(struct api_call *call, const PGresult *rows)
{
	struct job_download *f = call->own;

	if (PQntuples(rows) == 0 || db_i64_in(rows, 0, 1) <= 0) {
		no_file(call);
		return;
	}
	f->position = db_i64_in(rows, 0, 0);
	f->size = (uint64_t)db_i64_in(rows, 0, 1);
	(void)snprintf(f->tag, TEXT_ROOM, "%.*s", SLICE_ARG(db_text_in(rows, 0, 2)));
	(void)snprintf(f->type, TEXT_ROOM, "%.*s", SLICE_ARG(db_text_in(rows, 0, 3)));
	answer(call, f);
}

void job_file_send(struct api_call *call, int64_t job, struct slice name)
{
	struct job_download *f = api_own(call, sizeof(*f));
	struct db_parameters p = { .count = 0 };

	if (f == NULL)
		return;
	*f = (struct job_download){ .request = call->request,
				    .brand = call->line.brand,
				    .line = call->line.id,
				    .job = job,
				    .name = name,
				    .query = { .done = fetched, .arg = f } };
	db_add_i64(&p, f->job);
	db_add_text(&p, name);
	api_ask(call, &sql_api_job_file, &p, found);
}

static void get(struct api_call *call)
{
	uint64_t job;

	if (slice_to_u64(call->request->captures[0], &job) && job <= INT64_MAX)
		job_file_send(call, (int64_t)job, call->request->captures[1]);
	else
		no_file(call);
}

void serve_job_file(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}
