/*
 * Signing in to the console, and out again: people by name and password, then a code where they
 * want one; packaging lines with their key.
 */
#include <time.h>

#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_people.h"
#include "web/session.h"

void serve_sign_in_page(struct request *r);
void serve_sign_in(struct request *r);
void serve_sign_in_code(struct request *r);
void serve_sign_out(struct request *r);

#define COOKIE_FLAGS "; Path=/; Secure; HttpOnly; SameSite=Strict"

enum { NAME_MOST = 100 };

static const struct form_field fields[] = {
	{ "name", TEXT_people_name, .kind = FORM_TEXT, .most = NAME_MOST, .required = true,
	  .autocomplete = "username" },
	{ "password", TEXT_people_password, .kind = FORM_SECRET, .most = PASSWORD_MOST,
	  .required = true, .autocomplete = "current-password" },
};
static const struct form sign_in_form = { "/sign-in", TEXT_console_sign_in, fields,
					  COUNT_OF(fields), .upload = false };

static const struct form_field code_fields[] = {
	{ "ticket", TEXT_people_code, .kind = FORM_HIDDEN, .most = ACCESS_KEY_TEXT_SIZE },
	{ "code", TEXT_people_code, TEXT_people_code_hint, .kind = FORM_TEXT, .most = 40,
	  .required = true, .autocomplete = "one-time-code" },
};
static const struct form code_form = { "/sign-in/code", TEXT_console_sign_in, code_fields,
				       COUNT_OF(code_fields), .upload = false };

/* --- the pages ----------------------------------------------------------------------------- */

static bool has_code(const struct api_call *call, const char *code)
{
	const char *found = json_string_value(json_object_get(call->refusal.members, "code"));

	return found != NULL && strcmp(found, code) == 0;
}

static void show(struct api_call *call, bool has_admin, bool line_refused)
{
	struct view_console_people_sign_in view = { .no_admin = !has_admin };
	struct page p;

	page_init(&p, call, call->request, TEXT_people_sign_in);
	p.retry_after = page_member(&p, call->refusal.members, "retry_after");
	view.head = &p.head;
	view.wait = p.retry_after;
	view.form = form_show(&p, &sign_in_form, NULL, NULL);
	view.refused = line_refused ? text_in(p.writer.language, TEXT_console_refused) : S("");
	template_console_people_sign_in(&p.writer, &view);
	page_send(&p, line_refused ? 401 : 200);
}

static void show_asked(struct api_call *call, const PGresult *rows)
{
	show(call, db_i64_in(rows, 0, 0) != 0, false);
}

void people_sign_in_page(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	call->open = true; /* whoever asked, he is not let in */
	api_ask(call, &sql_team_has_admin, &p, show_asked);
}

static void show_code(struct api_call *call, struct slice ticket)
{
	struct view_console_people_code view = { .wait = S("") };
	struct view_console_form *form;
	struct page p;

	page_init(&p, call, call->request, TEXT_people_code_title);
	p.retry_after = page_member(&p, call->refusal.members, "retry_after");
	form = form_show(&p, &code_form, NULL, NULL);
	form_input(form, "ticket")->value = ticket;
	view.head = &p.head;
	view.wait = p.retry_after;
	view.form = form;
	template_console_people_code(&p.writer, &view);
	page_send(&p, 200);
}

void people_ask_code(struct api_call *call, const char *ticket)
{
	show_code(call, arena_copy(&call->request->arena, slice_of(ticket)));
}

static void keep(struct api_call *call, int status, const json_t *members, const char *detail)
{
	const char *member = json_string_value(json_object_get(members, "member"));

	call->refusal = (struct api_refusal){
		.status = status,
		.member = arena_copy(&call->request->arena, slice_of(member == NULL ? "" : member)),
		.words = arena_copy(&call->request->arena, slice_of(detail)),
		.members = json_incref((json_t *)members),
	};
}

/* Refused: the form once more, with what was wrong. */
static void refuse(struct api_call *call, int status, const json_t *members, const char *detail)
{
	if (status >= 500 || call->refusal.status != 0) {
		page_face.refuse(call, status, members, detail);
		return;
	}
	keep(call, status, members, detail);
	if (call->body != NULL && json_object_get(call->body, "ticket") != NULL &&
	    !has_code(call, "ticket_ended"))
		show_code(call, form_text(call, "ticket"));
	else
		show(call, true, false);
}

static const struct api_face face = { .refuse = refuse };

/* --- a line, with its key ------------------------------------------------------------------ */

static void line_checked(struct api_call *call, const PGresult *rows)
{
	struct slice text = form_text(call, "key");
	char cookie[SESSION_TEXT_SIZE], header[PEOPLE_COOKIE_SIZE], other[PEOPLE_COOKIE_SIZE];
	struct answer a = { .status = 303 };
	struct access_key key;

	if (!access_key_read(ACCESS_LINE, text, &key) ||
	    !slice_equal_constant_time(db_text_in(rows, 0, 0), slice_of(key.sha256))) {
		show(call, true, true);
		return;
	}
	session_print(&key, time(NULL) + SESSION_SECONDS, cookie);
	(void)snprintf(header, sizeof(header), SESSION_COOKIE "=%s; Max-Age=%d" COOKIE_FLAGS,
		       cookie, SESSION_SECONDS);
	(void)snprintf(other, sizeof(other), PERSON_COOKIE "=; Max-Age=0" COOKIE_FLAGS);
	answer_add_header(&a, "location", S("/"));
	answer_add_header(&a, "set-cookie", slice_of(header));
	answer_add_header(&a, "set-cookie", slice_of(other));
	api_answer(call, &a);
}

static void sign_in_line(struct api_call *call)
{
	struct slice text = form_text(call, "key");
	struct db_parameters p = { .count = 0 };
	struct access_key key;

	if (!access_key_read(ACCESS_LINE, text, &key)) {
		show(call, true, true);
		return;
	}
	db_add_text(&p, slice_of(key.id));
	api_ask(call, &sql_line_key_hash, &p, line_checked);
}

/* --- people -------------------------------------------------------------------------------- */

static void let_in(struct api_call *call, const PGresult *rows)
{
	struct people *p = call->own;

	if (!slice_equal(db_text_in(rows, 0, 0), S("ticket"))) {
		people_go_signed(call, "/", p->made_text);
		return;
	}
	people_ask_code(call, p->made_text);
}

/*
 * Whether it becomes a session or a ticket SQL says; either is only as good as what SQL keeps of
 * it, so both are made of the same random bytes.
 */
static void verified(struct people *p, bool right)
{
	struct db_parameters to = { .count = 0 };

	if (!right) {
		message_refuse(p->call, 401, "password", "wrong_password");
		return;
	}
	people_make_key(p, ACCESS_SESSION);
	db_add_i64(&to, p->account);
	db_add_text(&to, p->old_hash);
	people_add_made(p, &to);
	db_add_text(&to, people_label(p->call));
	db_add_text(&to, people_address(p->call));
	db_add_i64(&to, people_session_seconds());
	db_add_i64(&to, people_idle_seconds());
	api_ask(p->call, &sql_team_sign_in, &to, let_in);
}

static void found(struct api_call *call, const PGresult *rows)
{
	struct people *p = call->own;

	p->account = db_i64_in(rows, 0, 0);
	p->old_hash = arena_copy(&call->request->arena, db_text_in(rows, 0, 1));
	people_check(p, form_text(call, "password"), p->old_hash, verified);
}

static struct slice lower(struct api_call *call, struct slice name)
{
	char text[NAME_MOST];
	size_t length = name.length < sizeof(text) ? name.length : sizeof(text);

	for (size_t i = 0; i < length; i++)
		text[i] = (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] | 32
									    : name.data[i]);
	return arena_copy(&call->request->arena, (struct slice){ text, length });
}

/* What a browser keeps that signed in before; empty where there is none. */
static void add_known(struct api_call *call, struct db_parameters *p)
{
	struct slice cookies = request_header(call->request, "cookie");
	struct access_key key;
	bool known = access_key_read(ACCESS_SESSION, session_cookie(cookies, KNOWN_COOKIE), &key);

	/* In the request's memory: `key` ends before the question is sent. */
	db_add_text(p, known ? arena_copy(&call->request->arena, slice_of(key.id)) : S(""));
	db_add_text(p, known ? arena_copy(&call->request->arena, slice_of(key.sha256)) : S(""));
}

static void sign_in(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	if (json_object_get(call->body, "key") != NULL ||
	    (json_object_get(call->body, "name") == NULL &&
	     json_object_get(call->body, "password") == NULL)) {
		sign_in_line(call);
		return;
	}
	if (!form_check(call, &sign_in_form) || people_new(call) == NULL)
		return;
	db_add_text(&p, lower(call, form_text(call, "name")));
	db_add_text(&p, people_address(call));
	add_known(call, &p);
	api_ask(call, &sql_team_ask_password, &p, found);
}

/* --- the code ------------------------------------------------------------------------------ */

static void code_taken(struct api_call *call, const PGresult *rows)
{
	struct people *p = call->own;

	(void)rows;
	people_go_signed(call, "/", p->made_text);
}

static void code_asked(struct api_call *call, const PGresult *rows)
{
	struct people *p = call->own;
	struct slice stored = db_text_in(rows, 0, 0);
	int64_t account = db_i64_in(rows, 0, 2);
	struct db_parameters to = { .count = 0 };
	char sealed[PEOPLE_SEALED_SIZE];

	if (!people_code(p, form_text(call, "code"), account, stored,
			 (uint64_t)db_i64_in(rows, 0, 1)))
		return;
	people_seal(account, stored, sealed);
	people_make_key(p, ACCESS_SESSION);
	db_add_text(&to, slice_of(p->held.id));
	db_add_text(&to, slice_of(p->held.sha256));
	db_add_i64(&to, (int64_t)p->step);
	db_add_text(&to, slice_of(p->recovery));
	people_add_made(p, &to);
	db_add_i64(&to, people_session_seconds());
	db_add_i64(&to, people_idle_seconds());
	db_add_text(&to, slice_of(sealed));
	api_ask(call, &sql_team_sign_in_code, &to, code_taken);
}

static void give_code(struct api_call *call)
{
	struct db_parameters to = { .count = 0 };
	struct people *p;

	if (!form_check(call, &code_form))
		return;
	p = people_new(call);
	if (p == NULL)
		return;
	/* The ticket has the form of a session, see verified(). */
	if (!access_key_read(ACCESS_SESSION, form_text(call, "ticket"), &p->held)) {
		message_refuse(call, 410, NULL, "ticket_ended");
		return;
	}
	db_add_text(&to, slice_of(p->held.id));
	db_add_text(&to, slice_of(p->held.sha256));
	api_ask(call, &sql_team_ask_code, &to, code_asked);
}

/* --- out ----------------------------------------------------------------------------------- */

static void signed_out(struct api_call *call, const PGresult *rows)
{
	(void)rows;
	people_go_signed(call, "/", NULL);
}

static void sign_out(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct access_key key;

	if (!session_person(request_header(call->request, "cookie"), &key)) {
		people_go_signed(call, "/", NULL);
		return;
	}
	db_add_text(&p, slice_of(key.id));
	db_add_text(&p, slice_of(key.sha256));
	api_ask(call, &sql_team_sign_out, &p, signed_out);
}

/* --- */

void serve_sign_in_page(struct request *r)
{
	api_enter_open(r, &face, API_BODY_NONE, people_sign_in_page, NULL);
}

void serve_sign_in(struct request *r)
{
	api_enter_open(r, &face, API_BODY_FORM, sign_in, NULL);
}

void serve_sign_in_code(struct request *r)
{
	api_enter_open(r, &face, API_BODY_FORM, give_code, NULL);
}

void serve_sign_out(struct request *r)
{
	api_enter_open(r, &page_face, API_BODY_FORM, sign_out, NULL);
}
