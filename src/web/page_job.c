/* The console's page of one job: how far it is, its files, and how to stop it. */
#include "store/sql.h"
#include "web/pages.h"

void serve_job_page(struct request *r);
void serve_jobs_page(struct request *r);

enum { FILES = 500, ROWS = 50 };

static size_t fill_files(struct page *p, const json_t *files, struct view_console_file *to)
{
	size_t count = json_array_size(files) > FILES ? FILES : json_array_size(files);

	for (size_t i = 0; i < count; i++) {
		const json_t *file = json_array_get(files, i);

		to[i] = (struct view_console_file){
			.name = page_member(p, file, "name"),
			.size = page_member(p, file, "size"),
			.labels = page_member(p, file, "labels"),
			.sha256 = page_member(p, file, "sha256"),
		};
	}
	return count;
}

static struct slice percent_of(struct page *p, const json_t *job)
{
	json_int_t done = json_integer_value(json_object_get(job, "done"));
	json_int_t total = json_integer_value(json_object_get(job, "total"));
	char text[24];

	if (slice_equal(page_member(p, job, "state"), S("done")))
		return S("100");
	(void)snprintf(text, sizeof(text), "%lld",
		       total > 0 ? (long long)(done * 100 / total) : 0LL);
	return arena_copy(&p->request->arena, slice_of(text));
}

static void print_job(struct page *p, const json_t *job)
{
	struct view_console_file *files = arena_array(&p->request->arena, FILES, sizeof(*files));
	struct view_console_job view = { .head = &p->head, .files = files };
	struct slice state = page_member(p, job, "state"), kind = page_member(p, job, "kind");

	view.running = slice_equal(state, S("waiting")) || slice_equal(state, S("running"));
	view.id = page_member(p, job, "id");
	view.by = page_who(p, page_member(p, job, "made_by"));
	view.made = page_minute(p, page_member(p, job, "made_at"));
	view.is_labels = slice_equal(kind, S("labels"));
	view.is_import = slice_equal(kind, S("import"));
	p->head.title = page_state(p, kind);
	view.batch = page_member(p, job, "batch");
	view.state = page_state(p, state);
	view.done = page_member(p, job, "done");
	view.total = page_member(p, job, "total");
	view.reason = page_member(p, job, "reason");
	view.percent = percent_of(p, job);
	if (files != NULL)
		view.files_count = fill_files(p, json_object_get(job, "files"), files);
	template_console_job(&p->writer, &view);
}

static void show(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_console_jobs, print_job);
}

static void get(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t id;

	if (!slice_to_u64(call->request->captures[0], &id) || id > INT64_MAX) {
		api_problem(call, 404, MESSAGE_pack_no_job, NULL, NULL,
			    "There is no job with this id.");
		return;
	}
	db_add_i64(&p, (int64_t)id);
	api_ask(call, &sql_job_show, &p, show);
}

void serve_job_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get);
}

/* --- the list ------------------------------------------------------------------------------ */

static void fill_row(struct page *p, const json_t *job, const json_t *called,
		     struct view_console_jobs_row *to)
{
	struct slice state = page_member(p, job, "state"), kind = page_member(p, job, "kind");

	*to = (struct view_console_jobs_row){
		.id = page_member(p, job, "id"),
		.state = page_state(p, state),
		.done = page_member(p, job, "done"),
		.total = page_member(p, job, "total"),
		.percent = percent_of(p, job),
		.made = page_minute(p, page_member(p, job, "made_at")),
		.kind = page_state(p, kind),
		.is_labels = slice_equal(kind, S("labels")),
		.by = page_who(p, page_member(p, job, "made_by")),
		.gtin = page_member(p, job, "gtin"),
		.product = page_words(p, called),
		.reason = page_member(p, job, "reason"),
		.running = slice_equal(state, S("waiting")) || slice_equal(state, S("running")),
	};
}

static void show_list(struct api_call *call, const PGresult *rows)
{
	int count = PQntuples(rows), shown = count > ROWS ? ROWS : count;
	struct view_console_jobs_row jobs[ROWS];
	struct view_console_jobs view = { .jobs = jobs };
	char next[64];
	struct page p;

	page_init(&p, call, call->request, TEXT_desk_jobs);
	view.head = &p.head;
	for (int i = 0; i < shown; i++) {
		struct slice text = db_text_in(rows, i, 0), name = db_text_in(rows, i, 2);
		json_t *job = json_loadb(text.data, text.length, 0, NULL);
		json_t *called = json_loadb(name.data, name.length, 0, NULL);

		fill_row(&p, job, called, &jobs[view.jobs_count]);
		view.running |= jobs[view.jobs_count++].running;
		json_decref(called);
		json_decref(job);
	}
	if (shown < count) {
		(void)snprintf(next, sizeof(next), "/jobs?before=%.*s",
			       SLICE_ARG(jobs[ROWS - 1].id));
		view.next = slice_of(next);
	}
	template_console_jobs(&p.writer, &view);
	page_send(&p, 200);
}

static void list(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t before;

	if (!api_query_number(call, "before", 1, INT64_MAX, 0, &before))
		return;
	db_add_i64(&p, (int64_t)before);
	db_add_text_or_null(&p, (struct slice){ NULL, 0 });
	db_add_i64(&p, ROWS + 1);
	api_ask(call, &sql_api_jobs, &p, show_list);
}

void serve_jobs_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, list);
}
