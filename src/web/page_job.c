/* The console's page of one job: how far it is, its files, and how to stop it. */
#include "store/sql.h"
#include "web/pages.h"

void serve_job_page(struct request *r);

enum { FILES = 500 };

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

	(void)snprintf(text, sizeof(text), "%lld",
		       total > 0 ? (long long)(done * 100 / total) : 0LL);
	return arena_copy(&p->request->arena, slice_of(text));
}

static void print_job(struct page *p, const json_t *job)
{
	struct view_console_file *files = arena_array(&p->request->arena, FILES, sizeof(*files));
	struct view_console_job view = { .head = &p->head, .files = files };
	struct slice state = page_member(p, job, "state");

	view.running = slice_equal(state, S("waiting")) || slice_equal(state, S("running"));
	view.id = page_member(p, job, "id");
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
		api_problem(call, 404, NULL, NULL, "There is no job with this id.");
		return;
	}
	db_add_i64(&p, (int64_t)id);
	api_ask(call, &sql_job_show, &p, show);
}

void serve_job_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get);
}
