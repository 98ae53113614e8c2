/* What a lookup answers while PostgreSQL is away: what was right before, with its age, or that. */
#include "web/lookup_steps.h"
#include "web/state.h"

/* What another form, language or coding of the page was written from. */
static void take_any_kept(struct lookup *l)
{
	struct answer_name name = outcome_name(&l->outcome);

	if (lookup_query_is_plain(l->request->query))
		l->kept = answers_find_other(&name, true);
	if (l->kept != NULL)
		(void)cache_ref(&l->kept->entry);
}

enum lookup_step lookup_step_stale(struct lookup *l)
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
	lookup_take_documents(l, d);
	l->outcome.age_seconds = (unsigned)(state_age_ms() / 1000);
	if (l->outcome.age_seconds == 0)
		l->outcome.age_seconds = 1;
	l->outcome.may_keep = false;
	return LOOKUP_VERDICT;
}

enum lookup_step lookup_step_busy(struct lookup *l)
{
	l->outcome.verdict = VERDICT_BUSY;
	if (l->documents != NULL)
		cache_unref(&l->documents->entry);
	l->documents = NULL;
	return LOOKUP_WRITE;
}
