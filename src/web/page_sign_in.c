/* Signing in to the console with a line's key, and out again. */
#include <time.h>

#include "store/sql.h"
#include "web/api_form.h"
#include "web/pages.h"
#include "web/session.h"

void serve_sign_in(struct request *r);
void serve_sign_out(struct request *r);

enum { COOKIE_SIZE = 256 };

#define COOKIE_FLAGS "; Path=/; Secure; HttpOnly; SameSite=Strict"

static void set_cookie(struct answer *a, struct request *r, const char *value, int seconds)
{
	char *text = arena_alloc(&r->arena, COOKIE_SIZE);

	if (text == NULL)
		abort(); /* a request of one small form cannot use up its memory */
	(void)snprintf(text, COOKIE_SIZE, SESSION_COOKIE "=%s; Max-Age=%d" COOKIE_FLAGS, value,
		       seconds);
	answer_add_header(a, "set-cookie", slice_of(text));
}

static void go_home(struct request *r, const char *cookie, int seconds)
{
	struct answer a = { .status = 303 };

	answer_add_header(&a, "location", S("/"));
	set_cookie(&a, r, cookie, seconds);
	respond(r, &a);
}

/* --- in ------------------------------------------------------------------------------------ */

struct sign_in {
	struct request *request;
	struct access_key key;
	struct db_query query;
};

static void ask_again(struct request *r, int status)
{
	struct page p;
	struct view_console_sign_in view = { .refused = S("") };

	page_init(&p, NULL, r, TEXT_console_packaging);
	view.head = &p.head;
	view.refused = text_in(p.writer.language, TEXT_console_refused);
	template_console_sign_in(&p.writer, &view);
	page_send(&p, status);
}

static void checked(void *arg, enum db_result result, const PGresult *rows)
{
	struct sign_in *s = arg;
	char cookie[SESSION_TEXT_SIZE];

	if (result != DB_OK) {
		respond_problem(s->request, 503, status_text(503),
				"The database is away: try again in a moment.");
	} else if (!slice_equal_constant_time(db_text_in(rows, 0, 0), slice_of(s->key.sha256))) {
		ask_again(s->request, 401);
	} else {
		session_print(&s->key, time(NULL) + SESSION_SECONDS, cookie);
		go_home(s->request, cookie, SESSION_SECONDS);
	}
}

static void gone(struct request *r, void *arg)
{
	struct sign_in *s = arg;

	(void)r;
	db_forget(&s->query);
}

/* The one field of the form. */
static struct slice key_of(const struct request *r)
{
	struct slice rest = r->body, pair, name;

	while (slice_cut(&rest, '&', &pair)) {
		(void)slice_cut(&pair, '=', &name);
		if (slice_equal(name, S("key")))
			return slice_trim(pair);
	}
	return S("");
}

void serve_sign_in(struct request *r)
{
	struct sign_in *s = arena_alloc(&r->arena, sizeof(*s));
	struct db_parameters p = { .count = 0 };

	if (s == NULL) {
		respond_problem(r, 503, status_text(503), NULL);
		return;
	}
	if (!form_is_of_this_site(r)) {
		respond_problem(r, 403, status_text(403), "This form was sent by another site.");
		return;
	}
	*s = (struct sign_in){ .request = r };
	if (!access_key_read(ACCESS_LINE, key_of(r), &s->key)) {
		ask_again(r, 401);
		return;
	}
	s->query = (struct db_query){ .done = checked, .arg = s };
	request_wait(r, gone, s);
	db_add_text(&p, slice_of(s->key.id));
	db_send(console_db(), &sql_line_key_hash, &p, &s->query);
}

/* --- out ----------------------------------------------------------------------------------- */

void serve_sign_out(struct request *r)
{
	if (form_is_of_this_site(r))
		go_home(r, "", 0);
	else
		respond_problem(r, 403, status_text(403), "This form was sent by another site.");
}
