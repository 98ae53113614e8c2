/* What a form or a program says of a record, column by column. */
#include "model/gs1.h"
#include "model/import_value.h"
#include "web/api_problem.h"
#include "web/console_records.h"
#include "web/console_records_sheet.h"
#include "web/form.h"

enum { VALUE_MOST = 20000, PART_MOST = 1000, MEMBER_SIZE = 100 };

/* --- one value ----------------------------------------------------------------------------- */

static bool refuse(struct api_call *call, const char *member, const char *code, const char *words)
{
	api_problem_members(call, 400, json_pack("{s:s,s:s}", "member", member, "code", code),
			    words);
	return false;
}

static bool refuse_known(struct api_call *call, const char *member, const char *code)
{
	char shown[MEMBER_SIZE];

	(void)snprintf(shown, sizeof(shown), "%s", member);
	return refuse(call, shown, code, message_words(code));
}

/* Who mistyped a GTIN is told what its last digit would be by the others. */
static bool refuse_check_digit(struct api_call *call, const char *member, struct slice gtin)
{
	struct slice others = { gtin.data, gtin.length - 1 };
	char right[GTIN_TEXT_SIZE];

	(void)snprintf(right, sizeof(right), "%.*s%c", SLICE_ARG(others), gs1_check_digit(others));
	api_problem_members(call, 400,
			    json_pack("{s:s,s:s,s:s}", "member", member, "code",
				      value_code(VALUE_GTIN_BAD_CHECK_DIGIT), "limit", right),
			    value_reason(VALUE_GTIN_BAD_CHECK_DIGIT));
	return false;
}

/* A text or a whole number; anything else is refused. Nothing or null: empty. */
static bool text_given(struct api_call *call, const json_t *value, const char *member,
		       struct slice *ret_text)
{
	char number[24];

	*ret_text = S("");
	if (json_is_string(value)) {
		*ret_text = (struct slice){ json_string_value(value), json_string_length(value) };
	} else if (json_is_integer(value)) {
		(void)snprintf(number, sizeof(number), "%lld",
			       (long long)json_integer_value(value));
		*ret_text = arena_copy(&call->request->arena, slice_of(number));
	} else if (value != NULL && !json_is_null(value)) {
		return refuse_known(call, member, "not_a_text");
	}
	return true;
}

static struct slice zone_of(struct api_call *call)
{
	struct slice zone = form_text(call, "time_zone");

	return zone.length == 0 ? S("UTC") : zone;
}

/* A text of the record, as a file would bring it. NULL in *ret_value: blank. */
static bool read_value(struct api_call *call, enum import_kind kind, const char *member,
		       const json_t *given, size_t most, json_t **ret_value)
{
	const struct value_format format = { .decimal = '.', .zone = zone_of(call) };
	enum value_result result;
	struct slice text;
	struct buf out;

	*ret_value = NULL;
	if (!text_given(call, given, member, &text))
		return false;
	if (text.length > most)
		return refuse_known(call, member, "too_long");
	if (value_is_blank(text))
		return true;
	buf_init(&out, 4 * VALUE_MOST + 64);
	result = value_read(kind, &format, text, &out);
	if (result == VALUE_OK && !buf_ok(&out))
		result = VALUE_HUGE;
	if (result == VALUE_OK)
		*ret_value = json_stringn(out.data, out.length);
	buf_release(&out);
	if (result == VALUE_GTIN_BAD_CHECK_DIGIT)
		return refuse_check_digit(call, member, text);
	return result == VALUE_OK || refuse(call, member, value_code(result), value_reason(result));
}

/* --- words --------------------------------------------------------------------------------- */

static bool add_words(struct api_call *call, const char *tag, const char *member,
		      const json_t *given, size_t most, json_t *words)
{
	json_t *value;

	if (!value_language_ok(slice_of(tag)))
		return refuse_known(call, member, "choice");
	if (!read_value(call, KIND_WORDS, member, given, most, &value))
		return false;
	if (value != NULL)
		json_object_set_new(words, tag, value);
	return true;
}

static bool is_needed(const struct import_field *f)
{
	return f->need == NEED_KEY || f->need == NEED_FILLED;
}

static bool read_words(struct api_call *call, const struct import_field *f, bool whole,
		       json_t *says)
{
	const json_t *given = json_object_get(call->body, f->name);
	size_t length = strlen(f->name);
	json_t *words = json_object(), *value;
	bool found = whole || given != NULL, good = true;
	const char *name;

	if (given != NULL && !json_is_object(given) && !json_is_null(given))
		good = refuse_known(call, f->name, "not_words");
	json_object_foreach((json_t *)given, name, value) good =
	    good && add_words(call, name, f->name, value, VALUE_MOST, words);
	json_object_foreach(call->body, name, value)
	{
		if (!good || strncmp(name, f->name, length) != 0 || name[length] != '.')
			continue;
		found = true;
		good = add_words(call, name + length + 1, name, value, VALUE_MOST, words);
	}
	if (good && found && is_needed(f) && json_object_size(words) == 0)
		good = refuse_known(call, f->name, "required");
	if (good && found)
		json_object_set(says, f->name, words);
	json_decref(words);
	return good;
}

/* --- parameters ---------------------------------------------------------------------------- */

/* Rows by their number, as they come; what is NULL is not there. */
struct parameters {
	json_t *rows[RECORD_PARAMETERS];
};

static json_t *part_of(json_t **whole, const char *name)
{
	if (*whole == NULL)
		*whole = json_object();
	if (name != NULL && json_object_get(*whole, name) == NULL)
		json_object_set_new(*whole, name, json_object());
	return name == NULL ? *whole : json_object_get(*whole, name);
}

/* `part` of row `n` (from 1): name.LANGUAGE, value or unit. */
static bool add_part(struct api_call *call, struct parameters *all, uint64_t n, struct slice part,
		     const char *member, const json_t *given)
{
	json_t *value;

	if (n == 0 || n > RECORD_PARAMETERS)
		return refuse_known(call, member, "unknown_field");
	if (slice_starts(part, S("name."))) {
		struct slice tag = arena_copy(&call->request->arena, slice_from(part, 5));

		return add_words(call, tag.data == NULL ? "" : tag.data, member, given, PART_MOST,
				 part_of(&all->rows[n - 1], "name"));
	}
	if (!slice_equal(part, S("value")) && !slice_equal(part, S("unit")))
		return refuse_known(call, member, "unknown_field");
	if (!read_value(call, KIND_TEXT, member, given, PART_MOST, &value))
		return false;
	if (value != NULL)
		json_object_setn_new(part_of(&all->rows[n - 1], NULL), part.data, part.length,
				     value);
	return true;
}

/* The name of one of a program's list. */
static bool add_name(struct api_call *call, struct parameters *all, size_t n, const char *member,
		     const json_t *words)
{
	const char *tag;
	json_t *word;
	bool good = true;

	if (!json_is_object(words))
		return refuse_known(call, member, "not_words");
	json_object_foreach((json_t *)words, tag, word)
	{
		char part[MEMBER_SIZE];

		(void)snprintf(part, sizeof(part), "name.%.60s", tag);
		good = good && add_part(call, all, n, slice_of(part), member, word);
	}
	return good;
}

/* One of a program's list. */
static bool add_row(struct api_call *call, struct parameters *all, size_t n, const json_t *row)
{
	char member[MEMBER_SIZE];
	const char *name;
	json_t *value;
	bool good = true;

	(void)snprintf(member, sizeof(member), "parameters.%zu", n);
	if (!json_is_object(row))
		return refuse_known(call, member, "not_a_parameter");
	json_object_foreach((json_t *)row, name, value)
	{
		if (!good)
			break;
		(void)snprintf(member, sizeof(member), "parameters.%zu.%.40s", n, name);
		if (strcmp(name, "name") == 0)
			good = add_name(call, all, n, member, value);
		else if (strchr(name, '.') != NULL)
			good = refuse_known(call, member, "unknown_field");
		else
			good = add_part(call, all, n, slice_of(name), member, value);
	}
	return good;
}

/* "parameters.3.value" of a form. */
static bool add_sent(struct api_call *call, struct parameters *all, const char *member,
		     const json_t *given)
{
	struct slice rest = slice_of(member), part;
	uint64_t n = 0;

	(void)slice_cut(&rest, '.', &part);
	(void)slice_cut(&rest, '.', &part);
	if (!slice_to_u64(part, &n))
		return refuse_known(call, member, "unknown_field");
	return add_part(call, all, n, rest, member, given);
}

/* Row `n` is whole, or nothing. */
static bool is_whole(struct api_call *call, size_t n, const json_t *row)
{
	bool named = json_object_size(json_object_get(row, "name")) > 0;
	bool valued = json_object_get(row, "value") != NULL;
	char member[MEMBER_SIZE];

	if (named && valued)
		return true;
	(void)snprintf(member, sizeof(member), "parameters.%zu.%s", n, named ? "value" : "name");
	return refuse_known(call, member, "required");
}

static bool is_nothing(const json_t *row)
{
	return row == NULL ||
	       (json_object_size(json_object_get(row, "name")) == 0 &&
		json_object_get(row, "value") == NULL && json_object_get(row, "unit") == NULL);
}

static bool read_rows(struct api_call *call, const json_t *given, struct parameters *all,
		      bool *ret_found)
{
	const char *name;
	json_t *value;
	bool good = true;

	if (given != NULL && !json_is_array(given) && !json_is_null(given))
		return refuse_known(call, "parameters", "not_a_parameter");
	if (json_array_size(given) > RECORD_PARAMETERS)
		return refuse_known(call, "parameters", "too_long");
	for (size_t i = 0; good && i < json_array_size(given); i++)
		good = add_row(call, all, i + 1, json_array_get(given, i));
	json_object_foreach(call->body, name, value)
	{
		if (!good || strncmp(name, "parameters.", strlen("parameters.")) != 0)
			continue;
		*ret_found = true;
		good = add_sent(call, all, name, value);
	}
	return good;
}

static bool read_parameters(struct api_call *call, const struct import_field *f, bool whole,
			    json_t *says)
{
	const json_t *given = json_object_get(call->body, f->name);
	bool found = whole || given != NULL, good;
	struct parameters all = { .rows = { NULL } };
	json_t *list = json_array();

	good = read_rows(call, given, &all, &found);
	for (size_t i = 0; i < RECORD_PARAMETERS; i++) {
		if (good && !is_nothing(all.rows[i]) && (good = is_whole(call, i + 1, all.rows[i])))
			json_array_append(list, all.rows[i]);
		json_decref(all.rows[i]);
	}
	if (good && found)
		json_object_set(says, f->name, list);
	json_decref(list);
	return good;
}

/* --- the whole body ------------------------------------------------------------------------ */

static bool read_plain(struct api_call *call, const struct import_field *f, bool whole,
		       json_t *says)
{
	const json_t *given = json_object_get(call->body, f->name);
	json_t *value;

	if (!whole && given == NULL)
		return true;
	if (!read_value(call, f->kind, f->name, given, VALUE_MOST, &value))
		return false;
	if (value == NULL && is_needed(f))
		return refuse_known(call, f->name, "required");
	json_object_set_new(says, f->name, value == NULL ? json_null() : value);
	return true;
}

static bool has_members(const struct import_field *f)
{
	return f->kind == KIND_WORDS || f->kind == KIND_PARAMETERS;
}

static bool is_member(const struct import_field *fields, unsigned count, const char *member,
		      bool is_new)
{
	bool times = false;

	for (unsigned i = 0; i < count; i++) {
		size_t length = strlen(fields[i].name);

		times |= fields[i].kind == KIND_TIME;
		if (strncmp(member, fields[i].name, length) == 0 &&
		    (is_new || record_field_may_change(&fields[i])) &&
		    (member[length] == '\0' || (member[length] == '.' && has_members(&fields[i]))))
			return true;
	}
	return times && strcmp(member, "time_zone") == 0;
}

static bool read_zone(struct api_call *call, const struct import_field *fields, unsigned count)
{
	json_t *zone = NULL;
	bool good;

	for (unsigned i = 0; i < count; i++)
		if (strcmp(fields[i].name, "time_zone") == 0)
			return true; /* it is a column of its own */
	good = read_value(call, KIND_ZONE, "time_zone", json_object_get(call->body, "time_zone"),
			  PART_MOST, &zone);
	json_decref(zone);
	return good;
}

static bool read_field(struct api_call *call, const struct import_field *f, bool whole,
		       json_t *says)
{
	if (f->kind == KIND_WORDS)
		return read_words(call, f, whole, says);
	if (f->kind == KIND_PARAMETERS)
		return read_parameters(call, f, whole, says);
	return read_plain(call, f, whole, says);
}

json_t *record_sheet_read(struct api_call *call, struct slice kind, bool is_new)
{
	bool whole = is_new || call->again != NULL, good = true;
	unsigned count;
	const struct import_field *fields = import_fields(kind, &count);
	json_t *says = json_object(), *value;
	const char *name;

	json_object_foreach(call->body, name,
			    value) if (good && !is_member(fields, count, name, is_new)) good =
	    refuse_known(call, name, "unknown_field");
	good = good && read_zone(call, fields, count);
	for (unsigned i = 0; good && i < count; i++)
		if (is_new || record_field_may_change(&fields[i]))
			good = read_field(call, &fields[i], whole, says);
	if (good)
		return says;
	json_decref(says);
	return NULL;
}
