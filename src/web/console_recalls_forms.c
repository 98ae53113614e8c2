/* The forms of one recall or hold: what it says, starting, approving, declining, ending. */
#include "web/console_recalls.h"

void serve_recall_texts_form(struct request *r);
void serve_recall_start_form(struct request *r);
void serve_recall_approve_form(struct request *r);
void serve_recall_decline_form(struct request *r);
void serve_recall_lift_form(struct request *r);

static const struct form_choice severities[] = {
	{ "high", TEXT_recalls_high },
	{ "medium", TEXT_recalls_medium },
	{ "low", TEXT_recalls_low },
};
static const struct form_field end_fields[] = {
	{ "reason", TEXT_recalls_why, .kind = FORM_LINES, .most = 2000, .required = true },
};
static const struct form_field decline_fields[] = {
	{ "reason", TEXT_recalls_why, .kind = FORM_LINES, .most = 2000 },
};
static const struct form_field start_fields[] = {
	{ "sha256", TEXT_recalls_sha256, .kind = FORM_HIDDEN },
};
static const struct form_field approve_fields[] = {
	{ "what", TEXT_recalls_what, .kind = FORM_HIDDEN },
};
static const struct form start_form = { "", TEXT_recalls_start, start_fields, 1, false };
static const struct form propose_form = { "", TEXT_recalls_propose, start_fields, 1, false };
static const struct form approve_form = { "", TEXT_recalls_approve, approve_fields, 1, false };
static const struct form decline_form = { "", TEXT_recalls_decline, decline_fields, 1, false };
static const struct form lift_form = { "", TEXT_recalls_lift, end_fields, 1, false };

/*
 * Reason and advice once a language, then the rest: made when first asked for. Last stands whether
 * it is said in public, which of a recall nobody is asked.
 */
static const struct form *texts_form(void)
{
	static struct form_field fields[2 * TEXTS_MOST + 3];
	static char names[2 * TEXTS_MOST][32];
	static struct form form = { "", TEXT_recalls_save, fields, 0, false };
	size_t n = 0;

	if (form.count > 0)
		return &form;
	for (unsigned i = 0; i < page_language_count && n + 2 <= COUNT_OF(names); i++)
		for (int advice = 0; advice < 2; advice++, n++) {
			(void)snprintf(names[n], sizeof(names[n]), "%s.%s",
				       advice ? "advice" : "reason", page_languages[i]);
			fields[n] = (struct form_field){
				.name = names[n],
				.label = advice ? TEXT_recalls_advice : TEXT_recalls_reason,
				.kind = FORM_LINES,
				.most = 1000,
			};
		}
	fields[n++] = (struct form_field){ .name = "severity",
					   .label = TEXT_recalls_severity,
					   .kind = FORM_SELECT,
					   .required = true,
					   .choices = severities,
					   .choice_count = COUNT_OF(severities) };
	fields[n++] = (struct form_field){
		.name = "evidence", .label = TEXT_recalls_evidence, .kind = FORM_LINES, .most = 5000
	};
	fields[n++] = (struct form_field){ .name = "shown",
					   .label = TEXT_recalls_shown,
					   .hint = TEXT_recalls_shown_hint,
					   .kind = FORM_CHECK };
	form.count = n;
	return &form;
}

static const char *action(struct page *p, struct slice id, const char *verb)
{
	char *text = arena_alloc(&p->request->arena, 64);

	if (text == NULL)
		return "/recalls";
	(void)snprintf(text, 64, "/recalls/%.*s/%s", SLICE_ARG(id), verb);
	return text;
}

static struct view_console_form *show_texts(struct page *p, const json_t *document, struct slice id)
{
	const struct form *form = texts_form();
	json_t *values = json_object();
	struct view_console_form *view;

	for (unsigned i = 0; i < page_language_count && i < TEXTS_MOST; i++) {
		const char *tag = page_languages[i];

		json_object_set(values, form->fields[2 * i].name,
				json_object_get(json_object_get(document, "reason"), tag));
		json_object_set(values, form->fields[2 * i + 1].name,
				json_object_get(json_object_get(document, "advice"), tag));
	}
	json_object_set(values, "severity", json_object_get(document, "severity"));
	json_object_set(values, "shown", json_object_get(document, "shown"));
	json_object_set(values, "evidence", json_object_get(document, "evidence"));
	view = form_show(p, form, action(p, id, "texts"), values);
	json_decref(values);
	if (recall_is(p, document, "kind", "recall"))
		view->inputs_count--;
	for (unsigned i = 0; i < page_language_count && i < TEXTS_MOST; i++)
		for (int k = 0; k < 2; k++) {
			struct view_console_input *input =
			    form_input(view, form->fields[2 * i + (unsigned)k].name);

			input->label = recall_joined(p, "%.*s · %.*s", input->label,
						     text_in(i, TEXT_language_name));
		}
	return view;
}

static struct view_console_form *show_small(struct page *p, const struct form *form,
					    struct slice id, const char *verb, const char *name,
					    struct slice value)
{
	json_t *values =
	    json_pack("{s:s%}", name, value.data == NULL ? "" : value.data, value.length);
	struct view_console_form *view = form_show(p, form, action(p, id, verb), values);

	json_decref(values);
	return view;
}

/* What can be decided from where it stands. */
void recall_fill_forms(struct page *p, const json_t *document, struct view_console_recall *view)
{
	const json_t *proposal = json_object_get(document, "proposal");
	bool two = json_is_true(json_object_get(document, "two_persons"));
	bool quick =
	    recall_is(p, document, "kind", "hold") || recall_is(p, document, "kind", "quarantine");

	if ((p->call->roles & ROLES_JUDGE) == 0)
		return;
	if (json_is_object(proposal)) {
		if (!view->mine)
			view->approve = show_small(p, &approve_form, view->id, "approve", "what",
						   page_member(p, proposal, "what"));
		view->decline = show_small(p, &decline_form, view->id, "decline", "", S(""));
	} else if (view->counted) {
		view->describe = show_texts(p, document, view->id);
		view->start = show_small(p, two && !quick ? &propose_form : &start_form, view->id,
					 "start", "sha256", view->sha256);
		((struct view_console_form *)view->start)->danger = true;
	} else if (view->running) {
		view->lift = show_small(p, &lift_form, view->id, "lift", "", S(""));
	}
}

/* --- its forms: the handlers of the API, and the page again where they refuse --------------- */

static void describe(struct api_call *call)
{
	if (form_check(call, texts_form()))
		recall_describe(call);
}

void serve_recall_texts_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, describe, recall_show_page);
}

static void start(struct api_call *call)
{
	if (form_check(call, &start_form))
		recall_start(call);
}

void serve_recall_start_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, start, recall_show_page);
}

static void approve(struct api_call *call)
{
	if (form_check(call, &approve_form))
		recall_approve(call);
}

void serve_recall_approve_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, approve, recall_show_page);
}

static void decline(struct api_call *call)
{
	if (form_check(call, &decline_form))
		recall_decline(call);
}

void serve_recall_decline_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, decline, recall_show_page);
}

static void lift(struct api_call *call)
{
	if (form_check(call, &lift_form))
		recall_lift(call);
}

void serve_recall_lift_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, lift, recall_show_page);
}
