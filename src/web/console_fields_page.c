/* The console's page of a scope's public fields: choices, the draft against what is public,
 * history. */
#include "web/console_fields.h"

#include "model/role.h"
#include "web/console_records.h"

enum { PRODUCTS_MOST = 50, VERSIONS_MOST = 50, PLANNED_MOST = 100 };

/* --- words ----------------------------------------------------------------------------------- */

static const struct {
	enum text label, hint;
} field_texts[FIELD_COUNT] = {
#define FIELD(symbol, field_name, in_section, its_member) \
	[FIELD_##symbol] = { TEXT_fields_name_##symbol, TEXT_fields_hint_##symbol },
#include "model/visibility.def"
#undef FIELD
};

static const enum text never_texts[] = {
	TEXT_fields_none_0, TEXT_fields_none_1, TEXT_fields_none_2, TEXT_fields_none_3,
	TEXT_fields_none_4, TEXT_fields_none_5, TEXT_fields_none_6, TEXT_fields_none_7,
};

static const enum text section_texts[SECTION_COUNT] = {
	[SECTION_PRODUCT] = TEXT_fields_section_product,
	[SECTION_LOT] = TEXT_fields_section_lot,
	[SECTION_MATERIALS] = TEXT_fields_section_materials,
	[SECTION_INPUTS] = TEXT_fields_section_inputs,
	[SECTION_STEPS] = TEXT_fields_section_steps,
	[SECTION_INSPECTIONS] = TEXT_fields_section_inspections,
	[SECTION_DOCUMENTS] = TEXT_fields_section_documents,
};

static const enum text choice_texts[CHOICE_COUNT] = {
	[CHOICE_HIDE] = TEXT_fields_choice_hide,
	[CHOICE_SHOW] = TEXT_fields_choice_show,
	[CHOICE_INHERIT] = TEXT_fields_choice_inherit,
	[CHOICE_DATE] = TEXT_fields_choice_date,
	[CHOICE_MONTH] = TEXT_fields_choice_month,
	[CHOICE_YEAR] = TEXT_fields_choice_year,
	[CHOICE_PLACE] = TEXT_fields_choice_place,
	[CHOICE_COUNTRY] = TEXT_fields_choice_country,
	[CHOICE_ROUNDED] = TEXT_fields_choice_rounded,
	[CHOICE_VERDICT] = TEXT_fields_choice_verdict,
};

static const struct {
	const char *how;
	enum text text;
} hows[] = {
	{ "before", TEXT_fields_how_before },	  { "publish", TEXT_fields_how_publish },
	{ "schedule", TEXT_fields_how_schedule }, { "rollback", TEXT_fields_how_rollback },
	{ "command", TEXT_fields_how_command },	  { "law", TEXT_fields_how_law },
};

static struct slice words(struct page *p, enum text text)
{
	return text_in(p->writer.language, text);
}

static struct slice how_text(struct page *p, struct slice how)
{
	for (size_t i = 0; i < COUNT_OF(hows); i++)
		if (slice_equal(how, slice_of(hows[i].how)))
			return words(p, hows[i].text);
	return how;
}

static struct slice choice_text(struct page *p, const char *choice)
{
	enum choice c;

	if (choice == NULL || !choice_named(slice_of(choice), &c))
		return S("");
	return words(p, choice_texts[c]);
}

/* --- one field -----------------------------------------------------------------------------------
 */

/* What a scope's page is made from. */
struct scope {
	const json_t *document, *own, *counts, *draft, *law, *sample;
	const json_t *sent; /* choices of a form that was refused; or NULL */
	bool product, may_edit;
};

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const char *own_choice(const struct scope *s, const char *field)
{
	const char *choice = text_of(s->own, field);

	return choice != NULL ? choice : s->product ? "inherit" : "hide";
}

static const char *drafted_choice(const struct scope *s, const char *field)
{
	const char *choice = text_of(s->sent, field);

	if (choice == NULL)
		choice = text_of(s->draft, field);
	return choice != NULL ? choice : own_choice(s, field);
}

static const json_t *rule_of(const struct scope *s, const char *field)
{
	for (size_t i = 0; i < json_array_size(s->law); i++) {
		const json_t *rule = json_array_get(s->law, i);
		const char *ruled = text_of(rule, "field");

		if (ruled != NULL && strcmp(ruled, field) == 0 &&
		    (json_is_true(json_object_get(rule, "binds")) || strchr(field, '.') == NULL))
			return rule;
	}
	return NULL;
}

static void add_law(struct page *p, const struct scope *s, const char *field,
		    struct view_console_fields_row *row)
{
	const json_t *rule = rule_of(s, field);
	const char *must = text_of(rule, "must");

	if (must == NULL)
		return;
	row->reason = fields_words(p, json_object_get(rule, "reason"));
	row->source = page_member(p, rule, "source");
	row->rule = page_member(p, rule, "rule");
	if (row->never)
		return;
	row->fixed = strcmp(must, "public") == 0 ? S("show") : S("hide");
	row->fixed_text = words(p, strcmp(must, "public") == 0 ? TEXT_fields_choice_show
							       : TEXT_fields_choice_hide);
}

static void add_choices(struct page *p, const struct scope *s, enum field f,
			struct view_console_fields_row *row)
{
	struct view_console_fields_choice *list =
	    arena_array(&p->request->arena, CHOICE_COUNT, sizeof(*list));
	const char *chosen = drafted_choice(s, field_describe(f)->name);

	for (enum choice c = 0; list != NULL && c < CHOICE_COUNT; c++) {
		if (!field_may_be(f, c, s->product))
			continue;
		list[row->choices_count++] = (struct view_console_fields_choice){
			.value = slice_of(choice_name(c)),
			.text = words(p, choice_texts[c]),
			.selected = strcmp(choice_name(c), chosen) == 0,
		};
	}
	row->choices = list;
}

static void add_now(struct page *p, const struct scope *s, const char *field,
		    struct view_console_fields_row *row)
{
	const json_t *now = json_object_get(s->counts, field);
	const char *level = text_of(now, "level");

	row->now = choice_text(p, now == NULL ? "hide" : text_of(now, "choice"));
	if (s->product && level != NULL)
		row->since = words(p, strcmp(level, "product") == 0 ? TEXT_fields_own_product
								    : TEXT_fields_own_brand);
}

static void fill_row(struct page *p, const struct scope *s, enum field f,
		     struct view_console_fields_row *row)
{
	const char *name = field_describe(f)->name;

	*row = (struct view_console_fields_row){
		.name = slice_of(name),
		.label = words(p, field_texts[f].label),
		.hint = words(p, field_texts[f].hint),
		.changed = strcmp(drafted_choice(s, name), own_choice(s, name)) != 0,
	};
	fields_add_example(p, s->sample, f, row);
	add_now(p, s, name, row);
	add_law(p, s, name, row);
	add_choices(p, s, f, row);
	if (p->call->refusal.status != 0 && slice_equal(p->call->refusal.member, row->name))
		row->error = p->head.error;
}

static size_t fill_never(struct page *p, const struct scope *s, enum section section,
			 struct view_console_fields_row *rows)
{
	size_t count, used = 0;
	const struct private_description *private = private_fields(&count);

	for (size_t i = 0; i < count && i < COUNT_OF(never_texts); i++) {
		if (private[i].section != section)
			continue;
		rows[used] = (struct view_console_fields_row){
			.name = slice_of(private[i].name),
			.label = words(p, never_texts[i]),
			.never = true,
		};
		add_law(p, s, private[i].name, &rows[used++]);
	}
	return used;
}

static size_t fill_sections(struct page *p, const struct scope *s,
			    struct view_console_fields_section *sections)
{
	for (enum section section = 0; section < SECTION_COUNT; section++) {
		struct view_console_fields_row *rows = arena_array(
		    &p->request->arena, FIELD_COUNT + COUNT_OF(never_texts), sizeof(*rows));
		size_t count = 0;

		if (rows == NULL)
			return section;
		for (enum field f = 0; f < FIELD_COUNT; f++)
			if (field_describe(f)->section == section)
				fill_row(p, s, f, &rows[count++]);
		count += fill_never(p, s, section, &rows[count]);
		sections[section] = (struct view_console_fields_section){
			.title = words(p, section_texts[section]),
			.rows = rows,
			.rows_count = count,
		};
	}
	return SECTION_COUNT;
}

/* --- changes, versions, plans
 * --------------------------------------------------------------------- */

struct slice fields_label(struct page *p, const char *field)
{
	enum field f;
	size_t count;
	const struct private_description *private = private_fields(&count);

	if (field_named(slice_of(field), &f))
		return words(p, field_texts[f].label);
	for (size_t i = 0; i < count && i < COUNT_OF(never_texts); i++)
		if (strcmp(field, private[i].name) == 0)
			return words(p, never_texts[i]);
	return arena_copy(&p->request->arena, slice_of(field));
}

/* {field: choice} against the scope's own, or {field: [before, after]}. */
static size_t fill_changes(struct page *p, const struct scope *s, const json_t *changes,
			   const struct view_console_fields_change **ret_list)
{
	struct view_console_fields_change *list =
	    arena_array(&p->request->arena, json_object_size(changes) + 1, sizeof(*list));
	size_t count = 0;
	const char *field;
	json_t *value;

	*ret_list = list;
	json_object_foreach((json_t *)changes, field, value)
	{
		const bool pair = json_is_array(value);
		const char *before =
		    pair ? json_string_value(json_array_get(value, 0)) : own_choice(s, field);
		const char *after = json_string_value(pair ? json_array_get(value, 1) : value);

		if (list == NULL)
			return 0;
		list[count++] = (struct view_console_fields_change){
			.label = fields_label(p, field),
			.before = choice_text(p, before),
			.after = choice_text(p, after),
		};
	}
	return count;
}

static size_t fill_versions(struct page *p, const struct scope *s,
			    struct view_console_fields_version *to)
{
	const json_t *list = json_object_get(s->document, "versions");
	size_t count =
	    json_array_size(list) > VERSIONS_MOST ? VERSIONS_MOST : json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		const json_t *v = json_array_get(list, i);

		to[i] = (struct view_console_fields_version){
			.number = page_member(p, v, "number"),
			.how = how_text(p, page_member(p, v, "how")),
			.at = page_minute(p, page_member(p, v, "at")),
			.by = page_who(p, page_member(p, v, "by")),
			.can_return = s->may_edit && i > 0,
		};
		to[i].changes_count =
		    fill_changes(p, s, json_object_get(v, "changes"), &to[i].changes);
	}
	return count;
}

static size_t fill_planned(struct page *p, const struct scope *s,
			   struct view_console_fields_planned *to)
{
	const json_t *list = json_object_get(s->document, "scheduled");
	size_t count = json_array_size(list) > PLANNED_MOST ? PLANNED_MOST : json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		const json_t *v = json_array_get(list, i);

		to[i] = (struct view_console_fields_planned){
			.id = page_member(p, v, "id"),
			.at = page_member(p, v, "local"),
			.zone = page_member(p, v, "zone"),
			.by = page_who(p, page_member(p, v, "by")),
		};
		to[i].changes_count =
		    fill_changes(p, s, json_object_get(v, "choices"), &to[i].changes);
	}
	return count;
}

static size_t fill_products(struct page *p, const json_t *list,
			    struct view_console_fields_product *to)
{
	size_t count =
	    json_array_size(list) > PRODUCTS_MOST ? PRODUCTS_MOST : json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		const json_t *product = json_array_get(list, i);

		to[i] = (struct view_console_fields_product){
			.gtin = page_member(p, product, "gtin"),
			.name = fields_words(p, json_object_get(product, "name")),
			.own = page_member(p, product, "own"),
		};
	}
	return count;
}

/* --- the page
 * --------------------------------------------------------------------------------------- */

static size_t fill_languages(struct slice chosen, struct view_console_fields_language *to)
{
	unsigned count =
	    page_language_count < LANGUAGES_MOST ? page_language_count : LANGUAGES_MOST;

	for (unsigned i = 0; i < count; i++)
		to[i] = (struct view_console_fields_language){
			.tag = slice_of(page_languages[i]),
			.name = text_in(i, TEXT_language_name),
			.selected = slice_equal(chosen, slice_of(page_languages[i])),
		};
	return count;
}

/* The address of the preview; code and language are the reader's own words, and stand escaped. */
static struct slice preview_link(struct page *p, struct slice gtin, struct slice code,
				 struct slice in)
{
	struct buf link;
	struct slice text;

	buf_init(&link, 4096);
	buf_add_format(&link, "/fields/preview?gtin=%.*s&in=", SLICE_ARG(gtin));
	for (int part = 0; part < 2; part++) {
		struct slice value = part == 0 ? in : code;

		if (part == 1)
			buf_add_string(&link, "&code=");
		for (size_t i = 0; i < value.length; i++)
			buf_add_format(&link, "%%%02X", (unsigned char)value.data[i]);
	}
	text = buf_ok(&link) ? buf_slice(&link) : S("/fields/preview");
	text = arena_copy(&p->request->arena, text);
	buf_release(&link);
	return text;
}

/* Which products stand here, of more than fit. */
static void add_search(struct page *p, const json_t *document, struct view_console_fields *view)
{
	struct slice after = page_member(p, document, "products_after");

	view->q = slice_trim(request_query(p->request, "q"));
	if (after.length > 0)
		view->more =
		    query_link(&p->request->arena, "/fields",
			       (const struct query_pair[]){
				   { "q", view->q }, { "after", after }, { NULL, S("") } });
}

static void print_fields(struct page *p, const json_t *document)
{
	struct arena *memory = &p->request->arena;
	const json_t *draft = json_object_get(document, "draft");
	const json_t *under_way = json_object_get(document, "under_way");
	struct scope s = {
		.document = document,
		.own = json_object_get(document, "own"),
		.counts = json_object_get(document, "public"),
		.draft = json_object_get(draft, "choices"),
		.law = json_object_get(document, "law"),
		.sample = json_object_get(document, "sample"),
		.sent = p->call->refusal.status != 0 ? p->call->body : NULL,
		.product = json_is_string(json_object_get(document, "gtin")),
		.may_edit = (p->call->roles & ROLES_EDIT) != 0,
	};
	struct view_console_fields_section sections[SECTION_COUNT];
	struct view_console_fields_language languages[LANGUAGES_MOST];
	struct view_console_fields_version *versions =
	    arena_array(memory, VERSIONS_MOST, sizeof(*versions));
	struct view_console_fields_planned *planned =
	    arena_array(memory, PLANNED_MOST, sizeof(*planned));
	struct view_console_fields_product *products =
	    arena_array(memory, PRODUCTS_MOST, sizeof(*products));
	struct slice in = request_query(p->request, "in");
	struct view_console_fields view = {
		.head = &p->head,
		.gtin = page_member(p, document, "gtin"),
		.name = fields_words(p, json_object_get(document, "name")),
		.version = page_member(p, draft, "version"),
		.changed_by = page_who(p, page_member(p, draft, "changed_by")),
		.changed_at = page_minute(p, page_member(p, draft, "changed_at")),
		.zone = page_member(p, document, "zone"),
		.code = request_query(p->request, "code"),
		.may_edit = s.may_edit,
		.is_brand = !s.product,
		.sections = sections,
		.versions = versions,
		.planned = planned,
		.products = products,
		.languages = languages,
	};

	if (in.length == 0)
		in = p->head.lang;
	view.preview = preview_link(p, view.gtin, view.code, in);
	view.sections_count = fill_sections(p, &s, sections);
	view.languages_count = fill_languages(in, languages);
	view.changes_count = fill_changes(p, &s, s.draft, &view.changes);
	if (versions != NULL)
		view.versions_count = fill_versions(p, &s, versions);
	if (planned != NULL)
		view.planned_count = fill_planned(p, &s, planned);
	if (products != NULL)
		view.products_count =
		    fill_products(p, json_object_get(document, "products"), products);
	if (versions != NULL && s.may_edit && view.versions_count > 0) {
		view.undo = view.versions_count > 1 ? versions[1].number : S("0");
		view.last_at = versions[0].at;
		view.last_by = versions[0].by;
	}
	view.job = page_member(p, under_way, "job");
	view.job_done = page_member(p, under_way, "done");
	view.job_total = page_member(p, under_way, "total");
	add_search(p, document, &view);
	fields_fill_law(p, document, &view);
	template_console_fields(&p->writer, &view);
}

void fields_page(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_fields, print_fields);
}
