/* The way of a request of the API: key, rate, body, handler, transaction, answer. */
#include "web/api.h"

#include <time.h>

#include "base/utf8.h"
#include "store/sql.h"
#include "web/api_form.h"
#include "web/api_problem.h"
#include "web/pages.h"
#include "web/router.h"
#include "web/session.h"
#include "web/worker_log.h"

/* --- leaving ------------------------------------------------------------------------------- */

static void end_own(struct api_call *call)
{
	void (*on_end)(struct api_call * call) = call->on_end;

	call->on_end = NULL;
	if (on_end != NULL)
		on_end(call);
}

static void on_gone(struct request *r, void *arg)
{
	struct api_call *call = arg;

	(void)r;
	/* What was sent is done all the same: who asks again with the same key learns what. */
	db_forget(&call->query);
	json_decref(call->body);
	call->body = NULL;
	json_decref((json_t *)call->refusal.members);
	call->refusal.members = NULL;
	json_decref(call->told.members);
	call->told.members = NULL;
	end_own(call);
}

/* The header fields of draft-ietf-httpapi-ratelimit-headers. */
static void add_rate(struct api_call *call, struct answer *a)
{
	enum { ROOM = 128 };
	const struct api_line *line = &call->line;
	char *policy = arena_alloc(&call->request->arena, ROOM);
	char *rate = arena_alloc(&call->request->arena, ROOM);

	if (line->rate == 0 || policy == NULL || rate == NULL)
		return;
	if (line->id == 0) {
		/* Refused at the door: of its codes nothing was asked. */
		(void)snprintf(policy, ROOM, "\"requests\";q=%lld;w=60", (long long)line->rate);
		(void)snprintf(rate, ROOM, "\"requests\";r=0;t=60");
	} else {
		(void)snprintf(policy, ROOM, "\"requests\";q=%lld;w=60, \"codes\";q=%lld;w=86400",
			       (long long)line->rate, (long long)line->quota);
		(void)snprintf(rate, ROOM, "\"requests\";r=%lld;t=60, \"codes\";r=%lld;t=%lld",
			       (long long)line->remaining, (long long)line->quota_left,
			       (long long)line->quota_seconds);
	}
	answer_add_header(a, "ratelimit-policy", slice_of(policy));
	answer_add_header(a, "ratelimit", slice_of(rate));
}

void api_end(struct api_call *call, struct answer *a)
{
	db_forget(&call->query);
	json_decref(call->body);
	call->body = NULL;
	json_decref((json_t *)call->refusal.members);
	call->refusal.members = NULL;
	end_own(call);
	add_rate(call, a);
}

void api_answer(struct api_call *call, struct answer *a)
{
	api_end(call, a);
	respond(call->request, a);
}

void api_answer_made(struct api_call *call, int status, struct slice location, struct slice json)
{
	struct answer a = { .status = status, .content_type = "application/json", .body = json };

	if (call->face != NULL) {
		call->face->answer(call, location, json);
		return;
	}
	if (location.length > 0)
		answer_add_header(&a, "location", location);
	api_answer(call, &a);
}

void api_answer_json(struct api_call *call, int status, struct slice json)
{
	api_answer_made(call, status, S(""), json);
}

/* --- asking, in the name of who asks ---------------------------------------------------------- */

/* What an auditor reads is logged, once a request; empty where it is not to be. */
static struct slice read_by_auditor(struct api_call *call)
{
	const struct request *r = call->request;
	bool reads = (r->method & (METHOD_GET | METHOD_HEAD)) != 0;

	if (call->person.id == 0 || (call->roles & ROLE_AUDITOR) == 0 || !reads || call->read_noted)
		return S("");
	call->read_noted = true;
	return r->path;
}

static void send_in_session(struct api_call *call, const struct sql_query *sql,
			    const struct db_parameters *p)
{
	struct db_parameters session = { .count = 0 };
	char by[API_NAME_SIZE + 8];

	if (call->open)
		by[0] = '\0';
	else
		(void)snprintf(by, sizeof(by), "%s:%s", call->person.id == 0 ? "line" : "user",
			       call->person.id == 0 ? call->line.name : call->person.name);
	db_add_i64(&session, call->line.brand);
	db_add_i64(&session, call->line.id);
	db_add_i64(&session, call->person.id);
	db_add_text(&session, slice_of(by));
	db_add_text(&session, slice_of(call->request->route->name));
	db_add_text(&session, read_by_auditor(call));
	db_add_i64(&session, call->face != NULL);
	db_send_after(console_db(), &sql_session_begin, &session, sql, p, &call->query);
}

/* --- failures ------------------------------------------------------------------------------ */

/* What another try may mend (PostgreSQL, appendix A): resources, shutdown, locks, conflicts. */
static bool is_passing(const char *sqlstate)
{
	static const char *const starts[] = { "53", "57", "58", "40", "08", "55P03", "25006" };

	for (size_t i = 0; i < COUNT_OF(starts); i++)
		if (strncmp(sqlstate, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static void answered(void *arg, enum db_result result, const PGresult *rows);

static void taken_back(void *arg, enum db_result result, const PGresult *rows)
{
	struct api_call *call = arg;
	json_t *members = call->told.members;

	(void)rows;
	call->query.done = answered;
	if (result != DB_OK)
		worker_log("error", "%s: what was half done could not be taken back",
			   call->request->route->name);
	call->told.members = NULL;
	api_problem_members(call, call->told.status, members, call->told.words);
}

/* Takes `members` over; first what was done before is taken back. */
static void tell(struct api_call *call, int status, json_t *members, const char *words)
{
	const struct sql_query *take_back = call->take_back;
	struct slice kept = arena_copy(&call->request->arena, slice_of(words));
	struct db_parameters p = { .count = 0 };

	call->take_back = NULL;
	if (take_back == NULL || kept.data == NULL) {
		api_problem_members(call, status, members, words);
		return;
	}
	call->told.status = status;
	call->told.members = members;
	call->told.words = kept.data;
	call->query.done = taken_back;
	db_add_i64(&p, call->take_back_id);
	send_in_session(call, take_back, &p);
}

/* disk_full: of tables, or of what a sort needs. The operator finds it in the log. */
static void no_room(struct api_call *call)
{
	json_t *members = json_pack("{s:s}", "code", "no_room");

	worker_log("error", "%s: the database's disk is full (SQLSTATE 53100); nothing was kept",
		   call->request->route->name);
	if (call->file_count > 0 || call->take_back != NULL)
		json_object_set_new(members, "member", json_string("file"));
	tell(call, 507, members, message_words("no_room"));
}

static void busy(struct api_call *call)
{
	json_t *members = json_pack("{s:i,s:s}", "retry_after", 1, "code", "database_away");

	api_problem_members(
	    call, 503, members,
	    "The database is away or its answer was lost. What was confirmed stands; "
	    "send the same request again, with the same Idempotency-Key where it had "
	    "one.");
}

static void refused(struct api_call *call, const PGresult *rows)
{
	const char *sqlstate = PQresultErrorField(rows, PG_DIAG_SQLSTATE);
	const char *words = PQresultErrorField(rows, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(rows, PG_DIAG_MESSAGE_DETAIL);
	uint64_t status;

	if (sqlstate != NULL && strcmp(sqlstate, "53100") == 0) {
		no_room(call);
	} else if (sqlstate == NULL || is_passing(sqlstate)) {
		busy(call);
	} else if (strncmp(sqlstate, "SY", 2) == 0 &&
		   slice_to_u64(slice_of(sqlstate + 2), &status)) {
		json_t *members = json_loads(detail == NULL ? "{}" : detail, 0, NULL);

		if (status == 429 && call->line.id == 0)
			call->line.rate = json_integer_value(json_object_get(members, "limit"));
		tell(call, (int)status, members, words);
	} else if (strcmp(sqlstate, "22P05") == 0 || strcmp(sqlstate, "22021") == 0) {
		/* In a document, in a parameter: JSON has NUL, PostgreSQL does not. */
		api_problem(call, 400, MESSAGE_body_unreadable, "body", "no NUL in a text",
			    "The body has a text with a NUL character; no value may hold one.");
	} else {
		/* Not the message: it may quote a value. */
		worker_log("error", "%s: the database refused with SQLSTATE %s",
			   call->request->route->name, sqlstate);
		api_problem_members(call, 500, NULL, "A mistake of ours; it was logged.");
	}
}

static void answered(void *arg, enum db_result result, const PGresult *rows)
{
	struct api_call *call = arg;

	if (result == DB_OK)
		call->on_rows(call, rows);
	else if (result == DB_ERROR && rows != NULL)
		refused(call, rows);
	else
		busy(call);
}

void api_ask(struct api_call *call, const struct sql_query *sql, const struct db_parameters *p,
	     void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	call->on_rows = on_rows;
	call->query.done = answered;
	send_in_session(call, sql, p);
}

/* --- entering ------------------------------------------------------------------------------ */

static bool has_json_type(const struct request *r)
{
	return slice_equal_nocase(request_media_type(r), S("application/json"));
}

/* NULL: `error` says why. A NUL is no JSON, but Jansson takes one behind the document for its end.
 */
static json_t *parse_json(struct slice body, json_error_t *error)
{
	size_t nul = slice_find(body, '\0');

	if (nul == body.length)
		return json_loadb(body.data == NULL ? "" : body.data, body.length,
				  JSON_DECODE_ANY | JSON_ALLOW_NUL, error);
	*error = (json_error_t){ .line = 1, .column = (int)nul + 1 };
	(void)snprintf(error->text, sizeof(error->text), "a NUL character");
	return NULL;
}

/* RFC 8259; an object, as every body of the API. */
static bool read_json(struct api_call *call)
{
	const struct request *r = call->request;
	json_error_t error;

	if (!has_json_type(r)) {
		api_problem(call, 415, MESSAGE_body_unreadable, "Content-Type", "application/json",
			    "The body must be sent as application/json.");
		return false;
	}
	call->body = parse_json(r->body, &error);
	if (call->body == NULL && json_error_code(&error) == json_error_null_byte_in_key) {
		api_problem(
		    call, 400, MESSAGE_body_unreadable, "body", "no NUL in a name",
		    "The body names a member with a NUL character; there is no such member.");
		return false;
	}
	if (call->body == NULL) {
		api_problem(call, 400, MESSAGE_body_unreadable, "body", "RFC 8259",
			    "The body is not JSON: line %d, column %d: %s.", error.line,
			    error.column, error.text);
		return false;
	}
	if (!json_is_object(call->body)) {
		api_problem(call, 400, MESSAGE_body_unreadable, "body", "an object",
			    "The body must be a JSON object.");
		return false;
	}
	return true;
}

/* A form of a page brings the token that only a page of this session has. */
static bool is_our_form(struct api_call *call)
{
	if (call->open || slice_equal_constant_time(call->token, slice_of(call->form_token)))
		return true;
	api_problem(call, 403, MESSAGE_form_old, "token", NULL,
		    "This form is too old, or of another session: open the page again.");
	return false;
}

static bool read_body(struct api_call *call)
{
	static const char *const none[] = { NULL };

	switch (call->wanted) {
	case API_BODY_JSON:
		return read_json(call);
	case API_BODY_FORM:
		return api_read_form(call) && is_our_form(call);
	case API_BODY_BUTTON:
		return api_read_form(call) && is_our_form(call) && api_only(call, none);
	case API_BODY_UPLOAD:
		return api_read_upload(call) && is_our_form(call);
	case API_BODY_NONE:
		if (call->request->body.length == 0)
			return true;
		api_problem(call, 400, MESSAGE_body_unreadable, "body", "0 bytes",
			    "This request takes no body.");
		return false;
	case API_BODY_ANY:
		break;
	}
	return true;
}

/* Who it is is known: is he let in here, and is the body one? */
static void go_in(struct api_call *call)
{
	if ((call->roles & call->request->route->roles) == 0)
		api_problem(
		    call, 403, MESSAGE_no_right, NULL, NULL, "%s",
		    call->person.id == 0
			? "A packaging line's key is not for this address."
			: "Your role does not allow this; an admin of the brand can change that.");
	else if (call->session_only && call->person.by_token)
		api_problem_members(call, 403, json_pack("{s:s}", "code", "not_by_token"),
				    message_words("not_by_token"));
	else if (read_body(call))
		call->handle(call);
}

static void entered(struct api_call *call, const PGresult *rows)
{
	struct slice name = db_text_in(rows, 0, 2);

	call->line.id = db_i64_in(rows, 0, 0);
	call->line.brand = db_i64_in(rows, 0, 1);
	(void)snprintf(call->line.name, sizeof(call->line.name), "%.*s", SLICE_ARG(name));
	call->line.rate = db_i64_in(rows, 0, 3);
	call->line.remaining = db_i64_in(rows, 0, 4);
	call->line.quota = db_i64_in(rows, 0, 5);
	call->line.quota_left = db_i64_in(rows, 0, 6);
	call->line.quota_seconds = db_i64_in(rows, 0, 7);
	call->roles = ROLE_LINE | ROLE_KEY;
	go_in(call);
}

static void person_entered(struct api_call *call, const PGresult *rows)
{
	struct slice name = db_text_in(rows, 0, 2), brand = db_text_in(rows, 0, 4);
	struct api_person *p = &call->person;

	p->id = db_i64_in(rows, 0, 0);
	call->line.brand = db_i64_in(rows, 0, 1);
	(void)snprintf(p->name, sizeof(p->name), "%.*s", SLICE_ARG(name));
	brand = utf8_prefix(brand, sizeof(p->brand) - 1);
	(void)snprintf(p->brand, sizeof(p->brand), "%.*s", SLICE_ARG(brand));
	call->roles = roles_read(db_text_in(rows, 0, 3)) | ROLE_PERSON;
	go_in(call);
}

static void enter_person(struct api_call *call, const char *kind, const struct access_key *key)
{
	struct db_parameters p = { .count = 0 };

	memcpy(call->person.pass, key->id, sizeof(call->person.pass));
	session_form_token(slice_of(key->sha256), call->form_token);
	db_add_text(&p, slice_of(kind));
	db_add_text(&p, slice_of(key->id));
	db_add_text(&p, slice_of(key->sha256));
	db_add_text(&p, page_language(call->request));
	call->on_rows = person_entered;
	db_send(console_db(), &sql_team_enter, &p, &call->query);
}

static void enter(struct api_call *call, struct slice id, struct slice secret_sha256)
{
	struct db_parameters p = { .count = 0 };

	db_add_text(&p, id);
	db_add_text(&p, secret_sha256);
	call->on_rows = entered;
	db_send(console_db(), &sql_line_enter, &p, &call->query);
}

/* --- by a key ------------------------------------------------------------------------------ */

static void no_key(struct api_call *call)
{
	api_problem(
	    call, 401, MESSAGE_not_signed_in, "Authorization", "Bearer KEY",
	    "Send the key of your line or a token of your own: \"Authorization: Bearer sy_...\" "
	    "(`suyuan line add` and `suyuan user token` make them).");
}

/* RFC 6750, 2.1. */
static void enter_by_key(struct api_call *call, struct slice value)
{
	struct slice scheme;
	struct access_key key;

	if (!slice_cut(&value, ' ', &scheme) || !slice_equal_nocase(scheme, S("Bearer"))) {
		no_key(call);
	} else if (access_key_read(ACCESS_LINE, slice_trim(value), &key)) {
		enter(call, slice_of(key.id), slice_of(key.sha256));
	} else if (access_key_read(ACCESS_TOKEN, slice_trim(value), &key)) {
		call->person.by_token = true;
		enter_person(call, "token", &key);
	} else {
		no_key(call);
	}
}

/* --- by signing in -------------------------------------------------------------------------- */

static bool read_session(const struct request *r, struct session *ret_session)
{
	return session_read(request_header(r, "cookie"), ret_session);
}

static void checked_session(struct api_call *call, const PGresult *rows)
{
	struct slice hash = db_text_in(rows, 0, 0);
	struct session session;

	if (hash.length > 0 && read_session(call->request, &session) &&
	    session_holds(&session, hash, time(NULL))) {
		session_form_token(hash, call->form_token);
		enter(call, slice_of(session.key_id), hash);
	} else {
		no_key(call);
	}
}

static void enter_by_session(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct session session;
	struct access_key key;

	if (session_person(request_header(call->request, "cookie"), &key)) {
		enter_person(call, "session", &key);
		return;
	}
	if (!read_session(call->request, &session)) {
		no_key(call);
		return;
	}
	db_add_text(&p, slice_of(session.key_id));
	call->on_rows = checked_session;
	db_send(console_db(), &sql_line_key_hash, &p, &call->query);
}

/* --- */

/* NULL: answered already. */
static struct api_call *begin(struct request *r, enum api_body body,
			      void (*handle)(struct api_call *call))
{
	struct api_call *call = arena_alloc(&r->arena, sizeof(*call));

	if (call == NULL) {
		respond_problem(r, 503, status_text(503), NULL);
		return NULL;
	}
	*call = (struct api_call){ .request = r, .wanted = body, .handle = handle };
	call->query = (struct db_query){ .done = answered, .arg = call };
	request_wait(r, on_gone, call);
	return call;
}

void api_enter_form(struct request *r, const struct api_face *face, enum api_body body,
		    void (*handle)(struct api_call *call), void (*again)(struct api_call *call))
{
	struct api_call *call = begin(r, body, handle);

	if (call == NULL)
		return;
	call->face = face;
	call->again = again;
	if ((body == API_BODY_FORM || body == API_BODY_BUTTON || body == API_BODY_UPLOAD) &&
	    !form_is_of_this_site(r))
		api_problem(call, 403, MESSAGE_other_site, NULL, NULL,
			    "This form was sent by another site.");
	else
		enter_by_session(call);
}

void api_enter_open(struct request *r, const struct api_face *face, enum api_body body,
		    void (*handle)(struct api_call *call), void (*again)(struct api_call *call))
{
	struct api_call *call = begin(r, body, handle);

	if (call == NULL)
		return;
	call->face = face;
	call->again = again;
	call->open = true;
	if (body == API_BODY_FORM && !form_is_of_this_site(r))
		api_problem(call, 403, MESSAGE_other_site, NULL, NULL,
			    "This form was sent by another site.");
	else if (read_body(call))
		handle(call);
}

void api_enter_face(struct request *r, const struct api_face *face, enum api_body body,
		    void (*handle)(struct api_call *call))
{
	api_enter_form(r, face, body, handle, NULL);
}

void api_enter(struct request *r, enum api_body body, void (*handle)(struct api_call *call))
{
	struct slice authorization = request_header(r, "authorization");
	struct api_call *call;

	/* Not the path: "/%76%31/batches" is the same address. */
	if (!slice_starts(slice_of(r->route->pattern), S("/v1/"))) {
		api_enter_face(r, &page_face, API_BODY_FORM, handle);
		return;
	}
	call = begin(r, body, handle);
	if (call == NULL)
		return;
	/* A browser follows links with its cookie; what changes something wants the key itself. */
	if (authorization.data == NULL && (r->method & (METHOD_GET | METHOD_HEAD)) != 0)
		enter_by_session(call);
	else
		enter_by_key(call, authorization);
}

void api_enter_session(struct request *r, enum api_body body, void (*handle)(struct api_call *call))
{
	struct slice authorization = request_header(r, "authorization");
	struct api_call *call = begin(r, body, handle);

	if (call == NULL)
		return;
	call->session_only = true;
	if (authorization.data == NULL && form_is_of_this_site(r) &&
	    (body != API_BODY_JSON || has_json_type(r)))
		enter_by_session(call);
	else
		enter_by_key(call, authorization);
}
