/* `/v1/recalls` and `/v1/holds`: choosing and counting, texts, and what is decided. */
#include "web/console_recalls.h"

#include "model/gs1.h"
#include "store/sql.h"
#include "web/api_list.h"
#include "web/api_problem.h"
#include "web/code_reading.h"

void serve_recall_list(struct request *r);
void serve_hold_list(struct request *r);
void serve_recall_count(struct request *r);
void serve_hold_count(struct request *r);
void serve_recall_rule(struct request *r);
void serve_recall_rule_set(struct request *r);
void serve_recall(struct request *r);
void serve_recall_lines(struct request *r);
void serve_recall_csv(struct request *r);
void serve_recall_sheet(struct request *r);
void serve_recall_texts(struct request *r);
void serve_recall_start(struct request *r);
void serve_recall_approve(struct request *r);
void serve_recall_decline(struct request *r);
void serve_recall_lift(struct request *r);

enum { TEXT_MOST = 200, LINES_MOST = 10000, EVIDENCE_MOST = 10000, WORDS_MOST = 1000 };

/* --- small --------------------------------------------------------------------------------- */

void recall_none(struct api_call *call)
{
	message_refuse(call, 404, NULL, "halt_none");
}

bool recall_id(struct api_call *call, int64_t *ret_id)
{
	uint64_t id;

	if (slice_to_u64(call->request->captures[0], &id) && id > 0 && id <= INT64_MAX) {
		*ret_id = (int64_t)id;
		return true;
	}
	recall_none(call);
	return false;
}

static void show(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		recall_none(call);
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static struct slice kept(struct api_call *call, const char *format, long long number,
			 struct slice word)
{
	char text[128];

	(void)snprintf(text, sizeof(text), format, number, SLICE_ARG(word));
	return arena_copy(&call->request->arena, slice_of(text));
}

/* --- lists --------------------------------------------------------------------------------- */

static void ask_list(struct api_call *call, const char *name, struct slice kinds)
{
	struct slice state = request_query(call->request, "state");
	struct db_parameters p = { .count = 0 };
	struct api_list *list = api_list_new(call, name);
	uint64_t cursor;

	if (list == NULL || !api_query_number(call, "cursor", 0, INT64_MAX, 0, &cursor))
		return;
	if (state.length > 0 && !slice_equal(state, S("counted")) &&
	    !slice_equal(state, S("proposed")) && !slice_equal(state, S("running")) &&
	    !slice_equal(state, S("ended"))) {
		api_problem(call, 400, MESSAGE_choice, "state",
			    "counted, proposed, running or ended",
			    "state: there is no such state.");
		return;
	}
	if (state.length > 0) {
		list->kept_name = "state";
		list->kept = state;
	}
	db_add_text(&p, kinds);
	db_add_text(&p, state.data == NULL ? S("") : state);
	db_add_i64(&p, (int64_t)cursor);
	api_list_add(list, &p);
	api_ask(call, &sql_console_recalls, &p, api_list_show);
}

static void list_recalls(struct api_call *call)
{
	ask_list(call, "recalls", S("recall"));
}

static void list_holds(struct api_call *call)
{
	ask_list(call, "holds", S("hold,quarantine,expire"));
}

void serve_recall_list(struct request *r)
{
	api_enter(r, API_BODY_NONE, list_recalls);
}

void serve_hold_list(struct request *r)
{
	api_enter(r, API_BODY_NONE, list_holds);
}

static void list_lines(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t cursor, limit;
	int64_t id;

	if (!recall_id(call, &id) || !api_query_number(call, "cursor", 0, 1000000000, 0, &cursor) ||
	    !api_query_number(call, "limit", 1, 200, 50, &limit))
		return;
	db_add_i64(&p, id);
	db_add_i64(&p, (int64_t)cursor);
	db_add_i64(&p, (int64_t)limit);
	api_ask(call, &sql_console_recalls_lines, &p, show);
}

void serve_recall_lines(struct request *r)
{
	api_enter(r, API_BODY_NONE, list_lines);
}

/* --- one ----------------------------------------------------------------------------------- */

static void ask_whole(struct api_call *call, struct db_parameters *p)
{
	db_add_i64(p, 0);
	api_ask(call, &sql_console_recalls_show, p, show);
}

static void get(struct api_call *call)
{
	recall_ask_checked(call, ask_whole);
}

void serve_recall(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

static void ask_sheet(struct api_call *call, struct db_parameters *p)
{
	api_ask(call, &sql_console_recalls_sheet, p, show);
}

static void get_sheet(struct api_call *call)
{
	recall_ask_checked(call, ask_sheet);
}

void serve_recall_sheet(struct request *r)
{
	api_enter(r, API_BODY_NONE, get_sheet);
}

/* By its session also for a page's link. */
static void show_csv(struct api_call *call, const PGresult *rows)
{
	struct answer a = { .status = 200,
			    .content_type = "text/csv; charset=utf-8; header=present" };

	if (PQntuples(rows) == 0) {
		recall_none(call);
		return;
	}
	a.body = db_text_in(rows, 0, 0);
	answer_add_header(&a, "content-disposition", S("attachment; filename=\"list.csv\""));
	api_answer(call, &a);
}

static void get_csv(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!recall_id(call, &id))
		return;
	db_add_i64(&p, id);
	api_ask(call, &sql_recall_csv, &p, show_csv);
}

void serve_recall_csv(struct request *r)
{
	api_enter(r, API_BODY_NONE, get_csv);
}

/* --- counting ------------------------------------------------------------------------------ */

static const char *const choice_texts[] = { "lot",	 "supplier", "material",   "date",
					    "from",	 "to",	     "instrument", "facility",
					    "parameter", "value",    NULL };

static void counted(struct api_call *call, const PGresult *rows)
{
	struct slice id = db_text_in(rows, 0, 0);
	char location[48], json[48];

	(void)snprintf(location, sizeof(location), "/v1/recalls/%.*s", SLICE_ARG(id));
	(void)snprintf(json, sizeof(json), "{\"id\":%.*s}", SLICE_ARG(id));
	api_answer_made(call, 201, slice_of(location), slice_of(json));
}

/* The lines of a form's field as an array; false: answered. */
static bool split_lines(struct api_call *call, const char *name)
{
	json_t *lines = json_object_get(call->body, name), *array;
	struct slice rest, line;

	if (lines == NULL || json_is_array(lines))
		return true;
	rest = form_text(call, name);
	array = json_array();
	while (slice_cut(&rest, '\n', &line)) {
		line = slice_trim(line);
		if (line.length > 0)
			json_array_append_new(array, json_stringn(line.data, line.length));
	}
	if (json_array_size(array) <= LINES_MOST &&
	    json_object_set_new(call->body, name, array) == 0)
		return true;
	json_decref(array);
	api_problem(call, 400, MESSAGE_too_many, name, "10000", "%s: at most 10000 lines.", name);
	return false;
}

static bool all_short_texts(struct api_call *call, const char *name)
{
	const json_t *array = json_object_get(call->body, name);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);

		if (json_is_string(item) && json_string_length(item) <= TEXT_MOST)
			continue;
		api_problem(call, 400, MESSAGE_too_long, name, "texts of at most 200 bytes",
			    "%s: number %zu is no short text.", name, i + 1);
		return false;
	}
	return true;
}

/* NULL: refused and answered. */
static json_t *read_choice(struct api_call *call)
{
	json_t *choice = json_object(), *lots = json_object_get(call->body, "lots");
	char gtin[GTIN_TEXT_SIZE];
	struct slice text;
	uint64_t number;

	if (!api_text(call, "by", 20, &text))
		goto refused;
	json_object_set_new(choice, "by", json_stringn(text.data, text.length));
	if (api_has(call, "gtin")) {
		if (!api_gtin(call, "gtin", &number))
			goto refused;
		gtin_format(number, gtin);
		json_object_set_new(choice, "gtin", json_string(gtin));
	}
	for (size_t i = 0; choice_texts[i] != NULL; i++) {
		if (!api_has(call, choice_texts[i]))
			continue;
		/* A form's digits became a number. */
		text = call->face != NULL ? form_text(call, choice_texts[i]) : S("");
		if (text.length == 0 && !api_text(call, choice_texts[i], TEXT_MOST, &text))
			goto refused;
		json_object_set_new(choice, choice_texts[i], json_stringn(text.data, text.length));
	}
	if (lots != NULL)
		json_object_set(choice, "lots", lots);
	if (api_has(call, "first"))
		json_object_set_new(choice, "ends", json_true());
	return choice;
refused:
	json_decref(choice);
	return NULL;
}

static void ask_count(struct api_call *call, struct code_reading *reading)
{
	struct db_parameters p = { .count = 0 };
	json_t *choice = read_choice(call);
	struct slice kind = form_text(call, "kind"), text;
	char *json;

	if (choice == NULL)
		return;
	json = json_dumps(choice, JSON_COMPACT);
	json_decref(choice);
	text = arena_copy(&call->request->arena, slice_of(json == NULL ? "{}" : json));
	free(json);
	db_add_text(&p, kind.length == 0 ? S("recall") : kind);
	db_add_text(&p, text);
	if (reading != NULL)
		code_reading_add(reading, &p);
	else
		for (unsigned i = 0; i < CODE_LIST_COLUMNS; i++)
			db_add_text(&p, S("{}"));
	api_ask(call, &sql_console_recalls_count, &p, counted);
}

void recall_count(struct api_call *call)
{
	static const char *const members[] = { "kind",	    "by",	"gtin",	      "lots",
					       "lot",	    "supplier", "material",   "date",
					       "from",	    "to",	"instrument", "facility",
					       "parameter", "value",	"codes",      "first",
					       "last",	    NULL };
	struct code_reading *reading;

	if (!api_only(call, members) || !split_lines(call, "lots") || !split_lines(call, "codes") ||
	    !all_short_texts(call, "lots"))
		return;
	if (!slice_equal(form_text(call, "by"), S("codes"))) {
		ask_count(call, NULL);
		return;
	}
	reading = code_reading_new(call);
	if (reading == NULL)
		return;
	if (api_has(call, "first"))
		code_reading_run_ends(reading, "first", "last", ask_count);
	else
		code_reading_run(reading, ask_count);
}

void serve_recall_count(struct request *r)
{
	api_enter(r, API_BODY_JSON, recall_count);
}

static void count_hold(struct api_call *call)
{
	if (!api_has(call, "kind"))
		json_object_set_new(call->body, "kind", json_string("hold"));
	recall_count(call);
}

void serve_hold_count(struct request *r)
{
	api_enter(r, API_BODY_JSON, count_hold);
}

/* --- deciding ------------------------------------------------------------------------------ */

/* Refused only here, so that the log keeps the try (trace.halt_same_hand()). True: answered. */
static bool refused_one_hand(struct api_call *call, struct slice word)
{
	if (!slice_equal(word, S("one_hand")))
		return false;
	message_refuse(call, 403, NULL, "halt_one_hand");
	return true;
}

/* The first row says in a word what came of it; a page says it in its own. */
static void decided(struct api_call *call, const PGresult *rows)
{
	struct slice word = db_text_in(rows, 0, 0);
	int64_t id = 0;
	char json[80];

	if (!recall_id(call, &id) || refused_one_hand(call, word))
		return;
	(void)snprintf(json, sizeof(json), "{\"id\":%lld,\"result\":\"%.*s\"}", (long long)id,
		       SLICE_ARG(word));
	if (call->face != NULL)
		call->back = kept(call, "/recalls/%lld?done=halt_%.*s", id, word);
	api_answer_json(call, 200, slice_of(json));
}

static void decide(struct api_call *call, const struct sql_query *sql, const char *member)
{
	const char *const members[] = { member, NULL };
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!recall_id(call, &id) || !api_only(call, members))
		return;
	db_add_i64(&p, id);
	db_add_text(&p, form_text(call, member));
	api_ask(call, sql, &p, decided);
}

void recall_start(struct api_call *call)
{
	decide(call, &sql_recall_start, "sha256");
}

void recall_approve(struct api_call *call)
{
	decide(call, &sql_recall_approve, "what");
}

void recall_decline(struct api_call *call)
{
	decide(call, &sql_recall_decline, "reason");
}

void recall_lift(struct api_call *call)
{
	decide(call, &sql_recall_lift, "reason");
}

void serve_recall_start(struct request *r)
{
	api_enter(r, API_BODY_JSON, recall_start);
}

void serve_recall_approve(struct request *r)
{
	api_enter(r, API_BODY_JSON, recall_approve);
}

void serve_recall_decline(struct request *r)
{
	api_enter(r, API_BODY_JSON, recall_decline);
}

void serve_recall_lift(struct request *r)
{
	api_enter(r, API_BODY_JSON, recall_lift);
}

/* --- texts --------------------------------------------------------------------------------- */

static void described(struct api_call *call, const PGresult *rows)
{
	int64_t id;

	(void)rows;
	if (!recall_id(call, &id))
		return;
	if (call->face != NULL)
		call->back = kept(call, "/recalls/%lld?done=halt_%.*s", id, S("described"));
	api_answer_json(call, 200,
			kept(call, "{\"id\":%lld,\"result\":\"%.*s\"}", id, S("described")));
}

/* As JSON: an object, or the form's fields "NAME.LANGUAGE". */
static struct slice texts_of(struct api_call *call, const char *name)
{
	json_t *given = json_object_get(call->body, name), *texts = json_object();
	char *json;
	struct slice copy;

	for (unsigned i = 0; given == NULL && i < page_language_count; i++) {
		char field[64];
		struct slice text;

		(void)snprintf(field, sizeof(field), "%s.%s", name, page_languages[i]);
		text = form_text(call, field);
		if (text.length > 0)
			json_object_set_new(texts, page_languages[i],
					    json_stringn(text.data, text.length));
	}
	json = json_dumps(given == NULL ? texts : given, JSON_COMPACT | JSON_ENCODE_ANY);
	copy = arena_copy(&call->request->arena, slice_of(json == NULL ? "{}" : json));
	free(json);
	json_decref(texts);
	return copy;
}

void recall_describe(struct api_call *call)
{
	static const char *const members[] = { "severity", "shown",    "reason",
					       "advice",   "evidence", NULL };
	struct db_parameters p = { .count = 0 };
	struct slice severity = form_text(call, "severity"), evidence = form_text(call, "evidence");
	int64_t id;

	if (!recall_id(call, &id) || (call->face == NULL && !api_only(call, members)))
		return;
	if (evidence.length > EVIDENCE_MOST) {
		api_problem(call, 400, MESSAGE_too_long, "evidence", "10000 bytes",
			    "evidence: is too long.");
		return;
	}
	if (severity.length > 0 && !slice_equal(severity, S("high")) &&
	    !slice_equal(severity, S("medium")) && !slice_equal(severity, S("low"))) {
		api_problem(call, 400, MESSAGE_choice, "severity", "high, medium or low",
			    "severity: must be high, medium or low.");
		return;
	}
	db_add_i64(&p, id);
	db_add_text_or_null(&p, severity);
	db_add_i64(&p,
		   form_checked(call, "shown") || (call->face == NULL && !api_has(call, "shown")));
	db_add_text(&p, texts_of(call, "reason"));
	db_add_text(&p, texts_of(call, "advice"));
	db_add_text(&p, evidence);
	api_ask(call, &sql_recall_describe, &p, described);
}

void serve_recall_texts(struct request *r)
{
	api_enter(r, API_BODY_JSON, recall_describe);
}

/* --- the rule ------------------------------------------------------------------------------ */

static void get_rule(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_recalls_rule, &p, show);
}

void serve_recall_rule(struct request *r)
{
	api_enter(r, API_BODY_NONE, get_rule);
}

static void rule_set(struct api_call *call, const PGresult *rows)
{
	struct slice word = db_text_in(rows, 0, 0);
	char json[64];

	if (refused_one_hand(call, word))
		return;
	(void)snprintf(json, sizeof(json), "{\"result\":\"%.*s\"}", SLICE_ARG(word));
	if (call->face != NULL)
		call->back = kept(call, "/recalls?x=%lld&done=%.*s", 0, word);
	api_answer_json(call, 200, slice_of(json));
}

void recall_rule_set(struct api_call *call)
{
	static const char *const members[] = { "two_persons", NULL };
	struct db_parameters p = { .count = 0 };
	const json_t *wanted = json_object_get(call->body, "two_persons");
	struct slice word = form_text(call, "two_persons");

	if (!api_only(call, members))
		return;
	if (!json_is_boolean(wanted) && !slice_equal(word, S("on")) &&
	    !slice_equal(word, S("off"))) {
		api_problem(call, 400, MESSAGE_choice, "two_persons", "true or false",
			    "two_persons: must be true or false.");
		return;
	}
	db_add_i64(&p, form_checked(call, "two_persons"));
	api_ask(call, &sql_console_recalls_rule_set, &p, rule_set);
}

void serve_recall_rule_set(struct request *r)
{
	api_enter(r, API_BODY_JSON, recall_rule_set);
}
