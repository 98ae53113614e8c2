/*
 * Correcting and withdrawing a record by hand: `/records/{kind}/{id}/correct` and `…/withdraw`, and
 * their twins under /v1. What a record may say among the others is said by the rules of an import
 * (trace.record_correct).
 */
#include "store/sql.h"
#include "web/console_records.h"
#include "web/console_records_sheet.h"

void serve_record_correct(struct request *r);
void serve_record_correct_page(struct request *r);
void serve_record_correct_form(struct request *r);
void serve_record_withdraw(struct request *r);
void serve_record_withdraw_form(struct request *r);

/* --- correcting ---------------------------------------------------------------------------- */

static void corrected(struct api_call *call, const PGresult *rows)
{
	char path[96];

	if (call->again == NULL) {
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
		return;
	}
	(void)snprintf(path, sizeof(path), "/records/%.*s/%lld?done=record_corrected",
		       SLICE_ARG(call->request->captures[0]), (long long)db_i64_in(rows, 0, 1));
	page_go_to(call, slice_of(path));
}

static void correct(struct api_call *call)
{
	struct slice kind = call->request->captures[0];
	struct db_parameters p = { .count = 0 };
	json_t *says;
	int64_t id;

	if (!record_place(call, &id))
		return;
	says = record_sheet_read(call, kind, false);
	if (says == NULL)
		return;
	db_add_text(&p, kind);
	db_add_i64(&p, id);
	if (record_says_add(call, says, &p))
		api_ask(call, &sql_console_records_correct, &p, corrected);
}

void serve_record_correct(struct request *r)
{
	api_enter(r, API_BODY_JSON, correct);
}

/* --- the form ------------------------------------------------------------------------------ */

/* {column: value} of the document's list of fields. */
static json_t *says_of(const json_t *record)
{
	const json_t *list = json_object_get(record, "fields");
	json_t *says = json_object();

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *f = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(f, "name"));

		if (name != NULL)
			json_object_set(says, name, json_object_get(f, "value"));
	}
	return says;
}

static void print_form(struct page *p, const json_t *record)
{
	struct view_console_record_form view = { .head = &p->head };
	struct slice kind = page_member(p, record, "kind");
	struct slice here = record_link(p, kind.data, json_object_get(record, "id"));
	json_t *says = says_of(record);

	view.key = page_member(p, record, "key");
	view.back = here;
	view.about = text_in(p->writer.language, TEXT_records_correct_hint);
	record_sheet_show(p,
			  &(const struct record_sheet){
			      .kind = kind,
			      .says = says,
			      .submit = TEXT_records_correct_now,
			      .action = page_format(p, "%s/correct", here.data),
			  },
			  &view);
	template_console_record_form(&p->writer, &view);
	json_decref(says);
}

static void show_form(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_records_correct, print_form);
}

static void form(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!record_place(call, &id))
		return;
	db_add_text(&p, call->request->captures[0]);
	db_add_i64(&p, id);
	db_add_text(&p, page_language(call->request));
	api_ask(call, &sql_console_records_show, &p, show_form);
}

void serve_record_correct_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, form);
}

void serve_record_correct_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, correct, form);
}

/* --- withdrawing --------------------------------------------------------------------------- */

static void withdrawn(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void withdraw(struct api_call *call)
{
	static const char *const none[] = { NULL };
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!record_place(call, &id) || (call->body != NULL && !api_only(call, none)))
		return;
	db_add_text(&p, call->request->captures[0]);
	db_add_i64(&p, id);
	api_ask(call, &sql_console_records_withdraw, &p, withdrawn);
}

void serve_record_withdraw(struct request *r)
{
	api_enter(r, API_BODY_NONE, withdraw);
}

void serve_record_withdraw_form(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_BUTTON, withdraw);
}
