/* /labels: the designs of a brand, a new one, and what is done with one: tried, kept, thrown away.
 */
#include <math.h>

#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_labels_form.h"
#include "web/module.h"

void serve_labels_page(struct request *r);
void serve_labels_new(struct request *r);
void serve_design_page(struct request *r);
void serve_design_save(struct request *r);
void serve_design_draft(struct request *r);
void serve_design_forget(struct request *r);
void serve_design_remove(struct request *r);

enum { DESIGNS_MOST = 500, NUMBER_ROOM = 32, VERSIONS = 20 };

/* --- what the preview says ------------------------------------------------------------------- */

static struct slice number(struct page *p, double value, const char *format)
{
	char room[NUMBER_ROOM];

	(void)snprintf(room, sizeof(room), "%.*f", strcmp(format, "3") == 0 ? 3 : 2, value);
	return arena_copy(&p->request->arena, slice_of(room));
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
		return;
	for (unsigned i = 0; i < t->seen.fault_count; i++) {
		const struct design_fault *f = &t->seen.faults[i];

		list[i] = (struct view_console_label_fault){
			.part = design_form_part(p, &t->setup, f->part),
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
			.made = page_minute(p, page_member(p, each, "made_at")),
			.by = page_who(p, page_member(p, each, "made_by")),
		};
	}
	return count;
}

static void print_design(struct page *p, const json_t *design)
{
	struct view_console_label_row versions[VERSIONS];
	struct view_console_label_design v = { .head = &p->head, .versions = versions };

	v.id = page_member(p, design, "id");
	v.version = page_member(p, design, "version");
	v.made = page_minute(p, page_member(p, design, "made_at"));
	v.by = page_who(p, page_member(p, design, "made_by"));
	v.draft = json_is_true(json_object_get(design, "is_draft"));
	v.picture = picture_of(p, v.id);
	v.versions_count = fill_versions(p, json_object_get(design, "versions"), versions);
	design_form_show(p, json_object_get(design, "name"), json_object_get(design, "document"),
			 &v);
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

	if (json_is_object(json_object_get(document, "grid")))
		return text_in(p->writer.language, TEXT_desk_own_sheet);
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

	for (size_t i = 0; rows != NULL && i < count && i < DESIGNS_MOST; i++) {
		const json_t *each = json_array_get(list, i);

		rows[v.designs_count++] = (struct view_console_label_row){
			.id = page_member(p, each, "id"),
			.name = page_member(p, each, "name"),
			.version = page_member(p, each, "version"),
			.made = page_minute(p, page_member(p, each, "made_at")),
			.by = page_who(p, page_member(p, each, "made_by")),
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

static bool read_kept(struct api_call *call, struct design_kept *kept)
{
	if (!api_uuid(call, 0, &kept->id) || !design_form_name(call, &kept->name) ||
	    !api_number(call, "version", 1, 100000, &kept->version))
		return false;
	kept->document = design_form_read(call);
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
		message_refuse(call, 404, NULL, "no_such_thing");
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
		design_refuse(call, &refusal);
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
		message_refuse(call, 404, NULL, "no_such_thing");
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
