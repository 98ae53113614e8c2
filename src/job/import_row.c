/* Rows for COPY: reads the fields of a record by the profile, value by value. */
#include "job/import_row.h"

#include <time.h>

enum { TEXT_MAX = 1024 * 1024, ROW_VALUE_MAX = 4 * 1024 * 1024 };

void import_row_init(struct import_row *row, const struct profile *p, const struct csv_file *r)
{
	const time_t now = time(NULL);
	struct tm parts;

	*row = (struct import_row){ .profile = p, .reader = r };
	if (gmtime_r(&now, &parts) != NULL)
		row->year = (unsigned)parts.tm_year + 1900;
	buf_init(&row->text, TEXT_MAX);
	buf_init(&row->value, ROW_VALUE_MAX);
}

void import_row_release(struct import_row *row)
{
	if (row == NULL)
		return;
	buf_release(&row->text);
	buf_release(&row->value);
}

/* Fields of one column stand together; this is where the next column's begin. */
static unsigned group_end(const struct profile *p, unsigned first)
{
	unsigned end = first + 1;

	while (end < p->count && p->fields[end].field == p->fields[first].field)
		end++;
	return end;
}

void import_row_columns(const struct profile *p, struct buf *out)
{
	for (unsigned i = 0; i < p->count; i = group_end(p, i)) {
		if (i > 0)
			buf_add_string(out, ", ");
		buf_add_string(out, p->fields[i].field->name);
	}
}

void import_row_given(const struct profile *p, struct buf *out)
{
	buf_add_char(out, '{');
	for (unsigned i = 0; i < p->count; i = group_end(p, i)) {
		const char *separator = "";

		buf_add_format(out, "%s\"%s\":[", i > 0 ? "," : "", p->fields[i].field->name);
		for (unsigned k = i; k < group_end(p, i); k++) {
			if (p->fields[k].language.length == 0)
				continue;
			buf_add_string(out, separator);
			value_add_json(out, p->fields[k].language);
			separator = ",";
		}
		buf_add_char(out, ']');
	}
	buf_add_char(out, '}');
}

/* COPY's text format: backslash, tab and line ends are escaped. */
static void add_copy(struct buf *out, struct slice s)
{
	size_t start = 0;

	for (size_t i = 0; i < s.length; i++) {
		char c = s.data[i];

		if (c != '\\' && c != '\t' && c != '\n' && c != '\r')
			continue;
		buf_add(out, s.data + start, i - start);
		buf_add_char(out, '\\');
		buf_add_char(out, c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\');
		start = i + 1;
	}
	buf_add(out, s.data + start, s.length - start);
}

/* --- where a value came from --- */

static struct slice cell_of(const void *user, size_t column)
{
	return csv_text(&((const struct csv_file *)user)->csv, column);
}

static struct slice name_of(const void *user, size_t column)
{
	return csv_file_name(user, column);
}

void import_row_blame(const struct profile *p, const struct csv_file *r,
		      const struct profile_field *f, size_t each, struct import_refusal *refusal)
{
	size_t column = profile_column(f, profile_has_each(p) ? each : SIZE_MAX);

	refusal->field = slice_of(f->field->name);
	if (column == SIZE_MAX)
		return;
	refusal->column = column + 1;
	refusal->header = csv_file_name(r, column);
	if (column < r->csv.count)
		refusal->line = r->csv.cells[column].line;
}

/* --- values --- */

/* What one call works on. */
struct work {
	struct import_row *row;
	struct profile_cells cells;
	const struct profile_field *field; /* the one at hand, for blame */
	enum value_result bad;
};

/* The field's text into row->text, then, unless blank, its value onto row->value. */
static bool read_one(struct work *w, const struct profile_field *f, bool *ret_blank)
{
	const struct profile *p = w->row->profile;
	struct value_format format = { p->decimal, f->date, p->time_zone, w->row->year };

	w->field = f;
	buf_clear(&w->row->text);
	if (!profile_text(p, f, &w->cells, &w->row->text)) {
		w->bad = VALUE_NOT_IN_MAP;
		return false;
	}
	*ret_blank = value_is_blank(buf_slice(&w->row->text));
	if (*ret_blank)
		return true;
	w->bad = value_read(f->field->kind, &format, buf_slice(&w->row->text), &w->row->value);
	return w->bad == VALUE_OK;
}

/* The value read_one() appended behind `start` is put in quotes. */
static void quote_value(struct import_row *row, size_t start)
{
	row->value.length = start;
	value_add_json(&row->value, buf_slice(&row->text));
}

static bool read_words(struct work *w, unsigned first, unsigned end, bool *ret_blank)
{
	struct buf *value = &w->row->value;

	*ret_blank = true;
	buf_add_char(value, '{');
	for (unsigned i = first; i < end; i++) {
		const struct profile_field *f = &w->row->profile->fields[i];
		size_t start;
		bool blank;

		if (!*ret_blank)
			buf_add_char(value, ',');
		start = value->length;
		value_add_json(value, f->language);
		buf_add_char(value, ':');
		if (!read_one(w, f, &blank))
			return false;
		if (blank) {
			value->length = start - !*ret_blank;
			continue;
		}
		quote_value(w->row, start + f->language.length + 3);
		*ret_blank = false;
	}
	buf_add_char(value, '}');
	return true;
}

static void add_parameter_name(struct buf *value, const struct profile_field *f)
{
	const char *separator = "";

	buf_add_string(value, "{\"name\":{");
	for (const struct profile_pair *l = f->labels; l != NULL; l = l->next) {
		buf_add_string(value, separator);
		value_add_json(value, l->from);
		buf_add_char(value, ':');
		value_add_json(value, l->to);
		separator = ",";
	}
	if (f->labels == NULL) {
		buf_add_string(value, "\"und\":");
		value_add_json(value, f->parameter);
	}
	buf_add_string(value, "},\"value\":");
}

/* [{"name": {"en": "Temperature"}, "value": "72", "unit": "°C"}, …]; blank ones are left out. */
static bool read_parameters(struct work *w, unsigned first, unsigned end)
{
	struct buf *value = &w->row->value;
	const char *separator = "";

	buf_add_char(value, '[');
	for (unsigned i = first; i < end; i++) {
		const struct profile_field *f = &w->row->profile->fields[i];
		size_t start = value->length, quoted;
		bool blank;

		buf_add_string(value, separator);
		add_parameter_name(value, f);
		quoted = value->length;
		if (!read_one(w, f, &blank))
			return false;
		if (blank) {
			value->length = start;
			continue;
		}
		quote_value(w->row, quoted);
		if (f->unit.length > 0) {
			buf_add_string(value, ",\"unit\":");
			value_add_json(value, f->unit);
		}
		buf_add_char(value, '}');
		separator = ",";
	}
	buf_add_char(value, ']');
	return true;
}

/* One column of the record: NULL, empty, or a value. */
static bool add_column(struct work *w, unsigned first, unsigned end, struct buf *out)
{
	const struct profile_field *f = &w->row->profile->fields[first];
	bool blank = false, ok;

	buf_clear(&w->row->value);
	if (f->field->kind == KIND_WORDS)
		ok = read_words(w, first, end, &blank);
	else if (f->field->kind == KIND_PARAMETERS)
		ok = read_parameters(w, first, end);
	else
		ok = read_one(w, f, &blank);
	if (!ok)
		return false;
	if (!blank) {
		add_copy(out, buf_slice(&w->row->value));
		return true;
	}
	w->bad = VALUE_BLANK;
	w->field = f;
	if (f->field->need == NEED_KEY || f->field->need == NEED_FILLED)
		return false;
	if (f->field->need == NEED_FREE)
		buf_add_string(out, "\\N");
	return true;
}

static void tell(const struct work *w, struct import_refusal *ret_refusal)
{
	const struct import_row *row = w->row;
	struct import_refusal refusal = { .line = row->reader->csv.first_line,
					  .value = buf_slice(&row->text),
					  .code = slice_of(value_code(w->bad)),
					  .reason = slice_of(value_reason(w->bad)) };

	import_row_blame(row->profile, row->reader, w->field, w->cells.each, &refusal);
	*ret_refusal = refusal;
}

/* Values that outgrow their buffers are refused like any other; `out` is good again then. */
static bool fits(struct work *w, struct buf *out)
{
	if (buf_ok(out) && buf_ok(&w->row->text) && buf_ok(&w->row->value))
		return true;
	out->failed = false;
	w->bad = VALUE_HUGE;
	return false;
}

bool import_row_add(struct import_row *row, uint64_t at, uint64_t record, size_t each,
		    struct buf *out, struct import_refusal *ret_refusal)
{
	const struct profile *p = row->profile;
	struct work w = { .row = row, .cells = { cell_of, name_of, row->reader, record, each } };
	size_t start = out->length;

	buf_add_u64(out, at);
	buf_add_char(out, '\t');
	buf_add_u64(out, row->reader->csv.first_line);
	buf_add_char(out, '\t');
	buf_add_u64(out, each + 1);
	for (unsigned i = 0; i < p->count; i = group_end(p, i)) {
		buf_add_char(out, '\t');
		if (!add_column(&w, i, group_end(p, i), out) || !fits(&w, out)) {
			out->length = start;
			tell(&w, ret_refusal);
			return false;
		}
	}
	buf_add_char(out, '\n');
	return true;
}
