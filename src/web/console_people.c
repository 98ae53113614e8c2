/* What the pages of people share. */
#include "web/console_people.h"

#include <arpa/inet.h>
#include <openssl/rand.h>

#include "base/utf8.h"
#include "web/api_problem.h"
#include "web/module.h"
#include "web/router.h"
#include "web/session.h"

enum { LINK_MOST = 1024 };

/* --- keys ---------------------------------------------------------------------------------- */

void people_make_key(struct people *p, enum access_kind kind)
{
	uint8_t random[ACCESS_KEY_RANDOM];

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	access_key_make(kind, random, p->made_text, &p->made);
	OPENSSL_cleanse(random, sizeof(random));
}

void people_add_made(struct people *p, struct db_parameters *to)
{
	db_add_text(to, slice_of(p->made.id));
	db_add_text(to, slice_of(p->made.sha256));
}

/* --- from where ---------------------------------------------------------------------------- */

struct slice people_address(struct api_call *call)
{
	const struct client_address *client = &call->request->client;
	char text[PEOPLE_ADDRESS_SIZE] = "";

	if (inet_ntop(client->is_ipv6 ? AF_INET6 : AF_INET, client->bytes, text, sizeof(text)) ==
	    NULL)
		abort(); /* there is room */
	return arena_copy(&call->request->arena, slice_of(text));
}

struct slice people_label(struct api_call *call)
{
	struct slice agent = request_header(call->request, "user-agent");
	char text[PEOPLE_LABEL_MOST];
	size_t length = 0;

	for (size_t i = 0; i < agent.length && length < sizeof(text); i++)
		if (agent.data[i] >= 0x20 && agent.data[i] < 0x7f)
			text[length++] = agent.data[i];
	return arena_copy(&call->request->arena, (struct slice){ text, length });
}

int64_t people_session_seconds(void)
{
	return (int64_t)app_settings()->session_hours * 3600;
}

int64_t people_idle_seconds(void)
{
	return (int64_t)app_settings()->session_idle_minutes * 60;
}

/* --- answers ------------------------------------------------------------------------------- */

static void add_cookie(struct answer *a, const char *name, const char *value, int64_t seconds,
		       char text[PEOPLE_COOKIE_SIZE])
{
	(void)snprintf(text, PEOPLE_COOKIE_SIZE,
		       "%s=%s; Max-Age=%lld; Path=/; Secure; HttpOnly; SameSite=Strict", name,
		       value, (long long)seconds);
	answer_add_header(a, "set-cookie", slice_of(text));
}

void people_go_signed(struct api_call *call, const char *path, const char *text)
{
	char line[PEOPLE_COOKIE_SIZE], person[PEOPLE_COOKIE_SIZE], known[PEOPLE_COOKIE_SIZE];
	struct answer a = { .status = 303 };

	answer_add_header(&a, "location", slice_of(path));
	/* Whoever signs in anew is nobody else any more. */
	add_cookie(&a, SESSION_COOKIE, "", 0, line);
	add_cookie(&a, PERSON_COOKIE, text == NULL ? "" : text,
		   text == NULL ? 0 : people_session_seconds(), person);
	if (text != NULL)
		add_cookie(&a, KNOWN_COOKIE, text, KNOWN_SECONDS, known);
	api_end(call, &a);
	respond(call->request, &a);
}

struct slice people_time(struct page *p, const json_t *object, const char *member)
{
	return page_minute(p, page_member(p, object, member));
}

static bool is_api(const struct request *r)
{
	return slice_starts(slice_of(r->route->pattern), S("/v1/"));
}

static void enter_page(struct request *r, enum api_body body, void (*handle)(struct api_call *call),
		       void (*again)(struct api_call *call))
{
	api_enter_form(r, &page_face,
		       r->method != METHOD_POST ? API_BODY_NONE
		       : body == API_BODY_NONE	? API_BODY_BUTTON
						: API_BODY_FORM,
		       handle, again);
}

void people_enter(struct request *r, enum api_body body, void (*handle)(struct api_call *call),
		  void (*again)(struct api_call *call))
{
	if (is_api(r))
		api_enter(r, body, handle);
	else
		enter_page(r, body, handle, again);
}

void people_enter_session(struct request *r, enum api_body body,
			  void (*handle)(struct api_call *call),
			  void (*again)(struct api_call *call))
{
	if (is_api(r))
		api_enter_session(r, body, handle);
	else
		enter_page(r, body, handle, again);
}

void people_done(struct api_call *call, const char *path, const char *code)
{
	struct buf b;

	buf_init(&b, 512);
	if (call->face != NULL)
		buf_add_format(&b, "%s?done=%s", path, code);
	else
		buf_add_format(&b, "{\"done\":\"%s\"}", code);
	if (call->face != NULL)
		page_go_to(call, arena_copy(&call->request->arena, buf_slice(&b)));
	else
		api_answer_json(call, 200, arena_copy(&call->request->arena, buf_slice(&b)));
	buf_release(&b);
}

/* Wipes what it was made from. */
static void tell(struct people *p, int status, json_t *document)
{
	char *json = json_dumps(document, JSON_COMPACT);

	if (json == NULL)
		api_no_memory(p->call);
	else
		api_answer_json(p->call, status, slice_of(json));
	if (json != NULL)
		OPENSSL_cleanse(json, strlen(json));
	free(json);
	json_decref(document);
}

static void show_once(struct people *p, enum text title, struct view_console_people_once *view)
{
	struct page page;

	page_init(&page, p->call, p->call->request, title);
	view->head = &page.head;
	view->ends = page_minute(&page, view->ends);
	template_console_people_once(&page.writer, view);
	page_send(&page, 200);
}

void people_tell_token(struct people *p, struct slice ends)
{
	struct slice token = slice_of(p->made_text);
	struct view_console_people_once view = { .what = token,
						 .ends = ends,
						 .back = S("/account") };

	if (p->call->face != NULL)
		show_once(p, TEXT_people_token_made, &view);
	else
		tell(p, 201,
		     json_pack("{s:s,s:s,s:s%}", "token", p->made_text, "id", p->made.id, "ends_at",
			       ends.data == NULL ? "" : ends.data, ends.length));
}

/* What a link to this console begins with, as the setting says; empty where it does not. */
static struct slice console_url(void)
{
	struct slice url = slice_of(app_settings()->console_url);

	while (slice_ends(url, S("/")))
		url.length--;
	return url;
}

void people_tell_link(struct people *p, struct slice ends)
{
	struct slice url = console_url(), path, link;
	struct view_console_people_once view = { .is_link = true,
						 .ends = ends,
						 .back = S("/team") };
	struct buf b;
	json_t *document;

	buf_init(&b, LINK_MOST);
	buf_add_format(&b, "%.*s/welcome/%s", SLICE_ARG(url), p->made_text);
	link = arena_copy(&p->call->request->arena, buf_slice(&b));
	OPENSSL_cleanse(b.data, b.length);
	buf_release(&b);
	path = slice_from(link, url.length);
	view.what = link;
	view.is_path = url.length == 0;
	if (p->call->face != NULL) {
		show_once(p, TEXT_people_link_made, &view);
		return;
	}
	document = json_pack("{s:s%,s:s,s:s%}", "path", path.data, path.length, "id", p->made.id,
			     "ends_at", ends.data == NULL ? "" : ends.data, ends.length);
	if (!view.is_path)
		(void)json_object_set_new(document, "link", json_stringn(link.data, link.length));
	tell(p, 201, document);
}
