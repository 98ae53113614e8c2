/* /labels: the designs of a brand, and the designer, whose form is a document of the API in fields.
 */
#include <math.h>

#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_labels.h"
#include "web/form.h"
#include "web/module.h"

void serve_labels_page(struct request *r);
void serve_labels_new(struct request *r);
void serve_design_page(struct request *r);
void serve_design_save(struct request *r);
void serve_design_draft(struct request *r);
void serve_design_forget(struct request *r);
void serve_design_remove(struct request *r);

enum { DESIGNS_MOST = 500, SHELF_MOST = 200, NUMBER_ROOM = 32, FIELD_ROOM = 64, VERSIONS = 20 };

/* What can stand on a label, in the order of the form. */
static const struct part {
	const char *name, *what;
	enum text label;
	bool has_text;
} parts[] = {
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

static const struct form_choice formats[] = { { "pdf", TEXT_desk_format_pdf },
					      { "zpl", TEXT_desk_format_zpl } };
static const struct form_choice levels[] = { { "L", TEXT_desk_level_l },
					     { "M", TEXT_desk_level_m },
					     { "Q", TEXT_desk_level_q },
					     { "H", TEXT_desk_level_h } };
static const struct form_choice aligns[] = { { "left", TEXT_desk_left },
					     { "center", TEXT_desk_center },
					     { "right", TEXT_desk_right } };
static const struct form_choice tongues[] = { { "en", TEXT_desk_english },
					      { "zh-CN", TEXT_desk_chinese } };

/* --- from the form to the document ----------------------------------------------------------- */

struct reading {
	struct api_call *call;
	json_t *document;
	bool failed; /* and answered */
};

static void wrong(struct reading *r, const char *member, const char *code)
{
	if (!r->failed)
		api_problem_members(r->call, 400,
				    json_pack("{s:s,s:s}", "member", member, "code", code),
				    message_words(code));
	r->failed = true;
}

/* Valid text without control characters of at most `most` bytes; else refused at the field. */
static struct slice field(struct reading *r, const char *name, size_t most)
{
	struct slice text = form_text(r->call, name);

	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) {
			wrong(r, name, "control");
			return S("");
		}
	if (text.length > most) {
		wrong(r, name, "too_long");
		return S("");
	}
	return text;
}

static void set_text(struct reading *r, json_t *object, const char *member, const char *name,
		     size_t most)
{
	struct slice text = field(r, name, most);

	if (text.length > 0)
		json_object_set_new(object, member, json_stringn(text.data, text.length));
}

static void set_whole(struct reading *r, const char *name)
{
	struct slice text = field(r, name, 12);
	uint64_t number;

	if (text.length == 0)
		return;
	if (slice_to_u64(text, &number) && number <= 1000000)
		json_object_set_new(r->document, name, json_integer((json_int_t)number));
	else
		wrong(r, name, "number");
}

/* Millimetres, or points: what has three decimals at most, and no sign. */
static void set_length(struct reading *r, json_t *object, const char *member, const char *name)
{
	struct slice text = field(r, name, 12);
	uint64_t thousandths;

	if (text.length == 0)
		return;
	if (sheet_length_parse(text, &thousandths))
		json_object_set_new(object, member, json_real((double)thousandths / 1000));
	else
		wrong(r, name, "desk_millimetres");
}

static void field_name(char room[FIELD_ROOM], const struct part *part, const char *end)
{
	(void)snprintf(room, FIELD_ROOM, "%s_%s", part->name, end);
}

static void read_texts(struct reading *r, const struct part *part, json_t *object)
{
	json_t *texts = json_object();
	char name[FIELD_ROOM];

	field_name(name, part, "en");
	set_text(r, texts, "en", name, 200);
	field_name(name, part, "zh");
	set_text(r, texts, "zh-CN", name, 240);
	if (json_object_size(texts) > 0)
		json_object_set(object, "text", texts);
	json_decref(texts);
}

static void read_part(struct reading *r, const struct part *part, json_t *list)
{
	static const char *const lengths[] = { "x", "y", "width", "size" };
	char name[FIELD_ROOM];
	json_t *object;

	field_name(name, part, "on");
	if (field(r, name, 2).length == 0)
		return;
	object = json_pack("{s:s}", "what", part->what);
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		field_name(name, part, lengths[i]);
		set_length(r, object, lengths[i], name);
	}
	field_name(name, part, "align");
	set_text(r, object, "align", name, 10);
	if (part->has_text)
		read_texts(r, part, object);
	json_array_append_new(list, object);
}

static json_t *read_design(struct reading *r)
{
	json_t *design = json_pack("{s:{},s:[]}", "symbol", "parts");
	json_t *symbol = json_object_get(design, "symbol");

	set_length(r, symbol, "x", "symbol_x");
	set_length(r, symbol, "y", "symbol_y");
	set_text(r, design, "language", "language", 35);
	json_object_set_new(design, "cut_marks", json_boolean(field(r, "cut_marks", 2).length > 0));
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		read_part(r, &parts[i], json_object_get(design, "parts"));
	return design;
}

/* NULL: answered. */
static json_t *read_document(struct api_call *call)
{
	struct reading r = { .call = call, .document = json_object() };

	set_text(&r, r.document, "format", "format", 8);
	set_text(&r, r.document, "label", "label", 32);
	if (json_object_get(r.document, "label") == NULL)
		set_text(&r, r.document, "sheet", "sheet", LABEL_NAME_SIZE);
	set_text(&r, r.document, "printer", "printer", LABEL_NAME_SIZE);
	set_text(&r, r.document, "level", "level", 2);
	set_whole(&r, "dpi");
	set_whole(&r, "dots");
	set_whole(&r, "copies");
	if (field(&r, "allow_small", 2).length > 0)
		json_object_set_new(r.document, "allow_small", json_true());
	json_object_set_new(r.document, "design", read_design(&r));
	if (!r.failed)
		return r.document;
	json_decref(r.document);
	return NULL;
}

/* --- from the document to the form ----------------------------------------------------------- */

/* What was sent where the form is refused, else the member. */
static struct slice shown(struct page *p, const char *name, const json_t *object,
			  const char *member)
{
	const json_t *value = json_object_get(object, member);
	char room[NUMBER_ROOM];

	if (p->call->refusal.status != 0)
		return arena_copy(&p->request->arena, form_text(p->call, name));
	if (!json_is_real(value))
		return page_member(p, object, member);
	(void)snprintf(room, sizeof(room), "%.3f", json_real_value(value));
	for (size_t n = strlen(room); n > 0 && (room[n - 1] == '0' || room[n - 1] == '.'); n--) {
		bool point = room[n - 1] == '.';

		room[n - 1] = '\0';
		if (point)
			break;
	}
	return arena_copy(&p->request->arena, slice_of(room));
}

static bool checked(struct page *p, const char *name, bool stands)
{
	return p->call->refusal.status != 0 ? form_text(p->call, name).length > 0 : stands;
}

static struct view_console_option *options(struct page *p, const struct form_choice *choices,
					   size_t count, struct slice value)
{
	struct view_console_option *list = arena_array(&p->request->arena, count, sizeof(*list));

	if (list == NULL)
		abort(); /* a page has room for its own lists */
	for (size_t i = 0; i < count; i++)
		list[i] = (struct view_console_option){
			.value = slice_of(choices[i].value),
			.text = text_in(p->writer.language, choices[i].text),
			.selected = slice_equal(value, slice_of(choices[i].value)),
		};
	return list;
}

/* The shelf's names behind an empty one. */
static struct view_console_option *shelf_options(struct page *p, const struct shelf_list *shelf,
						 struct slice value, size_t *ret_count)
{
	size_t count = shelf->count > SHELF_MOST ? SHELF_MOST : shelf->count;
	struct view_console_option *list =
	    arena_array(&p->request->arena, count + 1, sizeof(*list));

	if (list == NULL)
		abort();
	list[0] =
	    (struct view_console_option){ .value = S(""),
					  .text = text_in(p->writer.language, TEXT_console_usual) };
	for (size_t i = 0; i < count; i++) {
		struct slice name = slice_of(shelf->files[i].name);

		list[i + 1] = (struct view_console_option){ name, name, slice_equal(name, value) };
	}
	*ret_count = count + 1;
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

static void fill_part(struct page *p, const struct part *part, const json_t *object,
		      struct view_console_label_part *to)
{
	const json_t *texts = json_object_get(object, "text");
	json_t *own = json_is_string(texts) ? json_pack("{s:O}", "en", texts) : NULL;
	char name[FIELD_ROOM];

	if (own != NULL)
		texts = own;
	*to = (struct view_console_label_part){
		.name = slice_of(part->name),
		.label = text_in(p->writer.language, part->label),
		.has_text = part->has_text,
		.aligns_count = COUNT_OF(aligns),
	};
	field_name(name, part, "on");
	to->on = checked(p, name, object != NULL);
	field_name(name, part, "x");
	to->x = shown(p, name, object, "x");
	field_name(name, part, "y");
	to->y = shown(p, name, object, "y");
	field_name(name, part, "width");
	to->width = shown(p, name, object, "width");
	field_name(name, part, "size");
	to->size = shown(p, name, object, "size");
	field_name(name, part, "en");
	to->en = shown(p, name, texts, "en");
	field_name(name, part, "zh");
	to->zh = shown(p, name, texts, "zh-CN");
	field_name(name, part, "align");
	to->aligns = options(p, aligns, COUNT_OF(aligns), shown(p, name, object, "align"));
	json_decref(own);
}

static void fill_parts(struct page *p, const json_t *design, struct view_console_label_design *v)
{
	struct view_console_label_part *list =
	    arena_array(&p->request->arena, COUNT_OF(parts), sizeof(*list));
	const json_t *given = json_object_get(design, "parts");
	size_t texts = 0;

	if (list == NULL)
		abort();
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		bool is_text = strcmp(parts[i].what, "text") == 0;

		fill_part(p, &parts[i], find_part(given, parts[i].what, is_text ? texts++ : 0),
			  &list[i]);
	}
	v->parts = list;
	v->parts_count = COUNT_OF(parts);
}

static void fill_form(struct page *p, const json_t *document, struct view_console_label_design *v)
{
	const json_t *design = json_object_get(document, "design");
	const json_t *symbol = json_object_get(design, "symbol");
	const struct label_shelf *shelf = label_door_shelf();

	v->label = shown(p, "label", document, "label");
	v->dpi = shown(p, "dpi", document, "dpi");
	v->dots = shown(p, "dots", document, "dots");
	v->copies = shown(p, "copies", document, "copies");
	v->symbol_x = shown(p, "symbol_x", symbol, "x");
	v->symbol_y = shown(p, "symbol_y", symbol, "y");
	v->cut_marks = checked(p, "cut_marks", json_is_true(json_object_get(design, "cut_marks")));
	v->allow_small =
	    checked(p, "allow_small", json_is_true(json_object_get(document, "allow_small")));
	v->formats = options(p, formats, v->formats_count = COUNT_OF(formats),
			     shown(p, "format", document, "format"));
	v->levels =
	    options(p, levels, v->levels_count = COUNT_OF(levels),
		    json_object_get(document, "level") == NULL && p->call->refusal.status == 0
			? S("M")
			: shown(p, "level", document, "level"));
	v->languages = options(p, tongues, v->languages_count = COUNT_OF(tongues),
			       shown(p, "language", design, "language"));
	v->sheets = shelf_options(p, &shelf->sheets, shown(p, "sheet", document, "sheet"),
				  &v->sheets_count);
	v->printers = shelf_options(p, &shelf->printers, shown(p, "printer", document, "printer"),
				    &v->printers_count);
	fill_parts(p, design, v);
}

/* --- what the preview says ------------------------------------------------------------------- */

static struct slice number(struct page *p, double value, const char *format)
{
	char room[NUMBER_ROOM];

	(void)snprintf(room, sizeof(room), "%.*f", strcmp(format, "3") == 0 ? 3 : 2, value);
	return arena_copy(&p->request->arena, slice_of(room));
}

static struct slice part_label(struct page *p, const struct label_setup *setup, int part)
{
	const char *what;

	if (part < 0)
		return text_in(p->writer.language, TEXT_desk_part_symbol);
	what = design_what_name(setup->order.design.parts[part].what);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (strcmp(parts[i].what, what) == 0)
			return text_in(p->writer.language, parts[i].label);
	return S("");
}

static void fill_faults(struct page *p, const struct design_trial *t,
			struct view_console_label_design *v)
{
	static const enum text words[] = {
		[DESIGN_BEYOND_RIGHT] = TEXT_desk_beyond_right,
		[DESIGN_BEYOND_BOTTOM] = TEXT_desk_beyond_bottom,
		[DESIGN_TOO_WIDE] = TEXT_desk_too_wide,
		[DESIGN_ON_SYMBOL] = TEXT_desk_on_symbol,
		[DESIGN_ON_PART] = TEXT_desk_on_part,
	};
	struct view_console_label_fault *list =
	    arena_array(&p->request->arena, DESIGN_FAULTS_MOST, sizeof(*list));

	if (list == NULL)
		abort();
	for (unsigned i = 0; i < t->seen.fault_count; i++) {
		const struct design_fault *f = &t->seen.faults[i];

		list[i] = (struct view_console_label_fault){
			.part = part_label(p, &t->setup, f->part),
			.words = text_in(p->writer.language, words[f->kind]),
			.mm = number(p, f->mm, "2"),
		};
	}
	v->faults = list;
	v->faults_count = t->seen.fault_count;
}

static void fill_preview(struct page *p, const json_t *design, struct view_console_label_design *v)
{
	struct label_refusal refusal;
	struct design_trial t;
	struct buf words;

	if (design_trial_make(&t, json_object_get(design, "document"),
			      json_object_get(design, "sample"), &refusal)) {
		v->module = number(p, t.setup.printer.module_mm, "3");
		v->side = number(p, t.seen.side_mm, "2");
		v->decodes = arena_copy(&p->request->arena, buf_slice(&t.url));
		v->is_small = strcmp(design_advice(&t.setup), "small") == 0;
		v->is_large = strcmp(design_advice(&t.setup), "large") == 0;
		fill_faults(p, &t, v);
	} else {
		buf_init(&words, 512);
		buf_add_format(&words, "%s %s", refusal.member, refusal.limit);
		v->trouble = arena_copy(&p->request->arena, buf_slice(&words));
		buf_release(&words);
	}
	design_trial_release(&t);
}

/* Another address for each picture, so that none is taken from a cache. */
static struct slice picture_of(struct page *p, struct slice id)
{
	char key[PAGE_KEY_SIZE], room[128];

	page_new_key(key);
	(void)snprintf(room, sizeof(room), "/labels/designs/%.*s/preview.svg?n=%s", SLICE_ARG(id),
		       key);
	return arena_copy(&p->request->arena, slice_of(room));
}

/* --- pages ----------------------------------------------------------------------------------- */

static size_t fill_versions(struct page *p, const json_t *list, struct view_console_label_row *to)
{
	size_t count = json_array_size(list) > VERSIONS ? VERSIONS : json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		const json_t *each = json_array_get(list, i);

		to[i] = (struct view_console_label_row){
			.version = page_member(p, each, "version"),
			.made = page_member(p, each, "made_at"),
			.by = page_member(p, each, "made_by"),
		};
	}
	return count;
}

static void print_design(struct page *p, const json_t *design)
{
	struct view_console_label_row versions[VERSIONS];
	struct view_console_label_design v = { .head = &p->head, .versions = versions };

	v.id = page_member(p, design, "id");
	v.name = shown(p, "name", design, "name");
	v.version = page_member(p, design, "version");
	v.made = page_member(p, design, "made_at");
	v.by = page_member(p, design, "made_by");
	v.draft = json_is_true(json_object_get(design, "is_draft"));
	v.picture = picture_of(p, v.id);
	v.versions_count = fill_versions(p, json_object_get(design, "versions"), versions);
	fill_form(p, json_object_get(design, "document"), &v);
	fill_preview(p, design, &v);
	template_console_label_design(&p->writer, &v);
}

static void show_design(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_desk_design, print_design);
}

static void get_design(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (!api_uuid(call, 0, &id))
		return;
	db_add_text(&p, id);
	db_add_text(&p, S("true"));
	api_ask(call, &sql_console_labels_design, &p, show_design);
}

void serve_design_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get_design);
}

static struct slice paper_of(struct page *p, const json_t *document)
{
	struct slice paper = page_member(p, document, "label");

	return paper.length > 0 ? paper : page_member(p, document, "sheet");
}

static const struct form_choice papers[] = { { "L7160", TEXT_desk_paper_sheet },
					     { "roll-50x30", TEXT_desk_paper_roll } };

static const struct form_field new_fields[] = {
	{ "name", TEXT_desk_name, .kind = FORM_TEXT, .most = DESIGN_NAME_MOST, .required = true },
	{ "paper", TEXT_desk_paper, TEXT_desk_paper_hint, .kind = FORM_SELECT, .choices = papers,
	  .choice_count = COUNT_OF(papers), .required = true },
};
static const struct form new_form = { "/labels", TEXT_desk_make_design, new_fields,
				      COUNT_OF(new_fields), false };

static void print_designs(struct page *p, const json_t *document)
{
	const json_t *list = json_object_get(document, "designs");
	size_t count = json_array_size(list);
	struct view_console_label_row *rows =
	    arena_array(&p->request->arena, DESIGNS_MOST, sizeof(*rows));
	struct view_console_labels v = { .head = &p->head, .designs = rows };

	if (rows == NULL)
		abort();
	for (size_t i = 0; i < count && i < DESIGNS_MOST; i++) {
		const json_t *each = json_array_get(list, i);

		rows[v.designs_count++] = (struct view_console_label_row){
			.id = page_member(p, each, "id"),
			.name = page_member(p, each, "name"),
			.version = page_member(p, each, "version"),
			.made = page_member(p, each, "made_at"),
			.by = page_member(p, each, "made_by"),
			.paper = paper_of(p, json_object_get(each, "document")),
		};
	}
	v.form = form_show(p, &new_form, NULL, NULL);
	template_console_labels(&p->writer, &v);
}

static void show_designs(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_desk_labels, print_designs);
}

static void get_designs(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_labels_designs, &p, show_designs);
}

void serve_labels_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get_designs);
}

/* --- a new one ------------------------------------------------------------------------------- */

static json_t *line_of(const char *what, double x, double y, double width, const char *align)
{
	return json_pack("{s:s,s:f,s:f,s:f,s:f,s:s}", "what", what, "x", x, "y", y, "width", width,
			 "size", 7.0, "align", align);
}

/* Without a design yet: how large the label and the symbol are. */
static void measure(const json_t *document, double *ret_side, double *ret_width, double *ret_height)
{
	struct label_refusal refusal;
	struct design_trial t;

	*ret_side = 20;
	*ret_width = 50;
	*ret_height = 30;
	if (design_trial_make(&t, document, NULL, &refusal)) {
		*ret_side = ceil(t.seen.side_mm * 10) / 10;
		*ret_width = (double)t.setup.sheet.label_width / 1000;
		*ret_height = (double)t.setup.sheet.label_height / 1000;
	}
	design_trial_release(&t);
}

/* The symbol at the left with the lines beside it, or in the middle with two lines below. */
static json_t *first_document(bool sheet)
{
	json_t *document = json_pack("{s:s,s:s,s:s,s:i}", "format", sheet ? "pdf" : "zpl", "sheet",
				     sheet ? "L7160" : "roll-50x30", "level", "M", "copies", 1);
	json_t *list = json_array();
	double side, width, height, x, y, step = 3.2;

	measure(document, &side, &width, &height);
	x = sheet ? side + 1 : 1;
	y = sheet ? floor((height - 4 * step) / 2) : side + 0.2;
	width = floor(width - x - 1);
	json_array_append_new(list, line_of("serial", x, y, width, sheet ? "left" : "center"));
	if (sheet || y + 2 * step < height)
		json_array_append_new(
		    list, line_of("product", x, y + step, width, sheet ? "left" : "center"));
	if (sheet) {
		json_array_append_new(list, line_of("lot", x, y + 2 * step, width, "left"));
		json_array_append_new(list, line_of("expiry", x, y + 3 * step, width, "left"));
	}
	json_object_set_new(document, "design",
			    json_pack("{s:{s:f,s:f},s:b,s:s,s:o}", "symbol", "x",
				      sheet ? 0.5 : floor((width + 2 - side) * 5) / 10, "y",
				      sheet ? floor((height - side) * 5) / 10 : 0.0, "cut_marks", 0,
				      "language", "en", "parts", list));
	return document;
}

static void make(struct api_call *call)
{
	struct design_kept *kept = design_kept_new(call);

	if (kept == NULL || !form_check(call, &new_form))
		return;
	kept->name = form_text(call, "name");
	kept->document = first_document(slice_equal(form_text(call, "paper"), S("L7160")));
	design_keep(call, kept);
}

void serve_labels_new(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, make, get_designs);
}

/* --- trying and keeping ---------------------------------------------------------------------- */

/* Back to the design, whatever was done. */
static void go_back(struct api_call *call, const char *done)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/labels/designs/%.*s%s%s",
		       SLICE_ARG(call->request->captures[0]),
		       done == NULL ? "" : "?done=", done == NULL ? "" : done);
	page_go_to(call, slice_of(path));
}

static bool is_known(const char *name)
{
	static const char *const plain[] = { "name",	 "version",   "format",	    "sheet",
					     "label",	 "printer",   "dpi",	    "dots",
					     "level",	 "copies",    "language",   "symbol_x",
					     "symbol_y", "cut_marks", "allow_small" };
	static const char *const ends[] = { "on", "x", "y", "width", "size", "align", "en", "zh" };
	char known[FIELD_ROOM];

	for (size_t i = 0; i < COUNT_OF(plain); i++)
		if (strcmp(name, plain[i]) == 0)
			return true;
	for (size_t i = 0; i < COUNT_OF(parts) * COUNT_OF(ends); i++) {
		field_name(known, &parts[i / COUNT_OF(ends)], ends[i % COUNT_OF(ends)]);
		if (strcmp(name, known) == 0)
			return true;
	}
	return false;
}

static bool has_only_known(struct api_call *call)
{
	const char *name;
	json_t *value;

	json_object_foreach(call->body, name, value)
	{
		if (is_known(name))
			continue;
		api_problem_members(call, 400,
				    json_pack("{s:s%,s:s}", "member", name,
					      strlen(name) > 100 ? (size_t)100 : strlen(name),
					      "code", "unknown_field"),
				    message_words("unknown_field"));
		return false;
	}
	return true;
}

static bool read_kept(struct api_call *call, struct design_kept *kept)
{
	struct reading r = { .call = call };

	if (!api_uuid(call, 0, &kept->id) || !has_only_known(call))
		return false;
	kept->name = field(&r, "name", 400);
	if (kept->name.length == 0)
		wrong(&r, "name", "required");
	if (r.failed || !api_number(call, "version", 1, 100000, &kept->version))
		return false;
	kept->document = read_document(call);
	return kept->document != NULL;
}

static void save(struct api_call *call)
{
	struct design_kept *kept = design_kept_new(call);
	char back[128];

	if (kept == NULL || !read_kept(call, kept))
		return;
	(void)snprintf(back, sizeof(back), "/labels/designs/%.*s?done=desk_kept",
		       SLICE_ARG(kept->id));
	call->back = arena_copy(&call->request->arena, slice_of(back));
	design_keep(call, kept);
}

void serve_design_save(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, save, get_design);
}

static void drafted(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		api_problem(call, 404, NULL, NULL, "There is no design with this id.");
	else
		go_back(call, NULL);
}

/* A draft need not fit, which is what its preview is for; but it must be a label order. */
static void draft(struct api_call *call)
{
	struct design_kept *kept = design_kept_new(call);
	struct db_parameters p = { .count = 0 };
	struct label_refusal refusal;
	struct label_setup setup;
	struct slice document;
	char *text;

	if (kept == NULL || !read_kept(call, kept))
		return;
	if (!label_shelf_setup(label_door_shelf(), kept->document, NULL, &setup, &refusal)) {
		api_problem(call, 400, refusal.member, refusal.limit, "%s %s", refusal.member,
			    refusal.limit);
		return;
	}
	text = json_dumps(kept->document, JSON_COMPACT | JSON_SORT_KEYS);
	document = arena_copy(&call->request->arena, slice_of(text == NULL ? "" : text));
	free(text);
	if (document.length == 0) {
		api_no_memory(call);
		return;
	}
	db_add_text(&p, kept->id);
	db_add_text(&p, document);
	api_ask(call, &sql_console_labels_draft, &p, drafted);
}

void serve_design_draft(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, draft, get_design);
}

static void forgotten(struct api_call *call, const PGresult *rows)
{
	(void)rows;
	go_back(call, NULL);
}

static void forget(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (!api_uuid(call, 0, &id))
		return;
	db_add_text(&p, id);
	api_ask(call, &sql_console_labels_forget, &p, forgotten);
}

void serve_design_forget(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_BUTTON, forget);
}

static void removed(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		api_problem(call, 404, NULL, NULL, "There is no design with this id.");
	else
		page_go_to(call, S("/labels?done=desk_removed"));
}

static void remove_design(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (!api_uuid(call, 0, &id))
		return;
	db_add_text(&p, id);
	api_ask(call, &sql_console_labels_end, &p, removed);
}

void serve_design_remove(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_BUTTON, remove_design);
}
