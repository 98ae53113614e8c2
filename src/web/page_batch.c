/* The console's page of one batch: its codes, labels, states and what can be done with them. */
#include "store/sql.h"
#include "web/code_story.h"
#include "web/console_people.h"
#include "web/label_door.h"
#include "web/packing_form.h"

void serve_batch_page(struct request *r);

enum { JOBS = 20, STATES = 8, SHEETS = 64, DESIGNS = 500, EVENTS = 20 };

static size_t fill_jobs(struct page *p, const json_t *jobs, struct view_console_job_row *to)
{
	size_t count = json_array_size(jobs) > JOBS ? JOBS : json_array_size(jobs);

	for (size_t i = 0; i < count; i++) {
		const json_t *job = json_array_get(jobs, i);

		to[i] = (struct view_console_job_row){
			.id = page_member(p, job, "id"),
			.state = page_state(p, page_member(p, job, "state")),
			.done = page_member(p, job, "done"),
			.total = page_member(p, job, "total"),
			.by = page_who(p, page_member(p, job, "made_by")),
		};
	}
	return count;
}

/* Those states that some code is in. */
static size_t fill_states(struct page *p, const json_t *states, struct view_console_count *to)
{
	size_t count = 0;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)states, name, value)
	{
		if (json_integer_value(value) == 0 || count == STATES)
			continue;
		to[count++] =
		    (struct view_console_count){ page_name(p, name), page_member(p, states, name) };
	}
	return count;
}

static size_t fill_sheets(struct view_console_sheet *to)
{
	const struct shelf_list *sheets = &label_door_shelf()->sheets;
	size_t count = sheets->count > SHEETS ? SHEETS : sheets->count;

	for (size_t i = 0; i < count; i++)
		to[i] = (struct view_console_sheet){ .name = slice_of(sheets->files[i].name) };
	return count;
}

static void fill_designs(struct page *p, const json_t *designs, struct view_console_batch *view)
{
	size_t count = json_array_size(designs) > DESIGNS ? DESIGNS : json_array_size(designs);
	struct view_console_option *list =
	    arena_array(&p->request->arena, count + 1, sizeof(*list));

	for (size_t i = 0; list != NULL && i < count; i++)
		list[i] = (struct view_console_option){
			.value = page_member(p, json_array_get(designs, i), "id"),
			.text = page_member(p, json_array_get(designs, i), "name"),
		};
	view->designs = list;
	view->designs_count = list == NULL ? 0 : count;
}

static void fill_lots(struct page *p, const json_t *lots, struct view_console_batch *view)
{
	size_t count = json_array_size(lots);
	struct view_console_option *list =
	    arena_array(&p->request->arena, count + 1, sizeof(*list));

	for (size_t i = 0; list != NULL && i < count; i++)
		list[i].value = slice_of(json_string_value(json_array_get(lots, i)));
	view->lots = list;
	view->lots_count = list == NULL ? 0 : count;
}

/* One more than is shown tells that there are older ones. */
static void fill_events(struct page *p, const json_t *events, struct view_console_batch *view)
{
	size_t count = json_array_size(events), shown = count > EVENTS ? EVENTS : count;
	struct view_console_event *list = arena_array(&p->request->arena, shown + 1, sizeof(*list));
	const json_t *last;

	for (size_t i = 0; list != NULL && i < shown; i++) {
		const json_t *e = json_array_get(events, i);

		code_story_event(p, json_object_get(e, "line"), page_member(p, e, "local"),
				 &list[i]);
	}
	view->events = list;
	view->events_count = list == NULL ? 0 : shown;
	if (shown == count)
		return;
	last = json_object_get(json_array_get(events, shown - 1), "line");
	view->older = page_format(p, "/batches/%.*s?before=%lld#events", SLICE_ARG(view->id),
				  (long long)json_integer_value(json_object_get(last, "id")));
}

static void fill_facts(struct page *p, const json_t *batch, struct view_console_batch *view)
{
	struct slice state = page_member(p, batch, "state");

	view->id = page_member(p, batch, "id");
	view->gtin = page_member(p, batch, "gtin");
	view->lot = page_member(p, batch, "lot");
	view->lots_since = page_member(p, batch, "lots_since");
	view->quantity = page_member(p, batch, "quantity");
	view->product = page_member(p, batch, "product");
	view->made = page_member(p, batch, "made");
	view->zone = page_member(p, batch, "zone");
	view->by = page_who(p, page_member(p, batch, "by"));
	view->open = page_member(p, batch, "open");
	view->is_closed = slice_equal(state, S("closed"));
	view->is_new = slice_equal(state, S("new"));
	view->pins = json_integer_value(json_object_get(batch, "pins")) > 0;
	view->may = (p->call->roles & ROLES_PACK) != 0;
}

static void print_batch(struct page *p, const json_t *batch)
{
	struct view_console_job_row jobs[JOBS];
	struct view_console_count states[STATES];
	struct view_console_batch view = { .head = &p->head, .counts = states };
	struct view_console_sheet sheets[SHEETS];
	char key[PAGE_KEY_SIZE], design_key[PAGE_KEY_SIZE];

	page_new_key(key);
	page_new_key(design_key);
	view.design_key = slice_of(design_key);
	fill_designs(p, json_object_get(batch, "designs"), &view);
	view.key = slice_of(key);
	fill_facts(p, batch, &view);
	fill_lots(p, json_object_get(batch, "lots"), &view);
	fill_events(p, json_object_get(batch, "events"), &view);
	view.closings =
	    packing_closings(p, json_object_get(batch, "closings"), &view.closings_count);
	view.counts_count = fill_states(p, json_object_get(batch, "states"), states);
	view.sheets = sheets;
	view.sheets_count = fill_sheets(sheets);
	view.jobs = jobs;
	view.jobs_count = fill_jobs(p, json_object_get(batch, "jobs"), jobs);
	template_console_batch(&p->writer, &view);
}

static void show(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_console_batch, print_batch);
}

static void get(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t before;
	struct slice id;

	if (!api_uuid(call, 0, &id) || !api_query_number(call, "before", 1, INT64_MAX, 0, &before))
		return;
	db_add_text(&p, id);
	db_add_i64(&p, (int64_t)before);
	api_ask(call, &sql_page_batch, &p, show);
}

void serve_batch_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get);
}
