/* Reading and writing sheets of somebody's own. */
#include "label/grid.h"

#include <math.h>
#include <stdarg.h>

enum member {
#define X(name, least, most) GRID_##name,
	GRID_MEMBERS(X)
#undef X
	    MEMBERS,
};

static const struct {
	const char *name, *path;
	uint64_t least, most;
} members[] = {
#define X(name, least, most) { #name, "grid." #name, least, most },
	GRID_MEMBERS(X)
#undef X
};

struct reading {
	uint64_t values[MEMBERS]; /* micrometres, or a count */
	const char **ret_member;
	char *why;
	size_t why_size;
};

static bool refuse(struct reading *r, const char *path, const char *format, ...) PRINTF(3, 4);
static bool refuse(struct reading *r, const char *path, const char *format, ...)
{
	va_list arguments;

	*r->ret_member = path;
	va_start(arguments, format);
	(void)vsnprintf(r->why, r->why_size, format, arguments);
	va_end(arguments);
	return false;
}

static bool is_count(unsigned member)
{
	return member == GRID_columns || member == GRID_rows;
}

static bool may_be_absent(unsigned member)
{
	return members[member].least == 0;
}

/* Whole micrometres: a figure that has more decimals than can be kept would not print as typed. */
static bool read_value(const json_t *value, unsigned member, uint64_t *ret)
{
	double number = json_number_value(value) * (is_count(member) ? 1 : 1000);
	double unit = is_count(member) ? 1 : 1000;

	if (!(is_count(member) ? json_is_integer(value) : json_is_number(value)) ||
	    !(number >= (double)members[member].least * unit) ||
	    !(number <= (double)members[member].most * unit) || fabs(number - round(number)) > 1e-6)
		return false;
	*ret = (uint64_t)llround(number);
	return true;
}

static bool read_values(struct reading *r, const json_t *object)
{
	for (unsigned i = 0; i < MEMBERS; i++) {
		const json_t *value = json_object_get(object, members[i].name);

		if (value == NULL && may_be_absent(i))
			continue;
		if (!read_value(value, i, &r->values[i]))
			return refuse(r, members[i].path,
				      is_count(i)
					  ? "is a whole number, %llu to %llu"
					  : "is mm with at most three decimals, %llu to %llu",
				      (unsigned long long)members[i].least,
				      (unsigned long long)members[i].most);
	}
	return true;
}

/* A misspelt margin would silently be 0. */
static bool has_only_members(struct reading *r, const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		unsigned i = 0;

		while (i < MEMBERS && strcmp(members[i].name, name) != 0)
			i++;
		if (i == MEMBERS)
			return refuse(r, "grid", "has no member \"%.40s\"", name);
	}
	return true;
}

/* `count` labels with gaps from the margin on; what does not fit is the label itself, or them all.
 */
static bool check_side(struct reading *r, enum member margin, enum member label, enum member count,
		       enum member gap, enum member page)
{
	uint64_t one = r->values[margin] + r->values[label];
	uint64_t all = one + (r->values[count] - 1) * (r->values[label] + r->values[gap]);
	uint64_t room = r->values[page] + SHEET_EDGE_TOLERANCE;

	if (all <= room)
		return true;
	return refuse(r, members[one > room ? label : count].path,
		      "needs %.2f mm with what stands before it, and the page has %.2f mm",
		      (double)(one > room ? one : all) / 1000, (double)r->values[page] / 1000);
}

static struct sheet sheet_of(const uint64_t *v)
{
	struct sheet s = {
		.page_width = v[GRID_page_width],
		.page_height = v[GRID_page_height],
		.label_width = v[GRID_label_width],
		.label_height = v[GRID_label_height],
		.columns = v[GRID_columns],
		.rows = v[GRID_rows],
		.left = v[GRID_left],
		.top = v[GRID_top],
		.pitch_x = v[GRID_label_width] + v[GRID_gap_x],
		.pitch_y = v[GRID_label_height] + v[GRID_gap_y],
	};

	(void)snprintf(s.title, sizeof(s.title), "Own sheet: %llu x %llu labels of %g x %g mm",
		       (unsigned long long)s.columns, (unsigned long long)s.rows,
		       (double)s.label_width / 1000, (double)s.label_height / 1000);
	return s;
}

bool label_grid_read(const json_t *object, struct label_grid *ret_grid, const char **ret_member,
		     char *why, size_t why_size)
{
	struct reading r = { .ret_member = ret_member, .why = why, .why_size = why_size };

	if (!json_is_object(object))
		return refuse(&r, "grid", "is an object of lengths in mm");
	if (!has_only_members(&r, object) || !read_values(&r, object) ||
	    !check_side(&r, GRID_left, GRID_label_width, GRID_columns, GRID_gap_x,
			GRID_page_width) ||
	    !check_side(&r, GRID_top, GRID_label_height, GRID_rows, GRID_gap_y, GRID_page_height))
		return false;
	*ret_grid = (struct label_grid){ .given = true, .sheet = sheet_of(r.values) };
	return true;
}

void label_grid_write(const struct label_grid *g, struct buf *out)
{
	const struct sheet *s = &g->sheet;
	const uint64_t values[] = {
		[GRID_page_width] = s->page_width,
		[GRID_page_height] = s->page_height,
		[GRID_columns] = s->columns,
		[GRID_rows] = s->rows,
		[GRID_label_width] = s->label_width,
		[GRID_label_height] = s->label_height,
		[GRID_left] = s->left,
		[GRID_top] = s->top,
		[GRID_gap_x] = s->pitch_x - s->label_width,
		[GRID_gap_y] = s->pitch_y - s->label_height,
	};

	for (unsigned i = 0; i < MEMBERS; i++) {
		buf_add_format(out, "%c\"%s\":", i == 0 ? '{' : ',', members[i].name);
		if (is_count(i))
			buf_add_u64(out, values[i]);
		else
			buf_add_format(out, "%llu.%03llu", (unsigned long long)values[i] / 1000,
				       (unsigned long long)values[i] % 1000);
	}
	buf_add_char(out, '}');
}
