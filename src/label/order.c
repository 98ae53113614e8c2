/* Reading, checking and writing label orders, by the table in order.def. */
#include "label/order.h"

#include "label/printer.h"
#include "label/sheet.h"

enum kind {
	KIND_FORMAT,
	KIND_FLAG,
	KIND_NAME,   /* of a file in conf/, or a path where files are read by path */
	KIND_SIZE,   /* two lengths with an x between */
	KIND_NUMBER, /* whole */
	KIND_LENGTH, /* a decimal with at most six places, maybe negative */
	KIND_LEVEL,
	KIND_GRID,   /* an object (label/grid.h) */
	KIND_DESIGN, /* an object (label/design.h) */
};

enum label_scope {
	SCOPE_ZPL = 1 << LABEL_ZPL,
	SCOPE_LABELS = 1 << LABEL_PDF | 1 << LABEL_ZPL,
	SCOPE_PICTURES = 1 << LABEL_SVG | 1 << LABEL_PNG | 1 << LABEL_EPS,
	SCOPE_ALL = SCOPE_LABELS | SCOPE_PICTURES,
};

static const struct member {
	const char *name;
	enum kind kind;
	double least, most;
	unsigned scope;
	size_t offset;
} members[] = {
#define LABEL_MEMBER(name_, kind_, least_, most_, scope_)                   \
	{                                                                   \
		#name_, KIND_##kind_,	least_,                             \
		most_,	SCOPE_##scope_, offsetof(struct label_order, name_) \
	},
#include "label/order.def"
#undef LABEL_MEMBER
};

static const char *const format_names[] = { "pdf", "zpl", "svg", "png", "eps" };

void label_order_init(struct label_order *o)
{
	*o = (struct label_order){
		.format = LABEL_PDF,
		.level = QR_LEVEL_M,
		.dpi = 300,
		.start = 1,
		.copies = 1,
		.scale_x = 1,
		.scale_y = 1,
	};
}

const char *label_format_name(enum label_format format)
{
	return format_names[format];
}

bool label_order_has_labels(const struct label_order *o)
{
	return (1U << o->format & SCOPE_LABELS) != 0;
}

const char *label_order_sheet(const struct label_order *o)
{
	if (o->sheet[0] != '\0')
		return o->sheet;
	return o->format == LABEL_ZPL ? "roll-50x30" : "L7160";
}

/* --- values from text --- */

/* Decimals are kept as millionths, so that the same text means the same everywhere. */
static bool read_decimal(struct slice text, double *ret_value)
{
	bool minus = text.length > 0 && text.data[0] == '-';
	struct slice rest = slice_from(text, minus), whole;
	uint64_t number, millionths = 0;

	if (slice_find(rest, '.') == rest.length)
		whole = rest, rest = S("0");
	else if (!slice_cut(&rest, '.', &whole))
		return false;
	if (rest.length > 6 || !slice_to_u64(whole, &number) || number > 1000000 ||
	    !slice_to_u64(rest, &millionths))
		return false;
	for (size_t i = rest.length; i < 6; i++)
		millionths *= 10;
	millionths += number * 1000000;
	*ret_value = (double)millionths / 1000000;
	if (minus && millionths > 0) /* there is one zero only */
		*ret_value = -*ret_value;
	return true;
}

static bool set_format(void *at, struct slice value, const struct member *m)
{
	(void)m;
	for (size_t i = 0; i < COUNT_OF(format_names); i++)
		if (slice_equal(value, slice_of(format_names[i]))) {
			*(enum label_format *)at = (enum label_format)i;
			return true;
		}
	return false;
}

static bool set_flag(void *at, struct slice value, const struct member *m)
{
	bool yes = slice_equal(value, S("true"));

	(void)m;
	if (!yes && !slice_equal(value, S("false")))
		return false;
	*(bool *)at = yes;
	return true;
}

/* No path: which folder a name is looked up in is the reader's affair, and nothing climbs out. */
static bool set_name(void *at, struct slice value, const struct member *m)
{
	(void)m;
	if (value.length == 0 || value.length >= LABEL_NAME_SIZE || value.data[0] == '.')
		return false;
	for (size_t i = 0; i < value.length; i++) {
		char c = value.data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    c != '-' && c != '_' && c != '.')
			return false;
	}
	memcpy(at, value.data, value.length);
	((char *)at)[value.length] = '\0';
	return true;
}

static bool set_size(void *at, struct slice value, const struct member *m)
{
	uint64_t sides[2];
	struct slice width;

	if (slice_find(value, 'x') == value.length || !slice_cut(&value, 'x', &width) ||
	    !sheet_length_parse(width, &sides[0]) || !sheet_length_parse(value, &sides[1]))
		return false;
	for (unsigned i = 0; i < 2; i++)
		if ((double)sides[i] < m->least * 1000 || (double)sides[i] > m->most * 1000)
			return false;
	memcpy(at, sides, sizeof(sides));
	return true;
}

static bool set_number(void *at, struct slice value, const struct member *m)
{
	uint64_t number;

	if (!slice_to_u64(value, &number) || (double)number < m->least || (double)number > m->most)
		return false;
	memcpy(at, &number, sizeof(number));
	return true;
}

static bool set_length(void *at, struct slice value, const struct member *m)
{
	double length;

	if (!read_decimal(value, &length) || length < m->least || length > m->most)
		return false;
	memcpy(at, &length, sizeof(length));
	return true;
}

static bool set_level(void *at, struct slice value, const struct member *m)
{
	(void)m;
	return qr_level_parse(value, at);
}

/* No text says where things stand. */
static bool set_object(void *at, struct slice value, const struct member *m)
{
	(void)at;
	(void)value;
	(void)m;
	return false;
}

static const struct {
	bool (*set)(void *at, struct slice value, const struct member *m);
	const char *limit;
} kinds[] = {
	[KIND_FORMAT] = { set_format, "is pdf, zpl, svg, png or eps" },
	[KIND_FLAG] = { set_flag, "is true or false" },
	[KIND_NAME] = { set_name, "is a name of letters, digits, hyphens and dots" },
	[KIND_SIZE] = { set_size, "is WIDTHxHEIGHT in millimetres, each" },
	[KIND_NUMBER] = { set_number, "is a whole number," },
	[KIND_LENGTH] = { set_length, "is a number with at most six decimals," },
	[KIND_LEVEL] = { set_level, "is L, M, Q or H" },
	[KIND_GRID] = { set_object, "is an object of lengths in mm" },
	[KIND_DESIGN] = { set_object, "is a design of the brand, or an object" },
};

static bool refuse(struct label_refusal *ret, const char *member, const char *format, ...)
    PRINTF(3, 4);
static bool refuse(struct label_refusal *ret, const char *member, const char *format, ...)
{
	va_list arguments;

	ret->member = member;
	va_start(arguments, format);
	(void)vsnprintf(ret->limit, sizeof(ret->limit), format, arguments);
	va_end(arguments);
	return false;
}

static bool refuse_value(struct label_refusal *ret, const struct member *m)
{
	if (m->least < m->most)
		return refuse(ret, m->name, "%s %g to %g", kinds[m->kind].limit, m->least, m->most);
	return refuse(ret, m->name, "%s", kinds[m->kind].limit);
}

/* LABEL_MEMBERS: none. */
static enum label_member find_member(struct slice name)
{
	unsigned i = 0;

	while (i < LABEL_MEMBERS && !slice_equal(name, slice_of(members[i].name)))
		i++;
	return (enum label_member)i;
}

bool label_order_set(struct label_order *o, struct slice member, struct slice value,
		     struct label_refusal *ret_refusal)
{
	enum label_member i = find_member(member);

	if (i == LABEL_MEMBERS)
		return refuse(ret_refusal, "", "\"%.*s\" is no member of a label order",
			      (int)(member.length < 40 ? member.length : 40), member.data);
	if (!kinds[members[i].kind].set((char *)o + members[i].offset, value, &members[i]))
		return refuse_value(ret_refusal, &members[i]);
	o->given |= 1U << i;
	return true;
}

/* --- JSON --- */

/* Strings for names, numbers for numbers and booleans for flags: a "5" is no 5. */
static bool json_fits(const json_t *value, enum kind kind)
{
	switch (kind) {
	case KIND_FLAG:
		return json_is_boolean(value);
	case KIND_NUMBER:
		return json_is_integer(value);
	case KIND_LENGTH:
		return json_is_number(value);
	case KIND_GRID:
	case KIND_DESIGN:
		return json_is_object(value);
	default:
		return json_is_string(value);
	}
}

static struct slice json_text(const json_t *value, char *room, size_t size)
{
	if (json_is_string(value))
		return (struct slice){ json_string_value(value), json_string_length(value) };
	if (json_is_boolean(value))
		return slice_of(json_is_true(value) ? "true" : "false");
	if (json_is_integer(value))
		(void)snprintf(room, size, "%lld", (long long)json_integer_value(value));
	else /* %.15g gives back what was written with up to 15 digits */
		(void)snprintf(room, size, "%.15g", json_real_value(value));
	return slice_of(room);
}

static bool read_design(struct label_order *o, const json_t *value,
			struct label_refusal *ret_refusal)
{
	ret_refusal->member = "design";
	if (!label_design_read(value, &o->design, ret_refusal->limit, sizeof(ret_refusal->limit)))
		return false;
	o->given |= 1U << LABEL_MEMBER_design;
	return true;
}

static bool read_grid(struct label_order *o, const json_t *value, struct label_refusal *ret_refusal)
{
	if (!label_grid_read(value, &o->grid, &ret_refusal->member, ret_refusal->limit,
			     sizeof(ret_refusal->limit)))
		return false;
	o->given |= 1U << LABEL_MEMBER_grid;
	return true;
}

static bool read_object(struct label_order *o, enum label_member member, const json_t *value,
			struct label_refusal *ret_refusal)
{
	return member == LABEL_MEMBER_grid ? read_grid(o, value, ret_refusal)
					   : read_design(o, value, ret_refusal);
}

bool label_order_read(struct label_order *o, const json_t *object,
		      struct label_refusal *ret_refusal)
{
	void *at;

	if (!json_is_object(object))
		return refuse(ret_refusal, "", "a label order is an object");
	/* the iterator asks for a writable object, and does not write */
	for (at = json_object_iter((json_t *)object); at != NULL;
	     at = json_object_iter_next((json_t *)object, at)) {
		struct slice name = slice_of(json_object_iter_key(at));
		const json_t *value = json_object_iter_value(at);
		enum label_member i = find_member(name);
		char room[64];

		if (i < LABEL_MEMBERS && !json_fits(value, members[i].kind))
			return refuse_value(ret_refusal, &members[i]);
		if (i == LABEL_MEMBER_design || i == LABEL_MEMBER_grid) {
			if (!read_object(o, i, value, ret_refusal))
				return false;
			continue;
		}
		if (!label_order_set(o, name, json_text(value, room, sizeof(room)), ret_refusal))
			return false;
	}
	return true;
}

static void write_decimal(double value, struct buf *out)
{
	char text[32];
	size_t length;

	(void)snprintf(text, sizeof(text), "%.6f", value);
	length = strlen(text);
	while (text[length - 1] == '0')
		length--;
	if (text[length - 1] == '.')
		length--;
	buf_add(out, text, length);
}

/* Names and formats hold no character that JSON would escape. */
static void write_value(const struct label_order *o, const struct member *m, struct buf *out)
{
	const char *at = (const char *)o + m->offset;

	switch (m->kind) {
	case KIND_FORMAT:
		buf_add_format(out, "\"%s\"", label_format_name(o->format));
		break;
	case KIND_FLAG:
		buf_add_string(out, *(const bool *)at ? "true" : "false");
		break;
	case KIND_NAME:
		buf_add_format(out, "\"%s\"", at);
		break;
	case KIND_SIZE:
		buf_add_char(out, '"');
		write_decimal((double)o->label.width / 1000, out);
		buf_add_char(out, 'x');
		write_decimal((double)o->label.height / 1000, out);
		buf_add_char(out, '"');
		break;
	case KIND_NUMBER:
		buf_add_u64(out, *(const uint64_t *)(const void *)at);
		break;
	case KIND_LENGTH:
		write_decimal(*(const double *)(const void *)at, out);
		break;
	case KIND_LEVEL:
		buf_add_format(out, "\"%c\"", qr_level_letter(o->level));
		break;
	case KIND_GRID:
		label_grid_write(&o->grid, out);
		break;
	case KIND_DESIGN:
		label_design_write(&o->design, out);
		break;
	}
}

/* A member nobody set and that has no value of its own is left out. */
static bool is_worth_writing(const struct label_order *o, unsigned i)
{
	bool has_default = members[i].kind != KIND_NAME && members[i].kind != KIND_SIZE &&
			   members[i].kind != KIND_GRID && members[i].kind != KIND_DESIGN &&
			   i != LABEL_MEMBER_dots && i != LABEL_MEMBER_speed;

	return (members[i].scope & 1U << o->format) != 0 && (has_default || o->given & 1U << i);
}

void label_order_write(const struct label_order *o, struct buf *out)
{
	const char *between = "{";

	for (unsigned i = 0; i < LABEL_MEMBERS; i++) {
		if (!is_worth_writing(o, i))
			continue;
		buf_add_format(out, "%s\"%s\":", between, members[i].name);
		write_value(o, &members[i], out);
		between = ",";
	}
	buf_add_char(out, '}');
}

/* --- printer files --- */

static const uint32_t printer_members = 1U << LABEL_MEMBER_dpi | 1U << LABEL_MEMBER_dots |
					1U << LABEL_MEMBER_offset_x | 1U << LABEL_MEMBER_offset_y |
					1U << LABEL_MEMBER_scale_x | 1U << LABEL_MEMBER_scale_y |
					1U << LABEL_MEMBER_speed;

/* One line into `printer`; NULL or the reason why not. */
static const char *read_line(struct label_order *printer, struct slice line,
			     struct label_refusal *refusal)
{
	enum label_member i;
	struct slice name;

	line = slice_trim(line);
	if (line.length == 0 || line.data[0] == '#')
		return NULL;
	if (slice_find(line, '=') == line.length || !slice_cut(&line, '=', &name))
		return "not \"key = value\"";
	i = find_member(slice_trim(name));
	if (i == LABEL_MEMBERS || (printer_members & 1U << i) == 0)
		return "not a key of printer files: dpi, dots, offset_x, offset_y, scale_x, "
		       "scale_y or speed";
	if ((printer->given & 1U << i) != 0)
		return "the key is given twice";
	if (!label_order_set(printer, slice_trim(name), slice_trim(line), refusal))
		return refusal->limit;
	return NULL;
}

/* The file's members that the order does not have yet; dots of another dpi mean nothing. */
static void take_members(struct label_order *o, const struct label_order *printer)
{
	uint32_t wanted = printer->given & ~o->given;

	if ((o->given & 1U << LABEL_MEMBER_dpi) != 0 && o->dpi != printer->dpi)
		wanted &= ~(1U << LABEL_MEMBER_dots);
	for (unsigned i = 0; i < LABEL_MEMBERS; i++) {
		size_t at = members[i].offset;

		if ((wanted & 1U << i) != 0) /* numbers and lengths are 8 bytes both */
			memcpy((char *)o + at, (const char *)printer + at, sizeof(uint64_t));
	}
	o->given |= wanted;
}

bool label_order_add_printer(struct label_order *o, struct slice text, const char *name, char *why,
			     size_t why_size)
{
	struct label_order printer;
	struct label_refusal refusal;
	struct slice line;

	label_order_init(&printer);
	for (unsigned number = 1; slice_cut(&text, '\n', &line); number++) {
		const char *reason = read_line(&printer, line, &refusal);

		if (reason == NULL)
			continue;
		(void)snprintf(why, why_size, "%s:%u: %s%s%s", name, number,
			       reason == refusal.limit ? refusal.member : "",
			       reason == refusal.limit ? " " : "", reason);
		return false;
	}
	take_members(o, &printer);
	return true;
}

/* --- whether all of it goes together --- */

static bool is_default(const struct label_order *o, const struct member *m)
{
	static const size_t sizes[] = {
		[KIND_FORMAT] = sizeof(enum label_format),
		[KIND_FLAG] = sizeof(bool),
		[KIND_NAME] = 1,
		[KIND_SIZE] = sizeof(o->label),
		[KIND_NUMBER] = sizeof(uint64_t),
		[KIND_LENGTH] = sizeof(double),
		[KIND_LEVEL] = sizeof(enum qr_level),
		[KIND_GRID] = sizeof(bool),
		[KIND_DESIGN] = sizeof(bool),
	};
	struct label_order fresh;

	label_order_init(&fresh);
	return memcmp((const char *)o + m->offset, (const char *)&fresh + m->offset,
		      sizes[m->kind]) == 0;
}

static bool check_scopes(const struct label_order *o, struct label_refusal *ret)
{
	for (unsigned i = 0; i < LABEL_MEMBERS; i++) {
		/* a printer file may say more than this format asks for */
		bool of_printer = (printer_members & 1U << i) != 0 && o->printer[0] != '\0';

		if ((members[i].scope & 1U << o->format) == 0 && !of_printer &&
		    !is_default(o, &members[i]))
			return refuse(ret, members[i].name, "means nothing for format %s",
				      label_format_name(o->format));
	}
	return true;
}

bool label_order_check(const struct label_order *o, struct label_refusal *ret_refusal)
{
	struct printer printer;

	if (!check_scopes(o, ret_refusal))
		return false;
	if (o->label.width > 0 && o->sheet[0] != '\0')
		return refuse(ret_refusal, "label", "is instead of a sheet: give one of the two");
	if (o->grid.given && (o->label.width > 0 || o->sheet[0] != '\0'))
		return refuse(ret_refusal, "grid",
			      "is instead of a sheet or a label's size: give one of them");
	if (o->compact && o->dots > 100) /* ^BQ's magnification */
		return refuse(ret_refusal, "dots", "is 1 to 100 with compact");
	switch (printer_init(&printer, (unsigned)o->dpi, (unsigned)o->dots, o->allow_small)) {
	case PRINTER_OK:
		return true;
	case PRINTER_TOO_SMALL:
		return refuse(ret_refusal, "dots",
			      "is %u or more at %u dpi: %u make modules of %.3f mm, and GS1 allows "
			      "%.3f mm and more; allow_small makes smaller ones, for phones only",
			      printer_least_dots(printer.dpi), printer.dpi, printer.dots,
			      printer.module_mm, PRINTER_MODULE_LEAST);
	case PRINTER_BAD_DPI:
		return refuse_value(ret_refusal, &members[LABEL_MEMBER_dpi]);
	default:
		return refuse_value(ret_refusal, &members[LABEL_MEMBER_dots]);
	}
}
