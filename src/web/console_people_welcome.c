/*
 * `/welcome/{link}`: the one-time link of who was invited, or has lost his password. Looking at it
 * uses nothing up, for programs look at links, too; sending the form does.
 */
#include "store/sql.h"
#include "web/console_people.h"

void serve_welcome_page(struct request *r);
void serve_welcome(struct request *r);

static const struct form_field fields[] = {
	{ "link", TEXT_people_link, .kind = FORM_HIDDEN, .most = ACCESS_KEY_TEXT_SIZE,
	  .required = true },
	{ "password", TEXT_people_new_password, TEXT_people_password_hint, .kind = FORM_SECRET,
	  .most = PASSWORD_MOST, .required = true, .autocomplete = "new-password" },
	{ "again", TEXT_people_again, .kind = FORM_SECRET, .most = PASSWORD_MOST, .required = true,
	  .autocomplete = "new-password" },
};
static const struct form form = { "/welcome", TEXT_people_set_password, fields, COUNT_OF(fields),
				  .upload = false };

/* --- the page ------------------------------------------------------------------------------ */

static void show(struct api_call *call, struct slice link, struct slice name, struct slice brand)
{
	struct view_console_people_welcome view = { .name = name, .brand = brand };
	struct view_console_form *shown;
	struct page p;

	page_init(&p, call, call->request, TEXT_people_welcome);
	p.head.other_link = S(""); /* of an address that is a secret */
	shown = form_show(&p, &form, NULL, NULL);
	form_input(shown, "link")->value = link;
	view.head = &p.head;
	view.form = shown;
	template_console_people_welcome(&p.writer, &view);
	page_send(&p, 200);
}

static void show_link(struct api_call *call, const PGresult *rows)
{
	show(call, call->request->captures[0], db_text_in(rows, 0, 0), db_text_in(rows, 0, 1));
}

/* Asks whose link it is. */
static void ask(struct api_call *call, struct slice link,
		void (*on_rows)(struct api_call *, const PGresult *))
{
	struct people *p = people_new(call);
	struct db_parameters to = { .count = 0 };

	if (p == NULL)
		return;
	if (!access_key_read(ACCESS_LINK, link, &p->held)) {
		message_refuse(call, 410, NULL, "link_ended");
		return;
	}
	db_add_text(&to, slice_of(p->held.id));
	db_add_text(&to, slice_of(p->held.sha256));
	db_add_text(&to, page_language(call->request));
	api_ask(call, &sql_team_show_link, &to, on_rows);
}

static void page(struct api_call *call)
{
	ask(call, call->request->captures[0], show_link);
}

/* --- the form ------------------------------------------------------------------------------ */

static void again(struct api_call *call)
{
	if (call->refusal.status == 410 || call->refusal.status == 403)
		page_face.refuse(call, call->refusal.status, call->refusal.members,
				 call->refusal.words.data == NULL ? ""
								  : message_words("link_ended"));
	else
		show(call, form_text(call, "link"), S(""), S(""));
}

static void let_in(struct api_call *call, const PGresult *rows)
{
	struct people *p = call->own;

	if (slice_equal(db_text_in(rows, 0, 0), S("ticket")))
		people_ask_code(call, p->made_text);
	else
		people_go_signed(call, "/", p->made_text);
}

static void hashed(struct people *p)
{
	struct db_parameters to = { .count = 0 };

	people_make_key(p, ACCESS_SESSION);
	db_add_text(&to, slice_of(p->held.id));
	db_add_text(&to, slice_of(p->held.sha256));
	db_add_text(&to, slice_of(p->hash));
	people_add_made(p, &to);
	db_add_text(&to, people_label(p->call));
	db_add_text(&to, people_address(p->call));
	db_add_i64(&to, people_session_seconds());
	db_add_i64(&to, people_idle_seconds());
	api_ask(p->call, &sql_team_use_link, &to, let_in);
}

static void known(struct api_call *call, const PGresult *rows)
{
	struct slice password;

	if (people_new_password(call, db_text_in(rows, 0, 0), &password))
		people_hash(call->own, password, hashed);
}

static void take(struct api_call *call)
{
	if (form_check(call, &form))
		ask(call, form_text(call, "link"), known);
}

void serve_welcome_page(struct request *r)
{
	api_enter_open(r, &page_face, API_BODY_NONE, page, NULL);
}

void serve_welcome(struct request *r)
{
	api_enter_open(r, &page_face, API_BODY_FORM, take, again);
}
