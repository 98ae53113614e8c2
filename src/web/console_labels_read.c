/* The label designer's form, as it was sent, as a document of the API. */
#include "web/api_problem.h"
#include "web/console_labels_form.h"

enum { NAME_BYTES = 4 * DESIGN_NAME_MOST };

struct reading {
	struct api_call *call;
	json_t *document;
	bool failed; /* and answered */
};

static void wrong(struct reading *r, const char *member, const char *code)
{
	if (!r->failed)
		message_refuse(r->call, 400, member, code);
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

static void set_whole(struct reading *r, json_t *object, const char *member, const char *name)
{
	struct slice text = field(r, name, 12);
	uint64_t number;

	if (text.length == 0)
		return;
	if (slice_to_u64(text, &number) && number <= 1000000)
		json_object_set_new(object, member, json_integer((json_int_t)number));
	else
		wrong(r, name, "number");
}

/* Millimetres, or points: what has three decimals at most, and no sign. */
static void set_length(struct reading *r, json_t *object, const char *member, const char *name,
		       const double least, const double most, const char *code)
{
	struct slice text = field(r, name, 12);
	uint64_t thousandths;
	double value;

	if (text.length == 0)
		return;
	if (!sheet_length_parse(text, &thousandths)) {
		wrong(r, name, "desk_millimetres");
		return;
	}
	value = (double)thousandths / 1000;
	if (value < least || value > most)
		wrong(r, name, code);
	json_object_set_new(object, member, json_real(value));
}

static void read_texts(struct reading *r, const struct design_field_part *part, json_t *object)
{
	json_t *texts = json_object();
	char name[DESIGN_FIELD_ROOM];

	design_field_name(name, part, "en");
	set_text(r, texts, "en", name, 200);
	design_field_name(name, part, "zh");
	set_text(r, texts, "zh-CN", name, 240);
	if (json_object_size(texts) > 0)
		json_object_set(object, "text", texts);
	json_decref(texts);
}

static void read_part(struct reading *r, const struct design_field_part *part, json_t *list)
{
	static const struct {
		const char *name;
		double least, most;
		const char *code;
	} lengths[] = {
		{ "x", 0, 500, "desk_place" },
		{ "y", 0, 500, "desk_place" },
		{ "width", 1, 500, "desk_part_width" },
		{ "size", 4, 72, "desk_part_size" },
	};
	char name[DESIGN_FIELD_ROOM];
	json_t *object;

	design_field_name(name, part, "on");
	if (field(r, name, 2).length == 0)
		return;
	object = json_pack("{s:s}", "what", part->what);
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		design_field_name(name, part, lengths[i].name);
		set_length(r, object, lengths[i].name, name, lengths[i].least, lengths[i].most,
			   lengths[i].code);
	}
	design_field_name(name, part, "align");
	set_text(r, object, "align", name, 10);
	if (part->has_text)
		read_texts(r, part, object);
	json_array_append_new(list, object);
}

static json_t *read_design(struct reading *r)
{
	json_t *design = json_pack("{s:{},s:[]}", "symbol", "parts");
	json_t *symbol = json_object_get(design, "symbol");

	set_length(r, symbol, "x", "symbol_x", 0, 500, "desk_place");
	set_length(r, symbol, "y", "symbol_y", 0, 500, "desk_place");
	set_text(r, design, "language", "language", 35);
	json_object_set_new(design, "cut_marks", json_boolean(field(r, "cut_marks", 2).length > 0));
	for (size_t i = 0; i < DESIGN_FIELD_PARTS; i++)
		read_part(r, &design_field_parts[i], json_object_get(design, "parts"));
	return design;
}

/* What its members may be, label/grid.h says; none may be left out here, where all are shown. */
static void read_grid(struct reading *r)
{
	json_t *grid = json_object();

	for (size_t i = 0; i < design_groups[DESIGN_GRID].count; i++) {
		const char *name = design_groups[DESIGN_GRID].fields[i].name;
		const char *member = name + strlen("grid.");

		if (form_text(r->call, name).length == 0)
			wrong(r, name, "required");
		else if (strcmp(member, "columns") == 0 || strcmp(member, "rows") == 0)
			set_whole(r, grid, member, name);
		else
			set_length(r, grid, member, name, 0, 2000, "desk_millimetres");
	}
	json_object_set_new(r->document, "grid", grid);
}

static void read_paper(struct reading *r)
{
	bool own = slice_equal(form_text(r->call, "sheet"), slice_of(design_own_sheet));

	set_text(r, r->document, "label", "label", 32);
	if (own && json_object_get(r->document, "label") != NULL)
		wrong(r, "label", "desk_one_paper");
	else if (own)
		read_grid(r);
	else if (json_object_get(r->document, "label") == NULL)
		set_text(r, r->document, "sheet", "sheet", LABEL_NAME_SIZE);
}

static bool has_only_known(struct api_call *call)
{
	const char *name;
	json_t *value;

	json_object_foreach(call->body, name, value)
	{
		if (design_field_known(name))
			continue;
		form_refuse_unknown(call, name);
		return false;
	}
	return true;
}

json_t *design_form_read(struct api_call *call)
{
	struct reading r = { .call = call, .document = NULL };

	if (!has_only_known(call))
		return NULL;
	r.document = json_object();
	set_text(&r, r.document, "format", "format", 8);
	read_paper(&r);
	set_text(&r, r.document, "printer", "printer", LABEL_NAME_SIZE);
	set_text(&r, r.document, "level", "level", 2);
	set_whole(&r, r.document, "dpi", "dpi");
	set_whole(&r, r.document, "dots", "dots");
	set_whole(&r, r.document, "copies", "copies");
	if (field(&r, "allow_small", 2).length > 0)
		json_object_set_new(r.document, "allow_small", json_true());
	json_object_set_new(r.document, "design", read_design(&r));
	if (!r.failed)
		return r.document;
	json_decref(r.document);
	return NULL;
}

bool design_form_name(struct api_call *call, struct slice *ret_name)
{
	struct reading r = { .call = call };
	struct slice name = field(&r, "name", NAME_BYTES);

	if (name.length == 0)
		wrong(&r, "name", "required");
	if (!r.failed)
		*ret_name = name;
	return !r.failed;
}
