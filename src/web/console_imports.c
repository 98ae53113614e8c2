/*
 * `/imports` and `/v1/imports`: files that were brought, which column is what, dry runs, imports
 * and what they came to. The work itself is a job (src/job/import_job.c).
 */
#include "store/sql.h"
#include "web/api_list.h"
#include "web/api_problem.h"
#include "web/console_imports.h"
#include "web/console_records.h"
#include "web/form.h"
#include "web/job_files.h"

#include "model/profile.h"

void serve_imports(struct request *r);
void serve_imports_page(struct request *r);
void serve_import(struct request *r);
void serve_import_page(struct request *r);
void serve_import_map(struct request *r);
void serve_import_map_form(struct request *r);
void serve_import_run(struct request *r);
void serve_import_run_form(struct request *r);
void serve_import_cancel(struct request *r);
void serve_import_cancel_form(struct request *r);
void serve_import_remove(struct request *r);
void serve_import_remove_form(struct request *r);
void serve_import_refused(struct request *r);
void import_list_again(struct api_call *call);

enum { PROFILE_MEMORY = 1 << 20, MAPPING_MOST = 256 << 10, SAVE_AS_MOST = 100 };

/* --- the list ------------------------------------------------------------------------------ */

static const struct form_field upload_fields[] = {
	{ "file", TEXT_imports_file, .hint = TEXT_imports_file_hint, .kind = FORM_FILE,
	  .required = true },
	{ "name", TEXT_imports_name, .hint = TEXT_none, .kind = FORM_TEXT, .most = 200 },
};
static const struct form upload_form = { "/imports", TEXT_imports_bring, upload_fields,
					 COUNT_OF(upload_fields), .upload = true };

static void ask_list(struct api_call *call, void (*show)(struct api_call *, const PGresult *))
{
	struct api_list *list = api_list_new(call, "imports");
	struct db_parameters p = { .count = 0 };
	uint64_t before;

	if (list == NULL || !api_query_number(call, "cursor", 1, INT64_MAX, 0, &before))
		return;
	db_add_i64(&p, (int64_t)before);
	api_list_add(list, &p);
	api_ask(call, &sql_console_imports_list, &p, show);
}

static void list(struct api_call *call)
{
	ask_list(call, api_list_show);
}

static void fill_row(struct page *p, struct slice text, struct view_imports_row *to)
{
	json_t *one = json_loadb(text.data, text.length, 0, NULL);

	*to = (struct view_imports_row){
		.link = page_format(p, "/imports/%lld",
				    (long long)json_integer_value(json_object_get(one, "id"))),
		.name = page_member(p, one, "name"),
		.size = page_member(p, one, "size"),
		.when = record_moment(p, one, "made_at"),
		.by = record_by(p, one),
		.state = page_state(p, page_member(p, one, "state")),
	};
	json_decref(one);
}

static void show_list(struct api_call *call, const PGresult *rows)
{
	const struct api_list *asked = call->own;
	size_t count = (size_t)PQntuples(rows), most = (size_t)asked->limit;
	size_t shown = count > most ? most : count;
	struct view_console_imports view = { .rows_count = shown };
	struct view_imports_row *to = arena_array(&call->request->arena, shown + 1, sizeof(*to));
	struct page p;

	if (to == NULL) {
		api_no_memory(call);
		return;
	}
	page_init(&p, call, call->request, TEXT_imports);
	for (size_t i = 0; i < shown; i++)
		fill_row(&p, db_text_in(rows, (int)i, 0), &to[i]);
	if (shown < count)
		view.next = query_link(
		    &call->request->arena, "/imports",
		    (const struct query_pair[]){ { "cursor", db_text_in(rows, (int)shown - 1, 1) },
						 { NULL, S("") } });
	view.head = &p.head;
	view.rows = to;
	view.can_import = (call->roles & ROLES_RECORD) != 0;
	view.form = form_show(&p, &upload_form, NULL, NULL);
	template_console_imports(&p.writer, &view);
	page_send(&p, 200);
}

void import_list_again(struct api_call *call)
{
	ask_list(call, show_list);
}

void serve_imports(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

void serve_imports_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, import_list_again);
}

/* --- one ----------------------------------------------------------------------------------- */

bool import_id(struct api_call *call, int64_t *ret_id)
{
	uint64_t id;

	if (!slice_to_u64(call->request->captures[0], &id) || id == 0 || id > INT64_MAX) {
		message_refuse(call, 404, NULL, "no_such_import");
		return false;
	}
	*ret_id = (int64_t)id;
	return true;
}

void import_ask(struct api_call *call, void (*show)(struct api_call *, const PGresult *))
{
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!import_id(call, &id))
		return;
	db_add_i64(&p, id);
	db_add_text(&p, request_query(call->request, "profile"));
	api_ask(call, &sql_console_imports_show, &p, show);
}

static void show_json(struct api_call *call, const PGresult *rows)
{
	message_answer(call, rows, "no_such_import");
}

static void one(struct api_call *call)
{
	import_ask(call, show_json);
}

static void one_page(struct api_call *call)
{
	import_ask(call, import_page_show);
}

void serve_import(struct request *r)
{
	api_enter(r, API_BODY_NONE, one);
}

void serve_import_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, one_page);
}

/* --- which column is what ------------------------------------------------------------------ */

static void answer_row(struct api_call *call, const PGresult *rows)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/v1/imports/%.*s",
		       SLICE_ARG(call->request->captures[0]));
	api_answer_made(call, 202, slice_of(path), db_text_in(rows, 0, 0));
}

static void refuse_mapping(struct api_call *call, const char *member, const char *code,
			   const char *why)
{
	api_problem_members(call, 400, json_pack("{s:s,s:s}", "member", member, "code", code), why);
}

/* Whether it is a profile for such a file; else why. */
static bool profile_fits(const char *text, struct import_head *head, char *why, size_t size)
{
	struct profile profile;
	struct arena arena;
	bool good;

	arena_init(&arena, PROFILE_MEMORY);
	good = profile_parse(&profile, slice_of(text), "mapping", &arena, why, size) &&
	       (!profile.header || head->too_wide ||
		profile_bind(&profile, head->names, head->columns, why, size));
	arena_release(&arena);
	return good;
}

/* `mapping` is let go of. */
static void keep_mapping(struct api_call *call, json_t *mapping, const char *profile)
{
	struct arena *memory = &call->request->arena;
	struct db_parameters p = { .count = 0 };
	struct slice save_as = form_text(call, "save_as");
	char *text = json_dumps(mapping, JSON_COMPACT);
	int64_t id;

	json_decref(mapping);
	if (text == NULL || strlen(text) > MAPPING_MOST || !import_id(call, &id)) {
		free(text);
		refuse_mapping(call, "columns", "too_long", message_words("too_long"));
		return;
	}
	db_add_i64(&p, id);
	db_add_text(&p, arena_copy(memory, slice_of(text)));
	db_add_text(&p, arena_copy(memory, slice_of(profile)));
	db_add_text(&p, save_as);
	free(text);
	api_ask(call, &sql_console_imports_map, &p, answer_row);
}

/* A program may bring the text of a profile, which can say more than the editor. */
static json_t *mapping_of_profile(const char *text)
{
	struct profile profile;
	struct arena arena;
	json_t *mapping = NULL;
	char why[512];

	arena_init(&arena, PROFILE_MEMORY);
	if (profile_parse(&profile, slice_of(text), "profile", &arena, why, sizeof(why)))
		mapping = json_pack("{s:s,s:s}", "record", profile.record->record, "profile", text);
	arena_release(&arena);
	return mapping;
}

static void map_by_profile(struct api_call *call, struct import_head *head)
{
	struct slice text;
	json_t *mapping;
	char why[768] = "cannot be read";
	char *profile;

	if (!api_text(call, "profile", PROFILE_TEXT_MAX, &text))
		return;
	profile = (char *)arena_copy(&call->request->arena, text).data;
	mapping = mapping_of_profile(profile);
	if (mapping != NULL && profile_fits(profile, head, why, sizeof(why))) {
		keep_mapping(call, mapping, profile);
		return;
	}
	json_decref(mapping);
	refuse_mapping(call, "profile", "mapping_wrong", why);
}

static void map_by_columns(struct api_call *call, struct import_head *head)
{
	json_t *mapping =
	    call->again != NULL ? import_mapping_of_form(call, head) : json_deep_copy(call->body);
	const char *code, *member;
	char why[768] = "";
	struct buf text;

	if (call->again == NULL)
		json_object_del(mapping, "save_as");
	buf_init(&text, PROFILE_TEXT_MAX);
	code = import_mapping_print(mapping, head, &text, &member);
	if (code == NULL && buf_string(&text) == NULL)
		code = "too_long";
	if (code == NULL && !profile_fits(buf_string(&text), head, why, sizeof(why))) {
		code = "mapping_wrong";
		member = "columns";
	}
	if (code == NULL) {
		keep_mapping(call, mapping, buf_string(&text));
	} else {
		json_decref(mapping);
		refuse_mapping(call, member, code, why[0] == '\0' ? message_words(code) : why);
	}
	buf_release(&text);
}

static void map(struct api_call *call, const PGresult *rows)
{
	struct import_head *head;

	if (PQntuples(rows) == 0) {
		message_refuse(call, 404, NULL, "no_such_import");
		return;
	}
	head = arena_alloc(&call->request->arena, sizeof(*head));
	if (head == NULL) {
		api_no_memory(call);
		return;
	}
	import_head_read(head, &call->request->arena, db_text_in(rows, 0, 1),
			 delimiter_named(form_text(call, "delimiter")));
	if (form_text(call, "save_as").length > SAVE_AS_MOST)
		refuse_mapping(call, "save_as", "too_long", message_words("too_long"));
	else if (call->again == NULL && api_has(call, "profile"))
		map_by_profile(call, head);
	else
		map_by_columns(call, head);
}

static void ask_map(struct api_call *call)
{
	import_ask(call, map);
}

void serve_import_map(struct request *r)
{
	api_enter(r, API_BODY_JSON, ask_map);
}

void serve_import_map_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, ask_map, one_page);
}

/* --- running ------------------------------------------------------------------------------- */

static void run(struct api_call *call)
{
	static const char *const members[] = { "dry_run", NULL };
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!import_id(call, &id) || !api_only(call, members))
		return;
	db_add_i64(&p, id);
	db_add_i64(&p, form_checked(call, "dry_run") ? 1 : 0);
	api_ask(call, &sql_console_imports_run, &p, answer_row);
}

void serve_import_run(struct request *r)
{
	api_enter(r, API_BODY_JSON, run);
}

void serve_import_run_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, run, one_page);
}

static void answer_text(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void ask_by_id(struct api_call *call, const struct sql_query *sql)
{
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!import_id(call, &id))
		return;
	db_add_i64(&p, id);
	api_ask(call, sql, &p, answer_text);
}

static void cancel(struct api_call *call)
{
	ask_by_id(call, &sql_console_imports_cancel);
}

static void forget(struct api_call *call)
{
	ask_by_id(call, &sql_console_imports_remove);
}

void serve_import_cancel(struct request *r)
{
	api_enter(r, API_BODY_NONE, cancel);
}

void serve_import_cancel_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_BUTTON, cancel, one_page);
}

void serve_import_remove(struct request *r)
{
	api_enter(r, API_BODY_NONE, forget);
}

void serve_import_remove_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_BUTTON, forget, one_page);
}

/* --- refused rows -------------------------------------------------------------------------- */

static void send_refused(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		message_refuse(call, 404, NULL, "no_such_thing");
	else
		job_file_send(call, db_i64_in(rows, 0, 0), S("refused.csv"));
}

static void refused(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t job;
	int64_t id;

	if (!import_id(call, &id))
		return;
	if (!slice_to_u64(call->request->captures[1], &job) || job > INT64_MAX) {
		message_refuse(call, 404, NULL, "no_such_thing");
		return;
	}
	db_add_i64(&p, id);
	db_add_i64(&p, (int64_t)job);
	api_ask(call, &sql_console_imports_refused, &p, send_refused);
}

void serve_import_refused(struct request *r)
{
	api_enter(r, API_BODY_NONE, refused);
}
