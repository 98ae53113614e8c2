/* The page of one upload: its mapping editor, what runs, and what earlier runs came to. */
#include "model/import_guess.h"
#include "model/import_value.h"
#include "web/console_imports.h"
#include "web/console_records.h"
#include "web/form.h"

enum { OPTIONS_MOST = 80, RUNS_MOST = 20, REFUSALS_MOST = 50 };

/* --- runs ---------------------------------------------------------------------------------- */

static struct slice percent_of(struct page *p, const json_t *run)
{
	json_int_t done = json_integer_value(json_object_get(run, "done"));
	json_int_t total = json_integer_value(json_object_get(run, "total"));

	return page_format(p, "%lld", total > 0 ? (long long)(done * 100 / total) : 0LL);
}

static void fill_refusals(struct page *p, const json_t *list, struct view_imports_run *to)
{
	size_t count = json_array_size(list);
	struct view_imports_refusal *refusals =
	    arena_array(&p->request->arena, count + 1, sizeof(*refusals));

	if (refusals == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		const json_t *r = json_array_get(list, i);
		struct slice words = message_text(p->writer.language, page_member(p, r, "code"));
		struct slice header = page_member(p, r, "header");

		refusals[i] = (struct view_imports_refusal){
			.line = page_member(p, r, "line"),
			.header = header.length > 0
				      ? header
				      : record_field_words(p, page_member(p, r, "field")),
			.value = page_member(p, r, "value"),
			.reason = words.length > 0 ? words : page_member(p, r, "reason"),
		};
	}
	to->refusals = refusals;
	to->refusals_count = count;
}

static bool is_running(struct slice state)
{
	return slice_equal(state, S("waiting")) || slice_equal(state, S("running"));
}

static void fill_run(struct page *p, const json_t *doc, const json_t *run, bool newest,
		     struct view_imports_run *to)
{
	struct slice state = page_member(p, run, "state");
	json_int_t records = json_integer_value(json_object_get(run, "records"));
	json_int_t bad = json_integer_value(json_object_get(run, "refused"));

	*to = (struct view_imports_run){
		.dry_run = json_is_true(json_object_get(run, "dry_run")),
		.state = page_state(p, state),
		.when = record_moment(p, run, "made_at"),
		.by = record_by(p, run),
		.percent = percent_of(p, run),
		.why = page_member(p, run, "reason"),
		.records = page_member(p, run, "records"),
		.added = page_member(p, run, "added"),
		.corrected = page_member(p, run, "corrected"),
		.unchanged = page_member(p, run, "unchanged"),
		.refused = page_member(p, run, "refused"),
		.running = is_running(state),
		.counted = json_is_integer(json_object_get(run, "records")),
		.recorded = json_is_true(json_object_get(run, "recorded")),
		.old_mapping = !json_is_true(json_object_get(run, "same_mapping")),
	};
	to->what =
	    text_in(p->writer.language, to->dry_run ? TEXT_imports_dry_run : TEXT_imports_import);
	to->may_run = newest && to->dry_run && !to->old_mapping && slice_equal(state, S("done")) &&
		      records > bad;
	if (json_is_true(json_object_get(run, "refused_file")))
		to->file = page_format(p, "/v1/imports/%lld/refused/%lld",
				       (long long)json_integer_value(json_object_get(doc, "id")),
				       (long long)json_integer_value(json_object_get(run, "job")));
	fill_refusals(p, json_object_get(run, "refusals"), to);
}

static void fill_runs(struct page *p, const json_t *doc, struct view_console_import *view)
{
	const json_t *list = json_object_get(doc, "runs");
	size_t count = json_array_size(list) > RUNS_MOST ? RUNS_MOST : json_array_size(list);
	struct view_imports_run *to = arena_array(&p->request->arena, count + 1, sizeof(*to));

	if (to == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		fill_run(p, doc, json_array_get(list, i), i == 0, &to[i]);
		view->running |= to[i].running;
	}
	view->runs = to;
	view->runs_count = count;
}

/* --- choices ------------------------------------------------------------------------------- */

static void mark(struct view_console_option *options, size_t count, struct slice value)
{
	for (size_t i = 0; i < count; i++)
		options[i].selected = slice_equal(options[i].value, value);
}

/* Every field of the record, words in each language, "not read" first. */
static struct view_console_option *field_options(struct page *p, const char *record,
						 size_t *ret_count)
{
	static const struct {
		const char *tag;
		enum text name;
	} languages[] = { { "zh-CN", TEXT_desk_chinese },
			  { "en", TEXT_desk_english },
			  { "und", TEXT_imports_in_any } };
	struct view_console_option *to = arena_array(&p->request->arena, OPTIONS_MOST, sizeof(*to));
	unsigned count;
	const struct import_field *f = import_fields(slice_of(record), &count);

	*ret_count = 0;
	if (to == NULL || f == NULL)
		return NULL;
	to[(*ret_count)++].text = text_in(p->writer.language, TEXT_imports_not_read);
	for (unsigned i = 0; i < count; i++) {
		struct slice words = record_field_words(p, slice_of(f[i].name));

		if (f[i].kind == KIND_PARAMETERS)
			continue;
		for (size_t k = 0; k < (f[i].kind == KIND_WORDS ? COUNT_OF(languages) : 1); k++) {
			struct view_console_option *o = &to[(*ret_count)++];

			o->value = f[i].kind == KIND_WORDS
				       ? page_format(p, "%s.%s", f[i].name, languages[k].tag)
				       : slice_of(f[i].name);
			o->text = f[i].kind == KIND_WORDS
				      ? page_format(p, "%.*s (%.*s)", SLICE_ARG(words),
						    SLICE_ARG(text_in(p->writer.language,
								      languages[k].name)))
				      : words;
		}
	}
	return to;
}

/* A list of its own with this value chosen. */
static const struct view_console_option *options_with(struct page *p,
						      const struct view_console_option *all,
						      size_t count, struct slice value)
{
	struct view_console_option *own = arena_array(&p->request->arena, count + 1, sizeof(*own));

	if (own == NULL)
		return NULL;
	memcpy(own, all, count * sizeof(*own));
	mark(own, count, value);
	return own;
}

static struct slice choice_of(struct page *p, const json_t *entry)
{
	const char *field = json_string_value(json_object_get(entry, "field"));
	const char *language = json_string_value(json_object_get(entry, "language"));
	unsigned count;

	(void)count;
	if (field == NULL)
		return S("");
	return language == NULL || language[0] == '\0' ? slice_of(field)
						       : page_format(p, "%s.%s", field, language);
}

/* Words without a language are of one that is not known. */
static struct slice with_language(struct page *p, const char *record, struct slice choice)
{
	unsigned count;
	const struct import_field *f = import_fields(slice_of(record), &count);

	for (unsigned i = 0; f != NULL && i < count; i++)
		if (f[i].kind == KIND_WORDS && slice_equal(choice, slice_of(f[i].name)))
			return page_format(p, "%s.und", f[i].name);
	return choice;
}

/* --- the editor ---------------------------------------------------------------------------- */

/* The entry of the mapping for a column: by name where the file has that, else by number. */
static const json_t *entry_of(const json_t *mapping, const struct import_head *head, size_t column)
{
	const json_t *list = json_object_get(mapping, "columns");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(entry, "name"));
		json_int_t number = json_integer_value(json_object_get(entry, "column"));

		if (name != NULL && name[0] != '\0'
			? slice_equal(slice_of(name), head->names[column])
			: number == (json_int_t)column + 1)
			return entry;
	}
	return NULL;
}

static void fill_cells(struct page *p, const struct import_head *head, size_t column,
		       struct view_imports_column *to)
{
	struct view_imports_cell *cells =
	    arena_array(&p->request->arena, HEAD_ROWS, sizeof(*cells));

	if (cells == NULL)
		return;
	for (size_t i = 0; i < head->rows; i++)
		cells[i].text = head->cells[i][column];
	to->cells = cells;
	to->cells_count = head->rows;
}

static void fill_columns(struct page *p, const json_t *mapping, const struct import_head *head,
			 const char *record, struct view_console_import *view)
{
	size_t count, columns = head->columns;
	const struct view_console_option *all = field_options(p, record, &count);
	struct view_imports_column *to = arena_array(&p->request->arena, columns + 1, sizeof(*to));

	if (all == NULL || to == NULL)
		return;
	for (size_t i = 0; i < columns; i++) {
		const json_t *entry = entry_of(mapping, head, i);

		to[i] = (struct view_imports_column){
			.number = page_format(p, "%zu", i + 1),
			.field_name = page_format(p, "f%zu", i + 1),
			.date_name = page_format(p, "d%zu", i + 1),
			.header = head->names[i],
			.date = page_member(p, entry, "date"),
			.fields = options_with(p, all, count,
					       with_language(p, record, choice_of(p, entry))),
			.fields_count = count,
		};
		fill_cells(p, head, i, &to[i]);
	}
	view->columns = to;
	view->columns_count = columns;
}

static void fill_constants(struct page *p, const json_t *mapping, const char *record,
			   struct view_console_import *view)
{
	size_t count;
	const struct view_console_option *all = field_options(p, record, &count);
	const json_t *list = json_object_get(mapping, "constants");
	struct view_imports_constant *to = arena_array(&p->request->arena, CONSTANTS, sizeof(*to));

	if (all == NULL || to == NULL)
		return;
	for (size_t i = 0; i < CONSTANTS; i++) {
		const json_t *entry = json_array_get(list, i);

		to[i] = (struct view_imports_constant){
			.field_name = page_format(p, "kf%zu", i + 1),
			.value_name = page_format(p, "kv%zu", i + 1),
			.value = page_member(p, entry, "value"),
			.fields = options_with(p, all, count,
					       with_language(p, record, choice_of(p, entry))),
			.fields_count = count,
		};
	}
	view->constants = to;
	view->constants_count = CONSTANTS;
}

/* Choices whose words are a table's. */
static const struct view_console_option *
table_options(struct page *p, const struct form_choice *table, size_t count, struct slice value)
{
	struct view_console_option *to = arena_array(&p->request->arena, count + 1, sizeof(*to));

	for (size_t i = 0; to != NULL && i < count; i++)
		to[i] = (struct view_console_option){
			.value = slice_of(table[i].value),
			.text = text_in(p->writer.language, table[i].text),
		};
	if (to != NULL)
		mark(to, count, value);
	return to;
}

static const struct form_choice delimiter_choices[] = {
	{ "comma", TEXT_imports_comma },
	{ "semicolon", TEXT_imports_semicolon },
	{ "tab", TEXT_imports_tab },
	{ "bar", TEXT_imports_bar },
};
static const struct form_choice decimal_choices[] = { { ".", TEXT_imports_dot },
						      { ",", TEXT_imports_comma } };

static void fill_format(struct page *p, const json_t *doc, const json_t *mapping,
			const struct import_head *head, struct view_console_import *view)
{
	struct view_console_option *encodings =
	    arena_array(&p->request->arena, 2, sizeof(*encodings));
	struct slice encoding = page_member(p, mapping, "encoding");

	view->delimiters = table_options(p, delimiter_choices, COUNT_OF(delimiter_choices),
					 slice_of(delimiter_name(head->delimiter)));
	view->delimiters_count = COUNT_OF(delimiter_choices);
	view->decimals = table_options(p, decimal_choices, COUNT_OF(decimal_choices),
				       page_member(p, mapping, "decimal"));
	view->decimals_count = COUNT_OF(decimal_choices);
	view->zone = page_member(p, mapping, "time_zone");
	if (encodings == NULL)
		return;
	encodings[0].value = encodings[0].text = S("UTF-8");
	encodings[1].value = encodings[1].text = S("GB18030");
	mark(encodings, 2, encoding.length > 0 ? encoding : page_member(p, doc, "encoding"));
	view->encodings = encodings;
	view->encodings_count = 2;
}

static void fill_records(struct page *p, const char *record, struct view_console_import *view)
{
	struct view_console_option *to = arena_array(&p->request->arena, RECORD_KINDS, sizeof(*to));

	if (to == NULL)
		return;
	for (unsigned i = 0; i < RECORD_KINDS; i++)
		to[i] = (struct view_console_option){
			.value = slice_of(record_kind_at(i)),
			.text = record_kind_words(p, slice_of(record_kind_at(i))),
		};
	mark(to, RECORD_KINDS, slice_of(record));
	view->records = to;
	view->records_count = RECORD_KINDS;
	view->record = slice_of(record);
}

static void fill_profiles(struct page *p, struct slice names, struct view_console_import *view)
{
	json_t *list = json_loadb(names.data, names.length, 0, NULL);
	size_t count = json_array_size(list);
	struct view_console_option *to = arena_array(&p->request->arena, count + 1, sizeof(*to));

	for (size_t i = 0; to != NULL && i < count; i++) {
		const json_t *name = json_array_get(list, i);

		to[i].value = to[i].text =
		    arena_copy(&p->request->arena,
			       (struct slice){ json_string_value(name), json_string_length(name) });
	}
	if (to != NULL)
		mark(to, count, request_query(p->request, "profile"));
	view->profiles = to;
	view->profiles_count = to == NULL ? 0 : count;
	json_decref(list);
}

static json_t *loaded(struct slice text)
{
	return text.length == 0 ? NULL : json_loadb(text.data, text.length, 0, NULL);
}

/* The one that was sent and refused, a saved one, the upload's, or a guess. */
static json_t *mapping_for(struct page *p, const json_t *doc, struct slice saved,
			   const struct import_head *head)
{
	struct slice as = request_query(p->request, "as");
	json_t *own = json_object_get(doc, "mapping"), *chosen = loaded(saved);

	if (p->call->refusal.status != 0 && json_is_object(p->call->body) &&
	    json_object_get(p->call->body, "record") != NULL)
		return import_mapping_of_form(p->call, head);
	if (record_kind_known(as))
		return import_mapping_guess(head, arena_copy(&p->request->arena, as).data);
	if (chosen != NULL)
		return chosen;
	if (json_is_array(json_object_get(own, "columns")))
		return json_incref(own);
	return import_mapping_guess(head, NULL);
}

static void print_import(struct page *p, const json_t *doc, const PGresult *rows)
{
	struct import_head *head = arena_alloc(&p->request->arena, sizeof(*head));
	const char *delimiter =
	    json_string_value(json_object_get(json_object_get(doc, "mapping"), "delimiter"));
	struct view_console_import view = { .head = &p->head };
	const char *record;
	json_t *mapping;

	if (head == NULL)
		return;
	import_head_read(head, &p->request->arena, db_text_in(rows, 0, 1),
			 delimiter == NULL ? '\0' : delimiter_named(slice_of(delimiter)));
	mapping = mapping_for(p, doc, db_text_in(rows, 0, 3), head);
	record = arena_copy(&p->request->arena, page_member(p, mapping, "record")).data;
	view.name = page_member(p, doc, "name");
	view.size = page_member(p, doc, "size");
	view.encoding = page_member(p, doc, "encoding");
	if (json_integer_value(json_object_get(doc, "bad_bytes")) > 0)
		view.bad_bytes = page_member(p, doc, "bad_bytes");
	view.when = record_moment(p, doc, "made_at");
	view.by = record_by(p, doc);
	view.base = page_format(p, "/imports/%lld",
				(long long)json_integer_value(json_object_get(doc, "id")));
	view.token = p->head.token;
	view.can_import = (p->call->roles & ROLES_RECORD) != 0;
	view.readable = head->columns > 0;
	view.too_wide = head->too_wide;
	fill_runs(p, doc, &view);
	fill_records(p, record, &view);
	fill_profiles(p, db_text_in(rows, 0, 2), &view);
	fill_format(p, doc, mapping, head, &view);
	fill_columns(p, mapping, head, record, &view);
	fill_constants(p, mapping, record, &view);
	template_console_import(&p->writer, &view);
	json_decref(mapping);
}

void import_page_show(struct api_call *call, const PGresult *rows)
{
	struct page p;
	json_t *doc;

	if (PQntuples(rows) == 0) {
		/* Not the form again: it stands on no page then. */
		call->again = NULL;
		message_refuse(call, 404, NULL, "no_such_import");
		return;
	}
	doc = loaded(db_text_in(rows, 0, 0));
	page_init(&p, call, call->request, TEXT_imports);
	print_import(&p, doc, rows);
	page_send(&p, 200);
	json_decref(doc);
}
