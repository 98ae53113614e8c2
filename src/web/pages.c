/* What the console's pages share: head and foot, language, refusals, the way on after a form. */
#include "web/pages.h"

#include <openssl/rand.h>

#include "model/digital_link.h"
#include "model/language.h"
#include "web/api_problem.h"
#include "web/router.h"
#include "web/session.h"

enum {
	PAGE_MOST = 8 << 20, /* of what was pasted every quote takes six bytes */
	FACTS_MOST = 24,
	FORM_MOST = 8192,
	BETWEEN_MOST = 1024,
	LINK_MOST = 2048,
};

/* Forms, style, script and pictures of ours; nothing else runs or loads. */
#define PAGE_CSP_TO(ancestors)                                                        \
	"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "   \
	"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; " \
	"frame-ancestors " ancestors
#define PAGE_CSP	PAGE_CSP_TO("'none'")
#define PAGE_CSP_FRAMED PAGE_CSP_TO("'self'")

/* The languages that the console's texts are whole in; the first is for who says nothing. */
static const char *const languages[] = { "en", "zh-CN" };
static const char *const language_names[] = { "English", "中文" };

#define LANGUAGE_COOKIE "__Host-suyuan-lang"

/* --- messages ------------------------------------------------------------------------------ */

void message_refuse(struct api_call *call, int status, const char *member, const char *code)
{
	json_t *members = json_pack("{s:s}", "code", code);

	if (member != NULL)
		json_object_set_new(members, "member", json_string(member));
	api_problem_members(call, status, members, message_words(code));
}

void message_answer(struct api_call *call, const PGresult *rows, const char *missing)
{
	if (PQntuples(rows) == 0)
		message_refuse(call, 404, NULL, missing);
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

/* --- the frame ----------------------------------------------------------------------------- */

static const struct {
	const char *path;
	enum text name;
	unsigned roles;
} parts[] = {
#define PART(path, name, roles) { path, TEXT_##name, roles },
#include "web/navigation.def"
#undef PART
};

static bool is_within(struct slice path, struct slice part)
{
	return slice_starts(path, part) &&
	       (path.length == part.length || (part.length > 1 && path.data[part.length] == '/'));
}

/* A batch has an address of its own beside the list of them. */
static bool is_here(struct slice path, struct slice part)
{
	return is_within(path, part) ||
	       (slice_equal(part, S("/packing")) && is_within(path, S("/batches")));
}

static void add_parts(struct page *p, unsigned roles)
{
	struct view_console_part *list =
	    arena_array(&p->request->arena, COUNT_OF(parts), sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; list != NULL && i < COUNT_OF(parts); i++) {
		if ((roles & parts[i].roles) == 0)
			continue;
		list[count++] = (struct view_console_part){
			.path = slice_of(parts[i].path),
			.name = text_in(p->writer.language, parts[i].name),
			.current = is_here(p->request->path, slice_of(parts[i].path)),
		};
	}
	p->head.parts = list;
	p->head.parts_count = count;
}

/* Which of `languages`: asked for now, remembered, or the browser's. */
static unsigned choose(struct page *p)
{
	struct request *r = p->request;
	struct slice asked = request_query(r, "lang");
	struct slice kept = session_cookie(request_header(r, "cookie"), LANGUAGE_COOKIE);
	struct buf cookie;

	for (unsigned i = 0; i < COUNT_OF(languages); i++) {
		if (!slice_equal(asked, slice_of(languages[i])))
			continue;
		buf_init(&cookie, 256);
		buf_add_format(&cookie,
			       LANGUAGE_COOKIE "=%s; Max-Age=31536000; Path=/; Secure; HttpOnly; "
					       "SameSite=Lax",
			       languages[i]);
		p->set_language = arena_copy(&r->arena, buf_slice(&cookie));
		buf_release(&cookie);
		return i;
	}
	for (unsigned i = 0; i < COUNT_OF(languages); i++)
		if (slice_equal(kept, slice_of(languages[i])))
			return i;
	return language_choose(languages, COUNT_OF(languages), S(""),
			       request_header(r, "accept-language"));
}

struct slice page_language(struct request *r)
{
	struct page p = { .request = r };

	return slice_of(languages[choose(&p)]);
}

static unsigned page_language_of(const char *tag)
{
	unsigned i = 0;

	while (i + 1 < page_language_count && strcmp(page_languages[i], tag) != 0)
		i++;
	return i;
}

/* A path of ours and nothing that a browser could take for another host: some leave out tabs. */
static bool is_local(struct slice path)
{
	if (path.length < 2 || path.data[0] != '/' || path.data[1] == '/')
		return false;
	for (size_t i = 0; i < path.length; i++)
		if (path.data[i] < 0x21 || path.data[i] > 0x7e || path.data[i] == '\\')
			return false;
	return true;
}

/* What the page was asked for besides its language, such as a filter; what was done is past. */
static void add_asked(struct page *p, struct buf *link)
{
	struct slice rest = p->request->query, pair, name;
	struct arena *memory = &p->request->arena;

	while (rest.length > 0 && slice_cut(&rest, '&', &pair)) {
		(void)slice_cut(&pair, '=', &name);
		if (percent_decode(memory, name, true, &name) != ROUTE_FOUND ||
		    percent_decode(memory, pair, true, &pair) != ROUTE_FOUND || name.length == 0 ||
		    slice_equal(name, S("lang")) || slice_equal(name, S("done")) ||
		    slice_equal(name, S("undo")))
			continue;
		digital_link_add_escaped(link, name);
		buf_add_char(link, '=');
		digital_link_add_escaped(link, pair);
		buf_add_char(link, '&');
	}
}

/* This page in another language; where it is too long for a link, or none of ours, the first page.
 */
static struct slice link_in(struct page *p, const char *language)
{
	struct slice path = p->request->path, link;
	struct buf b;

	buf_init(&b, LINK_MOST);
	if ((p->request->method & (METHOD_GET | METHOD_HEAD)) != 0 &&
	    (path.length == 1 || is_local(path))) {
		buf_add_slice(&b, path);
		buf_add_char(&b, '?');
		add_asked(p, &b);
	} else {
		buf_add_string(&b, "/?");
	}
	buf_add_format(&b, "lang=%s", language);
	if (!buf_ok(&b)) {
		buf_clear(&b);
		buf_add_format(&b, "/?lang=%s", language);
	}
	link = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return link;
}

static void add_language(struct page *p)
{
	unsigned chosen = choose(p), other = (chosen + 1) % COUNT_OF(languages);

	p->writer.language = page_language_of(languages[chosen]);
	p->head.lang = slice_of(languages[chosen]);
	p->head.other_lang = slice_of(languages[other]);
	p->head.other_name = slice_of(language_names[other]);
	p->head.other_link = link_in(p, languages[other]);
}

/* The words of its code in the reader's language; a code that is none of ours says nothing. */
static struct slice said_of(struct page *p, const json_t *members, struct slice words)
{
	struct slice said = message_text(p->writer.language, page_member(p, members, "code"));

	return said.length > 0 ? said : words;
}

static void add_refusal(struct page *p)
{
	const struct api_refusal *refusal = &p->call->refusal;

	if (refusal->status == 0)
		return;
	p->head.error = said_of(p, refusal->members, refusal->words);
	/* A body as a whole is no field that could be gone to. */
	if (!slice_equal(refusal->member, S("body")))
		p->head.error_field = refusal->member;
}

void page_init(struct page *p, struct api_call *call, struct request *r, enum text title)
{
	*p = (struct page){ .call = call, .request = r };
	/* Whatever the request has used up: what was wrong with it must be said. */
	arena_extend(&r->arena, REQUEST_ARENA_PAGE);
	buf_init(&p->out, PAGE_MOST);
	p->writer.out = &p->out;
	add_language(p);
	p->head.title = text_in(p->writer.language, title);
	if (call == NULL)
		return;
	p->head.line = slice_of(call->person.id != 0 ? call->person.name : call->line.name);
	p->head.brand = slice_of(call->person.brand);
	p->head.token = slice_of(call->form_token);
	p->head.done = message_text(p->writer.language, request_query(r, "done"));
	if (call->person.id != 0)
		add_parts(p, call->roles);
	add_refusal(p);
}

void page_send(struct page *p, int status)
{
	bool refused = p->call != NULL && p->call->refusal.status != 0;
	struct answer a = {
		.status = refused ? p->call->refusal.status : status,
		.content_type = "text/html; charset=utf-8",
		.content_security_policy = p->framed ? PAGE_CSP_FRAMED : PAGE_CSP,
	};

	answer_add_header(&a, "content-language", p->head.lang);
	answer_add_header(&a, "vary", S("Accept-Language, Cookie"));
	if (p->set_language.length > 0)
		answer_add_header(&a, "set-cookie", p->set_language);
	if (p->retry_after.length > 0)
		answer_add_header(&a, "retry-after", p->retry_after);
	if (p->allowed.length > 0)
		answer_add_header(&a, "allow", p->allowed);
	if (p->call != NULL)
		api_end(p->call, &a);
	a.body = buf_slice(&p->out);
	if (buf_ok(&p->out) && !p->request->arena.failed)
		respond(p->request, &a);
	else
		respond_problem(p->request, 503, status_text(503), NULL);
	buf_release(&p->out);
}

static void show_problem(struct request *r, int status, enum message message, struct slice allowed)
{
	const char *code = message_code(message);
	struct view_console_problem view = { .fields = NULL };
	struct page p;

	page_init(&p, NULL, r, TEXT_console_problem);
	view.head = &p.head;
	view.words = message_text(p.writer.language, slice_of(code));
	p.allowed = allowed;
	if (status == 429 || status == 503)
		p.retry_after = S("10");
	template_console_problem(&p.writer, &view);
	page_send(&p, status);
}

void page_problem(struct request *r, int status, enum message message)
{
	if (slice_starts(r->path, S("/v1/")))
		respond_message(r, status, message);
	else
		show_problem(r, status, message, S(""));
}

void page_wrong_method(struct request *r, struct slice allowed)
{
	show_problem(r, 405, MESSAGE_wrong_method, allowed);
}

void page_show(struct api_call *call, const PGresult *rows, enum text title,
	       void (*fill)(struct page *p, const json_t *document))
{
	json_t *document, *names = NULL;
	struct slice text;
	struct page p;

	if (PQntuples(rows) == 0) {
		message_refuse(call, 404, NULL, "no_such_thing");
		return;
	}
	text = db_text_in(rows, 0, 0);
	document = json_loadb(text.data, text.length, 0, NULL);
	if (PQnfields(rows) > 1) {
		text = db_text_in(rows, 0, 1);
		(void)json_object_set_new(document, "offered",
					  json_loadb(text.data, text.length, 0, NULL));
	}
	if (PQnfields(rows) > 2) {
		text = db_text_in(rows, 0, 2);
		names = json_loadb(text.data, text.length, 0, NULL);
	}
	page_init(&p, call, call->request, title);
	p.names = names;
	fill(&p, document);
	page_send(&p, 200);
	json_decref(names);
	json_decref(document);
}

void page_new_key(char ret_key[PAGE_KEY_SIZE])
{
	unsigned char random[(PAGE_KEY_SIZE - 1) / 2];

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	for (unsigned i = 0; i < sizeof(random); i++)
		(void)snprintf(ret_key + 2 * i, 3, "%02x", random[i]);
}

/* --- what comes of a form ------------------------------------------------------------------- */

void page_go_to(struct api_call *call, struct slice path)
{
	struct answer a = { .status = 303 };

	answer_add_header(&a, "location", path);
	api_end(call, &a);
	respond(call->request, &a);
}

/*
 * The fields of the form as they came, so that it can be sent again with its key: who went back
 * instead would ask for a new batch. 0: no form that makes something, or not one of ours.
 */
static size_t form_fields(struct request *r, struct view_console_field ret_fields[FACTS_MOST])
{
	struct slice rest = r->body, pair, name;
	size_t count = 0;
	bool has_key = false;

	if (r->method != METHOD_POST || rest.length > FORM_MOST)
		return 0;
	while (slice_cut(&rest, '&', &pair)) {
		struct view_console_field *field;

		if (pair.length == 0)
			continue;
		if (count == FACTS_MOST)
			return 0;
		field = &ret_fields[count++];
		(void)slice_cut(&pair, '=', &name);
		if (percent_decode(&r->arena, name, true, &field->name) != ROUTE_FOUND ||
		    percent_decode(&r->arena, pair, true, &field->value) != ROUTE_FOUND)
			return 0;
		has_key |= slice_equal(field->name, S("idempotency_key"));
	}
	return has_key ? count : 0;
}

static void keep_refusal(struct api_call *call, int status, const json_t *members,
			 const char *detail)
{
	struct arena *memory = &call->request->arena;
	const char *member = json_string_value(json_object_get(members, "member"));

	call->refusal = (struct api_refusal){
		.status = status,
		.member = arena_copy(memory, slice_of(member == NULL ? "" : member)),
		.words = arena_copy(memory, slice_of(detail)),
		.members = json_incref((json_t *)members),
	};
}

/* " (Void, Destroyed → In use)": what stands and what was asked for; empty where that is not told.
 */
static struct slice between(struct page *p, const json_t *members)
{
	struct slice rest = page_member(p, members, "from"), to = page_member(p, members, "to");
	struct slice part, text;
	struct buf b;

	if (rest.length == 0 || to.length == 0)
		return S("");
	buf_init(&b, BETWEEN_MOST);
	while (slice_cut(&rest, ',', &part)) {
		part = page_state(p, slice_trim(part));
		buf_add_format(&b, "%s%.*s", b.length == 0 ? " (" : ", ", SLICE_ARG(part));
	}
	to = page_state(p, to);
	buf_add_format(&b, " → %.*s)", SLICE_ARG(to));
	text = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return text;
}

/* What it must be: numbers for everybody, "1 to 20"; words for machines only to who reads English.
 */
static struct slice limit_of(struct page *p, const json_t *members)
{
	struct slice limit = page_member(p, members, "limit"), rest = limit, least, to;
	uint64_t number;
	char text[64];

	(void)slice_cut(&rest, ' ', &least);
	(void)slice_cut(&rest, ' ', &to);
	if (slice_to_u64(least, &number) && slice_equal(to, S("to")) &&
	    slice_to_u64(rest, &number)) {
		(void)snprintf(text, sizeof(text), "%.*s–%.*s", SLICE_ARG(least), SLICE_ARG(rest));
		return arena_copy(&p->request->arena, slice_of(text));
	}
	return slice_to_u64(limit, &number) || slice_equal(p->head.lang, S("en")) ? limit : S("");
}

static void refuse(struct api_call *call, int status, const json_t *members, const char *detail)
{
	struct page p;
	struct view_console_field fields[FACTS_MOST];
	struct view_console_problem view = { .words = slice_of(detail), .fields = fields };

	if (status == 401) {
		page_go_to(call, S("/"));
		return;
	}
	if (call->again != NULL && call->refusal.status == 0 && (status < 500 || status == 507)) {
		keep_refusal(call, status, members, detail);
		call->again(call);
		return;
	}
	page_init(&p, call, call->request, TEXT_console_problem);
	view.head = &p.head;
	view.words = said_of(&p, members, view.words);
	view.limit = limit_of(&p, members);
	view.between = between(&p, members);
	p.retry_after = page_member(&p, members, "retry_after");
	view.path = call->request->path;
	if (p.retry_after.length > 0)
		view.fields_count = form_fields(call->request, fields);
	template_console_problem(&p.writer, &view);
	page_send(&p, status);
}

/* What an answer in JSON says, member by member; those of more than one word are left out. */
static void show_answer(struct api_call *call, struct slice json)
{
	json_t *document = json_loadb(json.data, json.length, 0, NULL);
	struct view_console_count facts[FACTS_MOST];
	struct view_console_code view = { .facts = facts };
	struct page p;
	const char *name;
	json_t *value;

	page_init(&p, call, call->request, TEXT_console_code_title);
	json_object_foreach(document, name, value)
	{
		struct slice text = page_member(&p, document, name);

		if (text.length == 0 || view.facts_count == FACTS_MOST)
			continue;
		facts[view.facts_count++] =
		    (struct view_console_count){ page_name(&p, name), strcmp(name, "state") == 0
									  ? page_state(&p, text)
									  : text };
	}
	view.head = &p.head;
	view.code = page_member(&p, call->body, "code");
	template_console_code(&p.writer, &view);
	page_send(&p, 200);
	json_decref(document);
}

/* To what was made: its page has the address of the API without /v1. */
static void answer(struct api_call *call, struct slice location, struct slice json)
{
	if (slice_starts(location, S("/v1/")))
		page_go_to(call, arena_copy(&call->request->arena, slice_from(location, 3)));
	else if (is_local(call->back))
		page_go_to(call, call->back);
	else
		show_answer(call, json);
}

const struct api_face page_face = { .refuse = refuse, .answer = answer };
