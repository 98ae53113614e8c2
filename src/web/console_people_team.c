/* `/team`: the people of the brand, what each may do, and the links by which they come in. */
#include "store/sql.h"
#include "web/console_people.h"

void serve_team(struct request *r);
void serve_team_person(struct request *r);
void serve_team_add(struct request *r);
void serve_team_roles(struct request *r);
void serve_team_link(struct request *r);
void serve_team_unlock(struct request *r);
void serve_team_end(struct request *r);

enum { ROLES_ROOM = 100 };

static const struct {
	enum role role;
	const char *field;
	enum text text, hint;
} roles[] = {
	{ ROLE_ADMIN, "role_admin", TEXT_people_role_admin, TEXT_people_role_admin_hint },
	{ ROLE_EDITOR, "role_editor", TEXT_people_role_editor, TEXT_people_role_editor_hint },
	{ ROLE_QUALITY, "role_quality", TEXT_people_role_quality, TEXT_people_role_quality_hint },
	{ ROLE_VIEWER, "role_viewer", TEXT_people_role_viewer, TEXT_people_role_viewer_hint },
	{ ROLE_AUDITOR, "role_auditor", TEXT_people_role_auditor, TEXT_people_role_auditor_hint },
	{ ROLE_LINE, "role_line", TEXT_people_role_line, TEXT_people_role_line_hint },
};

#define ROLE_FIELD(name)                                                                \
	{                                                                               \
		"role_" #name, TEXT_people_role_##name, TEXT_people_role_##name##_hint, \
		    .kind = FORM_CHECK                                                  \
	}
#define ROLE_FIELDS                                                                     \
	ROLE_FIELD(admin), ROLE_FIELD(editor), ROLE_FIELD(quality), ROLE_FIELD(viewer), \
	    ROLE_FIELD(auditor), ROLE_FIELD(line)

static const struct form_field add_fields[] = {
	{ "name", TEXT_people_name, TEXT_people_name_hint, .kind = FORM_TEXT, .most = 100,
	  .required = true },
	ROLE_FIELDS,
};
static const struct form add_form = { "/team", TEXT_people_invite, add_fields, COUNT_OF(add_fields),
				      .upload = false };
static const struct form_field role_fields[] = { ROLE_FIELDS };
static const struct form role_form = { "", TEXT_people_set_roles, role_fields,
				       COUNT_OF(role_fields), .upload = false };
static const struct form nothing = { .action = "" };

/* --- roles --------------------------------------------------------------------------------- */

/* Machines say {"roles": ["admin"]}: the same fields, then. False: answered. */
static bool read_role_list(struct api_call *call)
{
	json_t *list = json_object_get(call->body, "roles"), *item;
	size_t i;

	if (list == NULL || call->face != NULL)
		return true;
	json_array_foreach(list, i, item)
	{
		const char *name = json_string_value(item);
		char field[32];

		if (name == NULL || role_named(slice_of(name)) == 0) {
			message_refuse(call, 400, "roles", "choice");
			return false;
		}
		(void)snprintf(field, sizeof(field), "role_%s", name);
		(void)json_object_set_new(call->body, field, json_true());
	}
	return json_object_del(call->body, "roles") == 0;
}

/* "{admin,editor}". False: answered. */
static bool read_roles(struct api_call *call, char ret_roles[ROLES_ROOM])
{
	size_t length = 0;

	for (size_t i = 0; i < COUNT_OF(roles); i++)
		if (form_checked(call, roles[i].field))
			length +=
			    (size_t)snprintf(ret_roles + length, ROLES_ROOM - length, "%c%s",
					     length == 0 ? '{' : ',', role_name(roles[i].role));
	if (length == 0) {
		message_refuse(call, 400, call->face == NULL ? "roles" : "role_admin", "no_role");
		return false;
	}
	(void)snprintf(ret_roles + length, ROLES_ROOM - length, "}");
	return true;
}

struct slice people_roles(struct page *p, const json_t *list)
{
	struct buf b;
	struct slice text;

	buf_init(&b, 512);
	for (size_t i = 0; i < COUNT_OF(roles); i++)
		for (size_t k = 0; k < json_array_size(list); k++) {
			const char *name = json_string_value(json_array_get(list, k));

			if (name == NULL || role_named(slice_of(name)) != (unsigned)roles[i].role)
				continue;
			if (b.length > 0)
				buf_add_string(&b, " · ");
			text = text_in(p->writer.language, roles[i].text);
			buf_add(&b, text.data, text.length);
		}
	text = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return text;
}

/* What the form of the roles is filled with. */
static json_t *role_values(const json_t *list)
{
	json_t *values = json_object();

	for (size_t k = 0; k < json_array_size(list); k++) {
		const char *name = json_string_value(json_array_get(list, k));
		char field[32];

		(void)snprintf(field, sizeof(field), "role_%s", name == NULL ? "" : name);
		(void)json_object_set_new(values, field, json_true());
	}
	return values;
}

/* --- the pages ----------------------------------------------------------------------------- */

static void add_person(struct page *p, const json_t *person,
		       struct view_console_people_person *view)
{
	*view = (struct view_console_people_person){
		.id = page_member(p, person, "id"),
		.name = page_member(p, person, "name"),
		.roles = people_roles(p, json_object_get(person, "roles")),
		.seen = people_time(p, person, "seen_at"),
		.ended = people_time(p, person, "ended_at"),
		.invited = !json_is_true(json_object_get(person, "has_password")),
		.totp = json_is_true(json_object_get(person, "totp")),
		.waits = json_is_true(json_object_get(person, "waits")),
	};
}

static void fill_team(struct page *p, const json_t *document)
{
	const json_t *list = json_object_get(document, "people");
	size_t count = json_array_size(list);
	struct view_console_people_person *people =
	    arena_array(&p->request->arena, count + 1, sizeof(*people));
	struct view_console_people_team view = { .head = &p->head };

	for (size_t i = 0; people != NULL && i < count; i++)
		add_person(p, json_array_get(list, i), &people[i]);
	view.people = people;
	view.people_count = people == NULL ? 0 : count;
	view.form = form_show(p, &add_form, NULL, NULL);
	template_console_people_team(&p->writer, &view);
}

static void shown(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_show(call, rows, TEXT_team, fill_team);
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void team(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_team_people, &p, shown);
}

static void fill_person(struct page *p, const json_t *document)
{
	const json_t *list = json_object_get(document, "roles");
	struct view_console_people_member view = { .head = &p->head };
	struct view_console_people_person person;
	json_t *values = role_values(list);
	struct slice path;
	struct buf b;

	add_person(p, document, &person);
	buf_init(&b, 64);
	buf_add_format(&b, "/team/%.*s/roles", SLICE_ARG(person.id));
	path = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	view.person = &person;
	view.roles = form_show(p, &role_form, NULL, values);
	((struct view_console_form *)view.roles)->action = path;
	view.sessions_count =
	    people_passes(p, json_object_get(document, "sessions"), "sessions", &view.sessions);
	view.tokens_count =
	    people_passes(p, json_object_get(document, "tokens"), "tokens", &view.tokens);
	template_console_people_member(&p->writer, &view);
	json_decref(values);
}

static void person_shown(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_show(call, rows, TEXT_people_person, fill_person);
	else if (PQntuples(rows) == 0)
		api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL,
			    "There is nobody with this id.");
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

/* The id in the address. False: answered; what is none is nobody's. */
static bool add_id(struct api_call *call, struct db_parameters *p)
{
	uint64_t id;

	if (!slice_to_u64(call->request->captures[0], &id) || id > INT64_MAX) {
		api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL,
			    "There is nobody with this id.");
		return false;
	}
	db_add_i64(p, (int64_t)id);
	return true;
}

static void person(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	if (add_id(call, &p))
		api_ask(call, &sql_team_person, &p, person_shown);
}

/* --- changes ------------------------------------------------------------------------------- */

static void link_made(struct api_call *call, const PGresult *rows)
{
	people_tell_link(call->own, db_text_in(rows, 0, 0));
}

static void add(struct api_call *call)
{
	struct db_parameters to = { .count = 0 };
	char list[ROLES_ROOM];
	struct people *p;

	if (!read_role_list(call) || !form_check(call, &add_form) || !read_roles(call, list))
		return;
	p = people_new(call);
	if (p == NULL)
		return;
	people_make_key(p, ACCESS_LINK);
	db_add_text(&to, form_text(call, "name"));
	db_add_text(&to, slice_of(list));
	people_add_made(p, &to);
	api_ask(call, &sql_team_add_account, &to, link_made);
}

static void make_link(struct api_call *call)
{
	struct db_parameters to = { .count = 0 };
	struct people *p;

	if ((call->body != NULL && !form_check(call, &nothing)) || !add_id(call, &to))
		return;
	p = people_new(call);
	if (p == NULL)
		return;
	people_make_key(p, ACCESS_LINK);
	people_add_made(p, &to);
	api_ask(call, &sql_team_make_link, &to, link_made);
}

static void changed(struct api_call *call, const PGresult *rows)
{
	(void)rows;
	people_done(call, "/team", "saved");
}

static void set_roles(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	char list[ROLES_ROOM];

	if (!read_role_list(call) || !form_check(call, &role_form) || !read_roles(call, list) ||
	    !add_id(call, &p))
		return;
	db_add_text(&p, slice_of(list));
	api_ask(call, &sql_team_set_roles, &p, changed);
}

static void unlock(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	if ((call->body != NULL && !form_check(call, &nothing)) || !add_id(call, &p))
		return;
	db_add_i64(&p, 0);
	api_ask(call, &sql_team_unlock, &p, changed);
}

static void end(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	if ((call->body == NULL || form_check(call, &nothing)) && add_id(call, &p))
		api_ask(call, &sql_team_end_account, &p, changed);
}

/* --- */

void serve_team(struct request *r)
{
	people_enter(r, API_BODY_NONE, team, NULL);
}

void serve_team_person(struct request *r)
{
	people_enter(r, API_BODY_NONE, person, NULL);
}

void serve_team_add(struct request *r)
{
	people_enter_session(r, API_BODY_JSON, add, team);
}

void serve_team_roles(struct request *r)
{
	people_enter_session(r, API_BODY_JSON, set_roles, person);
}

void serve_team_link(struct request *r)
{
	people_enter_session(r, API_BODY_NONE, make_link, NULL);
}

void serve_team_unlock(struct request *r)
{
	people_enter(r, API_BODY_NONE, unlock, NULL);
}

void serve_team_end(struct request *r)
{
	people_enter(r, API_BODY_NONE, end, NULL);
}
