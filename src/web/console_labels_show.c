/* A design in the fields of the label designer's form, or what was sent and refused. */
#include "web/console_labels_form.h"

enum { SHELF_MOST = 200, NUMBER_ROOM = 32 };

static const struct form_choice aligns[] = { { "left", TEXT_desk_left },
					     { "center", TEXT_desk_center },
					     { "right", TEXT_desk_right } };

/* A number as people write it: no zeros behind. */
static struct slice decimal(struct page *p, double value)
{
	char room[NUMBER_ROOM];
	size_t length;

	(void)snprintf(room, sizeof(room), "%.3f", value);
	length = strlen(room);
	while (room[length - 1] == '0')
		length--;
	if (room[length - 1] == '.')
		length--;
	room[length] = '\0';
	return arena_copy(&p->request->arena, slice_of(room));
}

static struct slice member(struct page *p, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_real(value) ? decimal(p, json_real_value(value))
				   : page_member(p, object, name);
}

static void put(struct page *p, json_t *values, const char *name, const json_t *object,
		const char *of)
{
	struct slice text = member(p, object, of);

	json_object_set_new(values, name, json_stringn(text.data, text.length));
}

static void put_mm(struct page *p, json_t *values, const char *name, uint64_t micrometres)
{
	struct slice text = decimal(p, (double)micrometres / 1000);

	json_object_set_new(values, name, json_stringn(text.data, text.length));
}

static uint64_t gap(uint64_t pitch, uint64_t label)
{
	return pitch > label ? pitch - label : 0;
}

/* The sheet there is stands in the fields of an own one, to begin with. */
static void put_grid(struct page *p, json_t *values, const json_t *document)
{
	static const struct sheet a4 = { .page_width = 210000,
					 .page_height = 297000,
					 .label_width = 70000,
					 .label_height = 37000,
					 .columns = 3,
					 .rows = 8,
					 .pitch_x = 70000,
					 .pitch_y = 37000 };
	struct label_refusal refusal;
	struct label_setup setup;
	const struct sheet *s = &a4;

	if (label_shelf_setup(label_door_shelf(), document, NULL, &setup, &refusal))
		s = &setup.sheet;
	put_mm(p, values, "grid.page_width", s->page_width);
	put_mm(p, values, "grid.page_height", s->page_height);
	put_mm(p, values, "grid.label_width", s->label_width);
	put_mm(p, values, "grid.label_height", s->label_height);
	put_mm(p, values, "grid.left", s->left);
	put_mm(p, values, "grid.top", s->top);
	put_mm(p, values, "grid.gap_x", gap(s->pitch_x, s->label_width));
	put_mm(p, values, "grid.gap_y", gap(s->pitch_y, s->label_height));
	json_object_set_new(values, "grid.columns", json_integer((json_int_t)s->columns));
	json_object_set_new(values, "grid.rows", json_integer((json_int_t)s->rows));
}

/* The document as flat as the form is. */
static json_t *flatten(struct page *p, const json_t *name, const json_t *document)
{
	static const char *const same[] = { "format", "sheet", "label", "printer",
					    "dpi",    "dots",  "level", "copies" };
	const json_t *design = json_object_get(document, "design");
	const json_t *symbol = json_object_get(design, "symbol");
	json_t *values = json_pack("{s:O?}", "name", name);

	for (size_t i = 0; i < COUNT_OF(same); i++)
		put(p, values, same[i], document, same[i]);
	put(p, values, "language", design, "language");
	put(p, values, "symbol_x", symbol, "x");
	put(p, values, "symbol_y", symbol, "y");
	put_grid(p, values, document);
	if (json_object_get(document, "level") == NULL)
		json_object_set_new(values, "level", json_string("M"));
	if (json_object_get(document, "grid") != NULL)
		json_object_set_new(values, "sheet", json_string(design_own_sheet));
	if (json_is_true(json_object_get(design, "cut_marks")))
		json_object_set_new(values, "cut_marks", json_true());
	if (json_is_true(json_object_get(document, "allow_small")))
		json_object_set_new(values, "allow_small", json_true());
	return values;
}

/* The shelf's names behind the usual one and, where `own` may be chosen, that. */
static void offer_shelf(struct page *p, struct view_console_input *input,
			const struct shelf_list *shelf, bool own)
{
	size_t count = shelf->count > SHELF_MOST ? SHELF_MOST : shelf->count, first = own ? 2 : 1;
	struct view_console_option *list =
	    arena_array(&p->request->arena, count + first, sizeof(*list));

	if (list == NULL)
		return;
	list[0] =
	    (struct view_console_option){ .value = S(""),
					  .text = text_in(p->writer.language, TEXT_console_usual) };
	if (own)
		list[1] = (struct view_console_option){ .value = slice_of(design_own_sheet),
							.text = text_in(p->writer.language,
									TEXT_desk_own_sheet) };
	for (size_t i = 0; i < count; i++) {
		struct slice name = slice_of(shelf->files[i].name);

		list[first + i] = (struct view_console_option){ .value = name, .text = name };
	}
	form_options(input, list, count + first);
}

/* What was sent where the form is refused, else the member. */
static struct slice shown(struct page *p, const char *name, const json_t *object, const char *of)
{
	return p->call->refusal.status != 0
		   ? arena_copy(&p->request->arena, form_text(p->call, name))
		   : member(p, object, of);
}

static struct view_console_option *options(struct page *p, const struct form_choice *choices,
					   size_t count, struct slice value)
{
	struct view_console_option *list = arena_array(&p->request->arena, count, sizeof(*list));

	for (size_t i = 0; list != NULL && i < count; i++)
		list[i] = (struct view_console_option){
			.value = slice_of(choices[i].value),
			.text = text_in(p->writer.language, choices[i].text),
			.selected = slice_equal(value, slice_of(choices[i].value)),
		};
	return list;
}

/* The `nth` part of the document that is of this kind; NULL: it has none. */
static const json_t *find_part(const json_t *list, const char *what, size_t nth)
{
	const json_t *each;
	size_t i;

	json_array_foreach((json_t *)list, i, each)
	{
		const char *word = json_string_value(json_object_get(each, "what"));

		if (word != NULL && strcmp(word, what) == 0 && nth-- == 0)
			return each;
	}
	return NULL;
}

/* The error of the form, where it is one of this part's fields. */
static struct slice error_of(struct page *p, const struct design_field_part *part)
{
	struct slice at = p->call->refusal.member, end;

	if (p->call->refusal.status == 0 || !slice_starts(at, slice_of(part->name)))
		return S("");
	end = slice_from(at, strlen(part->name));
	return slice_starts(end, S("_")) ? p->head.error : S("");
}

static void fill_part(struct page *p, const struct design_field_part *part, const json_t *object,
		      struct view_console_label_part *to)
{
	const json_t *texts = json_object_get(object, "text");
	json_t *own = json_is_string(texts) ? json_pack("{s:O}", "en", texts) : NULL;
	char name[DESIGN_FIELD_ROOM];

	if (own != NULL)
		texts = own;
	*to = (struct view_console_label_part){
		.name = slice_of(part->name),
		.label = text_in(p->writer.language, part->label),
		.error = error_of(p, part),
		.has_text = part->has_text,
	};
	design_field_name(name, part, "on");
	to->on =
	    p->call->refusal.status != 0 ? form_text(p->call, name).length > 0 : object != NULL;
	design_field_name(name, part, "x");
	to->x = shown(p, name, object, "x");
	design_field_name(name, part, "y");
	to->y = shown(p, name, object, "y");
	design_field_name(name, part, "width");
	to->width = shown(p, name, object, "width");
	design_field_name(name, part, "size");
	to->size = shown(p, name, object, "size");
	design_field_name(name, part, "en");
	to->en = shown(p, name, texts, "en");
	design_field_name(name, part, "zh");
	to->zh = shown(p, name, texts, "zh-CN");
	design_field_name(name, part, "align");
	to->aligns = options(p, aligns, COUNT_OF(aligns), shown(p, name, object, "align"));
	to->aligns_count = to->aligns == NULL ? 0 : COUNT_OF(aligns);
	json_decref(own);
}

static void fill_parts(struct page *p, const json_t *design, struct view_console_label_design *v)
{
	struct view_console_label_part *list =
	    arena_array(&p->request->arena, DESIGN_FIELD_PARTS, sizeof(*list));
	const json_t *given = json_object_get(design, "parts");
	size_t texts = 0;

	if (list == NULL)
		return;
	for (size_t i = 0; i < DESIGN_FIELD_PARTS; i++) {
		bool is_text = strcmp(design_field_parts[i].what, "text") == 0;

		fill_part(p, &design_field_parts[i],
			  find_part(given, design_field_parts[i].what, is_text ? texts++ : 0),
			  &list[i]);
	}
	v->parts = list;
	v->parts_count = DESIGN_FIELD_PARTS;
}

void design_form_show(struct page *p, const json_t *name, const json_t *document,
		      struct view_console_label_design *v)
{
	const struct label_shelf *shelf = label_door_shelf();
	json_t *values = flatten(p, name, document);
	struct view_console_form *paper, *printer;

	paper = form_show(p, &design_groups[DESIGN_PAPER], NULL, values);
	printer = form_show(p, &design_groups[DESIGN_PRINTER], NULL, values);
	offer_shelf(p, form_input(paper, "sheet"), &shelf->sheets, true);
	offer_shelf(p, form_input(printer, "printer"), &shelf->printers, false);
	v->paper = paper;
	v->printer = printer;
	v->grid = form_show(p, &design_groups[DESIGN_GRID], NULL, values);
	v->place = form_show(p, &design_groups[DESIGN_PLACE], NULL, values);
	v->marks = form_show(p, &design_groups[DESIGN_MARKS], NULL, values);
	fill_parts(p, json_object_get(document, "design"), v);
	json_decref(values);
}
