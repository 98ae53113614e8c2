/*
 * A code that was typed: issued, it leads on to its page; else the page says where it was probably
 * mistyped, if anything.
 */
#include "web/check.h"

#include "base/buf.h"
#include "model/digital_link.h"
#include "model/mistype.h"
#include "page/forms.h"
#include "store/sql.h"
#include "web/guess.h"
#include "web/http_accept.h"
#include "web/lookup_backends.h"
#include "web/lookup_negotiate.h"
#include "web/module.h"
#include "web/request_language.h"
#include "web/respond.h"
#include "web/serial_counter.h"
#include "web/state.h"

enum { PAGE_MOST = 1 << 20, BUSY_SECONDS = 2, EXACT_TRIES = 2 };

/* One request; in its arena. */
struct check {
	struct request *request;
	enum page_form form;
	unsigned language;
	struct page_check page;
	struct typed_code typed;
	uint64_t gtin;
	/* Serials made elsewhere it may be: as typed, then in capitals. */
	char exact[EXACT_TRIES][GS1_SERIAL_MAX + 1];
	unsigned exact_count, exact_at;
	bool waiting;
	struct db_query query;
};

/* --- answering ------------------------------------------------------------------------------- */

static const struct {
	int status;
	const char *detail;
} states[] = {
	[PAGE_CHECK_ASKING] = { 200, NULL },
	[PAGE_CHECK_UNREADABLE] = { 400, "What was typed is neither a serial nor a link." },
	[PAGE_CHECK_NO_GTIN] = { 400, "A serial alone needs its GTIN." },
	[PAGE_CHECK_BAD_GTIN] = { 400, "The GTIN has a wrong length or check digit." },
	[PAGE_CHECK_MISTYPED] = { 404, "The code is close to one that was issued." },
	[PAGE_CHECK_NEVER_ISSUED] = { 404, "This code was never issued." },
	[PAGE_CHECK_NOT_FOUND] = { 404, "There is nothing at this address." },
	[PAGE_CHECK_TOO_MANY] = { 429, "Too many codes that were never issued came from here." },
	[PAGE_CHECK_BUSY] = { 503, "The code cannot be checked just now." },
};

static void add_retry(struct answer *a, unsigned seconds, char room[16])
{
	if (seconds == 0)
		return;
	(void)snprintf(room, 16, "%u", seconds);
	answer_add_header(a, "retry-after", slice_of(room));
}

static void respond_page(struct request *r, unsigned language, const struct page_check *page)
{
	struct answer a = { .status = states[page->state].status,
			    .content_type = page_content_type(PAGE_HTML),
			    .content_security_policy = page_forms_policy() };
	char retry[16];
	struct buf out;

	buf_init(&out, PAGE_MOST);
	page_check_write(&out, language, page);
	if (!buf_ok(&out)) {
		buf_release(&out);
		respond_problem(r, 503, "Out of memory", NULL);
		return;
	}
	a.body = buf_slice(&out);
	answer_add_header(&a, "vary", S("accept, accept-language"));
	answer_add_header(&a, "content-language", slice_of(page_languages[language]));
	answer_add_header(&a, "x-robots-tag", S("noindex"));
	add_retry(&a, page->seconds, retry);
	respond(r, &a);
	buf_release(&out);
}

static void respond_state(struct request *r, enum page_form form, unsigned language,
			  const struct page_check *page)
{
	struct answer a = { .status = states[page->state].status };
	char retry[16];

	/* The form itself is a page, whatever else was asked for. */
	if (form == PAGE_HTML || page->state == PAGE_CHECK_ASKING) {
		respond_page(r, language, page);
		return;
	}
	add_retry(&a, page->seconds, retry);
	respond_problem_with(r, &a, status_text(a.status), states[page->state].detail);
}

static void answer(struct check *c, enum page_check_state state, unsigned position)
{
	c->page.state = state;
	c->page.position = position;
	if (state == PAGE_CHECK_BUSY)
		c->page.seconds = BUSY_SECONDS;
	respond_state(c->request, c->form, c->language, &c->page);
}

void check_too_many(struct request *r, enum page_form form, unsigned language, unsigned seconds)
{
	const struct page_check page = { .state = PAGE_CHECK_TOO_MANY, .seconds = seconds };

	respond_state(r, form, language, &page);
}

/* Who would as soon have JSON, or does not say, is a program. */
static bool prefers_html(struct slice accept)
{
	static const struct media_type types[] = { { SLICE("text"), SLICE("html") },
						   { SLICE("application"), SLICE("json") },
						   { SLICE("application"),
						     SLICE("problem+json") } };
	unsigned q[COUNT_OF(types)];

	accept_weigh(accept, types, COUNT_OF(types), q);
	return q[0] > q[1] && q[0] > q[2];
}

bool check_not_found(struct request *r)
{
	const struct page_check page = { .state = PAGE_CHECK_NOT_FOUND };

	if (!prefers_html(request_header(r, "accept")))
		return false;
	respond_page(r, request_language(r), &page);
	return true;
}

/* 303: it is the item's page that answers, also when it is asked for again. */
static void lead_on(struct check *c, struct slice serial)
{
	char path[DL_ITEM_PATH_SIZE], where[DL_ITEM_PATH_SIZE + 32];
	struct answer a = { .status = 303 };

	guess_hit(c->request, c->gtin, serial);
	digital_link_item_path(c->gtin, serial, path);
	if (request_query(c->request, "lang").length > 0)
		(void)snprintf(where, sizeof(where), "%s?lang=%s", path,
			       page_languages[c->language]);
	else
		(void)snprintf(where, sizeof(where), "%s", path);
	answer_add_header(&a, "location", slice_of(where));
	answer_add_header(&a, "vary", S("accept, accept-language"));
	respond(c->request, &a);
}

/* --- none of ours ---------------------------------------------------------------------------- */

/* Where it could not be read any more, or where one character is too few. */
static unsigned unreadable_at(const struct typed_code *typed)
{
	if (typed->bad != 0)
		return typed->bad;
	return typed->length < SERIAL_LENGTH_LEAST ? typed->places[typed->length] : 0;
}

/* It is certain that it was not issued. */
static void deny(struct check *c)
{
	const struct lookup_gtin *known = state_gtin(c->gtin);
	const struct typed_code *typed = &c->typed;
	bool has_foreign = known != NULL && known->has_foreign;
	unsigned at;

	if (has_foreign)
		guess_missed_foreign(c->request, c->gtin);
	else
		guess_missed(c->request, GUESS_OF_TYPED);
	if (known != NULL && typed->bad == 0 &&
	    mistype_find(state_keys(), c->gtin, known->issued, typed->serial, typed->length,
			 (unsigned)app_settings()->serial_length, &at))
		answer(c, PAGE_CHECK_MISTYPED, typed->places[at]);
	else if (!has_foreign && (typed->bad != 0 || typed->length < SERIAL_LENGTH_LEAST))
		answer(c, PAGE_CHECK_UNREADABLE, unreadable_at(typed));
	else
		answer(c, PAGE_CHECK_NEVER_ISSUED, 0);
}

/* --- made elsewhere -------------------------------------------------------------------------- */

static void ask_exact(struct check *c);

static void on_gone(struct request *r, void *arg)
{
	struct check *c = arg;

	(void)r;
	db_forget(&c->query);
}

static void on_exact(void *arg, enum db_result result, const PGresult *rows)
{
	struct check *c = arg;
	struct lookup_item item;

	if (result != DB_OK)
		answer(c, PAGE_CHECK_BUSY, 0);
	else if (lookup_foreign_read(rows, &item) && item.found)
		lead_on(c, slice_of(c->exact[c->exact_at]));
	else if (++c->exact_at < c->exact_count)
		ask_exact(c);
	else if (!state_is_fresh())
		answer(c, PAGE_CHECK_BUSY, 0);
	else
		deny(c);
}

static void ask_exact(struct check *c)
{
	struct db_parameters p = { .count = 0 };

	db_add_i64(&p, (int64_t)c->gtin);
	db_add_text(&p, slice_of(c->exact[c->exact_at]));
	c->query.done = on_exact;
	c->query.arg = c;
	db_send(lookup_db(), &sql_lookup_foreign, &p, &c->query);
	if (!c->waiting)
		request_wait(c->request, on_gone, c);
	c->waiting = true;
}

/* Serials made elsewhere may differ by case alone: first as typed. */
static void list_exact(struct check *c)
{
	const char *typed = c->typed.exact;
	size_t i;

	for (i = 0; typed[i] != '\0'; i++)
		c->exact[1][i] =
		    (char)(typed[i] >= 'a' && typed[i] <= 'z' ? typed[i] - 'a' + 'A' : typed[i]);
	memcpy(c->exact[0], typed, sizeof(c->exact[0]));
	if (i > 0)
		c->exact_count = strcmp(c->exact[0], c->exact[1]) == 0 ? 1 : 2;
}

/* --- ours ------------------------------------------------------------------------------------ */

/* From memory alone: a count once seen is never taken back. */
static bool is_issued(const struct check *c, const struct lookup_gtin *known)
{
	struct slice serial = { c->typed.serial, c->typed.length };
	uint64_t counter;
	unsigned key;

	return known != NULL && c->typed.bad == 0 &&
	       serial_counter(c->gtin, serial, &counter, &key) == SERIAL_COUNTER_FOUND &&
	       counter < known->issued;
}

/* It names a key that there is, but not here: nothing can be said of it. */
static bool is_of_key_away(const struct check *c)
{
	struct slice serial = { c->typed.serial, c->typed.length };
	uint64_t counter;
	unsigned key;

	return c->typed.bad == 0 &&
	       serial_counter(c->gtin, serial, &counter, &key) == SERIAL_COUNTER_KEY_AWAY;
}

static void look_up(struct check *c)
{
	const struct lookup_gtin *known = state_gtin(c->gtin);
	bool ask;

	if (is_issued(c, known)) {
		lead_on(c, slice_of(c->typed.serial));
		return;
	}
	list_exact(c);
	ask = known != NULL && known->has_foreign && c->exact_count > 0;
	c->page.seconds = ask ? guess_wait_foreign(c->request, c->gtin) : guess_wait(c->request);
	if (c->page.seconds > 0)
		answer(c, PAGE_CHECK_TOO_MANY, 0);
	else if (ask)
		ask_exact(c);
	else if (!state_is_fresh() || is_of_key_away(c))
		answer(c, PAGE_CHECK_BUSY, 0);
	else
		deny(c);
}

/* --- what was typed -------------------------------------------------------------------------- */

/* The link's own GTIN before one typed beside it. */
static void take_gtin(struct check *c)
{
	enum gtin_result result;

	c->gtin = c->typed.gtin;
	if (!c->typed.has_gtin) {
		if (slice_trim(c->page.gtin).length == 0) {
			answer(c, PAGE_CHECK_NO_GTIN, 0);
			return;
		}
		result = typed_gtin_read(c->page.gtin, &c->gtin);
		if (result != GTIN_OK) {
			answer(c, PAGE_CHECK_BAD_GTIN, 0);
			return;
		}
	}
	look_up(c);
}

static void read_typed(struct check *c)
{
	switch (typed_code_read(c->page.code, &c->typed)) {
	case TYPED_OK:
		take_gtin(c);
		return;
	case TYPED_EMPTY:
		answer(c, PAGE_CHECK_ASKING, 0);
		return;
	case TYPED_UNREADABLE:
		answer(c, PAGE_CHECK_UNREADABLE, c->typed.bad);
		return;
	case TYPED_BAD_GTIN:
		answer(c, PAGE_CHECK_BAD_GTIN, 0);
		return;
	}
}

void serve_check(struct request *r);

/* GET /check?gtin=…&code=… , and GET / , where nothing is typed yet. */
void serve_check(struct request *r)
{
	struct check *c = arena_alloc(&r->arena, sizeof(*c));

	if (c == NULL) {
		respond_problem(r, 503, "Out of memory", NULL);
		return;
	}
	c->request = r;
	c->form = negotiate_form(request_header(r, "accept"));
	c->language = request_language(r);
	c->page.gtin = request_query(r, "gtin");
	c->page.code = request_query(r, "code");
	/* Far longer than any code: not to be sent back either. */
	if (c->page.code.length > TYPED_MOST || c->page.gtin.length > TYPED_MOST) {
		c->page.gtin = c->page.code = S("");
		answer(c, PAGE_CHECK_UNREADABLE, 0);
		return;
	}
	read_typed(c);
}
