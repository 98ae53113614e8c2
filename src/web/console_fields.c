/*
 * `/fields` and `/v1/fields`: what the public sees of a brand or product. A draft is saved, shown,
 * then published, scheduled or rolled back by functions of migrations/0021_fields.sql, which also
 * know the law.
 *
 * Publishing is two transactions: the first decides, and denies at once what is shown less finely;
 * the second makes the documents anew where they are few. A job stands behind it in case that one
 * fails, and does it all where they are many.
 */
#include "web/console_fields.h"

#include "store/sql.h"
#include "web/api_problem.h"
#include "web/router.h"

void serve_fields(struct request *r);
void serve_fields_page(struct request *r);
void serve_fields_save(struct request *r);
void serve_fields_publish(struct request *r);
void serve_fields_schedule(struct request *r);
void serve_fields_unschedule(struct request *r);
void serve_fields_roll_back(struct request *r);

enum { QUERY_MOST = 400, NUMBER_ROOM = 24, ZONE_MOST = 64 };

/* --- what was asked ------------------------------------------------------------------------ */

/* A member as text, whether it came as one or as a number; empty: it is not there. */
static struct slice member_text(struct api_call *call, const char *name)
{
	const json_t *value = json_object_get(call->body, name);
	char number[NUMBER_ROOM];

	if (json_is_string(value))
		return (struct slice){ json_string_value(value), json_string_length(value) };
	if (!json_is_integer(value))
		return S("");
	(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	return arena_copy(&call->request->arena, slice_of(number));
}

/* What stands in the address is the scope, else what the body says, else the query. */
static struct slice scope_text(struct api_call *call)
{
	struct request *r = call->request;

	/* Captures of an address that did not fit may be left over. */
	if (strchr(r->route->pattern, '{') != NULL)
		return r->captures[0].length > 0 ? r->captures[0] : S("0");
	return call->body != NULL ? member_text(call, "gtin") : request_query(r, "gtin");
}

static void refuse_member(struct api_call *call, const char *member, const char *code)
{
	message_refuse(call, 400, member, code);
}

static void no_product(struct api_call *call)
{
	message_refuse(call, 404, "gtin", "no_product");
}

bool fields_scope(struct api_call *call, uint64_t *ret_gtin)
{
	struct slice text = scope_text(call);
	uint64_t gtin = 0;

	if (text.length > 0 && (text.length > 14 || !slice_to_u64(text, &gtin) || gtin == 0)) {
		no_product(call);
		return false;
	}
	*ret_gtin = gtin;
	return true;
}

static void refuse_choice(struct api_call *call, const char *field)
{
	api_problem_members(call, 400,
			    json_pack("{s:s%,s:s}", "member", field,
				      strlen(field) > 100 ? (size_t)100 : strlen(field), "code",
				      "field_choice"),
			    message_words("field_choice"));
}

json_t *fields_choices(struct api_call *call, const json_t *sent, bool product)
{
	json_t *choices = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)sent, name, value)
	{
		enum choice choice = CHOICE_HIDE;
		enum field field = 0;

		if (!field_named(slice_of(name), &field) || !json_is_string(value) ||
		    !choice_named(slice_of(json_string_value(value)), &choice) ||
		    !field_may_be(field, choice, product)) {
			refuse_choice(call, name);
			json_decref(choices);
			return NULL;
		}
		json_object_set(choices, name, value);
	}
	return choices;
}

static bool is_other_member(const char *name)
{
	return strcmp(name, "gtin") == 0 || strcmp(name, "version") == 0;
}

static bool is_object(struct api_call *call, const json_t *object)
{
	if (json_is_object(object))
		return true;
	api_problem(call, 400, MESSAGE_wrong_shape, "choices", "an object",
		    "choices: must be {\"field\": \"choice\"}.");
	return false;
}

/* Of the API an object, of a form its fields beside the others. */
static json_t *read_choices(struct api_call *call, bool product)
{
	static const char *const members[] = { "gtin", "version", "choices", NULL };
	json_t *object = json_object_get(call->body, "choices"), *sent, *choices;
	const char *name;
	json_t *value;

	if (call->face == NULL)
		return api_only(call, members) && is_object(call, object)
			   ? fields_choices(call, object, product)
			   : NULL;
	sent = json_object();
	json_object_foreach(call->body, name, value) if (!is_other_member(name))
	    json_object_set(sent, name, value);
	choices = fields_choices(call, sent, product);
	json_decref(sent);
	return choices;
}

/* The version that was seen, as text; empty: whichever. */
static bool read_version(struct api_call *call, struct slice *ret_version)
{
	struct slice text = member_text(call, "version");
	uint64_t number;

	if (text.length > 0 && (!slice_to_u64(text, &number) || number > INT32_MAX)) {
		api_problem(call, 400, MESSAGE_number, "version", "a whole number",
			    "version: must be the number of the draft that was seen.");
		return false;
	}
	*ret_version = text;
	return true;
}

/* --- what is known --------------------------------------------------------------------------- */

void fields_ask(struct api_call *call, uint64_t gtin,
		void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	struct slice q = slice_trim(request_query(call->request, "q"));
	uint64_t after = 0;
	struct buf all;

	if (q.length > QUERY_MOST || memchr(q.data == NULL ? "" : q.data, '\0', q.length) != NULL) {
		refuse_member(call, "q", "too_long");
		return;
	}
	(void)!slice_to_u64(request_query(call->request, "after"), &after);
	buf_init(&all, 1 << 13);
	for (enum field f = 0; f < FIELD_COUNT; f++)
		buf_add_format(&all, "%c\"%s\":\"show\"", f == 0 ? '{' : ',',
			       field_describe(f)->name);
	buf_add_char(&all, '}');
	db_add_i64(&p, (int64_t)gtin);
	db_add_text(&p, arena_copy(&call->request->arena, buf_slice(&all)));
	buf_release(&all);
	db_add_text(&p, q.data == NULL ? S("") : q);
	db_add_i64(&p, after > INT64_MAX ? INT64_MAX : (int64_t)after);
	api_ask(call, &sql_console_fields, &p, on_rows);
}

static json_t *catalogue_entry(enum field f, bool product)
{
	json_t *choices = json_array();

	for (enum choice c = 0; c < CHOICE_COUNT; c++)
		if (field_may_be(f, c, product))
			json_array_append_new(choices, json_string(choice_name(c)));
	return json_pack("{s:s,s:o}", "field", field_describe(f)->name, "choices", choices);
}

/* Every field there is, and what can never be shown, beside what the database knows. */
static void add_catalogue(json_t *document, bool product)
{
	json_t *fields = json_array(), *never = json_array();
	size_t count;
	const struct private_description *private = private_fields(&count);

	for (enum field f = 0; f < FIELD_COUNT; f++)
		json_array_append_new(fields, catalogue_entry(f, product));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(never, json_string(private[i].name));
	json_object_set_new(document, "fields", fields);
	json_object_set_new(document, "never_public", never);
}

static void show_json(struct api_call *call, const PGresult *rows)
{
	struct slice text = db_text_in(rows, 0, 0);
	json_t *document = json_loadb(text.data, text.length, 0, NULL);
	char *json;

	if (document != NULL)
		add_catalogue(document, json_is_string(json_object_get(document, "gtin")));
	json = json_dumps(document, JSON_COMPACT);
	json_decref(document);
	if (json == NULL)
		api_no_memory(call);
	else
		api_answer_json(call, 200, slice_of(json));
	free(json);
}

static void get(struct api_call *call)
{
	uint64_t gtin;

	if (fields_scope(call, &gtin))
		fields_ask(call, gtin, show_json);
}

static void get_page(struct api_call *call)
{
	uint64_t gtin;

	if (fields_scope(call, &gtin))
		fields_ask(call, gtin, fields_page);
}

/* The page once more, with what was sent, where a form was refused. */
static void again(struct api_call *call)
{
	uint64_t gtin;

	if (fields_scope(call, &gtin))
		fields_ask(call, gtin, fields_page);
}

/* --- what comes of a change ------------------------------------------------------------------ */

/* To the scope's page, or the answer in JSON. */
static void end_with(struct api_call *call, const char *done, struct slice json)
{
	struct buf path;
	uint64_t gtin = 0;

	if (call->face == NULL) {
		api_answer_json(call, 200, json);
		return;
	}
	if (!fields_scope(call, &gtin))
		return;
	buf_init(&path, 256);
	if (gtin == 0)
		buf_add_format(&path, "/fields?done=%s", done);
	else
		buf_add_format(&path, "/fields/%014llu?done=%s", (unsigned long long)gtin, done);
	page_go_to(call, arena_copy(&call->request->arena, buf_slice(&path)));
	buf_release(&path);
}

/* --- saving ---------------------------------------------------------------------------------- */

static void saved(struct api_call *call, const PGresult *rows)
{
	end_with(call, "saved", db_text_in(rows, 0, 0));
}

static void discarded(struct api_call *call, const PGresult *rows)
{
	end_with(call, "discarded", db_text_in(rows, 0, 0));
}

static void save(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice version;
	json_t *choices;
	uint64_t gtin;
	char *json;
	bool none;

	if (!fields_scope(call, &gtin) || !read_version(call, &version))
		return;
	choices = read_choices(call, gtin != 0);
	if (choices == NULL)
		return;
	json = json_dumps(choices, JSON_COMPACT);
	none = json_object_size(choices) == 0;
	json_decref(choices);
	db_add_i64(&p, (int64_t)gtin);
	db_add_text_or_null(&p, version);
	db_add_text(&p, arena_copy(&call->request->arena, slice_of(json == NULL ? "{}" : json)));
	free(json);
	/* A draft of no choices is one that is thrown away. */
	api_ask(call, &sql_console_fields_save, &p, none ? discarded : saved);
}

/* --- publishing and rolling back ------------------------------------------------------------- */

/* What was decided, kept while its documents are made. */
struct decided {
	const char *done;
	struct slice json, job;
};

static void projected(struct api_call *call, const PGresult *rows)
{
	const struct decided *d = call->own;

	(void)rows;
	end_with(call, d->done, d->json);
}

/* Many documents: the job's page says how far they are. */
static void answer_job(struct api_call *call, const struct decided *d)
{
	struct buf path;

	buf_init(&path, 64);
	buf_add_format(&path, "/v1/jobs/%.*s", SLICE_ARG(d->job));
	api_answer_made(call, 202, arena_copy(&call->request->arena, buf_slice(&path)), d->json);
	buf_release(&path);
}

static void decided(struct api_call *call, const PGresult *rows, const char *done)
{
	struct arena *memory = &call->request->arena;
	struct decided *d = api_own(call, sizeof(*d));
	struct db_parameters p = { .count = 0 };
	uint64_t gtin;

	if (d == NULL || !fields_scope(call, &gtin))
		return;
	*d = (struct decided){ done, arena_copy(memory, db_text_in(rows, 0, 0)),
			       arena_copy(memory, db_text_in(rows, 0, 1)) };
	if (!slice_equal(db_text_in(rows, 0, 2), S("true"))) {
		answer_job(call, d);
		return;
	}
	db_add_i64(&p, (int64_t)gtin);
	db_add_text(&p, d->job);
	api_ask(call, &sql_console_fields_project, &p, projected);
}

static void published(struct api_call *call, const PGresult *rows)
{
	decided(call, rows, "published");
}

static void publish(struct api_call *call)
{
	static const char *const members[] = { "gtin", "version", NULL };
	struct db_parameters p = { .count = 0 };
	struct slice version;
	uint64_t gtin;

	if (!api_only(call, members) || !fields_scope(call, &gtin) || !read_version(call, &version))
		return;
	db_add_i64(&p, (int64_t)gtin);
	db_add_text_or_null(&p, version);
	api_ask(call, &sql_console_fields_publish, &p, published);
}

static void rolled_back(struct api_call *call, const PGresult *rows)
{
	decided(call, rows, "rolled_back");
}

static void roll_back(struct api_call *call)
{
	static const char *const members[] = { "gtin", "number", NULL };
	struct db_parameters p = { .count = 0 };
	uint64_t gtin, number;

	if (!api_only(call, members) || !fields_scope(call, &gtin) ||
	    !api_number(call, "number", 0, INT32_MAX, &number))
		return;
	db_add_i64(&p, (int64_t)gtin);
	db_add_text(&p, member_text(call, "number"));
	api_ask(call, &sql_console_fields_roll_back, &p, rolled_back);
}

/* --- scheduling ------------------------------------------------------------------------------ */

static void scheduled(struct api_call *call, const PGresult *rows)
{
	end_with(call, "scheduled", db_text_in(rows, 0, 0));
}

static void schedule(struct api_call *call)
{
	static const char *const members[] = { "gtin", "version", "at", "zone", NULL };
	struct slice version, at = member_text(call, "at"), zone = member_text(call, "zone");
	struct db_parameters p = { .count = 0 };
	uint64_t gtin;

	if (!api_only(call, members) || !fields_scope(call, &gtin) || !read_version(call, &version))
		return;
	if (!slice_fits(at,
			"9999-99-99T99:99")) { /* whether there is such a time the database says */
		refuse_member(call, "at", "time_to_come");
		return;
	}
	if (zone.length > ZONE_MOST || memchr(zone.data, '\0', zone.length) != NULL) {
		refuse_member(call, "zone", "time_zone");
		return;
	}
	db_add_i64(&p, (int64_t)gtin);
	db_add_text_or_null(&p, version);
	db_add_text(&p, at);
	db_add_text(&p, zone);
	api_ask(call, &sql_console_fields_schedule, &p, scheduled);
}

static void unscheduled(struct api_call *call, const PGresult *rows)
{
	end_with(call, "unscheduled", db_text_in(rows, 0, 0));
}

static void unschedule(struct api_call *call)
{
	static const char *const members[] = { "gtin", "id", NULL };
	struct db_parameters p = { .count = 0 };
	uint64_t id;

	if (!api_only(call, members))
		return;
	if (!slice_to_u64(member_text(call, "id"), &id) || id > INT64_MAX) {
		message_refuse(call, 404, "id", "fields_not_planned");
		return;
	}
	db_add_i64(&p, (int64_t)id);
	api_ask(call, &sql_console_fields_unschedule, &p, unscheduled);
}

/* --- the addresses ---------------------------------------------------------------------------- */

static bool is_api(const struct request *r)
{
	return slice_starts(slice_of(r->route->pattern), S("/v1/"));
}

static void enter(struct request *r, void (*handle)(struct api_call *call))
{
	if (is_api(r))
		api_enter(r, API_BODY_JSON, handle);
	else
		api_enter_form(r, &page_face, API_BODY_FORM, handle, again);
}

void serve_fields(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

void serve_fields_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get_page);
}

void serve_fields_save(struct request *r)
{
	enter(r, save);
}

void serve_fields_publish(struct request *r)
{
	enter(r, publish);
}

void serve_fields_schedule(struct request *r)
{
	enter(r, schedule);
}

void serve_fields_unschedule(struct request *r)
{
	enter(r, unschedule);
}

void serve_fields_roll_back(struct request *r)
{
	enter(r, roll_back);
}
