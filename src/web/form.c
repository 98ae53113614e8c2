/* Shows and checks the forms of the console. */
#include "web/form.h"

#include "base/utf8.h"
#include "web/api_problem.h"

enum {
	TEXT_MOST = 200,
	KEY_ROOM = PAGE_KEY_SIZE,
	/* What was sent stands in the form again up to here: more was no slip of the finger. */
	SHOWN_MOST = 32 << 10,
};

/* --- what was sent ------------------------------------------------------------------------- */

struct slice form_text(struct api_call *call, const char *name)
{
	const json_t *value = json_object_get(call->body, name);
	char number[24];

	if (json_is_string(value))
		return (struct slice){ json_string_value(value), json_string_length(value) };
	if (!json_is_integer(value))
		return S("");
	(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	return arena_copy(&call->request->arena, slice_of(number));
}

bool form_checked(struct api_call *call, const char *name)
{
	const json_t *value = json_object_get(call->body, name);

	return json_is_true(value) || slice_equal(form_text(call, name), S("on"));
}

/* --- checking ------------------------------------------------------------------------------ */

static size_t characters(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += (text.data[i] & 0xc0) != 0x80;
	return count;
}

/* The control characters that it may hold: line breaks and tabs; FNC1, which scanners read as GS.
 */
static const char *controls_of(const struct form_field *f)
{
	if (f->kind == FORM_LINES)
		return f->scanned ? "\n\r\t\x1d" : "\n\r\t";
	return f->scanned ? "\x1d" : "";
}

static bool is_chosen(const struct form_field *f, struct slice text)
{
	for (size_t i = 0; i < f->choice_count; i++)
		if (slice_equal(text, slice_of(f->choices[i].value)))
			return true;
	return f->choices == NULL;
}

/* What is wrong with it, as a code of messages.def; NULL: nothing. */
static const char *fault_of(const struct form_field *f, struct slice text)
{
	uint64_t number;

	if (utf8_has_control(text, controls_of(f)))
		return "control";
	switch (f->kind) {
	case FORM_NUMBER:
		return slice_to_u64(text, &number) && number >= f->least && number <= f->most
			   ? NULL
			   : "number";
	case FORM_DATE: /* whether there is such a day the database says */
		return slice_fits(text, "9999-99-99") ? NULL : "date";
	case FORM_COLOR:
		return slice_fits(text, "#xxxxxx") ? NULL : "color";
	case FORM_SELECT:
		if (!is_chosen(f, text))
			return "choice";
		break;
	default:
		break;
	}
	return characters(text) > (f->most == 0 ? TEXT_MOST : f->most) ? "too_long" : NULL;
}

static void refuse(struct api_call *call, const struct form_field *f, const char *code)
{
	json_t *members = json_pack("{s:s,s:s}", "member", f->name, "code", code);

	if (f->kind == FORM_NUMBER)
		json_object_set_new(members, "limit",
				    json_sprintf("%llu to %llu", (unsigned long long)f->least,
						 (unsigned long long)f->most));
	else if (strcmp(code, "too_long") == 0)
		json_object_set_new(members, "limit",
				    json_integer((json_int_t)(f->most == 0 ? TEXT_MOST : f->most)));
	api_problem_members(call, 400, members, message_words(code));
}

static const struct form_field *field_of(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return &form->fields[i];
	return NULL;
}

static bool has_file(const struct api_call *call, const char *name)
{
	for (unsigned i = 0; i < call->file_count; i++)
		if (slice_equal(call->files[i].name, slice_of(name)) &&
		    call->files[i].body.length > 0)
			return true;
	return false;
}

void form_refuse_unknown(struct api_call *call, const char *name)
{
	enum { TOLD = 100 };
	json_t *members =
	    json_pack("{s:s%,s:s}", "member", name,
		      strlen(name) > TOLD ? (size_t)TOLD : strlen(name), "code", "unknown_field");

	api_problem_members(call, 400, members, message_words("unknown_field"));
}

bool form_check(struct api_call *call, const struct form *form)
{
	const char *name;
	json_t *value;

	json_object_foreach(call->body, name, value)
	{
		if (field_of(form, name) != NULL)
			continue;
		form_refuse_unknown(call, name);
		return false;
	}
	for (size_t i = 0; i < form->count; i++) {
		const struct form_field *f = &form->fields[i];
		struct slice text = form_text(call, f->name);
		const char *fault = NULL;

		if (f->kind == FORM_FILE)
			fault = f->required && !has_file(call, f->name) ? "required" : NULL;
		else if (text.length == 0)
			fault = f->required ? "required" : NULL;
		else
			fault = fault_of(f, text);
		if (fault == NULL)
			continue;
		refuse(call, f, fault);
		return false;
	}
	return true;
}

/* --- showing ------------------------------------------------------------------------------- */

static const char *type_of(enum form_kind kind)
{
	static const char *const types[] = {
		[FORM_NUMBER] = "number",   [FORM_DATE] = "date", [FORM_COLOR] = "color",
		[FORM_SECRET] = "password", [FORM_FILE] = "file", [FORM_HIDDEN] = "hidden",
	};

	return (size_t)kind < COUNT_OF(types) && types[kind] != NULL ? types[kind] : "text";
}

struct slice form_lines(struct arena *memory, struct slice text)
{
	char *copy = arena_alloc(memory, text.length + 1);
	size_t length = 0;

	for (size_t i = 0; copy != NULL && i < text.length; i++)
		if (text.data[i] != '\r')
			copy[length++] = text.data[i];
	return (struct slice){ copy, length };
}

static struct slice shown_again(struct page *p, struct slice text)
{
	return text.length > SHOWN_MOST ? S("") : form_lines(&p->request->arena, text);
}

static struct slice value_of(struct page *p, const struct form_field *f, const json_t *values,
			     bool sent)
{
	if (f->kind == FORM_SECRET || f->kind == FORM_FILE)
		return S("");
	if (sent && p->call->body != NULL)
		return shown_again(p, form_text(p->call, f->name));
	if (json_is_true(json_object_get(values, f->name)))
		return S("on");
	return page_member(p, values, f->name);
}

static struct slice number_text(struct page *p, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return arena_copy(&p->request->arena, slice_of(text));
}

void form_options(struct view_console_input *input, struct view_console_option *options,
		  size_t count)
{
	for (size_t i = 0; i < count; i++)
		options[i].selected = slice_equal(options[i].value, input->value);
	input->options = options;
	input->options_count = count;
}

static void add_choices(struct page *p, const struct form_field *f,
			struct view_console_input *input)
{
	struct view_console_option *options =
	    arena_array(&p->request->arena, f->choice_count, sizeof(*options));

	if (options == NULL)
		return;
	for (size_t i = 0; i < f->choice_count; i++)
		options[i] = (struct view_console_option){
			.value = slice_of(f->choices[i].value),
			.text = text_in(p->writer.language, f->choices[i].text),
		};
	form_options(input, options, f->choice_count);
}

/* Whether it is this one that was refused; without a mark, whether any was. */
static bool was_sent(const struct page *p, const struct form *form, const char *mark)
{
	return p->call->refusal.status != 0 &&
	       (mark == NULL || slice_equal(p->request->path, slice_of(form->action)));
}

/* The summary of what was refused leads to the field. */
static void show_error(struct page *p, const char *mark, struct view_console_input *input)
{
	char id[64];

	input->error = p->head.error;
	(void)snprintf(id, sizeof(id), "%s%.*s", mark == NULL ? "" : mark, SLICE_ARG(input->name));
	p->head.error_field = arena_copy(&p->request->arena, slice_of(id));
}

static void show_field(struct page *p, const struct form_field *f, const json_t *values, bool sent,
		       const char *mark, struct view_console_input *input)
{
	const struct api_refusal *refusal = &p->call->refusal;

	*input = (struct view_console_input){
		.name = slice_of(f->name),
		.mark = slice_of(mark == NULL ? "" : mark),
		.type = slice_of(type_of(f->kind)),
		.autocomplete = slice_of(f->autocomplete == NULL ? "off" : f->autocomplete),
		.label = text_in(p->writer.language, f->label),
		.hint = f->hint == 0 || f->hint == TEXT_none ? S("")
							     : text_in(p->writer.language, f->hint),
		.value = value_of(p, f, values, sent),
		.required = f->required,
		.is_hidden = f->kind == FORM_HIDDEN,
		.is_lines = f->kind == FORM_LINES,
		.is_select = f->kind == FORM_SELECT,
		.is_check = f->kind == FORM_CHECK,
		.is_file = f->kind == FORM_FILE,
	};
	input->is_line = !input->is_hidden && !input->is_lines && !input->is_select &&
			 !input->is_check && !input->is_file;
	input->checked = input->is_check && slice_equal(input->value, S("on"));
	if (f->kind == FORM_NUMBER) {
		input->min = number_text(p, f->least);
		input->max = number_text(p, f->most);
	} else {
		input->most = number_text(p, f->most == 0 ? TEXT_MOST : f->most);
	}
	if (sent && slice_equal(refusal->member, input->name))
		show_error(p, mark, input);
	add_choices(p, f, input);
}

static struct view_console_form *show(struct page *p, const struct form *form, const char *mark,
				      const char *action, const json_t *values)
{
	struct arena *memory = &p->request->arena;
	struct view_console_form *view = arena_alloc(memory, sizeof(*view));
	struct view_console_input *inputs = arena_array(memory, form->count, sizeof(*inputs));
	bool sent = was_sent(p, form, mark);
	char key[KEY_ROOM];

	if (view == NULL || inputs == NULL)
		abort(); /* page_init() has kept room for it */
	page_new_key(key);
	*view = (struct view_console_form){
		.action = slice_of(action == NULL ? form->action : action),
		.submit = text_in(p->writer.language, form->submit),
		.token = p->head.token,
		.key = arena_copy(memory, slice_of(key)),
		.upload = form->upload,
		.inputs = inputs,
		.inputs_count = form->count,
	};
	for (size_t i = 0; i < form->count; i++)
		show_field(p, &form->fields[i], values, sent, mark, &inputs[i]);
	return view;
}

struct view_console_form *form_show(struct page *p, const struct form *form, const char *action,
				    const json_t *values)
{
	return show(p, form, NULL, action, values);
}

struct view_console_form *form_show_marked(struct page *p, const struct form *form,
					   const char *mark, const json_t *values)
{
	return show(p, form, mark, NULL, values);
}

struct view_console_input *form_input(struct view_console_form *f, const char *name)
{
	for (size_t i = 0; i < f->inputs_count; i++)
		if (slice_equal(f->inputs[i].name, slice_of(name)))
			return (struct view_console_input *)&f->inputs[i];
	return NULL;
}

void form_offer_products(struct page *p, struct view_console_form *f, const json_t *products)
{
	struct view_console_input *gtin = form_input(f, "gtin");
	size_t count = json_array_size(products);
	struct view_console_option *offered =
	    arena_array(&p->request->arena, count, sizeof(*offered));

	if (gtin == NULL || offered == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		const json_t *product = json_array_get(products, i);
		const char *number = json_string_value(json_array_get(product, 0));
		const char *name = json_string_value(json_array_get(product, 1));

		offered[i].value = arena_copy(&p->request->arena, slice_of(number));
		offered[i].text = arena_copy(&p->request->arena, slice_of(name));
	}
	gtin->suggestions = offered;
	gtin->suggestions_count = count;
}

struct view_console_form *form_show_for_product(struct page *p, const struct form *form,
						const json_t *document)
{
	struct slice gtin = request_query(p->request, "gtin");
	json_t *values =
	    json_pack("{s:s%}", "gtin", gtin.data == NULL ? "" : gtin.data, gtin.length);
	struct view_console_form *shown = form_show(p, form, NULL, values);

	form_offer_products(p, shown, json_object_get(document, "offered"));
	json_decref(values);
	return shown;
}
