/*
 * Correcting and withdrawing a record by hand: `/records/{kind}/{id}/correct` and `…/withdraw`, and
 * their twins under /v1. What a value may be is said by model/import_value.h, as for a file; what a
 * record may say among the others, by the rules of an import (trace.record_correct).
 */
#include "model/import_value.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_records.h"
#include "web/form.h"

void serve_record_correct(struct request *r);
void serve_record_correct_page(struct request *r);
void serve_record_correct_form(struct request *r);
void serve_record_withdraw(struct request *r);
void serve_record_withdraw_form(struct request *r);

enum { FIELDS_MOST = 64, VALUE_MOST = 20000, LANGUAGES_MOST = 8 };

static const char *const usual_languages[] = { "zh-CN", "en" };

/* --- what is asked about ------------------------------------------------------------------- */

/* False: answered. */
static bool read_place(struct api_call *call, const struct import_field **ret_fields,
		       unsigned *ret_count, int64_t *ret_id)
{
	uint64_t id;

	*ret_fields = import_fields(call->request->captures[0], ret_count);
	if (*ret_fields == NULL || !slice_to_u64(call->request->captures[1], &id) ||
	    id > INT64_MAX) {
		api_problem(call, 404, NULL, NULL, "There is no such record.");
		return false;
	}
	*ret_id = (int64_t)id;
	return true;
}

/* Keys stay, and parameters come from files. */
static bool may_change(const struct import_field *f)
{
	return f->need != NEED_KEY && f->need != NEED_KEY_OR_NONE && f->kind != KIND_PARAMETERS &&
	       strcmp(f->name, "input_gtin") != 0;
}

/* --- reading ------------------------------------------------------------------------------- */

static bool refuse_value(struct api_call *call, const char *member, const char *code,
			 const char *words)
{
	api_problem_members(call, 400, json_pack("{s:s,s:s}", "member", member, "code", code),
			    words);
	return false;
}

/* A text of the record, as a file would bring it. NULL in *ret_value: blank. */
static bool read_value(struct api_call *call, const struct import_field *f, const char *member,
		       struct slice text, json_t **ret_value)
{
	const struct value_format format = { '.', S(""), S("UTC") };
	enum value_result result;
	struct buf out;

	*ret_value = NULL;
	if (text.length > VALUE_MOST)
		return refuse_value(call, member, "too_long", message_words("too_long"));
	if (value_is_blank(text))
		return true;
	buf_init(&out, 4 * VALUE_MOST + 64);
	result = value_read(f->kind, &format, text, &out);
	if (result == VALUE_OK && !buf_ok(&out))
		result = VALUE_HUGE;
	if (result == VALUE_OK)
		*ret_value = json_stringn(out.data, out.length);
	buf_release(&out);
	return result == VALUE_OK ||
	       refuse_value(call, member, value_code(result), value_reason(result));
}

static bool add_words(struct api_call *call, const struct import_field *f, const char *tag,
		      const char *member, struct slice text, json_t *words)
{
	json_t *value;

	if (!value_language_ok(slice_of(tag)))
		return refuse_value(call, member, "choice", message_words("choice"));
	if (!read_value(call, f, member, text, &value))
		return false;
	if (value != NULL)
		json_object_set_new(words, tag, value);
	return true;
}

static struct slice text_of(const json_t *value)
{
	return json_is_string(value)
		   ? (struct slice){ json_string_value(value), json_string_length(value) }
		   : S("");
}

/* Words come as {"en": …} from programs, and as NAME.en, NAME.zh-CN from forms. */
static bool read_words(struct api_call *call, const struct import_field *f, json_t *says)
{
	const json_t *given = json_object_get(call->body, f->name);
	size_t length = strlen(f->name);
	json_t *words = json_object(), *value;
	const char *name;
	bool found = json_is_object(given), good = true;

	if (found)
		json_object_foreach((json_t *)given, name, value) good =
		    good && add_words(call, f, name, f->name, text_of(value), words);
	json_object_foreach(call->body, name, value)
	{
		if (!good || strncmp(name, f->name, length) != 0 || name[length] != '.')
			continue;
		found = true;
		good = add_words(call, f, name + length + 1, name, form_text(call, name), words);
	}
	if (good && (found || json_is_null(given)))
		json_object_set(says, f->name, words);
	json_decref(words);
	return good;
}

/* A member of a program; a form says every field of its own, empty ones by leaving them out. */
static bool read_plain(struct api_call *call, const struct import_field *f, bool is_form,
		       json_t *says)
{
	json_t *value;

	if (!is_form && json_object_get(call->body, f->name) == NULL)
		return true;
	if (!read_value(call, f, f->name, form_text(call, f->name), &value))
		return false;
	json_object_set_new(says, f->name, value == NULL ? json_null() : value);
	return true;
}

static const struct import_field *field_of_member(const struct import_field *fields, unsigned count,
						  const char *member)
{
	for (unsigned i = 0; i < count; i++) {
		size_t length = strlen(fields[i].name);

		if (strncmp(member, fields[i].name, length) == 0 && may_change(&fields[i]) &&
		    (member[length] == '\0' ||
		     (member[length] == '.' && fields[i].kind == KIND_WORDS)))
			return &fields[i];
	}
	return NULL;
}

/* What the record is to say; NULL: answered. */
static json_t *read_body(struct api_call *call, const struct import_field *fields, unsigned count,
			 bool is_form)
{
	json_t *says = json_object(), *value;
	const char *name;
	bool good = true;

	json_object_foreach(call->body, name, value)
	{
		char shown[100];

		if (!good || field_of_member(fields, count, name) != NULL)
			continue;
		(void)snprintf(shown, sizeof(shown), "%s", name);
		good = refuse_value(call, shown, "unknown_field", message_words("unknown_field"));
	}
	for (unsigned i = 0; good && i < count; i++)
		if (may_change(&fields[i]))
			good = fields[i].kind == KIND_WORDS
				   ? read_words(call, &fields[i], says)
				   : read_plain(call, &fields[i], is_form, says);
	if (good)
		return says;
	json_decref(says);
	return NULL;
}

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
	const struct import_field *fields;
	struct db_parameters p = { .count = 0 };
	unsigned count;
	json_t *says;
	char *text;
	int64_t id;

	if (!read_place(call, &fields, &count, &id))
		return;
	says = read_body(call, fields, count, call->again != NULL);
	if (says == NULL)
		return;
	text = json_dumps(says, JSON_COMPACT);
	json_decref(says);
	if (text == NULL) {
		api_no_memory(call);
		return;
	}
	db_add_text(&p, call->request->captures[0]);
	db_add_i64(&p, id);
	db_add_text(&p, arena_copy(&call->request->arena, slice_of(text)));
	free(text);
	api_ask(call, &sql_console_records_correct, &p, corrected);
}

void serve_record_correct(struct request *r)
{
	api_enter(r, API_BODY_JSON, correct);
}

/* --- the form ------------------------------------------------------------------------------ */

/* The fields of a form and what they hold, made from the record. */
struct sheet {
	struct form_field fields[FIELDS_MOST];
	size_t count;
	json_t *values;
	enum text labels[FIELDS_MOST];
};

static const json_t *value_in(const json_t *record, const char *name)
{
	const json_t *list = json_object_get(record, "fields");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *f = json_array_get(list, i);
		const char *known = json_string_value(json_object_get(f, "name"));

		if (known != NULL && strcmp(known, name) == 0)
			return json_object_get(f, "value");
	}
	return NULL;
}

static void add_input(struct page *p, struct sheet *s, struct slice name, enum form_kind kind,
		      bool required, const json_t *value)
{
	if (s->count == FIELDS_MOST || name.data == NULL)
		return;
	s->fields[s->count++] = (struct form_field){ .name = name.data,
						     .label = TEXT_records_says,
						     .hint = TEXT_none,
						     .kind = kind,
						     .most = 5000,
						     .required = required };
	if (json_is_string(value))
		json_object_set(s->values, name.data, (json_t *)value);
	(void)p;
}

/* An input a language: the usual ones, and those it has already. */
static void add_word_inputs(struct page *p, struct sheet *s, const struct import_field *f,
			    const json_t *words)
{
	const char *tag;
	json_t *text;

	for (size_t i = 0; i < COUNT_OF(usual_languages); i++)
		add_input(p, s, page_format(p, "%s.%s", f->name, usual_languages[i]), FORM_LINES,
			  false, json_object_get(words, usual_languages[i]));
	json_object_foreach((json_t *)words, tag, text) if (strcmp(tag, usual_languages[0]) != 0 &&
							    strcmp(tag, usual_languages[1]) != 0)
	    add_input(p, s, page_format(p, "%s.%s", f->name, tag), FORM_LINES, false, text);
}

static enum form_kind kind_of(const struct import_field *f)
{
	return f->kind == KIND_TEXT ? FORM_LINES : FORM_TEXT;
}

static void fill_sheet(struct page *p, const json_t *record, struct sheet *s)
{
	unsigned count;
	const char *kind = json_string_value(json_object_get(record, "kind"));
	const struct import_field *fields = import_fields(slice_of(kind), &count);

	for (unsigned i = 0; fields != NULL && i < count; i++) {
		const json_t *value = value_in(record, fields[i].name);

		if (!may_change(&fields[i]))
			continue;
		if (fields[i].kind == KIND_WORDS)
			add_word_inputs(p, s, &fields[i], value);
		else
			add_input(p, s, slice_of(fields[i].name), kind_of(&fields[i]),
				  fields[i].need == NEED_FILLED, value);
	}
}

/* "Name (zh-CN)". */
static struct slice label_of(struct page *p, const char *name)
{
	struct slice rest = slice_of(name), column, words;

	(void)slice_cut(&rest, '.', &column);
	words = record_field_words(p, column);
	if (rest.length == 0)
		return words;
	return page_format(p, "%.*s (%.*s)", SLICE_ARG(words), SLICE_ARG(rest));
}

/* A refused group of languages is shown at its first. */
static void show_error(struct page *p, struct view_console_form *form)
{
	const struct api_refusal *refusal = &p->call->refusal;

	if (refusal->status == 0 || refusal->member.length == 0)
		return;
	for (size_t i = 0; i < form->inputs_count; i++) {
		struct view_console_input *input = (struct view_console_input *)&form->inputs[i];

		if (slice_equal(input->name, refusal->member))
			return;
		if (!slice_starts(input->name, refusal->member) ||
		    input->name.data[refusal->member.length] != '.')
			continue;
		input->error = p->head.error;
		p->head.error_field = input->name;
		return;
	}
	p->head.error_field = S("");
}

static void print_form(struct page *p, const json_t *record)
{
	struct sheet s = { .count = 0, .values = json_object() };
	struct view_console_record_form view = { .head = &p->head };
	struct slice here = record_link(p, json_string_value(json_object_get(record, "kind")),
					json_object_get(record, "id"));
	struct view_console_form *form;

	fill_sheet(p, record, &s);
	form = form_show(p,
			 &(const struct form){ .submit = TEXT_records_correct_now,
					       .fields = s.fields,
					       .count = s.count },
			 page_format(p, "%s/correct", here.data).data, s.values);
	for (size_t i = 0; i < s.count; i++)
		((struct view_console_input *)form->inputs)[i].label =
		    label_of(p, s.fields[i].name);
	show_error(p, form);
	view.key = page_member(p, record, "key");
	view.back = here;
	view.form = form;
	template_console_record_form(&p->writer, &view);
	json_decref(s.values);
}

static void show_form(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_records_correct, print_form);
}

static void form(struct api_call *call)
{
	const struct import_field *fields;
	struct db_parameters p = { .count = 0 };
	unsigned count;
	int64_t id;

	if (!read_place(call, &fields, &count, &id))
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
	const struct import_field *fields;
	struct db_parameters p = { .count = 0 };
	unsigned count;
	int64_t id;

	if (!read_place(call, &fields, &count, &id) ||
	    (call->body != NULL && !api_only(call, none)))
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
