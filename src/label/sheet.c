/* Reading label sheet files. */
#include "label/sheet.h"

enum {
	LENGTH_MOST = 2000000, /* 2 m */
	COUNT_MOST = 200,
};

/* The keys; a text field has no offset of a number. */
static const struct key {
	struct slice name;
	size_t offset;
	bool is_count;
} keys[] = {
	{ SLICE("page_width"), offsetof(struct sheet, page_width), false },
	{ SLICE("page_height"), offsetof(struct sheet, page_height), false },
	{ SLICE("label_width"), offsetof(struct sheet, label_width), false },
	{ SLICE("label_height"), offsetof(struct sheet, label_height), false },
	{ SLICE("columns"), offsetof(struct sheet, columns), true },
	{ SLICE("rows"), offsetof(struct sheet, rows), true },
	{ SLICE("left"), offsetof(struct sheet, left), false },
	{ SLICE("top"), offsetof(struct sheet, top), false },
	{ SLICE("pitch_x"), offsetof(struct sheet, pitch_x), false },
	{ SLICE("pitch_y"), offsetof(struct sheet, pitch_y), false },
};

struct reading {
	struct sheet sheet;
	bool seen[COUNT_OF(keys)];
	const char *name;
	unsigned line;
	char *why;
	size_t why_size;
};

static bool refuse(struct reading *r, const char *reason, struct slice what)
{
	(void)snprintf(r->why, r->why_size, "%s:%u: %s%s%.*s", r->name, r->line, reason,
		       what.length == 0 ? "" : ": ", SLICE_ARG(what));
	return false;
}

bool sheet_length_parse(struct slice text, uint64_t *ret_micrometres)
{
	size_t point = slice_find(text, '.');
	struct slice whole = { text.data, point }, decimals = { NULL, 0 };
	uint64_t millimetres, rest = 0;

	if (point < text.length)
		decimals = slice_from(text, point + 1);
	if (point < text.length && (decimals.length == 0 || decimals.length > 3))
		return false;
	if (!slice_to_u64(whole, &millimetres) || millimetres > LENGTH_MOST / 1000)
		return false;
	if (decimals.length > 0 && !slice_to_u64(decimals, &rest))
		return false;
	for (size_t i = decimals.length; i < 3; i++)
		rest *= 10;
	*ret_micrometres = millimetres * 1000 + rest;
	return true;
}

static bool parse_value(const struct key *key, struct slice text, uint64_t *ret_value)
{
	if (!key->is_count)
		return sheet_length_parse(text, ret_value);
	return slice_to_u64(text, ret_value) && *ret_value >= 1 && *ret_value <= COUNT_MOST;
}

static bool set_title(struct reading *r, struct slice value)
{
	if (r->sheet.title[0] != '\0')
		return refuse(r, "given twice", S("title"));
	if (value.length == 0 || value.length >= SHEET_TITLE_SIZE)
		return refuse(r, "a title has 1 to 79 bytes", S(""));
	memcpy(r->sheet.title, value.data, value.length);
	return true;
}

static bool set_key(struct reading *r, struct slice name, struct slice value)
{
	if (slice_equal(name, S("title")))
		return set_title(r, value);
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		uint64_t number;

		if (!slice_equal(name, keys[i].name))
			continue;
		if (r->seen[i])
			return refuse(r, "given twice", name);
		if (!parse_value(&keys[i], value, &number))
			return refuse(r,
				      keys[i].is_count
					  ? "not 1 to 200"
					  : "not millimetres with at most three decimals, to 2000",
				      value);
		r->seen[i] = true;
		memcpy((char *)&r->sheet + keys[i].offset, &number, sizeof(number));
		return true;
	}
	return refuse(r, "unknown key", name);
}

static bool parse_line(struct reading *r, struct slice line)
{
	struct slice name;

	line = slice_trim(line);
	if (line.length == 0 || line.data[0] == '#')
		return true;
	if (slice_find(line, '=') == line.length)
		return refuse(r, "not \"key = value\"", S(""));
	(void)slice_cut(&line, '=', &name);
	return set_key(r, slice_trim(name), slice_trim(line));
}

/* Do `count` labels of `size` fit from `start` on `page`, `pitch` apart? */
static bool row_fits(uint64_t start, uint64_t size, uint64_t pitch, uint64_t count, uint64_t page)
{
	return size > 0 && (count == 1 || pitch >= size) &&
	       start + (count - 1) * pitch + size <= page + SHEET_EDGE_TOLERANCE;
}

static bool check_whole(struct reading *r)
{
	const struct sheet *s = &r->sheet;

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (!r->seen[i])
			return refuse(r, "missing key", keys[i].name);
	if (s->title[0] == '\0')
		return refuse(r, "missing key", S("title"));
	if (!row_fits(s->left, s->label_width, s->pitch_x, s->columns, s->page_width))
		return refuse(r, "labels overlap or do not fit the page's width", S(""));
	if (!row_fits(s->top, s->label_height, s->pitch_y, s->rows, s->page_height))
		return refuse(r, "labels overlap or do not fit the page's height", S(""));
	return true;
}

bool sheet_parse(struct slice text, const char *name, struct sheet *ret_sheet, char *why,
		 size_t why_size)
{
	struct reading r = { .name = name, .why = why, .why_size = why_size };
	struct slice line;

	while (slice_cut(&text, '\n', &line)) {
		r.line++;
		if (!parse_line(&r, line))
			return false;
	}
	if (!check_whole(&r))
		return false;
	*ret_sheet = r.sheet;
	return true;
}

uint64_t sheet_labels(const struct sheet *s)
{
	return s->columns * s->rows;
}
