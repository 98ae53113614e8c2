/*
 * `/look` and `/v1/look`: how a brand appears on the public page, with a preview of it on a real
 * product. What is saved is public at once, and every version is kept.
 */
#include "base/buf.h"
#include "model/contrast.h"
#include "page/colour.h"
#include "page/item.h"
#include "page/policy.h"
#include "store/lookup.h"
#include "store/sql.h"
#include "web/console_papers_upload.h"

void serve_look(struct request *r);
void serve_look_page(struct request *r);
void serve_look_set(struct request *r);
void serve_look_form(struct request *r);
void serve_look_accent_form(struct request *r);
void serve_look_restore(struct request *r);
void serve_look_restore_form(struct request *r);
void serve_logo_set(struct request *r);
void serve_logo_form(struct request *r);
void serve_logo_remove(struct request *r);
void serve_logo_remove_form(struct request *r);
void serve_look_preview(struct request *r);

enum { VERSIONS = 20, LANGUAGES_MOST = 8, PREVIEW_MOST = 1 << 20 };

static const struct form_choice show_in[] = {
	{ "en", TEXT_look_in_en },
	{ "zh-CN", TEXT_look_in_zh },
	{ "fr", TEXT_look_in_fr },
};

static const struct form_field look_fields[] = {
	{ "name.zh-CN", TEXT_look_name_zh, .kind = FORM_TEXT, .most = 60 },
	{ "name.en", TEXT_look_name_en, .kind = FORM_TEXT, .most = 60 },
	{ "name.fr", TEXT_look_name_fr, .kind = FORM_TEXT, .most = 60 },
	{ "accent", TEXT_look_accent, .hint = TEXT_look_accent_hint, .kind = FORM_TEXT, .most = 7 },
	{ "phone", TEXT_look_phone, .kind = FORM_TEXT, .most = 40, .autocomplete = "tel" },
	{ "email", TEXT_look_email, .kind = FORM_TEXT, .autocomplete = "email" },
	{ "url", TEXT_look_url, .hint = TEXT_look_url_hint, .kind = FORM_TEXT,
	  .autocomplete = "url" },
	{ "motto.zh-CN", TEXT_look_motto_zh, .kind = FORM_TEXT, .most = 120 },
	{ "motto.en", TEXT_look_motto_en, .kind = FORM_TEXT, .most = 120 },
	{ "motto.fr", TEXT_look_motto_fr, .kind = FORM_TEXT, .most = 120 },
	{ "about.zh-CN", TEXT_look_about_zh, .kind = FORM_LINES, .most = 1000 },
	{ "about.en", TEXT_look_about_en, .kind = FORM_LINES, .most = 1000 },
	{ "about.fr", TEXT_look_about_fr, .kind = FORM_LINES, .most = 1000 },
	{ "show_in", TEXT_look_show_in, .kind = FORM_SELECT, .choices = show_in,
	  .choice_count = COUNT_OF(show_in) },
};
static const struct form look_form = { "/look", TEXT_look_save, look_fields, COUNT_OF(look_fields),
				       .upload = false };

static const struct form_field logo_fields[] = {
	{ "file", TEXT_look_logo_file, .hint = TEXT_look_logo_hint, .kind = FORM_FILE,
	  .required = true },
};
static const struct form logo_form = { "/look/logo", TEXT_look_logo_save, logo_fields,
				       COUNT_OF(logo_fields), .upload = true };

/* --- reading --------------------------------------------------------------------------------- */

static void ask_look(struct api_call *call,
		     void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	struct slice tags;
	struct buf b;

	buf_init(&b, 256);
	for (unsigned i = 0; i < page_language_count; i++)
		buf_add_format(&b, "%s%s", i == 0 ? "" : ",", page_languages[i]);
	tags = arena_copy(&call->request->arena, buf_slice(&b));
	buf_release(&b);
	db_add_text(&p, tags);
	api_ask(call, &sql_console_look_page, &p, on_rows);
}

static json_t *contrast_of(struct colour c, struct colour ground)
{
	char used[8];
	struct colour near = colour_against(c, ground);

	(void)snprintf(used, sizeof(used), "#%02x%02x%02x", near.red, near.green, near.blue);
	return json_pack("{s:f,s:b,s:s,s:f}", "ratio", colour_contrast(c, ground), "passes",
			 colour_contrast(c, ground) >= 4.5, "shown_as", used, "shown_ratio",
			 colour_contrast(near, ground));
}

/* The document with what the colour is worth; NULL: out of memory. */
static json_t *with_contrast(const PGresult *rows)
{
	struct slice text = db_text_in(rows, 0, 0);
	json_t *look = json_loadb(text.data, text.length, 0, NULL);
	const char *accent = json_string_value(json_object_get(look, "accent"));
	struct colour c;

	if (accent != NULL && colour_parse(slice_of(accent), &c)) {
		json_t *contrast = json_object();

		json_object_set_new(contrast, "light", contrast_of(c, contrast_ground_light));
		json_object_set_new(contrast, "dark", contrast_of(c, contrast_ground_dark));
		json_object_set_new(look, "contrast", contrast);
	}
	return look;
}

static void show_look(struct api_call *call, const PGresult *rows)
{
	json_t *look = with_contrast(rows);
	char *text = json_dumps(look, JSON_COMPACT | JSON_REAL_PRECISION(4));

	if (text == NULL)
		api_no_memory(call);
	else
		api_answer_json(call, 200, slice_of(text));
	free(text);
	json_decref(look);
}

static void get(struct api_call *call)
{
	ask_look(call, show_look);
}

void serve_look(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

/* --- the page -------------------------------------------------------------------------------- */

/* What the form shows, by the names of its fields. */
static json_t *values_of(const json_t *look)
{
	static const char *const texts[] = { "name", "motto", "about" };
	const json_t *contact = json_object_get(look, "contact");
	json_t *values = json_deep_copy(contact);
	const char *tag;
	json_t *word;
	char member[80];

	json_object_set(values, "accent", json_object_get(look, "accent"));
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		json_object_foreach(json_object_get(look, texts[i]), tag, word)
		{
			(void)snprintf(member, sizeof(member), "%s.%s", texts[i], tag);
			json_object_set(values, member, word);
		}
	}
	return values;
}

static struct slice ratio_text(struct page *p, double ratio)
{
	char text[32];

	/* Down, so that 4.49 is not said to be 4.5. */
	(void)snprintf(text, sizeof(text), "%u.%u", (unsigned)ratio, (unsigned)(ratio * 10) % 10);
	return arena_copy(&p->request->arena, slice_of(text));
}

static void fill_grounds(struct page *p, const json_t *look, struct view_console_look *v,
			 struct view_console_look_ground grounds[2])
{
	static const struct {
		const char *member;
		enum text name;
	} both[] = { { "light", TEXT_look_light }, { "dark", TEXT_look_dark } };
	const json_t *contrast = json_object_get(look, "contrast");

	if (contrast == NULL)
		return;
	for (size_t i = 0; i < COUNT_OF(both); i++) {
		const json_t *c = json_object_get(contrast, both[i].member);

		grounds[v->grounds_count++] = (struct view_console_look_ground){
			.name = text_in(p->writer.language, both[i].name),
			.ratio = ratio_text(p, json_real_value(json_object_get(c, "ratio"))),
			.passes = json_is_true(json_object_get(c, "passes")),
			.shown_as = page_member(p, c, "shown_as"),
			.shown_ratio =
			    ratio_text(p, json_real_value(json_object_get(c, "shown_ratio"))),
		};
	}
	v->accent = page_member(p, look, "accent");
	v->grounds = grounds;
}

static struct slice missing_words(struct page *p, const json_t *list)
{
	static const struct {
		const char *name;
		enum text text;
	} names[] = { { "name", TEXT_look_text_name },
		      { "motto", TEXT_look_text_motto },
		      { "about", TEXT_look_text_about } };
	struct slice joined;
	struct buf b;

	buf_init(&b, 1024);
	for (size_t i = 0; i < json_array_size(list); i++)
		for (size_t k = 0; k < COUNT_OF(names); k++)
			if (strcmp(json_string_value(json_array_get(list, i)), names[k].name) ==
			    0) {
				buf_add_slice(&b, b.length == 0
						      ? S("")
						      : text_in(p->writer.language, TEXT_comma));
				buf_add_slice(&b, text_in(p->writer.language, names[k].text));
			}
	joined = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return joined;
}

static void fill_missing(struct page *p, const json_t *look, struct view_console_look *v,
			 struct view_console_look_missing *to)
{
	const json_t *missing = json_object_get(look, "missing");

	for (unsigned i = 0; i < page_language_count && i < LANGUAGES_MOST; i++) {
		const json_t *list = json_object_get(missing, page_languages[i]);

		if (list == NULL)
			continue;
		to[v->missing_count++] = (struct view_console_look_missing){
			.language = text_in(i, TEXT_language_name),
			.list = missing_words(p, list),
		};
	}
	v->missing = to;
}

static void fill_versions(struct page *p, const json_t *look, struct view_console_look *v,
			  struct view_console_look_version *to)
{
	const json_t *versions = json_object_get(look, "versions"), *version;
	size_t i;

	json_array_foreach(versions, i, version)
	{
		if (i == VERSIONS)
			break;
		to[v->versions_count++] = (struct view_console_look_version){
			.id = page_member(p, version, "id"),
			.made = page_when(p, page_member(p, version, "at")),
			.by = page_who(p, page_member(p, version, "by")),
			.current = i == 0,
		};
	}
	v->versions = to;
	v->may_undo = v->versions_count > 1;
}

static void print_look(struct api_call *call, const PGresult *rows)
{
	json_t *look = with_contrast(rows), *values = values_of(look);
	struct view_console_look_ground grounds[2];
	struct view_console_look_missing missing[LANGUAGES_MOST];
	struct view_console_look_version versions[VERSIONS];
	struct view_console_look view = { .head = NULL };
	const json_t *logo = json_object_get(look, "logo");
	struct page p;

	page_init(&p, call, call->request, TEXT_look);
	json_object_set_new(values, "show_in", json_string(page_languages[p.writer.language]));
	view.head = &p.head;
	view.token = p.head.token;
	view.may_edit = (call->roles & ROLES_EDIT) != 0;
	view.logo = page_member(&p, logo, "sha256");
	view.logo_width = page_member(&p, logo, "width");
	view.logo_height = page_member(&p, logo, "height");
	view.show_in = slice_of(page_languages[p.writer.language]);
	fill_grounds(&p, look, &view, grounds);
	fill_missing(&p, look, &view, missing);
	fill_versions(&p, look, &view, versions);
	view.form = form_show(&p, &look_form, NULL, values);
	view.logo_form = form_show(&p, &logo_form, NULL, NULL);
	template_console_look(&p.writer, &view);
	page_send(&p, 200);
	json_decref(values);
	json_decref(look);
}

static void page(struct api_call *call)
{
	ask_look(call, print_look);
}

void serve_look_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, page);
}

/* --- saving ---------------------------------------------------------------------------------- */

static void saved(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_go_to(call, S("/look?done=saved"));
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

/* Of a form, where what is empty is taken away. A new reference. */
static json_t *draft_of_form(struct api_call *call)
{
	json_t *draft = json_object();

	for (size_t i = 0; i < COUNT_OF(look_fields); i++) {
		struct slice text = form_text(call, look_fields[i].name);

		if (strcmp(look_fields[i].name, "show_in") != 0)
			json_object_set_new(
			    draft, look_fields[i].name,
			    json_stringn(text.length == 0 ? "" : text.data, text.length));
	}
	return draft;
}

static void send(struct api_call *call, const json_t *draft, const struct sql_query *sql,
		 void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	char *text = json_dumps(draft, JSON_COMPACT);
	struct db_parameters p = { .count = 0 };

	if (text == NULL) {
		api_no_memory(call);
		return;
	}
	db_add_text(&p, slice_of(text));
	api_ask(call, sql, &p, on_rows);
	free(text);
}

/* {"name": {"en": …}, "contact": {…}} is as good as {"name.en": …, "phone": …}. */
static json_t *flat(const json_t *body)
{
	json_t *draft = json_object(), *value, *inner;
	const char *member, *tag;
	char name[120];

	json_object_foreach((json_t *)(uintptr_t)body, member, value)
	{
		if (!json_is_object(value)) {
			json_object_set(draft, member, value);
			continue;
		}
		json_object_foreach(value, tag, inner)
		{
			(void)snprintf(name, sizeof(name), "%.40s.%.60s", member, tag);
			json_object_set(draft, strcmp(member, "contact") == 0 ? tag : name, inner);
		}
	}
	return draft;
}

static void set(struct api_call *call)
{
	json_t *draft;

	if (call->face != NULL && !form_check(call, &look_form))
		return;
	draft = call->face != NULL ? draft_of_form(call) : flat(call->body);
	send(call, draft, &sql_console_look_set, saved);
	json_decref(draft);
}

void serve_look_set(struct request *r)
{
	api_enter(r, API_BODY_JSON, set);
}

void serve_look_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, set, page);
}

/* The colour that was offered, and nothing else. */
static void set_accent(struct api_call *call)
{
	static const char *const members[] = { "accent", NULL };

	if (api_only(call, members))
		send(call, call->body, &sql_console_look_set, saved);
}

void serve_look_accent_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, set_accent, page);
}

static void restore(struct api_call *call)
{
	static const char *const members[] = { "version", NULL };
	struct db_parameters p = { .count = 0 };
	uint64_t version = 0;

	if (!api_only(call, members) ||
	    (api_has(call, "version") && !api_number(call, "version", 1, INT64_MAX, &version)))
		return;
	db_add_i64(&p, (int64_t)version);
	api_ask(call, &sql_console_look_restore, &p, saved);
}

void serve_look_restore(struct request *r)
{
	api_enter(r, API_BODY_JSON, restore);
}

void serve_look_restore_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, restore, page);
}

/* --- the logo -------------------------------------------------------------------------------- */

static void set_logo(struct api_call *call)
{
	if (upload_read(call) && form_check(call, &logo_form)) {
		if (call->face != NULL && call->back.length == 0)
			call->back = S("/look?done=saved");
		upload_take(call, "logo", json_object());
	}
}

void serve_logo_set(struct request *r)
{
	api_enter(r, API_BODY_ANY, set_logo);
}

void serve_logo_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_UPLOAD, set_logo, page);
}

static void remove_logo(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_look_no_logo, &p, saved);
}

void serve_logo_remove(struct request *r)
{
	api_enter(r, API_BODY_NONE, remove_logo);
}

void serve_logo_remove_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_BUTTON, remove_logo, page);
}

/* --- the preview ----------------------------------------------------------------------------- */

static unsigned language_named(struct slice tag)
{
	for (unsigned i = 0; i < page_language_count; i++)
		if (slice_equal(tag, slice_of(page_languages[i])))
			return i;
	return 0;
}

/* The page's own policy, but that our pages may frame it. */
static struct slice framed_policy(struct api_call *call, const char *policy)
{
	static const char none[] = "frame-ancestors 'none'";
	const char *at = strstr(policy, none);
	struct slice framed;
	struct buf b;

	buf_init(&b, 1024);
	buf_add(&b, policy, at == NULL ? strlen(policy) : (size_t)(at - policy));
	buf_add_string(&b, "frame-ancestors 'self'");
	buf_add_char(&b, '\0');
	framed = arena_copy(&call->request->arena, buf_slice(&b));
	buf_release(&b);
	return framed;
}

static void send_preview(struct api_call *call, const struct page_shared *shared, struct slice gtin)
{
	const struct page_item item = { .verdict = VERDICT_ACTIVE, .gtin = gtin };
	struct answer a = { .status = 200, .content_type = page_content_type(PAGE_HTML) };
	struct buf out;

	buf_init(&out, PREVIEW_MOST);
	page_item_write(&out, shared, &item);
	a.content_security_policy = framed_policy(call, page_security_policy(shared)).data;
	a.body = buf_slice(&out);
	if (buf_ok(&out) && a.content_security_policy != NULL)
		api_answer(call, &a);
	else
		api_no_memory(call);
	buf_release(&out);
}

static void show_preview(struct api_call *call, const PGresult *rows)
{
	struct slice asked =
	    call->body == NULL ? request_query(call->request, "lang") : form_text(call, "show_in");
	const struct document_source source = {
		.brand = db_text_in(rows, 0, 0),
		.product = db_text_in(rows, 0, 1),
		.lot = db_text_in(rows, 0, 2),
		.hidden = lookup_hidden_read(db_text_in(rows, 0, 4)),
	};
	size_t size;
	struct page_shared *shared =
	    page_shared_new(&source, language_named(asked), PAGE_HTML, &size);

	if (shared == NULL)
		api_no_memory(call);
	else
		send_preview(call, shared, db_text_in(rows, 0, 3));
	page_shared_free(shared);
}

static void preview(struct api_call *call)
{
	json_t *draft;

	if (call->body != NULL && !form_check(call, &look_form))
		return;
	draft = call->body == NULL ? json_object() : draft_of_form(call);
	send(call, draft, &sql_console_look_preview, show_preview);
	json_decref(draft);
}

/* A draft that cannot be shown: said in the frame, as the form says it when it is saved. */
static void refuse_preview(struct api_call *call, int status, const json_t *members,
			   const char *detail)
{
	struct view_console_problem view = { .fields = NULL };
	struct page p;

	page_init(&p, NULL, call->request, TEXT_look_preview);
	view.head = &p.head;
	view.words = message_text(p.writer.language, page_member(&p, members, "code"));
	if (view.words.length == 0)
		view.words = arena_copy(&call->request->arena, slice_of(detail));
	p.call = call;
	p.framed = true;
	template_console_problem(&p.writer, &view);
	page_send(&p, status);
}

static const struct api_face preview_face = { .refuse = refuse_preview };

void serve_look_preview(struct request *r)
{
	bool posted = r->method == METHOD_POST;

	api_enter_face(r, &preview_face, posted ? API_BODY_FORM : API_BODY_NONE, preview);
}
