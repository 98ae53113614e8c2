/* Parses mapping profiles; what they make of a file is in profile_row.c. */
#include "model/profile.h"

#include <stdarg.h>

#include "model/import_date.h"

/* What a parse works on. */
struct reading {
	struct profile *p;
	struct arena *arena;
	const char *name;
	unsigned line;
	char *why;
	size_t why_size;
	unsigned settings_seen; /* one bit each, in the order of the table */
	unsigned each_line;
};

PRINTF(2, 3)
static bool refuse(const struct reading *r, const char *format, ...)
{
	int used = snprintf(r->why, r->why_size, "%s:%u: ", r->name, r->line);
	va_list args;

	if (used >= 0 && (size_t)used < r->why_size) {
		va_start(args, format);
		(void)vsnprintf(r->why + used, r->why_size - (size_t)used, format, args);
		va_end(args);
	}
	return false;
}

/* --- words --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice skip_blanks(struct slice s)
{
	while (s.length > 0 && is_blank(s.data[0]))
		s = slice_from(s, 1);
	return s;
}

static bool take_quoted(struct reading *r, struct slice *rest, struct slice *ret_word)
{
	char *room = arena_alloc(r->arena, rest->length + 1);
	size_t used = 0, i = 1;

	if (room == NULL)
		return refuse(r, "out of memory");
	for (; i < rest->length; i++) {
		if (rest->data[i] == '"') {
			if (i + 1 == rest->length || rest->data[i + 1] != '"')
				break;
			i++;
		}
		room[used++] = rest->data[i];
	}
	if (i == rest->length)
		return refuse(r, "a quote is not closed");
	*rest = slice_from(*rest, i + 1);
	*ret_word = (struct slice){ room, used };
	return true;
}

/* The next word, up to a blank or `stop`, or in quotes. There must be one. */
static bool take_word(struct reading *r, struct slice *rest, char stop, const char *what,
		      struct slice *ret_word)
{
	size_t n = 0;

	*rest = skip_blanks(*rest);
	if (rest->length > 0 && rest->data[0] == '"')
		return take_quoted(r, rest, ret_word);
	while (n < rest->length && !is_blank(rest->data[n]) && rest->data[n] != stop)
		n++;
	if (n == 0)
		return refuse(r, "%s is missing", what);
	*ret_word = arena_copy(r->arena, (struct slice){ rest->data, n });
	if (ret_word->data == NULL)
		return refuse(r, "out of memory");
	*rest = slice_from(*rest, n);
	return true;
}

static bool nothing_left(const struct reading *r, struct slice rest)
{
	rest = skip_blanks(rest);
	return rest.length == 0 || refuse(r, "\"%.*s\" is not understood", SLICE_ARG(rest));
}

/* Cuts a comment off: a '#' with a blank on both sides, outside quotes. */
static struct slice without_comment(struct slice line)
{
	bool quoted = false;

	for (size_t i = 0; i < line.length; i++) {
		if (line.data[i] == '"')
			quoted = !quoted;
		if (line.data[i] == '#' && !quoted && i > 0 && is_blank(line.data[i - 1]) &&
		    (i + 1 == line.length || is_blank(line.data[i + 1])))
			line.length = i;
	}
	return line;
}

/* --- settings --- */

static bool set_table(struct reading *r, struct slice value)
{
	r->p->record = import_fields(value, &r->p->record_fields);
	return r->p->record != NULL || refuse(r, "no record is called \"%.*s\"", SLICE_ARG(value));
}

static bool set_delimiter(struct reading *r, struct slice value)
{
	static const struct {
		const char *name;
		char sign;
	} named[] = { { "comma", ',' },
		      { "semicolon", ';' },
		      { "tab", '\t' },
		      { "space", ' ' },
		      { "bar", '|' } };

	for (size_t i = 0; i < COUNT_OF(named); i++)
		if (slice_equal(value, slice_of(named[i].name))) {
			r->p->delimiter = named[i].sign;
			return true;
		}
	if (value.length != 1 || value.data[0] == '"' || (unsigned char)value.data[0] < ' ' ||
	    (unsigned char)value.data[0] > '~')
		return refuse(r, "the delimiter is one sign, or comma, semicolon, tab, space, bar");
	r->p->delimiter = value.data[0];
	return true;
}

static bool set_yes_no(struct reading *r, struct slice value, bool *ret_value)
{
	if (!slice_equal(value, S("yes")) && !slice_equal(value, S("no")))
		return refuse(r, "yes or no is expected, not \"%.*s\"", SLICE_ARG(value));
	*ret_value = slice_equal(value, S("yes"));
	return true;
}

static bool set_header(struct reading *r, struct slice value)
{
	return set_yes_no(r, value, &r->p->header);
}

static bool set_trim(struct reading *r, struct slice value)
{
	return set_yes_no(r, value, &r->p->trim);
}

static bool set_decimal(struct reading *r, struct slice value)
{
	if (!slice_equal(value, S(".")) && !slice_equal(value, S(",")))
		return refuse(r, "the decimal mark is . or ,");
	r->p->decimal = value.data[0];
	return true;
}

static bool set_time_zone(struct reading *r, struct slice value)
{
	struct value_format format = { .decimal = '.' };
	struct buf checked;
	bool ok;

	buf_init(&checked, 128);
	ok = value.length > 0 && value_read(KIND_ZONE, &format, value, &checked) == VALUE_OK;
	buf_release(&checked);
	r->p->time_zone = arena_copy(r->arena, value);
	return ok || refuse(r, "\"%.*s\" is not a time zone name", SLICE_ARG(value));
}

static bool set_count_from(struct reading *r, struct slice value)
{
	return (slice_to_u64(value, &r->p->count_from) && r->p->count_from <= 1000000000000) ||
	       refuse(r, "a whole number is expected, not \"%.*s\"", SLICE_ARG(value));
}

/* "#3": a column by its number, made 0-based. */
static bool column_number(struct slice text, size_t *ret_column)
{
	uint64_t n;

	if (text.length < 2 || text.data[0] != '#' || !slice_to_u64(slice_from(text, 1), &n) ||
	    n == 0 || n > 65536)
		return false;
	*ret_column = (size_t)n - 1;
	return true;
}

static bool set_each(struct reading *r, struct slice value)
{
	struct slice first, rest = value;
	size_t dots;

	if (!slice_starts(rest, S("columns")))
		return refuse(r, "expected: each = columns #FIRST..#LAST");
	rest = skip_blanks(slice_from(rest, 7));
	dots = slice_find(rest, '.');
	first = (struct slice){ rest.data, dots };
	rest = slice_from(rest, dots);
	if (!slice_starts(rest, S("..")) || !column_number(first, &r->p->each_first) ||
	    !column_number(slice_from(rest, 2), &r->p->each_last))
		return refuse(r, "expected: each = columns #FIRST..#LAST");
	if (r->p->each_first > r->p->each_last)
		return refuse(r, "the first column stands behind the last");
	r->each_line = r->line;
	return true;
}

static const struct {
	const char *name;
	bool (*set)(struct reading *r, struct slice value);
} settings[] = {
	{ "table", set_table },		{ "delimiter", set_delimiter },
	{ "header", set_header },	{ "decimal", set_decimal },
	{ "time_zone", set_time_zone }, { "count_from", set_count_from },
	{ "trim", set_trim },		{ "each", set_each },
};

static int setting_named(struct slice key)
{
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		if (slice_equal(key, slice_of(settings[i].name)))
			return (int)i;
	return -1;
}

/*
 * "time_zone" is a setting, but also a field of a facility: a field's source starts with one of
 * four words, no time zone does.
 */
static bool is_source(struct slice value)
{
	static const char *const words[] = { "column", "constant", "template" };

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		size_t n = strlen(words[i]);

		if (slice_starts(value, slice_of(words[i])) && value.length > n &&
		    is_blank(value.data[n]))
			return true;
	}
	return false;
}

/* --- sources --- */

static bool add_part(struct reading *r, struct profile_part ***end, struct profile_part part)
{
	struct profile_part *copy = arena_alloc(r->arena, sizeof(*copy));

	if (copy == NULL)
		return refuse(r, "out of memory");
	*copy = part;
	**end = copy;
	*end = &copy->next;
	return true;
}

static bool add_column(struct reading *r, struct profile_part ***end, struct slice name)
{
	struct profile_part part = { .kind = PART_COLUMN };

	if (!column_number(name, &part.column))
		part.text = name;
	return add_part(r, end, part);
}

static bool add_each(struct reading *r, struct profile_part ***end, struct slice what)
{
	struct profile_part part = { .kind = PART_EACH_VALUE };

	if (!profile_has_each(r->p))
		return refuse(r, "each is used, but no line above says: each = columns …");
	if (slice_equal(what, S("name")))
		part.kind = PART_EACH_NAME;
	else if (slice_equal(what, S("number")))
		part.kind = PART_EACH_NUMBER;
	else if (!slice_equal(what, S("value")))
		return refuse(r, "each value, each name or each number is expected");
	return add_part(r, end, part);
}

static bool add_hole(struct reading *r, struct profile_part ***end, struct slice hole)
{
	if (slice_equal(hole, S("record")))
		return add_part(r, end, (struct profile_part){ .kind = PART_RECORD });
	if (slice_equal(hole, S("each")))
		return add_each(r, end, S("name"));
	return add_column(r, end, hole);
}

static bool add_template(struct reading *r, struct profile_part ***end, struct slice text)
{
	while (text.length > 0) {
		size_t open = slice_find(text, '{'), close;
		struct profile_part part = { .kind = PART_TEXT, .text = { text.data, open } };

		if (open > 0 && !add_part(r, end, part))
			return false;
		text = slice_from(text, open);
		if (text.length == 0)
			break;
		close = slice_find(text, '}');
		if (close == text.length || close == 1)
			return refuse(r, "a template's { } does not hold a column");
		if (!add_hole(r, end, (struct slice){ text.data + 1, close - 1 }))
			return false;
		text = slice_from(text, close + 1);
	}
	return true;
}

static bool take_source(struct reading *r, struct slice *rest, struct profile_field *f)
{
	struct profile_part **end = &f->source;
	struct slice kind, word;

	if (!take_word(r, rest, '\0', "the source", &kind))
		return false;
	if (slice_equal(kind, S("record")))
		return add_part(r, &end, (struct profile_part){ .kind = PART_RECORD });
	if (!slice_equal(kind, S("column")) && !slice_equal(kind, S("constant")) &&
	    !slice_equal(kind, S("template")) && !slice_equal(kind, S("each")))
		return refuse(r, "\"%.*s\" is no source: column, constant, template, record, each",
			      SLICE_ARG(kind));
	if (!take_word(r, rest, '\0', "what the source is", &word))
		return false;
	if (slice_equal(kind, S("column")))
		return add_column(r, &end, word);
	if (slice_equal(kind, S("each")))
		return add_each(r, &end, word);
	if (word.length == 0)
		return refuse(r, "an empty text fills no field");
	if (slice_equal(kind, S("template")))
		return add_template(r, &end, word);
	return add_part(r, &end, (struct profile_part){ .kind = PART_TEXT, .text = word });
}

/* --- fields --- */

static bool add_pair(struct reading *r, struct profile_pair **list, struct profile_pair pair)
{
	struct profile_pair *copy;

	while (*list != NULL) {
		if ((*list)->any == pair.any && slice_equal((*list)->from, pair.from))
			return refuse(r, "\"%.*s\" is given twice", SLICE_ARG(pair.from));
		list = &(*list)->next;
	}
	copy = arena_alloc(r->arena, sizeof(*copy));
	if (copy == NULL)
		return refuse(r, "out of memory");
	*copy = pair;
	*list = copy;
	return true;
}

static bool take_map(struct reading *r, struct slice *rest, struct profile_field *f)
{
	do {
		struct profile_pair pair = { .any = false };

		*rest = skip_blanks(*rest);
		pair.any = slice_starts(*rest, S("*="));
		if (!take_word(r, rest, '=', "the map's value", &pair.from))
			return false;
		if (rest->length == 0 || rest->data[0] != '=')
			return refuse(r, "a map is written FROM=TO FROM=TO …");
		*rest = slice_from(*rest, 1);
		if (!take_word(r, rest, '\0', "what the value is mapped to", &pair.to) ||
		    !add_pair(r, &f->map, pair))
			return false;
		*rest = skip_blanks(*rest);
	} while (rest->length > 0);
	return true;
}

static bool take_date(struct reading *r, struct slice *rest, struct profile_field *f)
{
	struct slice more;

	if (!import_kind_has_format(f->field->kind))
		return refuse(r, "%s is no date", f->field->name);
	if (!take_word(r, rest, '\0', "the date's format", &f->date))
		return false;
	more = skip_blanks(*rest);
	/* Unquoted, a second word that starts with % goes on with the format: %d/%m/%Y %H:%M:%S. */
	while (more.length > 0 && more.data[0] == '%') {
		struct slice word;
		char *both;

		*rest = more;
		if (!take_word(r, rest, '\0', "the date's format", &word))
			return false;
		both = arena_alloc(r->arena, f->date.length + 1 + word.length);
		if (both == NULL)
			return refuse(r, "out of memory");
		memcpy(both, f->date.data, f->date.length);
		both[f->date.length] = ' ';
		memcpy(both + f->date.length + 1, word.data, word.length);
		f->date = (struct slice){ both, f->date.length + 1 + word.length };
		more = skip_blanks(*rest);
	}
	return import_date_format_ok(f->date, f->field->kind == KIND_TIME) ||
	       refuse(r, "\"%.*s\" does not tell a %s (%%Y or %%y, %%m %%d%s and %%M %%S %%f %%z)",
		      SLICE_ARG(f->date), f->field->kind == KIND_TIME ? "time" : "date",
		      f->field->kind == KIND_TIME ? " %H %M" : "");
}

static bool take_label(struct reading *r, struct slice *rest, struct profile_field *f,
		       struct slice language)
{
	struct profile_pair pair = { .from = language };

	if (!value_language_ok(language))
		return refuse(r, "\"%.*s\" is no language tag", SLICE_ARG(language));
	return take_word(r, rest, '\0', "the label's text", &pair.to) &&
	       add_pair(r, &f->labels, pair);
}

static bool take_modifier(struct reading *r, struct slice *rest, struct profile_field *f)
{
	bool parameter = f->field->kind == KIND_PARAMETERS;
	struct slice word;

	if (!take_word(r, rest, '\0', "a word", &word))
		return false;
	if (slice_equal(word, S("trim"))) {
		f->trim = true;
		return true;
	}
	if (slice_equal(word, S("date")))
		return take_date(r, rest, f);
	if (slice_equal(word, S("map")))
		return take_map(r, rest, f);
	if (parameter && slice_equal(word, S("unit")))
		return take_word(r, rest, '\0', "the unit", &f->unit);
	if (parameter && slice_starts(word, S("label.")))
		return take_label(r, rest, f, slice_from(word, 6));
	return refuse(r, "\"%.*s\" is not understood", SLICE_ARG(word));
}

static const struct import_field *field_named(const struct profile *p, struct slice name)
{
	for (unsigned i = 0; i < p->record_fields; i++)
		if (slice_equal(name, slice_of(p->record[i].name)))
			return &p->record[i];
	return NULL;
}

/* name, name.LANGUAGE, parameters.NAME. */
static bool read_target(struct reading *r, struct slice key, struct profile_field *f)
{
	struct slice rest = key, name;

	(void)slice_cut(&rest, '.', &name);
	f->field = field_named(r->p, name);
	if (f->field == NULL)
		return refuse(r, "a %s has no field \"%.*s\"", r->p->record->record,
			      SLICE_ARG(name));
	if (f->field->kind == KIND_PARAMETERS) {
		f->parameter = arena_copy(r->arena, rest);
		return rest.length > 0 || refuse(r, "say which parameter: parameters.NAME = …");
	}
	if (f->field->kind != KIND_WORDS)
		return rest.data == NULL ||
		       refuse(r, "%s is not written in a language", f->field->name);
	f->language = rest.data == NULL ? S("und") : arena_copy(r->arena, rest);
	return value_language_ok(f->language) ||
	       refuse(r, "\"%.*s\" is no language tag", SLICE_ARG(rest));
}

static bool is_twice(const struct profile *p, const struct profile_field *f)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->fields[i].field == f->field &&
		    slice_equal_nocase(p->fields[i].language, f->language) &&
		    slice_equal(p->fields[i].parameter, f->parameter))
			return true;
	return false;
}

/* Keeps the fields in the order of the record, one record field's languages together. */
static void insert_field(struct profile *p, const struct profile_field *f)
{
	unsigned at = p->count;

	while (at > 0 && p->fields[at - 1].field > f->field) {
		p->fields[at] = p->fields[at - 1];
		at--;
	}
	p->fields[at] = *f;
	p->count++;
}

static bool read_field(struct reading *r, struct slice key, struct slice value)
{
	struct profile_field f = { .line = r->line };

	if (r->p->record == NULL)
		return refuse(r, "the first line must be: table = RECORD");
	if (!read_target(r, key, &f))
		return false;
	if (is_twice(r->p, &f))
		return refuse(r, "%.*s is given twice", SLICE_ARG(key));
	if (r->p->count == PROFILE_FIELDS_MAX)
		return refuse(r, "more than %d fields", PROFILE_FIELDS_MAX);
	if (!take_source(r, &value, &f))
		return false;
	while (skip_blanks(value).length > 0)
		if (!take_modifier(r, &value, &f))
			return false;
	insert_field(r->p, &f);
	return nothing_left(r, value);
}

static bool read_line(struct reading *r, struct slice line)
{
	struct slice key, value = line;
	int setting;

	if (slice_find(line, '=') == line.length)
		return refuse(r, "expected \"key = value\"");
	(void)slice_cut(&value, '=', &key);
	key = slice_trim(key);
	value = slice_trim(value);
	setting = setting_named(key);
	if (setting < 0 || is_source(value))
		return read_field(r, key, value);
	if (r->settings_seen & 1u << setting)
		return refuse(r, "%s is set twice", settings[setting].name);
	r->settings_seen |= 1u << setting;
	return settings[setting].set(r, value);
}

/* Every field of the key must be there, or no two records could be told apart. */
static bool check_whole(struct reading *r)
{
	const struct profile *p = r->p;

	if (p->record == NULL)
		return refuse(r, "it does not say: table = RECORD");
	for (unsigned i = 0; i < p->record_fields; i++) {
		bool found = p->record[i].need != NEED_KEY;

		for (unsigned k = 0; k < p->count && !found; k++)
			found = p->fields[k].field == &p->record[i];
		if (!found)
			return refuse(r, "no line says what fills %s", p->record[i].name);
	}
	return true;
}

bool profile_parse(struct profile *p, struct slice text, const char *name, struct arena *arena,
		   char *why, size_t why_size)
{
	struct reading r = {
		.p = p, .arena = arena, .name = name, .why = why, .why_size = why_size
	};
	struct slice line;

	*p = (struct profile){ .delimiter = ',',
			       .decimal = '.',
			       .header = true,
			       .time_zone = SLICE("UTC"),
			       .count_from = 1,
			       .each_first = 1,
			       .each_last = 0 };
	p->fields = arena_array(arena, PROFILE_FIELDS_MAX, sizeof(*p->fields));
	if (p->fields == NULL)
		return refuse(&r, "out of memory");
	while (slice_cut(&text, '\n', &line)) {
		r.line++;
		if (memchr(line.data, '\0', line.length) != NULL)
			return refuse(&r, "the line holds a NUL byte");
		line = slice_trim(line);
		if (line.length == 0 || line.data[0] == '#')
			continue;
		if (!read_line(&r, slice_trim(without_comment(line))))
			return false;
	}
	return check_whole(&r);
}

bool profile_has_each(const struct profile *p)
{
	return p->each_first <= p->each_last;
}
