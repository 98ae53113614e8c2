/* What the console's pages share: head and foot, language, refusals, the way on after a form. */
#include "web/pages.h"

#include <openssl/rand.h>

#include "model/language.h"
#include "web/router.h"

enum { PAGE_MOST = 1 << 20, NUMBER_SIZE = 24, FACTS_MOST = 24, FORM_MOST = 8192 };

/* Forms of ours and our one style sheet; nothing else runs or loads. */
#define PAGE_CSP                                                                              \
	"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri " \
	"'none'; frame-ancestors 'none'"

void page_init(struct page *p, struct api_call *call, struct request *r, enum text title)
{
	unsigned language =
	    language_choose(page_languages, page_language_count, request_query(r, "lang"),
			    request_header(r, "accept-language"));

	*p = (struct page){ .call = call, .request = r };
	buf_init(&p->out, PAGE_MOST);
	p->writer = (struct writer){ .out = &p->out, .language = language };
	p->head.lang = slice_of(page_languages[language]);
	p->head.title = text_in(language, title);
	if (call != NULL)
		p->head.line = slice_of(call->line.name);
}

static struct slice copy(struct page *p, struct slice s)
{
	return arena_copy(&p->request->arena, s);
}

struct slice page_member(struct page *p, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	char number[NUMBER_SIZE];

	if (json_is_string(value))
		return copy(p,
			    (struct slice){ json_string_value(value), json_string_length(value) });
	if (!json_is_integer(value))
		return S("");
	(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	return copy(p, slice_of(number));
}

/* Names and words of the API that people are told in their language. */
static const struct {
	const char *name;
	enum text text;
} words[] = {
	{ "gtin", TEXT_console_gtin },
	{ "lot", TEXT_console_lot },
	{ "state", TEXT_console_state },
	{ "batch", TEXT_console_batch },
	{ "quantity", TEXT_console_quantity },
	{ "product", TEXT_console_product },
	{ "provisioned", TEXT_console_state_provisioned },
	{ "printed", TEXT_console_state_printed },
	{ "commissioned", TEXT_console_state_commissioned },
	{ "consumed", TEXT_console_state_consumed },
	{ "decommissioned", TEXT_console_state_decommissioned },
	{ "destroyed", TEXT_console_state_destroyed },
	{ "void", TEXT_console_state_void },
	{ "blocked", TEXT_console_state_blocked },
	{ "waiting", TEXT_console_job_waiting },
	{ "running", TEXT_console_job_running },
	{ "done", TEXT_console_job_done },
	{ "failed", TEXT_console_job_failed },
	{ "cancelled", TEXT_console_job_cancelled },
};

struct slice page_name(struct page *p, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return text_in(p->writer.language, words[i].text);
	return copy(p, slice_of(name));
}

struct slice page_state(struct page *p, struct slice state)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_equal(state, slice_of(words[i].name)))
			return text_in(p->writer.language, words[i].text);
	return state;
}

void page_send(struct page *p, int status)
{
	struct answer a = {
		.status = status,
		.content_type = "text/html; charset=utf-8",
		.content_security_policy = PAGE_CSP,
	};

	answer_add_header(&a, "content-language", p->head.lang);
	answer_add_header(&a, "vary", S("Accept-Language, Cookie"));
	if (p->retry_after.length > 0)
		answer_add_header(&a, "retry-after", p->retry_after);
	if (p->call != NULL)
		api_end(p->call, &a);
	a.body = buf_slice(&p->out);
	if (buf_ok(&p->out))
		respond(p->request, &a);
	else
		respond_problem(p->request, 503, status_text(503), NULL);
	buf_release(&p->out);
}

void page_show(struct api_call *call, const PGresult *rows, enum text title,
	       void (*fill)(struct page *p, const json_t *document))
{
	struct slice text;
	json_t *document;
	struct page p;

	if (PQntuples(rows) == 0) {
		api_problem(call, 404, NULL, NULL, "There is nothing with this id.");
		return;
	}
	text = db_text_in(rows, 0, 0);
	document = json_loadb(text.data, text.length, 0, NULL);
	page_init(&p, call, call->request, title);
	fill(&p, document);
	page_send(&p, 200);
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

static void go_to(struct api_call *call, struct slice path)
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

static void refuse(struct api_call *call, int status, const json_t *members, const char *detail)
{
	struct page p;
	struct view_console_field fields[FACTS_MOST];
	struct view_console_problem view = { .words = slice_of(detail), .fields = fields };

	if (status == 401) {
		go_to(call, S("/"));
		return;
	}
	page_init(&p, call, call->request, TEXT_console_problem);
	view.head = &p.head;
	view.limit = page_member(&p, members, "limit");
	p.retry_after = page_member(&p, members, "retry_after");
	view.path = call->request->path;
	if (p.retry_after.length > 0)
		view.fields_count = form_fields(call->request, fields);
	template_console_problem(&p.writer, &view);
	page_send(&p, status);
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
		go_to(call, arena_copy(&call->request->arena, slice_from(location, 3)));
	else if (is_local(call->back))
		go_to(call, call->back);
	else
		show_answer(call, json);
}

const struct api_face page_face = { .refuse = refuse, .answer = answer };
