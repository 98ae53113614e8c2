/* `/lines`: the brand's packaging lines, what each may ask for, and the keys that let it in. */
#include "model/gs1.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_people.h"
#include "web/console_records.h"

void serve_lines(struct request *r);
void serve_line(struct request *r);
void serve_line_add(struct request *r);
void serve_line_set(struct request *r);
void serve_line_key(struct request *r);
void serve_line_key_end(struct request *r);
void serve_line_keys_end(struct request *r);

enum {
	GTINS_MOST = 1000,
	GTIN_ROOM = 15, /* digits and what parts them */
	RATE_MOST = 1000000,
	RATE_USUAL = 600,
	OVERLAP_MOST = 8760, /* hours */
};
static const uint64_t QUOTA_MOST = 1099511627776, QUOTA_USUAL = 10000000000;

#define LINE_FIELDS                                                                           \
	{ "gtins", TEXT_lines_gtins, TEXT_lines_gtins_hint, .kind = FORM_LINES,               \
	  .most = GTINS_MOST * GTIN_ROOM },                                                   \
	    { "requests_per_minute", TEXT_lines_rate, TEXT_lines_rate_hint,                   \
	      .kind = FORM_NUMBER,   .least = 1,      .most = RATE_MOST },                    \
	    { "codes_per_day", TEXT_lines_quota, TEXT_lines_quota_hint, .kind = FORM_NUMBER,  \
	      .most = QUOTA_MOST },                                                           \
	{                                                                                     \
		"may_link", TEXT_lines_may_link, TEXT_lines_may_link_hint, .kind = FORM_CHECK \
	}

static const struct form_field add_fields[] = {
	{ "name", TEXT_lines_name, TEXT_lines_name_hint, .kind = FORM_TEXT, .most = 63,
	  .required = true },
	LINE_FIELDS,
};
static const struct form add_form = { "/lines", TEXT_lines_add, add_fields, COUNT_OF(add_fields),
				      .upload = false };
static const struct form_field set_fields[] = { LINE_FIELDS };
static const struct form set_form = { "", TEXT_lines_set, set_fields, COUNT_OF(set_fields),
				      .upload = false };

static const struct form_choice overlaps[] = {
	{ "", TEXT_lines_overlap_none },
	{ "24", TEXT_lines_overlap_day },
	{ "168", TEXT_lines_overlap_week },
	{ "0", TEXT_lines_overlap_now },
};
static const struct form_field key_fields[] = {
	{ "overlap_hours", TEXT_lines_overlap, TEXT_lines_overlap_hint, .kind = FORM_SELECT,
	  .choices = overlaps, .choice_count = COUNT_OF(overlaps) },
};
static const struct form key_form = { "", TEXT_lines_make_key, key_fields, COUNT_OF(key_fields),
				      .upload = false };
/* Machines say any number of hours. */
static const struct form_field key_members[] = {
	{ "overlap_hours", TEXT_lines_overlap, TEXT_none, .kind = FORM_NUMBER,
	  .most = OVERLAP_MOST },
};
static const struct form key_body = { "", TEXT_lines_make_key, key_members, COUNT_OF(key_members),
				      .upload = false };
static const struct form nothing = { .action = "" };

/* --- the pages ----------------------------------------------------------------------------- */

/* "09506000134352 09506000134369"; empty: every GTIN of the brand. */
static struct slice gtins_of(struct page *p, const json_t *line)
{
	const json_t *list = json_object_get(line, "gtins");
	struct slice text;
	struct buf b;

	buf_init(&b, GTINS_MOST * GTIN_ROOM);
	for (size_t i = 0; i < json_array_size(list); i++)
		buf_add_format(&b, "%s%s", i == 0 ? "" : "\n",
			       json_string_value(json_array_get(list, i)));
	text = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return text;
}

static size_t valid_keys(const json_t *keys)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(keys); i++)
		count += json_is_true(json_object_get(json_array_get(keys, i), "valid"));
	return count;
}

static void fill_row(struct page *p, const json_t *line, struct view_lines_row *to)
{
	size_t gtins = json_array_size(json_object_get(line, "gtins"));
	size_t keys = valid_keys(json_object_get(line, "keys"));

	*to = (struct view_lines_row){
		.link = page_format(p, "/lines/%.20s", page_member(p, line, "id").data),
		.name = page_member(p, line, "name"),
		.gtins = gtins == 0 ? S("") : page_format(p, "%zu", gtins),
		.keys = keys == 0 ? S("") : page_format(p, "%zu", keys),
		.seen = people_time(p, line, "seen_at"),
		.today = page_member(p, line, "codes_today"),
		.quota = page_member(p, line, "codes_per_day"),
		.may_link = json_is_true(json_object_get(line, "may_link")),
	};
}

static void fill_list(struct page *p, const json_t *document)
{
	const json_t *list = json_object_get(document, "lines");
	size_t count = json_array_size(list);
	struct view_lines_row *rows = arena_array(&p->request->arena, count + 1, sizeof(*rows));
	struct view_console_lines view = { .head = &p->head, .lines = rows };
	json_t *usual = json_pack("{s:i,s:I}", "requests_per_minute", RATE_USUAL, "codes_per_day",
				  (json_int_t)QUOTA_USUAL);

	for (size_t i = 0; rows != NULL && i < count; i++)
		fill_row(p, json_array_get(list, i), &rows[i]);
	view.lines_count = rows == NULL ? 0 : count;
	view.form = form_show(p, &add_form, NULL, usual);
	template_console_lines(&p->writer, &view);
	json_decref(usual);
}

static void shown(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_show(call, rows, TEXT_lines, fill_list);
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void lines(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_lines, &p, shown);
}

static const struct view_lines_key *fill_keys(struct page *p, const json_t *line, size_t *ret_count)
{
	const json_t *list = json_object_get(line, "keys");
	size_t count = json_array_size(list);
	struct view_lines_key *keys = arena_array(&p->request->arena, count + 1, sizeof(*keys));

	for (size_t i = 0; keys != NULL && i < count; i++) {
		const json_t *key = json_array_get(list, i);

		keys[i] = (struct view_lines_key){
			.id = page_member(p, key, "id"),
			.made = people_time(p, key, "made_at"),
			.seen = people_time(p, key, "seen_at"),
			.ends = people_time(p, key, "ends_at"),
			.valid = json_is_true(json_object_get(key, "valid")),
		};
	}
	*ret_count = keys == NULL ? 0 : count;
	return keys;
}

static void fill_one(struct page *p, const json_t *line)
{
	json_t *values = json_pack("{s:O,s:O,s:O}", "requests_per_minute",
				   json_object_get(line, "requests_per_minute"), "codes_per_day",
				   json_object_get(line, "codes_per_day"), "may_link",
				   json_object_get(line, "may_link"));
	struct slice gtins = gtins_of(p, line), id = page_member(p, line, "id");
	struct view_console_line view = { .head = &p->head, .id = id, .gtins = gtins };
	struct view_console_form *set, *key;

	(void)json_object_set_new(values, "gtins", json_stringn(gtins.data, gtins.length));
	p->head.title = page_member(p, line, "name");
	view.made = people_time(p, line, "made_at");
	view.seen = people_time(p, line, "seen_at");
	view.today = page_member(p, line, "codes_today");
	view.quota = page_member(p, line, "codes_per_day");
	view.rate = page_member(p, line, "requests_per_minute");
	view.may_link = json_is_true(json_object_get(line, "may_link"));
	view.valid = valid_keys(json_object_get(line, "keys")) > 0;
	view.keys = fill_keys(p, line, &view.keys_count);
	set = form_show(p, &set_form, NULL, values);
	set->action = page_format(p, "/lines/%.20s", id.data);
	key = form_show(p, &key_form, NULL, NULL);
	key->action = page_format(p, "/lines/%.20s/keys", id.data);
	view.set = set;
	view.key = key;
	template_console_line(&p->writer, &view);
	json_decref(values);
}

static void one_shown(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_show(call, rows, TEXT_lines, fill_one);
	else if (PQntuples(rows) == 0)
		api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL, "There is no such line.");
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

/* The line of the address. False: answered; what is no number is no line's. */
static bool add_id(struct api_call *call, struct db_parameters *p)
{
	uint64_t id;

	if (!slice_to_u64(call->request->captures[0], &id) || id == 0 || id > INT64_MAX) {
		api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL, "There is no such line.");
		return false;
	}
	db_add_i64(p, (int64_t)id);
	return true;
}

static void one(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	if (add_id(call, &p))
		api_ask(call, &sql_console_lines_one, &p, one_shown);
}

/* --- what a line may do --------------------------------------------------------------------- */

static void refuse(struct api_call *call, const char *member, const char *code)
{
	message_refuse(call, 400, member, code);
}

/* Appends one GTIN to PostgreSQL's text form of an array. False: answered. */
static bool add_gtin(struct api_call *call, struct buf *array, struct slice text)
{
	uint64_t gtin;

	if (gtin_parse(text, &gtin) != GTIN_OK) {
		refuse(call, "gtins", "line_gtin");
		return false;
	}
	buf_add_format(array, "%c%llu", array->length == 0 ? '{' : ',', (unsigned long long)gtin);
	return true;
}

static bool parts_gtins(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == ';';
}

/* Of a form, GTINs with blanks, commas or line ends between them. False: answered. */
static bool read_gtin_words(struct api_call *call, struct slice rest, struct buf *array)
{
	size_t length;

	while (rest.length > 0) {
		for (length = 0; length < rest.length && !parts_gtins(rest.data[length]); length++)
			continue;
		if (length > 0 && !add_gtin(call, array, (struct slice){ rest.data, length }))
			return false;
		rest = slice_from(rest, length < rest.length ? length + 1 : length);
	}
	return true;
}

/* Machines send a list. False: answered. */
static bool read_gtin_list(struct api_call *call, struct buf *array)
{
	const json_t *list = json_object_get(call->body, "gtins");

	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > GTINS_MOST) {
		refuse(call, "gtins", "line_gtin");
		return false;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (!add_gtin(call, array, slice_of(text == NULL ? "" : text)))
			return false;
	}
	return true;
}

/* What a line may do, as parameters of line_add.sql and line_set.sql. */
struct rights {
	struct slice gtins; /* "{1,2}"; empty: every GTIN, or as before */
	struct slice rate, quota, links;
};

static bool read_gtins(struct api_call *call, struct slice *ret_gtins)
{
	struct buf array;
	bool ok;

	buf_init(&array, GTINS_MOST * GTIN_ROOM + 2);
	ok = call->face != NULL ? read_gtin_words(call, form_text(call, "gtins"), &array)
				: !api_has(call, "gtins") || read_gtin_list(call, &array);
	if (ok && array.length > 0)
		buf_add_char(&array, '}');
	if (ok && !buf_ok(&array)) {
		refuse(call, "gtins", "too_long");
		ok = false;
	}
	if (ok)
		*ret_gtins = arena_copy(&call->request->arena, buf_slice(&array));
	buf_release(&array);
	return ok;
}

/* False: answered. */
static bool read_rights(struct api_call *call, struct rights *ret)
{
	const json_t *link = json_object_get(call->body, "may_link");

	*ret = (struct rights){ .gtins = S("") };
	if (call->face == NULL && api_has(call, "may_link") && !json_is_boolean(link)) {
		refuse(call, "may_link", "choice");
		return false;
	}
	ret->rate = form_text(call, "requests_per_minute");
	ret->quota = form_text(call, "codes_per_day");
	if (call->face != NULL || api_has(call, "may_link"))
		ret->links = form_checked(call, "may_link") ? S("true") : S("false");
	return read_gtins(call, &ret->gtins);
}

static void add_limits(const struct rights *rights, struct db_parameters *to)
{
	db_add_text_or_null(to, rights->rate);
	db_add_text_or_null(to, rights->quota);
	db_add_text_or_null(to, rights->links);
}

static void changed(struct api_call *call, const PGresult *rows, const char *code)
{
	struct slice id = call->request->captures[0];
	char path[40];

	(void)rows;
	(void)snprintf(path, sizeof(path), "/lines/%.*s", SLICE_ARG(id));
	people_done(call, path, code);
}

static void was_set(struct api_call *call, const PGresult *rows)
{
	changed(call, rows, "saved");
}

/* A page asks for all there is, a program only for what changes. */
static void set(struct api_call *call)
{
	bool given = call->face != NULL;
	struct db_parameters to = { .count = 0 };
	struct rights rights;

	if (!form_check(call, &set_form) || !read_rights(call, &rights) || !add_id(call, &to))
		return;
	given |= json_object_get(call->body, "gtins") != NULL;
	db_add_text_or_null(&to, rights.gtins);
	db_add_text(&to, given && rights.gtins.length == 0 ? S("true") : S("false"));
	add_limits(&rights, &to);
	api_ask(call, &sql_line_set, &to, was_set);
}

/* --- keys ---------------------------------------------------------------------------------- */

static void tell_page(struct people *p, struct slice id, struct slice name)
{
	struct view_console_line_key view = { .key = slice_of(p->made_text) };
	struct page page;

	page_init(&page, p->call, p->call->request, TEXT_lines_key_made);
	view.head = &page.head;
	view.name = name;
	view.id = slice_of(p->made.id);
	view.back = page_format(&page, "/lines/%.*s", SLICE_ARG(id));
	template_console_line_key(&page.writer, &view);
	page_send(&page, 200);
}

/* The key, this once. */
static void tell(struct people *p, struct slice id, struct slice name)
{
	char location[40];
	json_t *document;
	char *json;

	if (p->call->face != NULL) {
		tell_page(p, id, name);
		return;
	}
	document = json_pack("{s:s%,s:s,s:s}", "line", name.data, name.length, "key_id", p->made.id,
			     "key", p->made_text);
	json = json_dumps(document, JSON_COMPACT);
	(void)snprintf(location, sizeof(location), "/v1/lines/%.*s", SLICE_ARG(id));
	if (json == NULL)
		api_no_memory(p->call);
	else
		api_answer_made(p->call, 201, slice_of(location), slice_of(json));
	if (json != NULL)
		OPENSSL_cleanse(json, strlen(json));
	free(json);
	json_decref(document);
}

static void added(struct api_call *call, const PGresult *rows)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "%lld", (long long)db_i64_in(rows, 0, 0));
	tell(call->own, slice_of(id), form_text(call, "name"));
}

static void add(struct api_call *call)
{
	struct db_parameters to = { .count = 0 };
	struct rights rights;
	struct people *p;

	if (!form_check(call, &add_form) || !read_rights(call, &rights))
		return;
	p = people_new(call);
	if (p == NULL)
		return;
	people_make_key(p, ACCESS_LINE);
	db_add_i64(&to, call->line.brand);
	db_add_text(&to, form_text(call, "name"));
	db_add_text_or_null(&to, rights.gtins);
	add_limits(&rights, &to);
	people_add_made(p, &to);
	api_ask(call, &sql_line_add, &to, added);
}

static void key_made(struct api_call *call, const PGresult *rows)
{
	tell(call->own, call->request->captures[0], db_text_in(rows, 0, 0));
}

static void make_key(struct api_call *call)
{
	struct db_parameters to = { .count = 0 };
	struct people *p;

	if (!form_check(call, call->face != NULL ? &key_form : &key_body) || !add_id(call, &to))
		return;
	p = people_new(call);
	if (p == NULL)
		return;
	people_make_key(p, ACCESS_LINE);
	people_add_made(p, &to);
	db_add_text_or_null(&to, form_text(call, "overlap_hours"));
	api_ask(call, &sql_line_key_make, &to, key_made);
}

static void key_ended(struct api_call *call, const PGresult *rows)
{
	if (db_i64_in(rows, 0, 0) == 0)
		api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL,
			    "There is no such valid key.");
	else
		changed(call, rows, "pass_ended");
}

static void keys_ended(struct api_call *call, const PGresult *rows)
{
	changed(call, rows, "line_stopped");
}

static void end_key(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	if ((call->body != NULL && !form_check(call, &nothing)) || !add_id(call, &p))
		return;
	db_add_text(&p, call->request->captures[1]);
	api_ask(call, &sql_line_keys_revoke, &p, key_ended);
}

static void end_keys(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	if ((call->body != NULL && !form_check(call, &nothing)) || !add_id(call, &p))
		return;
	db_add_text_or_null(&p, S(""));
	api_ask(call, &sql_line_keys_revoke, &p, keys_ended);
}

/* --- */

void serve_lines(struct request *r)
{
	people_enter(r, API_BODY_NONE, lines, NULL);
}

void serve_line(struct request *r)
{
	people_enter(r, API_BODY_NONE, one, NULL);
}

void serve_line_add(struct request *r)
{
	people_enter_session(r, API_BODY_JSON, add, lines); /* the key outlives a token */
}

void serve_line_set(struct request *r)
{
	people_enter(r, API_BODY_JSON, set, one);
}

void serve_line_key(struct request *r)
{
	people_enter_session(r, API_BODY_JSON, make_key, one);
}

void serve_line_key_end(struct request *r)
{
	people_enter(r, API_BODY_NONE, end_key, NULL);
}

void serve_line_keys_end(struct request *r)
{
	people_enter(r, API_BODY_NONE, end_keys, NULL);
}
