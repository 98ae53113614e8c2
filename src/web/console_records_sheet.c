/* Draws a record's columns as the inputs of a form. */
#include "web/console_records_sheet.h"

#include "page/figure.h"
#include "page/term.h"
#include "web/console_records.h"
#include "web/form.h"

enum {
	FIELDS_MOST = 400,
	TEXT_MOST = 5000,
	OTHER_LANGUAGES = 4, /* of a parameter's name, beside the usual ones */
	ROWS_SPARE = 3,	     /* empty ones for more parameters, where nothing adds them */
	OFFERS_MOST = 200,
};

static const char *const usual_languages[] = { "zh-CN", "en" };

static const struct form_choice verdicts[] = {
	{ "", TEXT_records_choose },
	{ "pass", TEXT_result_pass },
	{ "fail", TEXT_result_fail },
	{ "missing", TEXT_result_missing },
	{ "information", TEXT_result_information },
};

/* The fields of a form and what they hold. */
struct fields {
	struct form_field *list;
	const char **types; /* of the inputs, where the form's kind does not say it */
	const struct import_field **columns; /* of the inputs; NULL: the clock of the times */
	size_t count;
	json_t *values;
	/* Parameters stand behind all others, row by row. */
	size_t rows, first_row, of_a_row;
};

/* --- which inputs -------------------------------------------------------------------------- */

static struct form_field *add(struct fields *to, const struct import_field *column,
			      struct slice name, enum form_kind kind, const json_t *value)
{
	struct form_field *f;

	if (to->count == FIELDS_MOST || name.data == NULL)
		return NULL;
	to->columns[to->count] = column;
	f = &to->list[to->count++];
	*f = (struct form_field){ .name = name.data,
				  .label = TEXT_records_says,
				  .hint = TEXT_none,
				  .kind = kind,
				  .most = TEXT_MOST };
	if (json_is_string(value) || json_is_integer(value))
		json_object_set(to->values, name.data, (json_t *)value);
	return f;
}

static bool is_usual(const char *tag)
{
	for (size_t i = 0; i < COUNT_OF(usual_languages); i++)
		if (strcmp(tag, usual_languages[i]) == 0)
			return true;
	return false;
}

/* What has lines stays on lines. */
static enum form_kind kind_of(const char *column, const json_t *value)
{
	const char *text = json_string_value(value);

	return record_field_is_long(slice_of(column)) ||
		       (text != NULL && strpbrk(text, "\r\n") != NULL)
		   ? FORM_LINES
		   : FORM_TEXT;
}

/* An input a language: the usual ones, and those it has already. */
static void add_words(struct page *p, struct fields *to, const struct import_field *f,
		      const json_t *words)
{
	size_t first = to->count;
	const char *tag;
	json_t *text;

	for (size_t i = 0; i < COUNT_OF(usual_languages); i++) {
		const json_t *value = json_object_get(words, usual_languages[i]);

		(void)add(to, f, page_format(p, "%s.%s", f->name, usual_languages[i]),
			  kind_of(f->name, value), value);
	}
	json_object_foreach((json_t *)words, tag, text) if (!is_usual(tag))(void)
	    add(to, f, page_format(p, "%s.%s", f->name, tag), kind_of(f->name, text), text);
	if (f->need == NEED_FILLED && to->count > first)
		to->list[first].hint = TEXT_records_hint_one_language;
}

static bool is_paper_kind(const struct import_field *f)
{
	return strcmp(f->record, "document") == 0 && strcmp(f->name, "kind") == 0;
}

static void add_plain(struct fields *to, const struct import_field *f, const json_t *value,
		      bool is_new)
{
	struct form_field *field = add(to, f, slice_of(f->name), kind_of(f->name, value), value);

	if (field == NULL)
		return;
	field->required = f->need == NEED_FILLED || f->need == NEED_KEY;
	field->hint = record_field_hint(slice_of(f->name));
	if (f->kind == KIND_DATE || f->kind == KIND_END_DATE) {
		to->types[to->count - 1] = "date";
	} else if (f->kind == KIND_TIME) {
		field->hint = TEXT_records_hint_time;
		if (is_new)
			to->types[to->count - 1] = "datetime-local";
	} else if (f->kind == KIND_POSITION) {
		field->kind = FORM_NUMBER;
		field->least = 1;
		field->most = 999999;
	} else if (f->kind == KIND_COUNTRY || is_paper_kind(f)) {
		field->kind = FORM_SELECT;
	} else if (f->kind == KIND_VERDICT) {
		field->kind = FORM_SELECT;
		field->choices = verdicts;
		field->choice_count = COUNT_OF(verdicts);
	}
}

/* --- parameters ---------------------------------------------------------------------------- */

/* The other languages that names of the list have. */
static size_t other_languages(const json_t *list, const char *ret_tags[OTHER_LANGUAGES])
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *names = json_object_get(json_array_get(list, i), "name"), *text;
		const char *tag;

		json_object_foreach(names, tag, text)
		{
			bool known = is_usual(tag);

			for (size_t k = 0; k < count; k++)
				known |= strcmp(ret_tags[k], tag) == 0;
			if (!known && count < OTHER_LANGUAGES)
				ret_tags[count++] = tag;
		}
	}
	return count;
}

/* The last row that was sent, so that a refused form stands there with all of them. */
static size_t rows_sent(const struct page *p)
{
	const char *name;
	json_t *value;
	size_t last = 0;

	json_object_foreach(p->call->body, name, value)
	{
		struct slice rest = slice_of(name), part;
		uint64_t n;

		if (!slice_cut(&rest, '.', &part) || !slice_equal(part, S("parameters")))
			continue;
		if (slice_cut(&rest, '.', &part) && slice_to_u64(part, &n) && n > last &&
		    n <= RECORD_PARAMETERS)
			last = (size_t)n;
	}
	return last;
}

static void add_row(struct page *p, struct fields *to, size_t n, const json_t *row,
		    const char *const *others, size_t other_count)
{
	const json_t *names = json_object_get(row, "name");

	for (size_t i = 0; i < COUNT_OF(usual_languages); i++)
		(void)add(to, NULL, page_format(p, "parameters.%zu.name.%s", n, usual_languages[i]),
			  FORM_TEXT, json_object_get(names, usual_languages[i]));
	for (size_t i = 0; i < other_count; i++)
		(void)add(to, NULL, page_format(p, "parameters.%zu.name.%s", n, others[i]),
			  FORM_TEXT, json_object_get(names, others[i]));
	(void)add(to, NULL, page_format(p, "parameters.%zu.value", n), FORM_TEXT,
		  json_object_get(row, "value"));
	(void)add(to, NULL, page_format(p, "parameters.%zu.unit", n), FORM_TEXT,
		  json_object_get(row, "unit"));
}

static void add_parameters(struct page *p, struct fields *to, const json_t *value)
{
	const char *others[OTHER_LANGUAGES];
	json_t *parsed = json_is_string(value) ? json_loads(json_string_value(value), 0, NULL)
					       : json_incref((json_t *)value);
	size_t other_count = other_languages(parsed, others), sent = rows_sent(p);

	to->rows = json_array_size(parsed);
	if (sent > to->rows)
		to->rows = sent;
	to->rows += ROWS_SPARE;
	if (to->rows > RECORD_PARAMETERS)
		to->rows = RECORD_PARAMETERS;
	to->first_row = to->count;
	to->of_a_row = COUNT_OF(usual_languages) + other_count + 2;
	for (size_t i = 0; i < to->rows; i++)
		add_row(p, to, i + 1, json_array_get(parsed, i), others, other_count);
	json_decref(parsed);
}

static bool has_zone_of_its_own(const struct import_field *fields, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(fields[i].name, "time_zone") == 0)
			return true;
	return false;
}

/* The clock that times are read by stands behind the last of them. */
static void add_zone(struct page *p, struct fields *to, const struct record_sheet *s)
{
	json_t *zone = json_stringn(s->time_zone.data, s->time_zone.length);
	struct form_field *f = add(to, NULL, S("time_zone"), FORM_TEXT, zone);

	if (f != NULL)
		f->hint = TEXT_records_hint_clock;
	json_decref(zone);
	(void)p;
}

static void add_fields(struct page *p, const struct record_sheet *s, struct fields *to)
{
	const struct import_field *parameters = NULL;
	unsigned count;
	const struct import_field *fields = import_fields(s->kind, &count);

	for (unsigned i = 0; i < count; i++) {
		const struct import_field *f = &fields[i];
		const json_t *value = json_object_get(s->says, f->name);

		if (!s->is_new && !record_field_may_change(f))
			continue;
		if (f->kind == KIND_PARAMETERS)
			parameters = f;
		else if (f->kind == KIND_WORDS)
			add_words(p, to, f, value);
		else
			add_plain(to, f, value, s->is_new);
		if (s->time_zone.length > 0 && f->kind == KIND_TIME &&
		    (i + 1 == count || fields[i + 1].kind != KIND_TIME) &&
		    !has_zone_of_its_own(fields, count))
			add_zone(p, to, s);
	}
	if (parameters != NULL)
		add_parameters(p, to, json_object_get(s->says, parameters->name));
}

/* --- what stands at them ------------------------------------------------------------------- */

/* "Name (中文)"; a parameter's "Value". */
static struct slice label_of(struct page *p, struct slice name)
{
	unsigned language = p->writer.language;
	struct slice rest = name, column, words;

	(void)slice_cut(&rest, '.', &column);
	if (slice_equal(column, S("parameters"))) {
		(void)slice_cut(&rest, '.', &column);
		(void)slice_cut(&rest, '.', &column);
	}
	words = slice_equal(column, S("value")) && !slice_equal(name, column)
		    ? text_in(language, TEXT_records_parameter_value)
		    : record_field_words(p, column);
	if (rest.length == 0)
		return words;
	return page_format(p,
			   slice_equal(p->head.lang, S("zh-CN")) ? "%.*s（%.*s）" : "%.*s (%.*s)",
			   SLICE_ARG(words), SLICE_ARG(record_language_words(p, rest)));
}

/* The value there is, where it is none of the usual ones, stays a choice. */
static bool is_option(const struct view_console_option *list, size_t count, struct slice value)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(list[i].value, value))
			return true;
	return false;
}

static void choose(struct view_console_input *input, struct view_console_option *list, size_t count)
{
	if (!is_option(list, count, input->value)) {
		list[count].value = list[count].text = input->value;
		count++;
	}
	form_options(input, list, count);
}

/* All there are (ISO 3166-1), by code, in which a keyboard finds them: "CN China". */
static void add_countries(struct page *p, struct view_console_input *input)
{
	enum { LETTERS = 26, MOST = LETTERS * LETTERS + 2 };
	struct view_console_option *list = arena_array(&p->request->arena, MOST, sizeof(*list));
	size_t count = 1;

	if (list == NULL)
		return;
	list[0] = (struct view_console_option){
		.value = S(""), .text = text_in(p->writer.language, TEXT_records_choose)
	};
	for (int i = 0; i < LETTERS * LETTERS; i++) {
		struct slice code = page_format(p, "%c%c", 'A' + i / LETTERS, 'A' + i % LETTERS);
		struct slice name = country_name(p->writer.language, code);

		if (!slice_equal(name, code))
			list[count++] = (struct view_console_option){
				.value = code,
				.text = page_format(p, "%.2s %.*s", code.data, SLICE_ARG(name)),
			};
	}
	choose(input, list, count);
}

static void add_paper_kinds(struct page *p, struct view_console_input *input)
{
	static const char *const kinds[] = { "certificate", "report", "declaration", "manual",
					     "other" };
	struct view_console_option *list =
	    arena_array(&p->request->arena, COUNT_OF(kinds) + 2, sizeof(*list));

	if (list == NULL)
		return;
	list[0] = (struct view_console_option){
		.value = S(""), .text = text_in(p->writer.language, TEXT_records_choose)
	};
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		list[i + 1] = (struct view_console_option){
			.value = slice_of(kinds[i]),
			.text = term_paper(p->writer.language, slice_of(kinds[i])),
		};
	choose(input, list, COUNT_OF(kinds) + 1);
}

static void offer(struct page *p, const json_t *offers, struct view_console_input *input)
{
	const json_t *list =
	    json_object_get(offers, input->name.data == NULL ? "" : input->name.data);
	size_t count = json_array_size(list);
	struct view_console_option *to;

	if (count == 0 || !input->is_line)
		return;
	if (count > OFFERS_MOST)
		count = OFFERS_MOST;
	to = arena_array(&p->request->arena, count, sizeof(*to));
	for (size_t i = 0; to != NULL && i < count; i++) {
		const json_t *one = json_array_get(list, i);
		json_t *both = json_pack("{s:O?,s:O?}", "value", json_array_get(one, 0), "words",
					 json_array_get(one, 1));

		to[i] = (struct view_console_option){ .value = page_member(p, both, "value"),
						      .text = page_member(p, both, "words") };
		json_decref(both);
	}
	input->suggestions = to;
	input->suggestions_count = to == NULL ? 0 : count;
}

/* What a refusal says at the field: of a check digit also which one it would be. */
static struct slice error_words(struct page *p)
{
	const struct api_refusal *refusal = &p->call->refusal;
	struct slice right = page_member(p, refusal->members, "limit");

	if (!slice_equal(page_member(p, refusal->members, "code"), S("gtin_bad_check_digit")) ||
	    right.length < 2)
		return p->head.error;
	return page_format(p, "%.*s %.*s %c (%.*s)", SLICE_ARG(p->head.error),
			   SLICE_ARG(text_in(p->writer.language, TEXT_records_check_digit)),
			   right.data[right.length - 1], SLICE_ARG(right));
}

/* A refused group of languages is shown at its first. */
static void show_error(struct page *p, struct view_console_input *inputs, size_t count)
{
	const struct api_refusal *refusal = &p->call->refusal;

	if (refusal->status == 0 || refusal->member.length == 0)
		return;
	p->head.error = error_words(p);
	for (size_t i = 0; i < count; i++) {
		struct slice name = inputs[i].name;
		bool first_of = name.length > refusal->member.length &&
				slice_starts(name, refusal->member) &&
				name.data[refusal->member.length] == '.';

		if (!first_of && !slice_equal(name, refusal->member))
			continue;
		inputs[i].error = p->head.error;
		p->head.error_field = name;
		return;
	}
	p->head.error_field = S("");
}

static void finish(struct page *p, const struct record_sheet *s, const struct fields *f,
		   struct view_console_input *inputs)
{
	for (size_t i = 0; i < f->count; i++) {
		inputs[i].label = label_of(p, inputs[i].name);
		if (f->types[i] != NULL)
			inputs[i].type = slice_of(f->types[i]);
		offer(p, s->offers, &inputs[i]);
		if (f->columns[i] != NULL && f->columns[i]->kind == KIND_COUNTRY)
			add_countries(p, &inputs[i]);
		else if (f->columns[i] != NULL && is_paper_kind(f->columns[i]))
			add_paper_kinds(p, &inputs[i]);
	}
	show_error(p, inputs, f->count);
}

/* --- groups and lines ------------------------------------------------------------------------ */

static const enum text group_titles[RECORD_GROUPS] = {
	[RECORD_GROUP_KEY] = TEXT_records_group_key,
	[RECORD_GROUP_SAYS] = TEXT_records_group_says,
	[RECORD_GROUP_PLACE] = TEXT_records_group_place,
	[RECORD_GROUP_MORE] = TEXT_records_group_more,
	[RECORD_GROUP_INTERNAL] = TEXT_records_group_internal,
};

static enum record_group group_of(const struct import_field *column)
{
	return column == NULL ? RECORD_GROUP_PLACE : record_field_group(slice_of(column->name));
}

static bool is_words(const struct import_field *column)
{
	return column != NULL && column->kind == KIND_WORDS;
}

/* A column in several languages has a line of its own, the others stand beside each other. */
static bool breaks(const struct import_field *before, const struct import_field *column)
{
	return before != column && (is_words(before) || is_words(column));
}

/* "Responsible company, Storage and use": what is folded is named. */
static struct slice names_of(struct page *p, const struct fields *f, enum record_group group)
{
	const struct import_field *before = NULL;
	struct slice names = S("");

	for (size_t i = 0; i < f->first_row; i++) {
		const struct import_field *column = f->columns[i];

		if (group_of(column) != group || column == NULL || column == before)
			continue;
		names = figure_joined(&p->request->arena, names,
				      text_in(p->writer.language, TEXT_comma),
				      record_field_words(p, slice_of(column->name)));
		before = column;
	}
	return names;
}

/* Its inputs stand from `inputs` on, one behind the other. */
static size_t fill_group(struct page *p, const struct fields *f,
			 const struct view_console_input *from, enum record_group group,
			 struct view_console_input *inputs, struct view_records_group *to)
{
	struct view_records_line *lines =
	    arena_array(&p->request->arena, f->first_row + 1, sizeof(*lines));
	const struct import_field *before = NULL;
	size_t count = 0;

	*to = (struct view_records_group){
		.title = text_in(p->writer.language, group_titles[group]),
		.folded = group >= RECORD_GROUP_MORE,
		.lines = lines,
	};
	for (size_t i = 0; lines != NULL && i < f->first_row; i++) {
		if (group_of(f->columns[i]) != group)
			continue;
		if (count == 0 || breaks(before, f->columns[i]))
			lines[to->lines_count++] = (struct view_records_line){
				.inputs = &inputs[count],
				.words = is_words(f->columns[i]),
			};
		lines[to->lines_count - 1].inputs_count++;
		to->open |= from[i].error.length > 0;
		inputs[count++] = from[i];
		before = f->columns[i];
	}
	if (to->folded)
		to->holds = names_of(p, f, group);
	return count;
}

static void cut_groups(struct page *p, const struct fields *f,
		       struct view_console_record_form *view)
{
	struct view_records_group *groups =
	    arena_array(&p->request->arena, RECORD_GROUPS, sizeof(*groups));
	struct view_console_input *inputs =
	    arena_array(&p->request->arena, f->first_row + 1, sizeof(*inputs));
	size_t used = 0;

	if (groups == NULL || inputs == NULL)
		return;
	for (enum record_group group = 0; group < RECORD_GROUPS; group++) {
		size_t count = fill_group(p, f, view->form->inputs, group, &inputs[used],
					  &groups[view->groups_count]);

		used += count;
		view->groups_count += count > 0;
	}
	view->groups = groups;
}

static void cut_rows(struct page *p, const struct fields *f, struct view_console_record_form *view)
{
	const struct view_console_input *inputs = view->form->inputs;
	struct view_records_parameter *rows =
	    arena_array(&p->request->arena, f->rows + 1, sizeof(*rows));

	for (size_t i = 0; rows != NULL && i < f->rows; i++)
		rows[i] = (struct view_records_parameter){
			.number = page_format(p, "%zu", i + 1),
			.inputs = &inputs[f->first_row + i * f->of_a_row],
			.inputs_count = f->of_a_row,
		};
	view->parameters = rows;
	view->parameters_count = rows == NULL ? 0 : f->rows;
}

void record_sheet_show(struct page *p, const struct record_sheet *s,
		       struct view_console_record_form *view)
{
	struct arena *memory = &p->request->arena;
	struct fields f = {
		.list = arena_array(memory, FIELDS_MOST, sizeof(*f.list)),
		.types = arena_array(memory, FIELDS_MOST, sizeof(*f.types)),
		.columns = arena_array(memory, FIELDS_MOST, sizeof(*f.columns)),
		.values = json_object(),
	};
	struct view_console_form *form;

	if (f.list == NULL || f.types == NULL || f.columns == NULL)
		abort(); /* a request of one form cannot use up its memory */
	memset(f.types, 0, FIELDS_MOST * sizeof(*f.types));
	add_fields(p, s, &f);
	form = form_show(
	    p, &(const struct form){ .submit = s->submit, .fields = f.list, .count = f.count },
	    s->action.data, f.values);
	finish(p, s, &f, (struct view_console_input *)form->inputs);
	view->form = form;
	if (f.rows == 0)
		f.first_row = f.count;
	cut_groups(p, &f, view);
	cut_rows(p, &f, view);
	json_decref(f.values);
}
