/* The mapping of an upload: from the file's header, from a form, from the API; and to a profile. */
#include "model/csv.h"
#include "model/import_date.h"
#include "model/import_guess.h"
#include "model/profile.h"
#include "web/console_imports.h"
#include "web/form.h"

enum { ROOM = 256 << 10, CELLS = 4096, CELL_MOST = 8 << 10, SHOWN = 60 };

static const struct {
	const char *name;
	char sign;
} delimiters[] = { { "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' }, { "bar", '|' } };

const char *delimiter_name(char sign)
{
	for (size_t i = 0; i < COUNT_OF(delimiters); i++)
		if (delimiters[i].sign == sign)
			return delimiters[i].name;
	return "comma";
}

char delimiter_named(struct slice name)
{
	for (size_t i = 0; i < COUNT_OF(delimiters); i++)
		if (slice_equal(name, slice_of(delimiters[i].name)))
			return delimiters[i].sign;
	return '\0';
}

/* --- the beginning of the file ------------------------------------------------------------- */

static struct slice shown(struct arena *memory, struct slice text)
{
	struct slice copy;
	struct buf b;

	buf_init(&b, 4096);
	value_add_shown(&b, text, SHOWN);
	copy = arena_copy(memory, buf_slice(&b));
	buf_release(&b);
	return copy;
}

static void take_header(struct import_head *head, struct arena *memory, const struct csv *csv)
{
	head->columns = csv->count > HEAD_COLUMNS ? HEAD_COLUMNS : csv->count;
	head->too_wide = csv->count > HEAD_COLUMNS || csv->fault == CSV_TOO_MANY_CELLS;
	for (size_t i = 0; i < head->columns; i++)
		head->names[i] = arena_copy(memory, slice_trim(csv_text(csv, i)));
}

static void take_row(struct import_head *head, struct arena *memory, const struct csv *csv)
{
	for (size_t i = 0; i < head->columns; i++)
		head->cells[head->rows][i] = shown(memory, csv_text(csv, i));
	head->rows++;
}

void import_head_read(struct import_head *head, struct arena *memory, struct slice text,
		      char delimiter)
{
	char *room = arena_alloc(memory, ROOM);
	struct csv_cell *cells = arena_array(memory, CELLS, sizeof(*cells));
	struct csv csv;
	unsigned records = 0;

	*head = (struct import_head){ .delimiter = delimiter };
	if (head->delimiter == '\0')
		head->delimiter = import_guess_delimiter(text);
	if (room == NULL || cells == NULL || text.length == 0)
		return;
	csv_init(&csv, head->delimiter, room, ROOM, cells, CELLS, CELL_MOST);
	while (head->rows < HEAD_ROWS && records++ < 50 &&
	       csv_next(&csv, &text, true) == CSV_RECORD) {
		bool usable = csv.fault == CSV_FINE || csv.fault == CSV_TOO_MANY_CELLS;

		if (records == 1 && !usable)
			return;
		if (records == 1)
			take_header(head, memory, &csv);
		else if (usable)
			take_row(head, memory, &csv);
	}
}

/* --- mappings ------------------------------------------------------------------------------ */

static json_t *new_mapping(const char *record, char delimiter)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:[],s:[]}", "record", record, "delimiter",
			 delimiter_name(delimiter), "decimal", ".", "time_zone", "Asia/Shanghai",
			 "columns", "constants");
}

json_t *import_mapping_guess(const struct import_head *head, const char *record)
{
	json_t *mapping, *columns;

	if (record == NULL)
		record = import_guess_record(head->names, head->columns);
	mapping = new_mapping(record, head->delimiter);
	columns = json_object_get(mapping, "columns");
	for (size_t i = 0; i < head->columns; i++) {
		const char *language;
		const struct import_field *f =
		    import_guess_field(record, head->names[i], &language);

		if (f != NULL)
			json_array_append_new(
			    columns, json_pack("{s:I,s:s%,s:s,s:s}", "column", (json_int_t)i + 1,
					       "name", head->names[i].data, head->names[i].length,
					       "field", f->name, "language", language));
	}
	return mapping;
}

/* "name.zh-CN" into a member "field" and one "language". */
static void set_field(json_t *to, struct slice choice)
{
	struct slice field;

	(void)slice_cut(&choice, '.', &field);
	json_object_set_new(to, "field", json_stringn(field.data, field.length));
	json_object_set_new(to, "language",
			    choice.length == 0 ? json_string("")
					       : json_stringn(choice.data, choice.length));
}

static struct slice numbered(struct api_call *call, const char *prefix, size_t number)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s%zu", prefix, number);
	return form_text(call, name);
}

static void set_text(json_t *to, const char *name, struct slice text)
{
	if (text.length > 0)
		json_object_set_new(to, name, json_stringn(text.data, text.length));
}

static void add_column(struct api_call *call, const struct import_head *head, size_t i,
		       json_t *columns)
{
	struct slice choice = numbered(call, "f", i + 1);
	json_t *column;

	if (choice.length == 0)
		return;
	column =
	    json_pack("{s:I,s:s%}", "column", (json_int_t)i + 1, "name",
		      head->names[i].length == 0 ? "" : head->names[i].data, head->names[i].length);
	set_field(column, choice);
	set_text(column, "date", numbered(call, "d", i + 1));
	json_array_append_new(columns, column);
}

static void add_constant(struct api_call *call, size_t i, json_t *constants)
{
	struct slice choice = numbered(call, "kf", i + 1), value = numbered(call, "kv", i + 1);
	json_t *constant;

	if (choice.length == 0 || value.length == 0)
		return;
	constant = json_pack("{s:s%}", "value", value.data, value.length);
	set_field(constant, choice);
	json_array_append_new(constants, constant);
}

json_t *import_mapping_of_form(struct api_call *call, const struct import_head *head)
{
	json_t *mapping = new_mapping("", ',');

	set_text(mapping, "record", form_text(call, "record"));
	set_text(mapping, "delimiter", form_text(call, "delimiter"));
	set_text(mapping, "decimal", form_text(call, "decimal"));
	set_text(mapping, "time_zone", form_text(call, "time_zone"));
	set_text(mapping, "encoding", form_text(call, "encoding"));
	for (size_t i = 0; i < head->columns; i++)
		add_column(call, head, i, json_object_get(mapping, "columns"));
	for (size_t i = 0; i < CONSTANTS; i++)
		add_constant(call, i, json_object_get(mapping, "constants"));
	return mapping;
}

/* --- to a profile -------------------------------------------------------------------------- */

static const char *text_in_member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

/* In quotes; false: it has what no line can hold. */
static bool add_quoted(struct buf *out, const char *text)
{
	buf_add_char(out, '"');
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20)
			return false;
		if (*text == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
	return true;
}

/* The profile takes it as it stands. */
static bool add_zone(struct buf *out, const char *zone)
{
	static const char signs[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

	buf_add_format(out, "%.64s\n", zone);
	return zone[0] != '\0' && strlen(zone) <= 64 && strspn(zone, signs) == strlen(zone);
}

static const struct import_field *known_field(const char *record, const json_t *entry)
{
	unsigned count;
	const struct import_field *fields = import_fields(slice_of(record), &count);
	const char *name = text_in_member(entry, "field");

	for (unsigned i = 0; fields != NULL && i < count; i++)
		if (strcmp(fields[i].name, name) == 0 && fields[i].kind != KIND_PARAMETERS)
			return &fields[i];
	return NULL;
}

static bool print_target(const char *record, const json_t *entry, struct buf *out)
{
	const struct import_field *f = known_field(record, entry);
	const char *language = text_in_member(entry, "language");

	if (f == NULL || (language[0] != '\0' &&
			  (f->kind != KIND_WORDS || !value_language_ok(slice_of(language)))))
		return false;
	buf_add_format(out, language[0] == '\0' ? "%s%s" : "%s.%s", f->name, language);
	return true;
}

/* The column by its number, or else by its name in this file; 0: there is none. */
static size_t column_of(const json_t *entry, const struct import_head *head)
{
	json_int_t number = json_integer_value(json_object_get(entry, "column"));
	struct slice name = slice_of(text_in_member(entry, "name"));

	if (number >= 1 && (size_t)number <= head->columns)
		return (size_t)number;
	for (size_t i = 0; name.length > 0 && i < head->columns; i++)
		if (slice_equal(head->names[i], name))
			return i + 1;
	return 0;
}

static bool print_column(const char *record, const json_t *entry, const struct import_head *head,
			 struct buf *out)
{
	size_t column = column_of(entry, head);
	const char *date = text_in_member(entry, "date");
	const struct import_field *f = known_field(record, entry);

	if (column == 0 || !print_target(record, entry, out))
		return false;
	buf_add_format(out, " = column #%zu trim", column);
	if (date[0] != '\0' && import_kind_has_format(f->kind)) {
		buf_add_string(out, " date ");
		if (!add_quoted(out, date))
			return false;
	}
	buf_add_char(out, '\n');
	return true;
}

static bool print_constant(const char *record, const json_t *entry, struct buf *out)
{
	if (!print_target(record, entry, out))
		return false;
	buf_add_string(out, " = constant ");
	if (!add_quoted(out, text_in_member(entry, "value")))
		return false;
	buf_add_char(out, '\n');
	return true;
}

static bool has_keys(const char *record, const json_t *mapping)
{
	static const char *const lists[] = { "columns", "constants" };
	unsigned count;
	const struct import_field *fields = import_fields(slice_of(record), &count);

	for (unsigned i = 0; i < count; i++) {
		bool found = fields[i].need != NEED_KEY;

		for (size_t k = 0; !found && k < COUNT_OF(lists); k++) {
			const json_t *list = json_object_get(mapping, lists[k]);

			for (size_t n = 0; !found && n < json_array_size(list); n++)
				found = known_field(record, json_array_get(list, n)) == &fields[i];
		}
		if (!found)
			return false;
	}
	return true;
}

static const char *print_rows(const char *record, const json_t *mapping,
			      const struct import_head *head, struct buf *out,
			      const char **ret_member)
{
	const json_t *columns = json_object_get(mapping, "columns");
	const json_t *constants = json_object_get(mapping, "constants");

	*ret_member = "columns";
	for (size_t i = 0; i < json_array_size(columns); i++)
		if (!print_column(record, json_array_get(columns, i), head, out))
			return "mapping_wrong";
	*ret_member = "constants";
	for (size_t i = 0; i < json_array_size(constants); i++)
		if (!print_constant(record, json_array_get(constants, i), out))
			return "mapping_wrong";
	return NULL;
}

const char *import_mapping_print(const json_t *mapping, const struct import_head *head,
				 struct buf *out, const char **ret_member)
{
	const char *record = text_in_member(mapping, "record");
	const char *decimal = text_in_member(mapping, "decimal");
	const char *encoding = text_in_member(mapping, "encoding");
	unsigned count;

	*ret_member = "record";
	if (import_fields(slice_of(record), &count) == NULL)
		return "choice";
	*ret_member = "delimiter";
	if (delimiter_named(slice_of(text_in_member(mapping, "delimiter"))) == '\0')
		return "choice";
	*ret_member = "decimal";
	if (strcmp(decimal, ".") != 0 && strcmp(decimal, ",") != 0)
		return "choice";
	*ret_member = "encoding";
	if (encoding[0] != '\0' && strcmp(encoding, "UTF-8") != 0 &&
	    strcmp(encoding, "GB18030") != 0)
		return "choice";
	*ret_member = "columns";
	if (!has_keys(record, mapping))
		return "mapping_key";
	buf_add_format(out, "table = %s\ndelimiter = %s\ndecimal = %s\ntime_zone = ", record,
		       text_in_member(mapping, "delimiter"), decimal);
	*ret_member = "time_zone";
	if (!add_zone(out, text_in_member(mapping, "time_zone")))
		return "not_a_time_zone";
	return print_rows(record, mapping, head, out, ret_member);
}
