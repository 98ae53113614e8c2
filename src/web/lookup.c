/*
 * What a customer gets who scans a code: the whole story of a lookup, step by step.
 *
 * Each step tells which comes next; LOOKUP_WAIT means that a callback will say so. Only go() moves.
 */
#include <assert.h>
#include <openssl/crypto.h>

#include "model/day.h"
#include "model/digital_link.h"
#include "model/gbt33993.h"
#include "model/language.h"
#include "store/sql.h"
#include "web/check.h"
#include "web/guess.h"
#include "web/http_accept.h"
#include "web/lookup.h"
#include "web/lookup_answer.h"
#include "web/lookup_ask.h"
#include "web/lookup_backends.h"
#include "web/lookup_documents.h"
#include "web/lookup_negotiate.h"
#include "web/lookup_outcome.h"
#include "web/loop.h"
#include "web/module.h"
#include "web/pin.h"
#include "web/resolver.h"
#include "web/state.h"
#include "web/visits.h"
#include "web/worker_log.h"

enum lookup_step {
	LOOKUP_KEPT,	  /* an answer made before, if it is certain that nothing changed */
	LOOKUP_PARSE,	  /* the path has a GTIN and a serial, as a Digital Link or by GB/T 33993 */
	LOOKUP_DECODE,	  /* the serial stands for a counter */
	LOOKUP_ITEM,	  /* memory: can it have been issued */
	LOOKUP_ASK,	  /* PostgreSQL: was it issued, which lot, what happened to it */
	LOOKUP_FOREIGN,	  /* the same of a serial made elsewhere */
	LOOKUP_DOCUMENTS, /* memory, Redis, PostgreSQL: what its lot, product and brand show */
	LOOKUP_VERDICT,
	LOOKUP_PIN, /* PostgreSQL again: a PIN that was typed, counted before anything is said */
	LOOKUP_WRITE,
	LOOKUP_TOO_MANY, /* its client missed too often: it is not even looked for */
	LOOKUP_REFUSE,	 /* not one of ours: the product may show, the verdict says so */
	LOOKUP_STALE, /* PostgreSQL is away: what was right when it was last there, with its age */
	LOOKUP_BUSY,  /* nor that */
	LOOKUP_END,   /* answered */
	LOOKUP_WAIT,
};

enum {
	MANY_VISITS = 1000, /* from so many on … */
	MANY_LAG_MS = 1000, /* … a page is not written anew more often than this */
};

struct lookup {
	struct request *request;
	struct outcome outcome; /* what it comes to */
	struct visitor visitor; /* who asks */
	uint64_t counter;
	bool waiting;	       /* request_wait() was called */
	unsigned wait_seconds; /* for LOOKUP_TOO_MANY */
	bool page_only;	       /* the resolver has decided that it is the page */
	bool foreign;	       /* it was looked for among serials made elsewhere */
	bool judged;	       /* the verdict stands already; documents are only for show */
	struct lookup_ask ask;
	struct db_query query;
	struct documents_wait wait;
	struct documents *documents; /* a reference; NULL: nothing is known */
	struct kept_answer *kept;    /* a reference; for when PostgreSQL is away */
	char pin[PIN_SIZE];	     /* typed, with outcome.posted; wiped when it was tried */
	struct pin_try pin_try;
};

static enum lookup_step step_kept(struct lookup *l);
static enum lookup_step step_parse(struct lookup *l);
static enum lookup_step step_decode(struct lookup *l);
static enum lookup_step step_item(struct lookup *l);
static enum lookup_step step_ask(struct lookup *l);
static enum lookup_step step_foreign(struct lookup *l);
static enum lookup_step step_documents(struct lookup *l);
static enum lookup_step step_verdict(struct lookup *l);
static enum lookup_step step_pin(struct lookup *l);
static enum lookup_step step_write(struct lookup *l);
static enum lookup_step step_too_many(struct lookup *l);
static enum lookup_step step_refuse(struct lookup *l);
static enum lookup_step step_stale(struct lookup *l);
static enum lookup_step step_busy(struct lookup *l);

static enum lookup_step (*const steps[])(struct lookup *l) = {
	[LOOKUP_KEPT] = step_kept,
	[LOOKUP_PARSE] = step_parse,
	[LOOKUP_DECODE] = step_decode,
	[LOOKUP_ITEM] = step_item,
	[LOOKUP_ASK] = step_ask,
	[LOOKUP_FOREIGN] = step_foreign,
	[LOOKUP_DOCUMENTS] = step_documents,
	[LOOKUP_VERDICT] = step_verdict,
	[LOOKUP_PIN] = step_pin,
	[LOOKUP_WRITE] = step_write,
	[LOOKUP_TOO_MANY] = step_too_many,
	[LOOKUP_REFUSE] = step_refuse,
	[LOOKUP_STALE] = step_stale,
	[LOOKUP_BUSY] = step_busy,
};

/* --- moving ---------------------------------------------------------------------------------- */

static void let_go(struct lookup *l)
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
	let_go(arg);
}

static void go(struct lookup *l, enum lookup_step step)
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
	l->outcome.language =
	    language_choose(page_languages, page_language_count, request_query(r, "lang"),
			    request_header(r, "accept-language"));
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
		go(l, LOOKUP_KEPT);
}

void lookup_serve_page(struct request *r)
{
	struct lookup *l = lookup_new(r, true);

	if (l != NULL)
		go(l, LOOKUP_KEPT);
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
	go(l, LOOKUP_PARSE);
}

/* --- a kept answer --------------------------------------------------------------------------- */

static void take_documents(struct lookup *l, struct documents *d)
{
	(void)cache_ref(&d->entry);
	l->documents = d;
}

/* Any other query may hold AIs, which are checked, so it does not share answers. */
static bool query_is_plain(struct slice query)
{
	return query.length == 0 ||
	       (slice_starts(query, S("lang=")) && slice_find(query, '&') == query.length);
}

/* Where it is a flood of visitors, the number may be behind by a second's. */
static bool says_the_number(struct lookup *l, const struct kept_answer *k)
{
	struct visit_count count = visits_note(&l->visitor, l->request, l->outcome.form, &k->facts);

	return count.visits == k->facts.visits ||
	       (k->facts.visits >= MANY_VISITS && loop_now_ms() - k->written_ms < MANY_LAG_MS);
}

/* Somebody looked since it was written: the same again, with another number, out of memory. */
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
	l->outcome.may_keep = true;
	take_documents(l, d);
	return LOOKUP_VERDICT;
}

static enum lookup_step step_kept(struct lookup *l)
{
	struct answer_name name = outcome_name(&l->outcome);
	bool plain = query_is_plain(l->request->query), fresh = state_is_fresh(), good;
	struct kept_answer *k = plain ? answers_find(&name) : NULL;
	bool other = plain && k == NULL;

	if (other)
		k = answers_find_other(&name, !fresh);
	if (k == NULL)
		return LOOKUP_PARSE;
	good = fresh && answer_is_good(k, outcome_today());
	if (good)
		guess_hit(l->request, k->facts.gtin, slice_of(k->facts.serial));
	if (good && !other && says_the_number(l, k)) {
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
		let_go(l);
		respond_problem(l->request, status, title, why);
		return LOOKUP_END;
	}
	l->outcome.verdict = VERDICT_BAD_LINK;
	l->outcome.status = status;
	return LOOKUP_WRITE;
}

static void copy_text(char *room, size_t size, struct slice text)
{
	assert(text.length < size);
	if (text.length > 0)
		memcpy(room, text.data, text.length);
	room[text.length] = '\0';
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
	copy_text(l->outcome.facts.serial, sizeof(l->outcome.facts.serial), slice_of(code.serial));
	return LOOKUP_DECODE;
}

/* What has no page of its own: a GTIN, a lot, the items of a brand that redirects. */
static bool is_for_resolver(const struct lookup *l, const struct digital_link *link)
{
	const struct lookup_gtin *known = state_gtin(link->gtin);

	return !l->page_only && (link->serial.length == 0 || (known != NULL && known->redirects));
}

static enum lookup_step resolve(struct lookup *l)
{
	let_go(l);
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
	copy_text(l->outcome.facts.serial, sizeof(l->outcome.facts.serial), link.serial);
	return LOOKUP_DECODE;
}

/* --- the serial ------------------------------------------------------------------------------ */

/* 1-based; 0: every character may stand in a serial. */
static unsigned foreign_character(const char *serial)
{
	size_t good = strspn(serial, SERIAL_ALPHABET);

	return serial[good] == '\0' ? 0 : (unsigned)good + 1;
}

static enum lookup_step unless_too_many(struct lookup *l, unsigned wait_seconds,
					enum lookup_step step)
{
	l->wait_seconds = wait_seconds;
	return wait_seconds > 0 ? LOOKUP_TOO_MANY : step;
}

/*
 * It stands for no counter that was issued. Only where the GTIN has serials made elsewhere, or
 * memory is too old to know, is it looked for among those: no forged code of another GTIN costs a
 * question.
 */
static enum lookup_step not_computed(struct lookup *l)
{
	const struct lookup_gtin *known = state_gtin(l->outcome.facts.gtin);

	if (state_is_fresh() && (known == NULL || !known->has_foreign))
		return unless_too_many(l, guess_wait(l->request), LOOKUP_REFUSE);
	return unless_too_many(l, guess_wait_foreign(l->request, l->outcome.facts.gtin),
			       LOOKUP_FOREIGN);
}

static enum lookup_step step_decode(struct lookup *l)
{
	struct slice serial = slice_of(l->outcome.facts.serial);
	struct serial_key *key;
	unsigned id;

	l->outcome.mistyped_at = foreign_character(l->outcome.facts.serial);
	if (l->outcome.mistyped_at != 0 || serial.length < SERIAL_LENGTH_LEAST ||
	    serial_key_id(serial, &id) != SERIAL_OK) {
		l->outcome.verdict = VERDICT_MISTYPED;
		return not_computed(l);
	}
	key = state_key(id);
	if (key == NULL)
		return state_lacks_key(id) ? not_computed(l) : LOOKUP_STALE;
	if (serial_decode(key, serial, l->outcome.facts.gtin, &l->counter) != SERIAL_OK ||
	    l->counter > INT64_MAX)
		l->counter = INT64_MAX; /* as good as any number beyond those issued */
	return LOOKUP_ITEM;
}

/* --- the item -------------------------------------------------------------------------------- */

static bool is_ours(const struct lookup *l, const struct lookup_item *item)
{
	struct slice serial = slice_of(l->outcome.facts.serial);
	unsigned id;

	return item->found && serial_key_id(serial, &id) == SERIAL_OK && item->key_id == id &&
	       item->serial_length == serial.length;
}

/*
 * Every counter below the number issued lies in a run. When PostgreSQL says otherwise, something is
 * broken, and a code must not be denied for it.
 */
static bool contradicts(const struct lookup *l, const struct lookup_item *item)
{
	const struct lookup_gtin *known = state_gtin(l->outcome.facts.gtin);

	if (item == NULL)
		return known != NULL && l->counter < known->issued;
	return !item->found && l->counter < item->issued;
}

/* What PostgreSQL said of the GTIN beside the item. */
static void learn(struct lookup *l, const struct lookup_item *item)
{
	const struct lookup_gtin *known = state_gtin(l->outcome.facts.gtin);

	l->outcome.facts.epoch = item->epoch;
	state_learn(&(struct lookup_gtin){ .gtin = l->outcome.facts.gtin,
					   .issued = item->issued,
					   .epoch = item->epoch & LOOKUP_EPOCH_MOST,
					   .has_foreign = item->has_foreign,
					   .redirects = known != NULL && known->redirects });
}

static void print_day(uint32_t day, char to[DAY_SIZE])
{
	if (day == 0)
		to[0] = '\0';
	else
		day_format(day, to);
}

static void take_item(struct lookup *l, const struct lookup_item *item)
{
	copy_text(l->outcome.facts.lot_handle, sizeof(l->outcome.facts.lot_handle),
		  item->lot_handle);
	print_day(item->since_day, l->outcome.facts.since);
	l->outcome.facts.state = item->state;
	l->outcome.facts.reason = arena_copy(&l->request->arena, item->reason);
	l->outcome.facts.visits = item->seen.visits;
	l->outcome.facts.pin_digits = (unsigned)item->pin_digits;
	l->outcome.facts.pin_tries = (unsigned)item->seen.pin_tries;
	l->outcome.facts.first_day = item->seen.first_day;
	print_day(item->seen.first_day, l->outcome.facts.first_seen);
	print_day(item->seen.pin_opened_day, l->outcome.facts.pin_opened);
	l->outcome.may_keep = true;
	if (!l->outcome.posted) /* the PIN may be a guess */
		guess_hit(l->request, l->outcome.facts.gtin, slice_of(l->outcome.facts.serial));
}

static enum lookup_step judge_item(struct lookup *l, const struct lookup_item *item)
{
	if (contradicts(l, item)) {
		worker_log("error", "GTIN %014llu: the database lacks codes that were issued%s",
			   (unsigned long long)l->outcome.facts.gtin,
			   item == NULL ? ", and the GTIN" : "");
		return LOOKUP_STALE;
	}
	if (item == NULL)
		return LOOKUP_REFUSE;
	learn(l, item);
	if (!is_ours(l, item))
		return item->has_foreign ? LOOKUP_FOREIGN : LOOKUP_REFUSE;
	take_item(l, item);
	return LOOKUP_DOCUMENTS;
}

static void on_item(void *arg, enum db_result result, const struct lookup_item *item)
{
	struct lookup *l = arg;

	go(l, result == DB_OK ? judge_item(l, item) : LOOKUP_STALE);
}

/*
 * Codes made this very moment may be ahead of memory, by some batches. A forged serial stands for
 * any counter of 2^65, for a shorter one of 2^45 at least, so hardly ever for one as near as that.
 */
static bool may_be_new(uint64_t issued, uint64_t counter)
{
	return counter - issued < (uint64_t)1 << 34;
}

static enum lookup_step step_item(struct lookup *l)
{
	const struct lookup_gtin *known = state_gtin(l->outcome.facts.gtin);
	uint64_t issued = known == NULL ? 0 : known->issued;

	if (l->counter < issued)
		return LOOKUP_ASK;
	/* A forged serial ends here, in memory. */
	if (state_is_fresh() && !may_be_new(issued, l->counter))
		return not_computed(l);
	return unless_too_many(l, guess_wait(l->request), LOOKUP_ASK);
}

static enum lookup_step step_ask(struct lookup *l)
{
	l->ask.done = on_item;
	l->ask.arg = l;
	l->outcome.asked_ms = loop_now_ms();
	lookup_ask_send(&l->ask, l->outcome.facts.gtin, l->counter,
			slice_of(l->outcome.facts.serial));
	return LOOKUP_WAIT;
}

/* --- made elsewhere -------------------------------------------------------------------------- */

static enum lookup_step judge_foreign(struct lookup *l, const struct lookup_item *item)
{
	const struct lookup_gtin *known = state_gtin(l->outcome.facts.gtin);

	if (item == NULL && known != NULL) {
		worker_log("error", "GTIN %014llu: the database lacks the GTIN",
			   (unsigned long long)l->outcome.facts.gtin);
		return LOOKUP_STALE;
	}
	if (item == NULL)
		return LOOKUP_REFUSE;
	learn(l, item);
	if (!item->found)
		return LOOKUP_REFUSE;
	take_item(l, item);
	return LOOKUP_DOCUMENTS;
}

static void on_foreign(void *arg, enum db_result result, const PGresult *rows)
{
	struct lookup *l = arg;
	struct lookup_item item;

	if (result != DB_OK)
		go(l, LOOKUP_STALE);
	else if (lookup_foreign_read(rows, &item))
		go(l, judge_foreign(l, &item));
	else
		go(l, judge_foreign(l, NULL));
}

static enum lookup_step step_foreign(struct lookup *l)
{
	struct db_parameters p = { .count = 0 };

	l->foreign = true;
	db_add_i64(&p, (int64_t)l->outcome.facts.gtin);
	db_add_text(&p, slice_of(l->outcome.facts.serial));
	l->query.done = on_foreign;
	l->query.arg = l;
	l->outcome.asked_ms = loop_now_ms();
	db_send(lookup_db(), &sql_lookup_foreign, &p, &l->query);
	return LOOKUP_WAIT;
}

/* --- what the lot shares --------------------------------------------------------------------- */

static void on_documents(void *arg, struct documents *d)
{
	struct lookup *l = arg;

	if (d != NULL)
		take_documents(l, d);
	else if (!l->judged) {
		go(l, LOOKUP_STALE);
		return;
	}
	go(l, l->judged ? LOOKUP_WRITE : LOOKUP_VERDICT);
}

static enum lookup_step step_documents(struct lookup *l)
{
	struct lot_name name = { l->outcome.facts.gtin, slice_of(l->outcome.facts.lot_handle) };
	struct documents *d = documents_find(name, l->outcome.facts.epoch, false);

	if (d != NULL) {
		take_documents(l, d);
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

/* --- the PIN --------------------------------------------------------------------------------- */

static void pin_is_busy(struct lookup *l)
{
	l->outcome.pin = PAGE_PIN_BUSY;
	l->outcome.status = 503;
}

static void on_pin(void *arg, enum page_pin pin)
{
	struct lookup *l = arg;

	l->outcome.pin = pin;
	if (pin == PAGE_PIN_BUSY)
		pin_is_busy(l);
	else if (pin == PAGE_PIN_WRONG || pin == PAGE_PIN_LOCKED)
		guess_missed(l->request, GUESS_OF_PIN);
	go(l, LOOKUP_WRITE);
}

/* All that the page needs is there: nothing can go wrong any more once the try is counted. */
static enum lookup_step step_pin(struct lookup *l)
{
	bool begun;

	if (pin_standing(&l->outcome.facts, l->outcome.verdict) != PAGE_PIN_ASKED)
		return LOOKUP_WRITE;
	if (l->outcome.age_seconds > 0) {
		pin_is_busy(l);
		return LOOKUP_WRITE;
	}
	if (unless_too_many(l, guess_wait(l->request), LOOKUP_PIN) == LOOKUP_TOO_MANY)
		return LOOKUP_TOO_MANY;
	if (strlen(l->pin) != l->outcome.facts.pin_digits) {
		l->outcome.pin = l->pin[0] == '\0' ? PAGE_PIN_ASKED : PAGE_PIN_WRONG;
		return LOOKUP_WRITE;
	}
	l->pin_try.facts = &l->outcome.facts;
	l->pin_try.done = on_pin;
	l->pin_try.arg = l;
	begun = pin_try_start(&l->pin_try, l->counter, l->pin);
	OPENSSL_cleanse(l->pin, sizeof(l->pin));
	if (begun)
		return LOOKUP_WAIT;
	pin_is_busy(l);
	return LOOKUP_WRITE;
}

/* Serials made elsewhere follow no rule that would tell a slip from a forgery. */
static void deny_foreign(struct lookup *l)
{
	l->outcome.verdict = VERDICT_NEVER_ISSUED;
	l->outcome.mistyped_at = 0;
}

static enum lookup_step step_too_many(struct lookup *l)
{
	let_go(l);
	check_too_many(l->request, l->outcome.form, l->outcome.language, l->wait_seconds);
	return LOOKUP_END;
}

/* Fresh memory is certain of it, or PostgreSQL said so for this very code; or it is no serial. */
static enum lookup_step step_refuse(struct lookup *l)
{
	const struct lookup_gtin *known = state_gtin(l->outcome.facts.gtin);

	l->judged = true;
	if (l->foreign)
		guess_missed_foreign(l->request, l->outcome.facts.gtin);
	else
		guess_missed(l->request, GUESS_OF_COMPUTED);
	/* One of another length than is made here was more likely misread than forged. */
	if (known != NULL && known->has_foreign)
		deny_foreign(l);
	else if (l->outcome.verdict != VERDICT_MISTYPED)
		l->outcome.verdict =
		    strlen(l->outcome.facts.serial) == app_settings()->serial_length
			? VERDICT_NEVER_ISSUED
			: VERDICT_MISTYPED;
	/* That a brand prepares a product is nobody's business before there are codes of it. */
	if (known == NULL || (known->issued == 0 && !known->has_foreign))
		return LOOKUP_WRITE;
	l->outcome.facts.epoch = known->epoch;
	return LOOKUP_DOCUMENTS;
}

/* What another form, language or coding of the page was written from. */
static void take_any_kept(struct lookup *l)
{
	struct answer_name name = outcome_name(&l->outcome);

	if (query_is_plain(l->request->query))
		l->kept = answers_find_other(&name, true);
	if (l->kept != NULL)
		(void)cache_ref(&l->kept->entry);
}

static enum lookup_step step_stale(struct lookup *l)
{
	struct lot_name name;
	const struct lookup_gtin *known;
	struct documents *d;

	if (l->kept == NULL)
		take_any_kept(l);
	if (l->kept == NULL || !state_was_complete())
		return LOOKUP_BUSY;
	l->outcome.facts = l->kept->facts;
	name = (struct lot_name){ l->outcome.facts.gtin, slice_of(l->outcome.facts.lot_handle) };
	known = state_gtin(l->outcome.facts.gtin);
	d = documents_find(name, known == NULL ? l->outcome.facts.epoch : known->epoch, true);
	if (d == NULL)
		return LOOKUP_BUSY;
	take_documents(l, d);
	l->outcome.age_seconds = (unsigned)(state_age_ms() / 1000);
	if (l->outcome.age_seconds == 0)
		l->outcome.age_seconds = 1;
	l->outcome.may_keep = false;
	return LOOKUP_VERDICT;
}

static enum lookup_step step_busy(struct lookup *l)
{
	l->outcome.verdict = VERDICT_BUSY;
	if (l->documents != NULL)
		cache_unref(&l->documents->entry);
	l->documents = NULL;
	return LOOKUP_WRITE;
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
	let_go(l);
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
