/*
 * What happens out there: checks by day, hour, product, lot or country as charts, a table, a CSV
 * file and the document of the API, all made from one question (code.checks(),
 * migrations/0026_checks.sql).
 */
#include "web/console_checks.h"

#include "page/chart.h"
#include "page/chart_csv.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/form.h"
#include "web/router.h"

void serve_checks(struct request *r);
void serve_checks_page(struct request *r);
void serve_checks_csv(struct request *r);
void serve_checks_zone(struct request *r);

enum { CSV_MOST = 1 << 20, LINK_MOST = 512, ROWS_MOST = 400, OFTEN_MOST = 20 };

/* --- parts --- */

static const struct form_choice parts[] = {
	{ "day", TEXT_checks_day },	     { "hour", TEXT_checks_hour },
	{ "product", TEXT_console_product }, { "lot", TEXT_console_lot },
	{ "country", TEXT_checks_country },
};

/* What a row counts, in the order of the table and the file. */
static const struct {
	const char *name;
	enum text text;
} figures[] = {
	{ "visits", TEXT_checks_visits },     { "firsts", TEXT_checks_firsts },
	{ "repeated", TEXT_checks_repeated }, { "never_issued", TEXT_checks_never_issued },
	{ "mistyped", TEXT_checks_mistyped }, { "robots", TEXT_checks_robots },
};

static const struct form_choice *part_of(struct slice by)
{
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (slice_equal(by, slice_of(parts[i].value)))
			return &parts[i];
	return NULL;
}

/* --- asking --- */

static bool is_leap(uint64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* "2026-09-01", a day there is. */
static bool is_day(struct slice text)
{
	static const uint64_t days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t year, month, day;

	if (text.length != 10 || text.data[4] != '-' || text.data[7] != '-' ||
	    !slice_to_u64((struct slice){ text.data, 4 }, &year) ||
	    !slice_to_u64((struct slice){ text.data + 5, 2 }, &month) ||
	    !slice_to_u64((struct slice){ text.data + 8, 2 }, &day))
		return false;
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
	       (month != 2 || day < 29 || is_leap(year));
}

bool console_day(struct api_call *call, const char *name, struct db_parameters *p)
{
	struct slice text = request_query(call->request, name);

	if (text.length > 0 && !is_day(text)) {
		message_refuse(call, 400, name, "date");
		return false;
	}
	db_add_text(p, text.length > 0 ? text : S(""));
	return true;
}

static bool add_gtin(struct api_call *call, struct db_parameters *p)
{
	uint64_t gtin = 0;

	if (request_query(call->request, "gtin").length > 0 && !api_query_gtin(call, "gtin", &gtin))
		return false;
	db_add_i64(p, (int64_t)gtin);
	return true;
}

static bool add_part(struct api_call *call, struct db_parameters *p)
{
	struct slice by = request_query(call->request, "by");

	if (by.length > 0 && part_of(by) == NULL) {
		message_refuse(call, 400, "by", "choice");
		return false;
	}
	db_add_text(p, by.length > 0 ? by : S("day"));
	return true;
}

static void ask(struct api_call *call, void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };

	if (console_day(call, "from", &p) && console_day(call, "to", &p) && add_gtin(call, &p) &&
	    add_part(call, &p))
		api_ask(call, &sql_console_checks_show, &p, on_rows);
}

/* --- rows in words --- */

static uint64_t number_of(const json_t *object, const char *name)
{
	json_int_t number = json_integer_value(json_object_get(object, name));

	return number < 0 ? 0 : (uint64_t)number;
}

static struct slice json_text(struct page *p, const json_t *value)
{
	return arena_copy(&p->request->arena,
			  (struct slice){ json_string_value(value), json_string_length(value) });
}

/* Of words by language the reader's, else English, else any. */
static struct slice words_for(struct page *p, const json_t *words)
{
	const json_t *found = json_object_getn(words, p->head.lang.data, p->head.lang.length);
	const char *tag;
	json_t *any;

	if (found == NULL)
		found = json_object_get(words, "en");
	json_object_foreach((json_t *)words, tag, any)
	{
		if (found == NULL)
			found = any;
	}
	return found == NULL ? S("") : json_text(p, found);
}

static bool is_part(const json_t *document, const char *part)
{
	const char *by = json_string_value(json_object_get(document, "by"));

	return by != NULL && strcmp(by, part) == 0;
}

static bool has_offset(const json_t *row)
{
	return json_is_string(json_object_get(row, "begins"));
}

static struct slice format(struct page *p, const char *form, struct slice text)
{
	struct slice kept;
	struct buf b;

	buf_init(&b, LINK_MOST);
	buf_add_format(&b, form, SLICE_ARG(text));
	kept = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return kept;
}

/* What a bar is called. */
static struct slice name_of_row(struct page *p, const json_t *document, const json_t *row)
{
	struct slice key = page_member(p, row, "key");

	if (json_is_true(json_object_get(row, "others")))
		return text_in(p->writer.language, TEXT_checks_rest);
	if (is_part(document, "hour"))
		return format(
		    p, json_is_true(json_object_get(row, "again")) ? "%.*s:00 ×2" : "%.*s:00", key);
	if (key.length == 0)
		return text_in(p->writer.language, TEXT_checks_unknown);
	return key;
}

/* What is said besides: a product's name, an hour's offset, that of a day which has not 24 hours.
 */
static struct slice more_of_row(struct page *p, const json_t *document, const json_t *row)
{
	struct slice begins = page_member(p, row, "begins");

	if (is_part(document, "lot"))
		return page_member(p, row, "gtin");
	if (!has_offset(row) || begins.length < 6)
		return words_for(p, json_object_get(row, "name"));
	begins = slice_from(begins, begins.length - 6);
	if (is_part(document, "day")) {
		char hours[48];

		if (number_of(row, "minutes") == 1440)
			return S("");
		(void)snprintf(hours, sizeof(hours), "%%.*s, %llu:%02llu h",
			       (unsigned long long)number_of(row, "minutes") / 60,
			       (unsigned long long)number_of(row, "minutes") % 60);
		return format(p, hours, begins);
	}
	return begins;
}

/* --- the page --- */

static struct view_console_checks_row row_view(struct page *p, const json_t *document,
					       const json_t *row)
{
	return (struct view_console_checks_row){
		.name = name_of_row(p, document, row),
		.more = more_of_row(p, document, row),
		.visits = page_member(p, row, "visits"),
		.firsts = page_member(p, row, "firsts"),
		.repeated = page_member(p, row, "repeated"),
		.never_issued = page_member(p, row, "never_issued"),
		.mistyped = page_member(p, row, "mistyped"),
		.robots = page_member(p, row, "robots"),
	};
}

static void add_rows(struct page *p, const json_t *document, struct view_console_checks *view)
{
	const json_t *rows = json_object_get(document, "rows");
	size_t count = json_array_size(rows) > ROWS_MOST ? ROWS_MOST : json_array_size(rows);
	struct view_console_checks_row *to =
	    arena_array(&p->request->arena, count + 1, sizeof(*to));

	for (size_t i = 0; to != NULL && i < count; i++)
		to[i] = row_view(p, document, json_array_get(rows, i));
	view->rows = to;
	view->rows_count = to == NULL ? 0 : count;
}

static void add_often(struct page *p, const json_t *document, struct view_console_checks *view)
{
	const json_t *rows = json_object_get(document, "often");
	size_t count = json_array_size(rows) > OFTEN_MOST ? OFTEN_MOST : json_array_size(rows);
	struct view_console_checks_item *to =
	    arena_array(&p->request->arena, count + 1, sizeof(*to));

	for (size_t i = 0; to != NULL && i < count; i++) {
		const json_t *row = json_array_get(rows, i);

		to[i] = (struct view_console_checks_item){
			.gtin = page_member(p, row, "gtin"),
			.product = page_product(p, page_member(p, row, "gtin")),
			.serial = page_member(p, row, "serial"),
			.visits = page_member(p, row, "visits"),
			.last = page_minute(p, page_member(p, row, "last")),
		};
	}
	view->often = to;
	view->often_count = to == NULL ? 0 : count;
}

/* "2026-09-01: First checks 3, Repeated 4". */
static struct slice bar_words(struct page *p, struct slice name, const json_t *row,
			      const unsigned *kinds, unsigned count)
{
	struct slice kept;
	struct buf b;

	buf_init(&b, LINK_MOST);
	buf_add_slice(&b, name);
	for (unsigned i = 0; i < count; i++) {
		struct slice kind = text_in(p->writer.language, figures[kinds[i]].text);

		buf_add_format(&b, "%s%.*s %llu", i == 0 ? ": " : ", ", SLICE_ARG(kind),
			       (unsigned long long)number_of(row, figures[kinds[i]].name));
	}
	kept = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return kept;
}

/* What the chart says, for who does not see it: the bar with most. */
static struct slice describe(struct page *p, const struct chart *chart)
{
	const struct chart_bar *most = NULL;
	uint64_t greatest = 0;

	for (size_t i = 0; i < chart->bar_count; i++) {
		uint64_t sum = 0;

		for (unsigned k = 0; k < chart->kind_count; k++)
			sum += chart->bars[i].values[k];
		if (most == NULL || sum > greatest) {
			most = &chart->bars[i];
			greatest = sum;
		}
	}
	if (most == NULL || greatest == 0)
		return text_in(p->writer.language, TEXT_checks_chart_empty);
	return format(p, "%.*s", most->words);
}

/* Of the figures at `kinds`, stacked in this order. */
static const struct view_console_chart *chart_of(struct page *p, const json_t *document,
						 const char *id, enum text title,
						 const unsigned *kinds, unsigned count)
{
	const json_t *rows = json_object_get(document, "rows");
	size_t bar_count = json_array_size(rows) > ROWS_MOST ? ROWS_MOST : json_array_size(rows);
	struct chart_bar *bars = arena_array(&p->request->arena, bar_count + 1, sizeof(*bars));
	struct chart chart = {
		.id = slice_of(id),
		.title = text_in(p->writer.language, title),
		.kind_count = count,
		.lying = !is_part(document, "day") && !is_part(document, "hour"),
		.bars = bars,
		.bar_count = bar_count,
	};

	if (bars == NULL)
		return NULL;
	for (unsigned k = 0; k < count; k++)
		chart.kinds[k] = text_in(p->writer.language, figures[kinds[k]].text);
	for (size_t i = 0; i < bar_count; i++) {
		const json_t *row = json_array_get(rows, i);
		struct slice more = words_for(p, json_object_get(row, "name"));

		bars[i].name = name_of_row(p, document, row);
		bars[i].words = bar_words(p, bars[i].name, row, kinds, count);
		if (is_part(document, "product") && more.length > 0)
			bars[i].name = more;
		for (unsigned k = 0; k < count; k++)
			bars[i].values[k] = number_of(row, figures[kinds[k]].name);
	}
	chart.description = describe(p, &chart);
	return chart_view(&p->request->arena, &chart);
}

static void add_charts(struct page *p, const json_t *document, struct view_console_checks *view)
{
	static const unsigned people[] = { 1, 2 }, others[] = { 3, 4, 5 };

	view->visits = chart_of(p, document, "visits", TEXT_checks_people, people, 2);
	view->tries = chart_of(p, document, "tries", TEXT_checks_others, others, 3);
}

/* What the form holds: of the document, or as it was sent where it was refused. */
static struct slice chosen(struct page *p, const json_t *document, const char *name)
{
	return document != NULL ? page_member(p, document, name) : request_query(p->request, name);
}

static void add_filter(struct page *p, const json_t *document, struct view_console_checks *view)
{
	struct view_console_option *options =
	    arena_array(&p->request->arena, COUNT_OF(parts), sizeof(*options));
	struct slice by = chosen(p, document, "by");

	for (size_t i = 0; options != NULL && i < COUNT_OF(parts); i++) {
		options[i] = (struct view_console_option){
			.value = slice_of(parts[i].value),
			.text = text_in(p->writer.language, parts[i].text),
			.selected = slice_equal(by, slice_of(parts[i].value)),
		};
		if (options[i].selected)
			view->by = options[i].text;
	}
	view->parts = options;
	view->parts_count = options == NULL ? 0 : COUNT_OF(parts);
	view->from = chosen(p, document, "from");
	view->to = chosen(p, document, "to");
	view->gtin = chosen(p, document, "gtin");
}

static struct slice csv_link(struct page *p, const struct view_console_checks *view,
			     const json_t *document)
{
	struct slice by = page_member(p, document, "by"), kept;
	struct buf b;

	buf_init(&b, LINK_MOST);
	buf_add_format(&b, "/checks.csv?by=%.*s&from=%.*s&to=%.*s&gtin=%.*s", SLICE_ARG(by),
		       SLICE_ARG(view->from), SLICE_ARG(view->to), SLICE_ARG(view->gtin));
	kept = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return kept;
}

static const struct form_field zone_fields[] = {
	{ "time_zone", TEXT_checks_zone, .hint = TEXT_checks_zone_hint, .kind = FORM_TEXT,
	  .most = 64, .required = true },
};
static const struct form zone_form = { "/checks/time-zone", TEXT_checks_zone_set, zone_fields,
				       COUNT_OF(zone_fields), false };

static void print_checks(struct page *p, const json_t *document)
{
	struct view_console_checks view = { .head = &p->head };
	struct view_console_checks_row total;

	add_filter(p, document, &view);
	view.time_zone = page_member(p, document, "time_zone");
	if ((p->call->roles & ROLES_EDIT) != 0)
		view.zone_form = form_show(p, &zone_form, NULL, document);
	if (document != NULL) {
		total = row_view(p, document, json_object_get(document, "total"));
		view.total = &total;
		view.shown = true;
		view.nothing = true;
		for (size_t i = 0; i < COUNT_OF(figures); i++)
			view.nothing &=
			    number_of(json_object_get(document, "total"), figures[i].name) == 0;
		add_rows(p, document, &view);
		add_often(p, document, &view);
		add_charts(p, document, &view);
		view.csv = csv_link(p, &view, document);
	}
	template_console_checks(&p->writer, &view);
}

static void show_page(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_checks, print_checks);
}

static void get_page(struct api_call *call)
{
	ask(call, show_page);
}

/* The page with what was wrong with the period, and nothing drawn. */
static void show_refused(struct api_call *call)
{
	struct page p;

	page_init(&p, call, call->request, TEXT_checks);
	print_checks(&p, NULL);
	page_send(&p, 400);
}

void serve_checks_page(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_NONE, get_page, show_refused);
}

/* --- the API --- */

static void answer_document(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void get(struct api_call *call)
{
	ask(call, answer_document);
}

void serve_checks(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

/* --- CSV --- */

static void add_head(struct buf *out, const json_t *document)
{
	static const char *const more[][3] = {
		{ "day", "begins", "minutes" }, { "hour", "again", "begins" },
		{ "product", "name", NULL },	{ "lot", "gtin", NULL },
		{ "country", NULL, NULL },
	};
	bool first = true;

	for (size_t i = 0; i < COUNT_OF(more); i++)
		for (size_t k = 0; is_part(document, more[i][0]) && k < 3; k++)
			if (more[i][k] != NULL)
				chart_csv_next(out, &first, slice_of(more[i][k]));
	for (size_t i = 0; i < COUNT_OF(figures); i++)
		chart_csv_next(out, &first, slice_of(figures[i].name));
	chart_csv_end(out);
}

static void add_line(struct page *p, struct buf *out, const json_t *document, const json_t *row)
{
	bool first = true, others = json_is_true(json_object_get(row, "others"));

	chart_csv_next(out, &first, others ? S("(others)") : page_member(p, row, "key"));
	if (is_part(document, "hour"))
		chart_csv_next(out, &first,
			       json_is_true(json_object_get(row, "again")) ? S("yes") : S("no"));
	if (is_part(document, "day") || is_part(document, "hour"))
		chart_csv_next(out, &first, page_member(p, row, "begins"));
	if (is_part(document, "day"))
		chart_csv_next(out, &first, page_member(p, row, "minutes"));
	if (is_part(document, "product"))
		chart_csv_next(out, &first, words_for(p, json_object_get(row, "name")));
	if (is_part(document, "lot"))
		chart_csv_next(out, &first, page_member(p, row, "gtin"));
	for (size_t i = 0; i < COUNT_OF(figures); i++)
		chart_csv_next(out, &first, page_member(p, row, figures[i].name));
	chart_csv_end(out);
}

void console_csv_answer(struct api_call *call, struct buf *csv, const char *name)
{
	struct answer a = { .status = 200, .content_type = "text/csv; charset=utf-8" };
	char disposition[128];

	(void)snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", name);
	answer_add_header(&a, "content-disposition", slice_of(disposition));
	a.body = buf_slice(csv);
	if (buf_ok(csv))
		api_answer(call, &a);
	else
		api_no_memory(call);
	buf_release(csv);
}

static void show_csv(struct api_call *call, const PGresult *rows)
{
	struct slice text = db_text_in(rows, 0, 0);
	json_t *document = json_loadb(text.data, text.length, 0, NULL), *row;
	struct buf csv;
	struct page p;
	size_t i;

	page_init(&p, call, call->request, TEXT_checks); /* its language */
	buf_init(&csv, CSV_MOST);
	add_head(&csv, document);
	json_array_foreach(json_object_get(document, "rows"), i, row)
	{
		add_line(&p, &csv, document, row);
	}
	buf_release(&p.out);
	json_decref(document);
	console_csv_answer(call, &csv, "checks.csv");
}

static void get_csv(struct api_call *call)
{
	ask(call, show_csv);
}

void serve_checks_csv(struct request *r)
{
	if (slice_starts(slice_of(r->route->pattern), S("/v1/")))
		api_enter(r, API_BODY_NONE, get_csv);
	else
		api_enter_face(r, &page_face, API_BODY_NONE, get_csv);
}

/* --- the brand's time zone --- */

static void set_zone(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_go_to(call, S("/checks?done=saved"));
	else
		answer_document(call, rows);
}

static void put_zone(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	if (!form_check(call, &zone_form))
		return;
	db_add_text(&p, form_text(call, "time_zone"));
	api_ask(call, &sql_console_checks_zone, &p, set_zone);
}

void serve_checks_zone(struct request *r)
{
	if (slice_starts(slice_of(r->route->pattern), S("/v1/")))
		api_enter(r, API_BODY_JSON, put_zone);
	else
		api_enter_form(r, &page_face, API_BODY_FORM, put_zone, show_refused);
}
