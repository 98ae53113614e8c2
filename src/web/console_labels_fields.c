/* Which fields the label designer has: what is asked for, and what stands on a label. */
#include "web/console_labels_form.h"

const char design_own_sheet[] = ":own";

/* --- what is asked for ----------------------------------------------------------------------- */

/* What can stand on a label, in the order of the form. */
const struct design_field_part design_field_parts[DESIGN_FIELD_PARTS] = {
	{ "serial", "serial", TEXT_desk_part_serial, false },
	{ "gs1", "gs1", TEXT_desk_part_gs1, false },
	{ "gtin", "gtin", TEXT_desk_part_gtin, false },
	{ "product", "product", TEXT_desk_part_product, false },
	{ "lot", "lot", TEXT_desk_part_lot, true },
	{ "produced", "produced", TEXT_desk_part_produced, true },
	{ "expiry", "expiry", TEXT_desk_part_expiry, true },
	{ "text1", "text", TEXT_desk_part_text, true },
	{ "text2", "text", TEXT_desk_part_text, true },
	{ "text3", "text", TEXT_desk_part_text, true },
};
static const char *const part_ends[] = { "on", "x", "y", "width", "size", "align", "en", "zh" };

static const struct form_choice formats[] = { { "pdf", TEXT_desk_format_pdf },
					      { "zpl", TEXT_desk_format_zpl } };
static const struct form_choice levels[] = { { "L", TEXT_desk_level_l },
					     { "M", TEXT_desk_level_m },
					     { "Q", TEXT_desk_level_q },
					     { "H", TEXT_desk_level_h } };
static const struct form_choice tongues[] = { { "en", TEXT_desk_english },
					      { "zh-CN", TEXT_desk_chinese } };

/* Lengths are texts: a browser's number field would leave out what it cannot read. */
static const struct form_field paper_fields[] = {
	{ "name", TEXT_desk_name, .kind = FORM_TEXT, .most = DESIGN_NAME_MOST, .required = true },
	{ "format", TEXT_console_format, .kind = FORM_SELECT, .choices = formats,
	  .choice_count = COUNT_OF(formats), .required = true },
	{ "sheet", TEXT_console_sheet, .kind = FORM_SELECT },
	{ "label", TEXT_desk_own_size, TEXT_desk_own_size_hint, .kind = FORM_TEXT, .most = 20 },
};
static const struct form_field grid_fields[] = {
	{ "grid.page_width", TEXT_desk_page_width, .kind = FORM_TEXT, .most = 8, .required = true },
	{ "grid.page_height", TEXT_desk_page_height, .kind = FORM_TEXT, .most = 8,
	  .required = true },
	{ "grid.columns", TEXT_desk_columns, .kind = FORM_TEXT, .most = 3, .required = true },
	{ "grid.rows", TEXT_desk_rows, .kind = FORM_TEXT, .most = 3, .required = true },
	{ "grid.label_width", TEXT_desk_label_width, .kind = FORM_TEXT, .most = 8,
	  .required = true },
	{ "grid.label_height", TEXT_desk_label_height, .kind = FORM_TEXT, .most = 8,
	  .required = true },
	{ "grid.left", TEXT_desk_margin_left, .kind = FORM_TEXT, .most = 8, .required = true },
	{ "grid.top", TEXT_desk_margin_top, .kind = FORM_TEXT, .most = 8, .required = true },
	{ "grid.gap_x", TEXT_desk_gap_x, .kind = FORM_TEXT, .most = 8, .required = true },
	{ "grid.gap_y", TEXT_desk_gap_y, .kind = FORM_TEXT, .most = 8, .required = true },
};
static const struct form_field printer_fields[] = {
	{ "printer", TEXT_desk_printer, .kind = FORM_SELECT },
	{ "dpi", TEXT_console_dpi, .kind = FORM_NUMBER, .least = 100, .most = 2540 },
	{ "dots", TEXT_desk_dots, .kind = FORM_NUMBER, .least = 1, .most = 200 },
	{ "level", TEXT_desk_level, .kind = FORM_SELECT, .choices = levels,
	  .choice_count = COUNT_OF(levels), .required = true },
};
static const struct form_field place_fields[] = {
	{ "copies", TEXT_desk_copies, .kind = FORM_NUMBER, .least = 1, .most = 1000 },
	{ "language", TEXT_desk_language, .kind = FORM_SELECT, .choices = tongues,
	  .choice_count = COUNT_OF(tongues), .required = true },
	{ "symbol_x", TEXT_desk_symbol_x, .kind = FORM_TEXT, .most = 8, .required = true },
	{ "symbol_y", TEXT_desk_symbol_y, .kind = FORM_TEXT, .most = 8, .required = true },
};
static const struct form_field mark_fields[] = {
	{ "cut_marks", TEXT_desk_cut_marks, .kind = FORM_CHECK },
	{ "allow_small", TEXT_desk_allow_small, .kind = FORM_CHECK },
};

#define GROUP(list)                                       \
	{                                                 \
		.fields = (list), .count = COUNT_OF(list) \
	}
const struct form design_groups[DESIGN_GROUPS] = {
	[DESIGN_PAPER] = GROUP(paper_fields),	  [DESIGN_GRID] = GROUP(grid_fields),
	[DESIGN_PRINTER] = GROUP(printer_fields), [DESIGN_PLACE] = GROUP(place_fields),
	[DESIGN_MARKS] = GROUP(mark_fields),
};

/* --- which fields there are ------------------------------------------------------------------ */

void design_field_name(char room[DESIGN_FIELD_ROOM], const struct design_field_part *part,
		       const char *end)
{
	(void)snprintf(room, DESIGN_FIELD_ROOM, "%s_%s", part->name, end);
}

static bool is_in_group(const char *name)
{
	for (size_t i = 0; i < DESIGN_GROUPS; i++)
		for (size_t n = 0; n < design_groups[i].count; n++)
			if (strcmp(name, design_groups[i].fields[n].name) == 0)
				return true;
	return strcmp(name, "version") == 0;
}

static bool is_of_part(const char *name)
{
	char known[DESIGN_FIELD_ROOM];

	for (size_t i = 0; i < DESIGN_FIELD_PARTS * COUNT_OF(part_ends); i++) {
		design_field_name(known, &design_field_parts[i / COUNT_OF(part_ends)],
				  part_ends[i % COUNT_OF(part_ends)]);
		if (strcmp(name, known) == 0)
			return true;
	}
	return false;
}

bool design_field_known(const char *name)
{
	return is_in_group(name) || is_of_part(name);
}

/* The `nth` part of this kind as the form calls it; NULL: the form has no such one. */
static const struct design_field_part *form_part(const char *what, size_t nth)
{
	for (size_t i = 0; i < DESIGN_FIELD_PARTS; i++)
		if (strcmp(design_field_parts[i].what, what) == 0 && nth-- == 0)
			return &design_field_parts[i];
	return NULL;
}

void design_form_field(const struct label_setup *setup, int part, char *room, size_t size)
{
	const struct label_design *design = &setup->order.design;
	const struct design_field_part *of = NULL;
	size_t nth = 0;

	for (int i = 0; i < part; i++)
		nth += design->parts[i].what == design->parts[part].what;
	if (part >= 0)
		of = form_part(design_what_name(design->parts[part].what), nth);
	if (of == NULL)
		(void)snprintf(room, size, "%s", part < 0 ? "symbol_x" : "");
	else
		(void)snprintf(room, size, "%s_x", of->name);
}

struct slice design_form_part(struct page *p, const struct label_setup *setup, int part)
{
	const struct design_field_part *of;

	if (part < 0)
		return text_in(p->writer.language, TEXT_desk_part_symbol);
	of = form_part(design_what_name(setup->order.design.parts[part].what), 0);
	return of == NULL ? S("") : text_in(p->writer.language, of->label);
}
