/*
 * What a customer gets who scans a code: the whole story of a lookup, step by step.
 *
 * Each step tells which comes next; LOOKUP_WAIT means that a callback will say so. Only lookup_go()
 * moves.
 */
#include <assert.h>
#include <openssl/crypto.h>

#include "model/digital_link.h"
#include "model/gbt33993.h"
#include "web/guess.h"
#include "web/http_accept.h"
#include "web/lookup.h"
#include "web/lookup_negotiate.h"
#include "web/lookup_steps.h"
#include "web/loop.h"
#include "web/module.h"
#include "web/request_language.h"
#include "web/resolver.h"
#include "web/state.h"
#include "web/worker_log.h"

enum {
	MANY_VISITS = 1000, /* from so many on … */
	MANY_LAG_MS = 1000, /* … a page is not written anew more often than this */
};

static enum lookup_step step_kept(struct lookup *l);
static enum lookup_step step_parse(struct lookup *l);
static enum lookup_step step_documents(struct lookup *l);
static enum lookup_step step_verdict(struct lookup *l);
static enum lookup_step step_write(struct lookup *l);

static enum lookup_step (*const steps[])(struct lookup *l) = {
	[LOOKUP_KEPT] = step_kept,
	[LOOKUP_PARSE] = step_parse,
	[LOOKUP_DECODE] = lookup_step_decode,
	[LOOKUP_ITEM] = lookup_step_item,
	[LOOKUP_ASK] = lookup_step_ask,
	[LOOKUP_FOREIGN] = lookup_step_foreign,
	[LOOKUP_DOCUMENTS] = step_documents,
	[LOOKUP_VERDICT] = step_verdict,
	[LOOKUP_PIN] = lookup_step_pin,
	[LOOKUP_WRITE] = step_write,
	[LOOKUP_TOO_MANY] = lookup_step_too_many,
	[LOOKUP_REFUSE] = lookup_step_refuse,
	[LOOKUP_STALE] = lookup_step_stale,
	[LOOKUP_BUSY] = lookup_step_busy,
};

/* --- moving ---------------------------------------------------------------------------------- */

void lookup_let_go(struct lookup *l)
{
	lookup_ask_forget(&l->ask);
	db_forget(&l->query);
	documents_forget(&l->wait);
	pin_forget(&l->pin_try);
	OPENSSL_cleanse(l->pin, sizeof(l->pin));
	if (l->documents != NULL)
		cache_unref(&l->documents->entry);
	if (l->kept != NULL)
		cache_unref(&l->kept->entry);
	l->documents = NULL;
	l->kept = NULL;
}

static void on_gone(struct request *r, void *arg)
{
	(void)r;
	lookup_let_go(arg);
}

void lookup_go(struct lookup *l, enum lookup_step step)
{
	while (step != LOOKUP_WAIT && step != LOOKUP_END)
		step = steps[step](l);
	if (step == LOOKUP_WAIT && !l->waiting) {
		l->waiting = true;
		request_wait(l->request, on_gone, l);
	}
}

/* NULL: answered. */
static struct lookup *lookup_new(struct request *r, bool page_only)
{
	struct lookup *l = arena_alloc(&r->arena, sizeof(*l));

	if (l == NULL) {
		respond_problem(r, 503, "Out of memory", NULL);
		return NULL;
	}
	l->request = l->outcome.request = r;
	l->page_only = page_only;
	l->outcome.form = negotiate_form(request_header(r, "accept"));
	l->outcome.language = request_language(r);
	if (negotiate_coding(request_header(r, "accept-encoding"), &l->outcome.coding))
		return l;
	respond_problem(r, 406, "No coding of the answer is welcome",
			"Accept-Encoding refuses br, gzip and identity");
	return NULL;
}

void serve_lookup(struct request *r);

/* GET /01/… , every Digital Link of a trade item, and /gtin/… , its URL by GB/T 33993. */
void serve_lookup(struct request *r)
{
	struct lookup *l;

	if (slice_starts(r->path, S("/01/")) && resolver_is_asked(r))
		resolver_serve(r);
	else if ((l = lookup_new(r, false)) != NULL)
		lookup_go(l, LOOKUP_KEPT);
}

void lookup_serve_page(struct request *r)
{
	struct lookup *l = lookup_new(r, true);

	if (l != NULL)
		lookup_go(l, LOOKUP_KEPT);
}

/* A kept answer is of use only where PostgreSQL is away: the PIN may have been given meanwhile. */
void lookup_serve_pin(struct request *r, const char pin[PIN_SIZE])
{
	struct lookup *l = lookup_new(r, true);
	struct answer_name name;

	if (l == NULL)
		return;
	l->outcome.posted = true;
	memcpy(l->pin, pin, PIN_SIZE);
	name = outcome_name(&l->outcome);
	l->kept = answers_find(&name);
	if (l->kept != NULL)
		(void)cache_ref(&l->kept->entry);
	lookup_go(l, LOOKUP_PARSE);
}

/* --- what steps share ------------------------------------------------------------------------- */

void lookup_take_documents(struct lookup *l, struct documents *d)
{
	(void)cache_ref(&d->entry);
	l->documents = d;
}

bool lookup_query_is_plain(struct slice query)
{
	return query.length == 0 ||
	       (slice_starts(query, S("lang=")) && slice_find(query, '&') == query.length);
}

void lookup_copy_text(char *room, size_t size, struct slice text)
{
	assert(text.length < size);
	if (text.length > 0)
		memcpy(room, text.data, text.length);
	room[text.length] = '\0';
}

enum lookup_step lookup_unless_too_many(struct lookup *l, unsigned wait_seconds,
					enum lookup_step step)
{
	l->wait_seconds = wait_seconds;
	return wait_seconds > 0 ? LOOKUP_TOO_MANY : step;
}

/* --- a kept answer --------------------------------------------------------------------------- */

/* Where it is a flood of visitors, the number may be behind by a second's. */
static bool says_the_number(struct lookup *l, const struct kept_answer *k)
{
	struct visit_count count = visits_note(&l->visitor, l->request, l->outcome.form, &k->facts);

	return count.visits == k->facts.visits ||
	       (k->facts.visits >= MANY_VISITS && loop_now_ms() - k->written_ms < MANY_LAG_MS);
}

/* Somebody looked since it was written, or it never was: written now, out of memory. */
static enum lookup_step renew(struct lookup *l)
{
	const struct item_facts *facts = &l->kept->facts;
	struct lot_name name = { facts->gtin, slice_of(facts->lot_handle) };
	const struct lookup_gtin *known = state_gtin(facts->gtin);
	struct documents *d = known == NULL ? NULL : documents_find(name, known->epoch, false);

	if (d == NULL)
		return LOOKUP_PARSE;
	l->outcome.facts = *facts;
	l->outcome.asked_ms = l->kept->born_ms;
	l->outcome.may_keep = l->outcome.again = true;
	lookup_take_documents(l, d);
	return LOOKUP_VERDICT;
}

/* Where the items' links lead elsewhere, their page may be one customer's choice of them. */
static bool is_redirected(const struct lookup *l, uint64_t gtin)
{
	const struct lookup_gtin *known = state_gtin(gtin);

	return !l->page_only && known != NULL && known->redirects;
}

static enum lookup_step step_kept(struct lookup *l)
{
	struct answer_name name = outcome_name(&l->outcome);
	bool plain = lookup_query_is_plain(l->request->query), fresh = state_is_fresh(), good;
	struct kept_answer *k = plain ? answers_find(&name) : NULL;
	bool other = plain && k == NULL;

	if (other)
		k = answers_find_other(&name, !fresh);
	if (k == NULL || is_redirected(l, k->facts.gtin))
		return LOOKUP_PARSE;
	good = fresh && answer_is_good(k, (int64_t)time(NULL));
	if (good)
		guess_hit(l->request, k->facts.gtin, slice_of(k->facts.serial));
	if (good && !other && k->blob != NULL && says_the_number(l, k)) {
		outcome_respond_kept(&l->outcome, k);
		return LOOKUP_END;
	}
	(void)cache_ref(&k->entry);
	l->kept = k;
	if (good)
		return renew(l);
	/* No word from PostgreSQL for a second: nobody should wait for it to stay silent. */
	return fresh ? LOOKUP_PARSE : LOOKUP_STALE;
}

/* --- the link -------------------------------------------------------------------------------- */

static enum lookup_step bad_link(struct lookup *l, int status, const char *title, const char *why)
{
	if (!accept_names_html(request_header(l->request, "accept"))) {
		lookup_let_go(l);
		respond_problem(l->request, status, title, why);
		return LOOKUP_END;
	}
	l->outcome.verdict = VERDICT_BAD_LINK;
	l->outcome.status = status;
	return LOOKUP_WRITE;
}

/* Whatever else it says, GTIN and serial name the item. */
static enum lookup_step parse_gbt(struct lookup *l)
{
	struct gbt_code code;
	enum gbt_result result = gbt_parse_path(l->request->path, &code);

	if (result != GBT_OK)
		return bad_link(l, 400, "Invalid URL by GB/T 33993", gbt_reason(result));
	if (code.serial[0] == '\0')
		return bad_link(l, 404, "This URL names no item", "It has no serial number (ser)");
	l->outcome.facts.gtin = code.gtin;
	lookup_copy_text(l->outcome.facts.serial, sizeof(l->outcome.facts.serial),
			 slice_of(code.serial));
	return LOOKUP_DECODE;
}

/* What has no page of its own: a GTIN, a lot, the items of a brand that redirects. */
static bool is_for_resolver(const struct lookup *l, const struct digital_link *link)
{
	return !l->page_only && (link->serial.length == 0 || is_redirected(l, link->gtin));
}

static enum lookup_step resolve(struct lookup *l)
{
	lookup_let_go(l);
	resolver_serve(l->request);
	return LOOKUP_END;
}

static enum lookup_step step_parse(struct lookup *l)
{
	enum dl_result result;
	struct digital_link link;

	if (!slice_starts(l->request->path, S("/01/")))
		return parse_gbt(l);
	result = digital_link_parse_path(l->request->path, l->request->query, &link);
	/* It may be compressed behind its key. */
	if (result == DL_NO_KEY || (result == DL_OK && is_for_resolver(l, &link)))
		return resolve(l);
	if (result != DL_OK)
		return bad_link(l, 400, "Invalid GS1 Digital Link", link.error);
	if (link.serial.length == 0)
		return bad_link(l, 404, "This link names no item",
				"It has no serial number, AI (21)");
	l->outcome.facts.gtin = link.gtin;
	lookup_copy_text(l->outcome.facts.serial, sizeof(l->outcome.facts.serial), link.serial);
	return LOOKUP_DECODE;
}

/* --- what the lot shares --------------------------------------------------------------------- */

static void on_documents(void *arg, struct documents *d)
{
	struct lookup *l = arg;

	if (d != NULL)
		lookup_take_documents(l, d);
	else if (!l->judged) {
		lookup_go(l, LOOKUP_STALE);
		return;
	}
	lookup_go(l, l->judged ? LOOKUP_WRITE : LOOKUP_VERDICT);
}

static enum lookup_step step_documents(struct lookup *l)
{
	struct lot_name name = { l->outcome.facts.gtin, slice_of(l->outcome.facts.lot_handle) };
	struct documents *d = documents_find(name, l->outcome.facts.epoch, false);

	if (d != NULL) {
		lookup_take_documents(l, d);
		return l->judged ? LOOKUP_WRITE : LOOKUP_VERDICT;
	}
	l->wait.done = on_documents;
	l->wait.arg = l;
	if (documents_load(name, l->outcome.facts.epoch, &l->wait))
		return LOOKUP_WAIT;
	return l->judged ? LOOKUP_WRITE : LOOKUP_STALE;
}

/* --- the verdict ----------------------------------------------------------------------------- */

static enum lookup_step step_verdict(struct lookup *l)
{
	l->outcome.documents = l->documents;
	if (!outcome_judge(&l->outcome))
		return LOOKUP_BUSY;
	return l->outcome.posted ? LOOKUP_PIN : LOOKUP_WRITE;
}

static void note_visit(struct lookup *l)
{
	struct outcome *o = &l->outcome;

	if (verdict_status(o->verdict) == 200)
		visits_show(visits_note(&l->visitor, l->request, o->form, &o->facts), &o->facts);
	else if (o->verdict == VERDICT_NEVER_ISSUED || o->verdict == VERDICT_MISTYPED)
		visits_note_try(&l->visitor, l->request, o->form, o->verdict, &o->facts);
}

static enum lookup_step step_write(struct lookup *l)
{
	note_visit(l);
	l->outcome.documents = l->documents;
	outcome_respond(&l->outcome);
	lookup_let_go(l);
	return LOOKUP_END;
}

/* --- the module ------------------------------------------------------------------------------ */

static void start(const struct settings *s)
{
	size_t bytes = (size_t)s->cache_memory_mb << 20;
	unsigned seconds = (unsigned)s->cache_seconds;

	outcome_start();
	if (!documents_start(bytes / 4, seconds) || !answers_start(bytes / 4 * 3, seconds))
		worker_fatal("no memory for the cache");
}

static void stop(void)
{
	answers_stop();
	documents_stop();
	outcome_stop();
}

const struct module module_lookup = {
	.name = "lookup",
	.programs = PROGRAM_LOOKUP,
	.start = start,
	.stop = stop,
};
