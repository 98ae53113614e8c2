/* Choosing what a recall or hold covers: the ways there are, and a form for each. */
#include "web/api_problem.h"
#include "web/console_recalls.h"

void serve_recall_new_page(struct request *r);
void serve_recall_count_form(struct request *r);

enum { CHOICE_MOST = 400 };

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

#define WAY(word_, by_)                                                                 \
	{                                                                               \
#word_, #by_, TEXT_recalls_by_##word_, TEXT_recalls_new_##word_,        \
		{                                                                       \
			"/recalls/new?way=" #word_, TEXT_recalls_count, word_##_fields, \
			    COUNT_OF(word_##_fields), false                             \
		}                                                                       \
	}
static const struct way {
	const char *word, *by;
	enum text text, title;
	struct form form;
} ways[] = {
	WAY(lots, lots),   WAY(product, product), WAY(material, material), WAY(component, material),
	WAY(codes, codes), WAY(range, codes),	  WAY(dates, dates),	   WAY(machine, machine),
};

static const struct way *way_of(struct api_call *call)
{
	struct slice word = request_query(call->request, "way");

	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (slice_equal(word, slice_of(ways[i].word)))
			return &ways[i];
	return NULL;
}

/* By which way; two of them are another's, a little otherwise. */
static struct slice way_chosen(const json_t *choice, struct slice by)
{
	if (json_is_true(json_object_get(choice, "ends")))
		return S("range");
	if (slice_equal(by, S("material")) && json_is_string(json_object_get(choice, "gtin")))
		return S("component");
	return by;
}

struct slice recall_choice(struct page *p, const json_t *item)
{
	const json_t *choice = json_object_get(item, "choice"), *value;
	struct slice by = page_member(p, choice, "by"), text;
	const char *name;
	struct buf line;

	buf_init(&line, 4096);
	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (slice_equal(slice_of(ways[i].word), way_chosen(choice, by)))
			buf_add_slice(&line, text_in(p->writer.language, ways[i].text));
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
		if (strcmp(name, "gtin") == 0 && page_product(p, text).length > 0)
			buf_add_format(&line, " · %.*s", SLICE_ARG(page_product(p, text)));
		if (text.length > 0)
			buf_add_format(&line, " · %.*s", SLICE_ARG(text));
	}
	text = buf_ok(&line) ? arena_copy(&p->request->arena, buf_slice(&line)) : by;
	buf_release(&line);
	return text;
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
		p.head.title = text_in(p.writer.language, way->title);
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
		message_refuse(call, 400, "way", "halt_way");
	else if (form_check(call, &way->form))
		recall_count(call);
}

void serve_recall_count_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, count, choose);
}
