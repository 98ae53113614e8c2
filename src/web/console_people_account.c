/* `/account`: a person's own password, second factor, sessions and tokens. */
#include "store/sql.h"
#include "web/console_people.h"

void serve_account(struct request *r);
void serve_account_password(struct request *r);
void serve_account_token(struct request *r);
void serve_account_end(struct request *r);

enum { DAYS_MOST = 3650, DAYS_USUAL = 365, SESSIONS_MOST = 200 };

static const struct form_field password_fields[] = {
	{ "current", TEXT_people_current_password, .kind = FORM_SECRET, .most = PASSWORD_MOST,
	  .required = true, .autocomplete = "current-password" },
	{ "password", TEXT_people_new_password, TEXT_people_password_hint, .kind = FORM_SECRET,
	  .most = PASSWORD_MOST, .required = true, .autocomplete = "new-password" },
	{ "again", TEXT_people_again, .kind = FORM_SECRET, .most = PASSWORD_MOST,
	  .autocomplete = "new-password" },
};
static const struct form password_form = { "/account/password", TEXT_people_set_password,
					   password_fields, COUNT_OF(password_fields),
					   .upload = false };
#define OWN_PASSWORD                                                                               \
	{                                                                                          \
		"password", TEXT_people_current_password, .kind = FORM_SECRET,                     \
							  .most = PASSWORD_MOST, .required = true, \
							  .autocomplete = "current-password"       \
	}

static const struct form_field token_fields[] = {
	{ "label", TEXT_people_label, TEXT_people_label_hint, .kind = FORM_TEXT, .most = 100,
	  .required = true },
	{ "days", TEXT_people_days, .kind = FORM_NUMBER, .least = 1, .most = DAYS_MOST,
	  .required = true },
	OWN_PASSWORD,
};
static const struct form token_form = { "/account/tokens", TEXT_people_make_token, token_fields,
					COUNT_OF(token_fields), .upload = false };

static const struct form_field off_fields[] = {
	OWN_PASSWORD,
	{ "code", TEXT_people_code, TEXT_people_code_off_hint, .kind = FORM_TEXT, .most = 40,
	  .required = true, .autocomplete = "one-time-code" },
};
static const struct form off_form = { "/account/totp/off", TEXT_people_totp_off, off_fields,
				      COUNT_OF(off_fields), .upload = false };

/* --- the page ------------------------------------------------------------------------------ */

size_t people_passes(struct page *p, const json_t *list, const char *kind,
		     const struct view_console_people_pass **ret_passes)
{
	size_t count = json_array_size(list);
	struct view_console_people_pass *passes =
	    arena_array(&p->request->arena, count + 1, sizeof(*passes));

	*ret_passes = passes;
	for (size_t i = 0; passes != NULL && i < count; i++) {
		const json_t *pass = json_array_get(list, i);

		passes[i] = (struct view_console_people_pass){
			.id = page_member(p, pass, "id"),
			.kind = slice_of(kind),
			.label = page_member(p, pass, "label"),
			.address = page_member(p, pass, "address"),
			.made = people_time(p, pass, "made_at"),
			.seen = people_time(p, pass, "seen_at"),
			.ends = people_time(p, pass, "ends_at"),
			.token = p->head.token,
			.current = json_is_true(json_object_get(pass, "current")),
		};
	}
	return passes == NULL ? 0 : count;
}

static void fill(struct page *p, const json_t *document)
{
	struct view_console_people_account view = { .name = page_member(p, document, "name") };
	struct view_console_form *password = form_show_marked(p, &password_form, "own-", NULL);
	json_t *values = json_pack("{s:i}", "days", DAYS_USUAL);
	bool totp = json_is_true(json_object_get(document, "totp"));

	view.head = &p->head;
	view.roles = people_roles(p, json_object_get(document, "roles"));
	view.password_at = people_time(p, document, "password_at");
	view.wait = page_member(p, p->call->refusal.members, "retry_after");
	p->retry_after = view.wait;
	view.totp = totp;
	view.recovery_left = page_member(p, document, "recovery_left");
	form_input(password, "again")->required = true; /* of machines it is not asked */
	view.password = password;
	view.factor = totp ? form_show_marked(p, &off_form, "off-", NULL) : NULL;
	view.token = form_show_marked(p, &token_form, "token-", values);
	view.sessions_count =
	    people_passes(p, json_object_get(document, "sessions"), "sessions", &view.sessions);
	view.tokens_count =
	    people_passes(p, json_object_get(document, "tokens"), "tokens", &view.tokens);
	template_console_people_account(&p->writer, &view);
	json_decref(values);
}

static void shown(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_show(call, rows, TEXT_people_account, fill);
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

void people_account_page(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	db_add_text(&p, slice_of(call->person.pass));
	api_ask(call, &sql_team_account, &p, shown);
}

/* --- the password -------------------------------------------------------------------------- */

static void changed(struct api_call *call, const PGresult *rows)
{
	(void)rows;
	people_done(call, "/account", "password_changed");
}

static void hashed(struct people *p)
{
	struct db_parameters to = { .count = 0 };

	db_add_text(&to, p->old_hash);
	db_add_text(&to, slice_of(p->hash));
	db_add_text(&to, slice_of(p->call->person.pass));
	api_ask(p->call, &sql_team_set_own_password, &to, changed);
}

static void verified(struct people *p)
{
	people_hash(p, form_text(p->call, "password"), hashed);
}

static void change(struct api_call *call)
{
	struct slice password;
	struct people *p;

	if (!form_check(call, &password_form) ||
	    !people_new_password(call, slice_of(call->person.name), &password))
		return;
	p = people_new(call);
	if (p != NULL)
		people_own_password(p, "current", verified);
}

/* --- tokens and sessions ------------------------------------------------------------------- */

static void token_made(struct api_call *call, const PGresult *rows)
{
	struct people *p = call->own;

	people_tell_token(p, db_text_in(rows, 0, 0));
}

static void token_allowed(struct people *p)
{
	struct db_parameters to = { .count = 0 };
	uint64_t days;

	if (!api_number(p->call, "days", 1, DAYS_MOST, &days))
		return;
	people_make_key(p, ACCESS_TOKEN);
	db_add_text(&to, p->old_hash);
	people_add_made(p, &to);
	db_add_text(&to, form_text(p->call, "label"));
	db_add_i64(&to, (int64_t)days);
	api_ask(p->call, &sql_team_make_token, &to, token_made);
}

static void make_token(struct api_call *call)
{
	struct people *p;

	if (!form_check(call, &token_form))
		return;
	p = people_new(call);
	if (p != NULL)
		people_own_password(p, "password", token_allowed);
}

static void ended(struct api_call *call, const PGresult *rows)
{
	(void)rows;
	people_done(call, "/account", "pass_ended");
}

static void end(struct api_call *call)
{
	struct slice kind = call->request->captures[0], id = call->request->captures[1];
	struct db_parameters p = { .count = 0 };

	if (!slice_equal(kind, S("sessions")) && !slice_equal(kind, S("tokens"))) {
		api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL,
			    "There is nothing at this address.");
		return;
	}
	db_add_text(&p, (struct slice){ kind.data, kind.length - 1 });
	db_add_text(&p, id);
	api_ask(call, &sql_team_end_pass, &p, ended);
}

/* --- */

void serve_account(struct request *r)
{
	people_enter(r, API_BODY_NONE, people_account_page, NULL);
}

void serve_account_password(struct request *r)
{
	people_enter_session(r, API_BODY_JSON, change, people_account_page);
}

void serve_account_token(struct request *r)
{
	people_enter_session(r, API_BODY_JSON, make_token, people_account_page);
}

void serve_account_end(struct request *r)
{
	people_enter(r, API_BODY_NONE, end, NULL);
}
