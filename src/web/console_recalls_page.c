/* The pages of one recall or hold: where it stands, and its evidence sheet. */
#include "page/when.h"
#include "store/sql.h"
#include "web/console_fields.h"
#include "web/console_recalls.h"

void serve_recall_page(struct request *r);
void serve_recall_sheet_page(struct request *r);

enum { LINES = 50, STEPS = 200, COUNTRIES = 250 };

static void fill_texts(struct page *p, const json_t *document, struct view_console_recall *view)
{
	const json_t *reason = json_object_get(document, "reason");
	const json_t *advice = json_object_get(document, "advice");
	struct view_console_recall_text *texts =
	    arena_array(&p->request->arena, 2 * TEXTS_MOST, sizeof(*texts));
	enum text verdict = recall_is(p, document, "effect", "recalled") ? TEXT_verdict_recalled
			    : recall_is(p, document, "effect", "expired")
				? TEXT_verdict_expired_early
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
			.product = page_product(p, page_member(p, line, "gtin")),
			.lot = page_member(p, line, "lot"),
			.batch = page_member(p, line, "batch"),
			.places = from.length == 0 ? from
						   : recall_joined(p, "%.*s–%.*s", from,
								   page_member(p, line, "to")),
			.serial = page_member(p, line, "serial"),
			.codes = page_member(p, line, "codes"),
		};
		view->has_places = view->has_places || to[i].batch.length > 0;
		view->has_serials = view->has_serials || to[i].serial.length > 0;
	}
	view->lines = to;
	view->lines_count = to == NULL ? 0 : n;
	if (all > n)
		view->next = recall_joined(p, "/recalls/%.*s?after=%.*s", view->id,
					   page_member(p, json_array_get(lines, n - 1), "n"));
}

static void fill_checked(struct page *p, const json_t *checked, struct view_console_recall *view)
{
	size_t n = json_array_size(checked) > LINES ? LINES : json_array_size(checked);
	struct view_console_recall_line *to = arena_array(&p->request->arena, LINES, sizeof(*to));

	view->has_checked = json_is_array(checked);
	for (size_t i = 0; to != NULL && i < n; i++) {
		const json_t *code = json_array_get(checked, i);

		to[i] = (struct view_console_recall_line){
			.gtin = page_member(p, code, "gtin"),
			.product = page_product(p, page_member(p, code, "gtin")),
			.lot = page_member(p, code, "lot"),
			.batch = page_member(p, code, "batch"),
			.places = page_member(p, code, "place"),
			.serial = page_member(p, code, "serial"),
			.codes = page_member(p, code, "visits"),
		};
	}
	view->checked = to;
	view->checked_count = to == NULL ? 0 : n;
}

/* The public page, in the reader's language first. */
static void fill_frame(struct page *p, struct view_console_recall *view)
{
	struct view_console_fields_language *to =
	    arena_array(&p->request->arena, LANGUAGES_MOST, sizeof(*to));

	if (view->ended || to == NULL)
		return;
	for (unsigned i = 0; i < page_language_count && i < LANGUAGES_MOST; i++) {
		char link[96];

		(void)snprintf(link, sizeof(link), "/recalls/%.*s/preview?in=%s",
			       SLICE_ARG(view->id), page_languages[i]);
		to[i] = (struct view_console_fields_language){
			.tag = slice_of(page_languages[i]),
			.name = text_in(i, TEXT_language_name),
			.link = arena_copy(&p->request->arena, slice_of(link)),
		};
		view->languages_count++;
		if (i == p->writer.language)
			view->frame = to[i].link;
	}
	view->languages = to;
}

static void fill_history(struct page *p, const json_t *history, struct view_console_recall *view)
{
	size_t n = json_array_size(history) > STEPS ? STEPS : json_array_size(history);
	struct view_console_recall_step *to = arena_array(&p->request->arena, STEPS, sizeof(*to));

	for (size_t i = 0; to != NULL && i < n; i++) {
		const json_t *step = json_array_get(history, i);

		to[i] = (struct view_console_recall_step){
			.at = page_when(p, page_member(p, step, "at")),
			.by = page_who(p, page_member(p, step, "by")),
			.step = recall_step(p, step),
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
	view->proposed_by = page_who(p, page_member(p, proposal, "by"));
	view->proposed_at = page_when(p, page_member(p, proposal, "at"));
	view->waits_start = recall_is(p, proposal, "what", "start");
	view->waits_lift = recall_is(p, proposal, "what", "lift");
	view->mine = json_is_true(json_object_get(proposal, "mine"));
}

static void fill(struct page *p, const json_t *document, struct view_console_recall *view)
{
	view->head = &p->head;
	view->id = page_member(p, document, "id");
	view->kind = recall_word(p, document, "kind");
	view->state = recall_word(p, document, "state");
	view->counted = recall_is(p, document, "state", "counted");
	view->running = recall_is(p, document, "state", "running");
	view->ended = recall_is(p, document, "state", "ended");
	view->shown = json_is_true(json_object_get(document, "shown"));
	view->choice = recall_choice(p, document);
	view->severity = recall_word(p, document, "severity");
	view->evidence = page_member(p, document, "evidence");
	view->sha256 = page_member(p, document, "sha256");
	view->started_at = page_when(p, page_member(p, document, "started_at"));
	view->ended_at = page_when(p, page_member(p, document, "ended_at"));
	view->end_reason = page_member(p, document, "end_reason");
	view->known_by = page_when(p, page_member(p, document, "known_by"));
	view->lifted_by = page_when(p, page_member(p, document, "lifted_by"));
	if (view->started_at.length > 0) {
		view->checks_before = page_member(p, document, "checks_before");
		view->checks_after = page_member(p, document, "checks_after");
	}
	view->made_at = page_when(p, page_member(p, document, "made_at"));
	view->zone = when_zone(&p->request->arena, page_member(p, document, "made_at"));
	fill_counted(p, json_object_get(document, "counted"), view);
	fill_more(p, json_object_get(document, "now"), view);
	fill_proposal(p, json_object_get(document, "proposal"), view);
	fill_texts(p, document, view);
	fill_checked(p, json_object_get(document, "checked"), view);
	fill_frame(p, view);
	fill_history(p, json_object_get(document, "history"), view);
	p->head.title = recall_joined(p, "%.*s · %.*s", view->kind, view->id);
}

static void print_one(struct page *p, const json_t *document)
{
	struct view_console_recall view = { .head = NULL };

	fill(p, document, &view);
	fill_lines(p, json_object_get(document, "lines"), &view);
	recall_fill_forms(p, document, &view);
	template_console_recall(&p->writer, &view);
}

static void print_sheet(struct page *p, const json_t *document)
{
	struct view_console_recall view = { .head = NULL };

	fill(p, document, &view);
	template_console_recall_sheet(&p->writer, &view);
}

static void show_one(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		recall_none(call);
	else
		page_show(call, rows, TEXT_recalls, print_one);
}

static void ask_one(struct api_call *call, struct db_parameters *p)
{
	uint64_t after = 0;

	(void)!slice_to_u64(request_query(call->request, "after"), &after);
	db_add_i64(p, after > INT64_MAX ? INT64_MAX : (int64_t)after);
	api_ask(call, &sql_console_recalls_show, p, show_one);
}

void recall_show_page(struct api_call *call)
{
	recall_ask_checked(call, ask_one);
}

void serve_recall_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, recall_show_page);
}

static void show_sheet(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		recall_none(call);
	else
		page_show(call, rows, TEXT_recalls_sheet, print_sheet);
}

static void ask_sheet(struct api_call *call, struct db_parameters *p)
{
	api_ask(call, &sql_console_recalls_sheet, p, show_sheet);
}

static void get_sheet(struct api_call *call)
{
	recall_ask_checked(call, ask_sheet);
}

void serve_recall_sheet_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get_sheet);
}
