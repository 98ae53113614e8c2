/* The console's pages of recalls and holds: what there is, choosing in steps, one of them, its
 * sheet. */
#include "store/sql.h"
#include "web/console_recalls.h"

void serve_recalls_page(struct request *r);
void serve_recall_new_page(struct request *r);
void serve_recall_count_form(struct request *r);
void serve_recall_rule_form(struct request *r);
void serve_recall_page(struct request *r);
void serve_recall_sheet_page(struct request *r);
void serve_recall_texts_form(struct request *r);
void serve_recall_start_form(struct request *r);
void serve_recall_approve_form(struct request *r);
void serve_recall_decline_form(struct request *r);
void serve_recall_lift_form(struct request *r);

enum { ROWS = 350, LINES = 50, STEPS = 200, COUNTRIES = 250, TEXTS_MOST = 16, CHOICE_MOST = 400 };

/* --- words --------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum text text;
} words[] = {
	{ "recall", TEXT_recalls_kind_recall },
	{ "hold", TEXT_recalls_kind_hold },
	{ "quarantine", TEXT_recalls_kind_quarantine },
	{ "expire", TEXT_recalls_kind_expire },
	{ "counted", TEXT_recalls_counted },
	{ "running", TEXT_recalls_running },
	{ "proposed", TEXT_recalls_proposed },
	{ "ended", TEXT_recalls_ended },
	{ "high", TEXT_recalls_high },
	{ "medium", TEXT_recalls_medium },
	{ "low", TEXT_recalls_low },
};

static const struct {
	const char *word;
	enum text text;
} steps[] = {
	{ "counted", TEXT_recalls_step_counted },
	{ "described", TEXT_recalls_step_described },
	{ "proposed", TEXT_recalls_step_proposed },
	{ "started", TEXT_recalls_step_started },
	{ "lift_proposed", TEXT_recalls_step_lift_proposed },
	{ "lifted", TEXT_recalls_step_lifted },
	{ "declined", TEXT_recalls_step_declined },
	{ "expired", TEXT_recalls_step_expired },
};

static struct slice word_of(struct page *p, const json_t *object, const char *name)
{
	struct slice word = page_member(p, object, name);

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_equal(word, slice_of(words[i].word)))
			return text_in(p->writer.language, words[i].text);
	return word;
}

static struct slice step_of(struct page *p, const json_t *object)
{
	struct slice word = page_member(p, object, "step");

	for (size_t i = 0; i < COUNT_OF(steps); i++)
		if (slice_equal(word, slice_of(steps[i].word)))
			return text_in(p->writer.language, steps[i].text);
	return word;
}

static bool is(struct page *p, const json_t *object, const char *name, const char *word)
{
	return slice_equal(page_member(p, object, name), slice_of(word));
}

/* --- ways of choosing ---------------------------------------------------------------------- */

static const struct form_choice kinds[] = {
	{ "recall", TEXT_recalls_kind_recall },
	{ "hold", TEXT_recalls_kind_hold },
	{ "quarantine", TEXT_recalls_kind_quarantine },
	{ "expire", TEXT_recalls_kind_expire },
};
static const struct form_choice dates[] = {
	{ "produced_on", TEXT_recalls_produced },
	{ "best_before", TEXT_recalls_best_before },
};

#define KIND                                                                      \
	{ "kind",	    TEXT_recalls_kind, .kind = FORM_SELECT,               \
	  .required = true, .choices = kinds,  .choice_count = COUNT_OF(kinds) }, \
	{                                                                         \
		"by", TEXT_recalls_choice, .kind = FORM_HIDDEN, .required = true  \
	}
#define GTIN(needed)                                                        \
	{                                                                   \
		"gtin", TEXT_recalls_gtin, .most = 14, .required = (needed) \
	}
#define PERIOD                                            \
	{ "from", TEXT_recalls_from, .kind = FORM_DATE }, \
	{                                                 \
		"to", TEXT_recalls_to, .kind = FORM_DATE  \
	}

static const struct form_field lots_fields[] = { KIND,
						 GTIN(true),
						 { "lots", TEXT_recalls_lots, .kind = FORM_LINES,
						   .most = 50000, .required = true } };
static const struct form_field product_fields[] = { KIND, GTIN(true) };
static const struct form_field material_fields[] = {
	KIND,
	{ "supplier", TEXT_recalls_supplier, .required = true },
	{ "material", TEXT_recalls_material, .required = true },
	{ "lot", TEXT_recalls_lot, .required = true },
};
static const struct form_field component_fields[] = {
	KIND, GTIN(true), { "lot", TEXT_recalls_lot, .required = true }
};
static const struct form_field codes_fields[] = { KIND,
						  GTIN(false),
						  { "codes", TEXT_recalls_codes,
						    TEXT_recalls_codes_hint, FORM_LINES,
						    .most = 1000000, .required = true } };
static const struct form_field range_fields[] = {
	KIND,
	GTIN(false),
	{ "first", TEXT_recalls_first, .most = 500, .required = true },
	{ "last", TEXT_recalls_last, .most = 500, .required = true },
};
static const struct form_field dates_fields[] = { KIND,
						  { "date", TEXT_recalls_date, .kind = FORM_SELECT,
						    .required = true, .choices = dates,
						    .choice_count = COUNT_OF(dates) },
						  PERIOD,
						  GTIN(false) };
static const struct form_field machine_fields[] = {
	KIND,
	{ "instrument", TEXT_recalls_instrument, .most = 200 },
	{ "facility", TEXT_recalls_facility, .most = 200 },
	{ "parameter", TEXT_recalls_parameter, .most = 200 },
	{ "value", TEXT_recalls_value, .most = 200 },
	PERIOD,
	GTIN(false),
};

#define WAY(word_, by_, text_)                                                          \
	{                                                                               \
#word_, #by_, text_,                                                    \
		{                                                                       \
			"/recalls/new?way=" #word_, TEXT_recalls_count, word_##_fields, \
			    COUNT_OF(word_##_fields), false                             \
		}                                                                       \
	}
static const struct way {
	const char *word, *by;
	enum text text;
	struct form form;
} ways[] = {
	WAY(lots, lots, TEXT_recalls_by_lots),
	WAY(product, product, TEXT_recalls_by_product),
	WAY(material, material, TEXT_recalls_by_material),
	WAY(component, material, TEXT_recalls_by_component),
	WAY(codes, codes, TEXT_recalls_by_codes),
	WAY(range, codes, TEXT_recalls_by_range),
	WAY(dates, dates, TEXT_recalls_by_dates),
	WAY(machine, machine, TEXT_recalls_by_machine),
};

static const struct way *way_of(struct api_call *call)
{
	struct slice word = request_query(call->request, "way");

	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (slice_equal(word, slice_of(ways[i].word)))
			return &ways[i];
	return NULL;
}

/* What was chosen, in a line: the way and its values. */
static struct slice choice_of(struct page *p, const json_t *item)
{
	const json_t *choice = json_object_get(item, "choice"), *value;
	struct slice by = page_member(p, choice, "by"), text;
	const char *name;
	struct buf line;

	buf_init(&line, 4096);
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		if (!slice_equal(by, slice_of(ways[i].by)))
			continue;
		buf_add_slice(&line, text_in(p->writer.language, ways[i].text));
		break;
	}
	json_object_foreach((json_t *)choice, name, value)
	{
		if (strcmp(name, "by") == 0 || line.length > CHOICE_MOST)
			continue;
		if (json_is_array(value)) {
			for (size_t i = 0; i < json_array_size(value) && line.length < CHOICE_MOST;
			     i++)
				buf_add_format(&line, "%s%s", i == 0 ? " · " : ", ",
					       json_string_value(json_array_get(value, i)));
			continue;
		}
		text = page_member(p, choice, name);
		if (text.length > 0)
			buf_add_format(&line, " · %.*s", SLICE_ARG(text));
	}
	text = buf_ok(&line) ? arena_copy(&p->request->arena, buf_slice(&line)) : by;
	buf_release(&line);
	return text;
}

/* --- all of them --------------------------------------------------------------------------- */

static struct view_console_recall_row row_of(struct page *p, const json_t *item)
{
	const json_t *counted = json_object_get(item, "counted");
	struct slice started = page_member(p, item, "started_at");

	return (struct view_console_recall_row){
		.id = page_member(p, item, "id"),
		.kind = word_of(p, item, "kind"),
		.choice = choice_of(p, item),
		.lots = page_member(p, counted, "lots"),
		.codes = page_member(p, counted, "codes"),
		.since = started.length > 0 ? started : page_member(p, item, "counted_at"),
	};
}

static size_t fill_groups(struct page *p, const json_t *items,
			  struct view_console_recall_group *groups,
			  struct view_console_recall_row *rows)
{
	static const char *const states[] = { "proposed", "running", "counted", "ended" };
	size_t count = 0, used = 0;

	for (size_t s = 0; s < COUNT_OF(states); s++) {
		struct view_console_recall_group *g = &groups[count];

		*g = (struct view_console_recall_group){ .rows = rows + used };
		for (size_t i = 0; i < json_array_size(items) && used < ROWS; i++) {
			const json_t *item = json_array_get(items, i);

			if (!is(p, item, "state", states[s]))
				continue;
			g->name = word_of(p, item, "state");
			rows[used++] = row_of(p, item);
			g->rows_count++;
		}
		count += g->rows_count > 0;
	}
	return count;
}

static const struct form_field rule_fields[] = {
	{ "two_persons", TEXT_recalls_rule, .kind = FORM_HIDDEN },
};
static const struct form rule_on = { "/recalls/rule", TEXT_recalls_rule_turn_on, rule_fields, 1,
				     false };
static const struct form rule_off = { "/recalls/rule", TEXT_recalls_rule_turn_off, rule_fields, 1,
				      false };

static void print_all(struct page *p, const json_t *document)
{
	const json_t *rule = json_object_get(document, "rule");
	struct view_console_recall_row *rows = arena_array(&p->request->arena, ROWS, sizeof(*rows));
	struct view_console_recall_group groups[4];
	struct view_console_recalls view = { .head = &p->head, .groups = groups };
	bool two = json_is_true(json_object_get(rule, "two_persons"));
	json_t *wanted = json_pack("{s:s}", "two_persons", two ? "off" : "on");

	view.may = (p->call->roles & ROLES_JUDGE) != 0;
	view.two = two;
	view.rule_by = page_member(p, rule, "proposed_by");
	if ((p->call->roles & ROLES_TEAM) != 0)
		view.rule = form_show(p, two ? &rule_off : &rule_on, NULL, wanted);
	json_decref(wanted);
	if (rows != NULL)
		view.groups_count =
		    fill_groups(p, json_object_get(document, "items"), groups, rows);
	template_console_recalls(&p->writer, &view);
}

static void show_all(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_recalls, print_all);
}

static void get_all(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_recalls_page, &p, show_all);
}

void serve_recalls_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get_all);
}

void serve_recall_rule_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, recall_rule_set, get_all);
}

/* --- choosing ------------------------------------------------------------------------------ */

/* Lines that became an array stand in their field again as they were. */
static void join_lines(struct api_call *call, const char *name)
{
	const json_t *array = json_object_get(call->body, name);
	struct buf text;

	if (!json_is_array(array))
		return;
	buf_init(&text, 2 << 20);
	for (size_t i = 0; i < json_array_size(array); i++) {
		buf_add_string(&text, json_string_value(json_array_get(array, i)));
		buf_add_char(&text, '\n');
	}
	if (buf_ok(&text))
		json_object_set_new(call->body, name, json_stringn(text.data, text.length));
	buf_release(&text);
}

static void show_ways(struct page *p, struct view_console_recall_new *view,
		      struct view_console_recall_way *list)
{
	for (size_t i = 0; i < COUNT_OF(ways); i++)
		list[i] = (struct view_console_recall_way){
			.link = slice_of(ways[i].form.action),
			.name = text_in(p->writer.language, ways[i].text),
		};
	view->ways = list;
	view->ways_count = COUNT_OF(ways);
}

static void choose(struct api_call *call)
{
	struct view_console_recall_way list[COUNT_OF(ways)];
	struct view_console_recall_new view = { .ways = NULL };
	const struct way *way = way_of(call);
	json_t *values;
	struct page p;

	if (call->body != NULL) {
		join_lines(call, "lots");
		join_lines(call, "codes");
	}
	page_init(&p, call, call->request, TEXT_recalls_new);
	view.head = &p.head;
	show_ways(&p, &view, list);
	if (way != NULL) {
		values = json_pack("{s:s}", "by", way->by);
		view.form = form_show(&p, &way->form, NULL, values);
		json_decref(values);
		p.head.title = text_in(p.writer.language, way->text);
		if (strcmp(way->word, "machine") == 0)
			view.hint = text_in(p.writer.language, TEXT_recalls_machine_hint);
	}
	template_console_recall_new(&p.writer, &view);
	page_send(&p, call->refusal.status != 0 ? call->refusal.status : 200);
}

void serve_recall_new_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, choose);
}

static void count(struct api_call *call)
{
	const struct way *way = way_of(call);

	if (way == NULL)
		api_problem(call, 400, "way", NULL, "way: choose one.");
	else if (form_check(call, &way->form))
		recall_count(call);
}

void serve_recall_count_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, count, choose);
}

/* --- one ----------------------------------------------------------------------------------- */

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

/* Reason and advice once a language, then the rest: made when first asked for. */
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
	fields[n++] = (struct form_field){ .name = "shown",
					   .label = TEXT_recalls_shown,
					   .hint = TEXT_recalls_shown_hint,
					   .kind = FORM_CHECK };
	fields[n++] = (struct form_field){
		.name = "evidence", .label = TEXT_recalls_evidence, .kind = FORM_LINES, .most = 5000
	};
	form.count = n;
	return &form;
}

static struct slice joined(struct page *p, const char *format, struct slice a, struct slice b)
{
	struct buf text;
	struct slice copy;

	buf_init(&text, 4096);
	buf_add_format(&text, format, SLICE_ARG(a), SLICE_ARG(b));
	copy = buf_ok(&text) ? arena_copy(&p->request->arena, buf_slice(&text)) : a;
	buf_release(&text);
	return copy;
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
	for (unsigned i = 0; i < page_language_count && i < TEXTS_MOST; i++)
		for (int k = 0; k < 2; k++) {
			struct view_console_input *input =
			    form_input(view, form->fields[2 * i + (unsigned)k].name);

			input->label =
			    joined(p, "%.*s · %.*s", input->label, text_in(i, TEXT_language_name));
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
static void fill_forms(struct page *p, const json_t *document, struct view_console_recall *view)
{
	const json_t *proposal = json_object_get(document, "proposal");
	bool two = json_is_true(json_object_get(document, "two_persons"));
	bool quick = is(p, document, "kind", "hold") || is(p, document, "kind", "quarantine");

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

static void fill_texts(struct page *p, const json_t *document, struct view_console_recall *view)
{
	const json_t *reason = json_object_get(document, "reason");
	const json_t *advice = json_object_get(document, "advice");
	struct view_console_recall_text *texts =
	    arena_array(&p->request->arena, 2 * TEXTS_MOST, sizeof(*texts));
	enum text verdict = is(p, document, "effect", "recalled")  ? TEXT_verdict_recalled
			    : is(p, document, "effect", "expired") ? TEXT_verdict_expired_undated
								   : TEXT_verdict_held;

	if (texts == NULL)
		return;
	view->texts = texts;
	view->missing = texts + TEXTS_MOST;
	for (unsigned i = 0; i < page_language_count && i < TEXTS_MOST; i++) {
		struct view_console_recall_text text = {
			.lang = slice_of(page_languages[i]),
			.language = text_in(i, TEXT_language_name),
			.verdict = text_in(i, verdict),
			.reason = page_member(p, reason, page_languages[i]),
			.advice = page_member(p, advice, page_languages[i]),
		};

		if (text.reason.length + text.advice.length > 0)
			texts[view->texts_count++] = text;
		else
			texts[TEXTS_MOST + view->missing_count++] = text;
	}
}

static void fill_lines(struct page *p, const json_t *lines, struct view_console_recall *view)
{
	struct view_console_recall_line *to = arena_array(&p->request->arena, LINES, sizeof(*to));
	size_t all = json_array_size(lines), n = all > LINES ? LINES : all;

	for (size_t i = 0; to != NULL && i < n; i++) {
		const json_t *line = json_array_get(lines, i);
		struct slice from = page_member(p, line, "from");

		to[i] = (struct view_console_recall_line){
			.gtin = page_member(p, line, "gtin"),
			.lot = page_member(p, line, "lot"),
			.batch = page_member(p, line, "batch"),
			.places = from.length == 0
				      ? from
				      : joined(p, "%.*s–%.*s", from, page_member(p, line, "to")),
			.serial = page_member(p, line, "serial"),
			.codes = page_member(p, line, "codes"),
		};
	}
	view->lines = to;
	view->lines_count = to == NULL ? 0 : n;
	if (all > n)
		view->next = joined(p, "/recalls/%.*s?after=%.*s", view->id,
				    page_member(p, json_array_get(lines, n - 1), "n"));
}

static void fill_history(struct page *p, const json_t *history, struct view_console_recall *view)
{
	size_t n = json_array_size(history) > STEPS ? STEPS : json_array_size(history);
	struct view_console_recall_step *to = arena_array(&p->request->arena, STEPS, sizeof(*to));

	for (size_t i = 0; to != NULL && i < n; i++) {
		const json_t *step = json_array_get(history, i);

		to[i] = (struct view_console_recall_step){
			.at = page_member(p, step, "at"),
			.by = page_member(p, step, "by"),
			.step = step_of(p, step),
			.words = page_member(p, step, "words"),
		};
	}
	view->steps = to;
	view->steps_count = to == NULL ? 0 : n;
}

static void fill_counted(struct page *p, const json_t *counted, struct view_console_recall *view)
{
	const json_t *countries = json_object_get(counted, "countries");
	size_t n = json_array_size(countries) > COUNTRIES ? COUNTRIES : json_array_size(countries);
	struct view_console_count *to = arena_array(&p->request->arena, COUNTRIES, sizeof(*to));

	view->lots = page_member(p, counted, "lots");
	view->codes = page_member(p, counted, "codes");
	view->checks = page_member(p, counted, "checks");
	view->products = page_member(p, counted, "products");
	for (size_t i = 0; to != NULL && i < n; i++) {
		const json_t *country = json_array_get(countries, i);

		to[i] = (struct view_console_count){ page_member(p, country, "country"),
						     page_member(p, country, "checks") };
	}
	view->countries = to;
	view->countries_count = to == NULL ? 0 : n;
}

static void fill_more(struct page *p, const json_t *now, struct view_console_recall *view)
{
	view->more_lots = page_member(p, now, "lots");
	view->more_codes = page_member(p, now, "codes");
	view->more = json_integer_value(json_object_get(now, "lots")) > 0 ||
		     json_integer_value(json_object_get(now, "codes")) > 0;
}

static void fill_proposal(struct page *p, const json_t *proposal, struct view_console_recall *view)
{
	if (!json_is_object(proposal))
		return;
	view->proposed_by = page_member(p, proposal, "by");
	view->proposed_at = page_member(p, proposal, "at");
	view->waits_start = is(p, proposal, "what", "start");
	view->waits_lift = is(p, proposal, "what", "lift");
	view->mine = json_is_true(json_object_get(proposal, "mine"));
}

static void fill(struct page *p, const json_t *document, struct view_console_recall *view)
{
	view->head = &p->head;
	view->id = page_member(p, document, "id");
	view->kind = word_of(p, document, "kind");
	view->state = word_of(p, document, "state");
	view->counted = is(p, document, "state", "counted");
	view->running = is(p, document, "state", "running");
	view->ended = is(p, document, "state", "ended");
	view->shown = json_is_true(json_object_get(document, "shown"));
	view->choice = choice_of(p, document);
	view->severity = word_of(p, document, "severity");
	view->evidence = page_member(p, document, "evidence");
	view->sha256 = page_member(p, document, "sha256");
	view->started_at = page_member(p, document, "started_at");
	view->ended_at = page_member(p, document, "ended_at");
	view->end_reason = page_member(p, document, "end_reason");
	view->known_by = page_member(p, document, "known_by");
	view->lifted_by = page_member(p, document, "lifted_by");
	if (view->started_at.length > 0) {
		view->checks_before = page_member(p, document, "checks_before");
		view->checks_after = page_member(p, document, "checks_after");
	}
	view->made_at = page_member(p, document, "made_at");
	fill_counted(p, json_object_get(document, "counted"), view);
	fill_more(p, json_object_get(document, "now"), view);
	fill_proposal(p, json_object_get(document, "proposal"), view);
	fill_texts(p, document, view);
	fill_history(p, json_object_get(document, "history"), view);
	p->head.title = joined(p, "%.*s · %.*s", view->kind, view->id);
}

static void print_one(struct page *p, const json_t *document)
{
	struct view_console_recall view = { .head = NULL };

	fill(p, document, &view);
	fill_lines(p, json_object_get(document, "lines"), &view);
	fill_forms(p, document, &view);
	template_console_recall(&p->writer, &view);
}

static void print_sheet(struct page *p, const json_t *document)
{
	struct view_console_recall view = { .head = NULL };

	fill(p, document, &view);
	template_console_recall_sheet(&p->writer, &view);
}

static void no_recall(struct api_call *call)
{
	api_problem(call, 404, NULL, NULL, "There is no recall or hold with this number.");
}

static void show_one(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		no_recall(call);
	else
		page_show(call, rows, TEXT_recalls, print_one);
}

void recall_show_page(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t after = 0;
	int64_t id;

	if (!recall_id(call, &id))
		return;
	(void)!slice_to_u64(request_query(call->request, "after"), &after);
	db_add_i64(&p, id);
	db_add_i64(&p, after > INT64_MAX ? INT64_MAX : (int64_t)after);
	api_ask(call, &sql_console_recalls_show, &p, show_one);
}

void serve_recall_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, recall_show_page);
}

static void show_sheet(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		no_recall(call);
	else
		page_show(call, rows, TEXT_recalls_sheet, print_sheet);
}

static void get_sheet(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!recall_id(call, &id))
		return;
	db_add_i64(&p, id);
	api_ask(call, &sql_console_recalls_sheet, &p, show_sheet);
}

void serve_recall_sheet_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get_sheet);
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
