/* Whether a code was issued, as computed or made elsewhere, and what happened to its item. */
#include <assert.h>

#include "store/sql.h"
#include "web/check.h"
#include "web/guess.h"
#include "web/lookup_backends.h"
#include "web/lookup_steps.h"
#include "web/loop.h"
#include "web/module.h"
#include "web/serial_counter.h"
#include "web/state.h"
#include "web/worker_log.h"

/* --- the serial ------------------------------------------------------------------------------ */

/* 1-based; 0: every character may stand in a serial. */
static unsigned foreign_character(const char *serial)
{
	size_t good = strspn(serial, SERIAL_ALPHABET);

	return serial[good] == '\0' ? 0 : (unsigned)good + 1;
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
		return lookup_unless_too_many(l, guess_wait(l->request), LOOKUP_REFUSE);
	return lookup_unless_too_many(l, guess_wait_foreign(l->request, l->outcome.facts.gtin),
				      LOOKUP_FOREIGN);
}

enum lookup_step lookup_step_decode(struct lookup *l)
{
	struct item_facts *facts = &l->outcome.facts;
	enum serial_counter found = SERIAL_COUNTER_NONE;
	unsigned key;

	l->outcome.mistyped_at = foreign_character(facts->serial);
	if (l->outcome.mistyped_at == 0)
		found = serial_counter(facts->gtin, slice_of(facts->serial), &l->counter, &key);
	switch (found) {
	case SERIAL_COUNTER_BEYOND:
		l->counter = INT64_MAX; /* as good as any number beyond those issued */
		return LOOKUP_ITEM;
	case SERIAL_COUNTER_FOUND:
		return LOOKUP_ITEM;
	case SERIAL_COUNTER_KEY_AWAY:
		return LOOKUP_STALE;
	case SERIAL_COUNTER_NO_KEY:
		return not_computed(l);
	case SERIAL_COUNTER_NONE:
		break;
	}
	l->outcome.verdict = VERDICT_MISTYPED;
	return not_computed(l);
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
	lookup_copy_text(l->outcome.facts.lot_handle, sizeof(l->outcome.facts.lot_handle),
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

	lookup_go(l, result == DB_OK ? judge_item(l, item) : LOOKUP_STALE);
}

/*
 * Codes made this very moment may be ahead of memory, by some batches. A forged serial stands for
 * any counter of 2^65, for a shorter one of 2^45 at least, so hardly ever for one as near as that.
 */
static bool may_be_new(uint64_t issued, uint64_t counter)
{
	return counter - issued < (uint64_t)1 << 34;
}

enum lookup_step lookup_step_item(struct lookup *l)
{
	const struct lookup_gtin *known = state_gtin(l->outcome.facts.gtin);
	uint64_t issued = known == NULL ? 0 : known->issued;

	if (l->counter < issued)
		return LOOKUP_ASK;
	/* A forged serial ends here, in memory. */
	if (state_is_fresh() && !may_be_new(issued, l->counter))
		return not_computed(l);
	return lookup_unless_too_many(l, guess_wait(l->request), LOOKUP_ASK);
}

enum lookup_step lookup_step_ask(struct lookup *l)
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
		lookup_go(l, LOOKUP_STALE);
	else if (lookup_foreign_read(rows, &item))
		lookup_go(l, judge_foreign(l, &item));
	else
		lookup_go(l, judge_foreign(l, NULL));
}

enum lookup_step lookup_step_foreign(struct lookup *l)
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

/* --- refusing -------------------------------------------------------------------------------- */

/* Serials made elsewhere follow no rule that would tell a slip from a forgery. */
static void deny_foreign(struct lookup *l)
{
	l->outcome.verdict = VERDICT_NEVER_ISSUED;
	l->outcome.mistyped_at = 0;
}

enum lookup_step lookup_step_too_many(struct lookup *l)
{
	lookup_let_go(l);
	check_too_many(l->request, l->outcome.form, l->outcome.language, l->wait_seconds);
	return LOOKUP_END;
}

/* Fresh memory is certain of it, or PostgreSQL said so for this very code; or it is no serial. */
enum lookup_step lookup_step_refuse(struct lookup *l)
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
