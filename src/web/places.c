/* Says who has to leave, by how many places each household has. */
#include "web/places.h"

#include <assert.h>

static bool is_of(const struct place *p, struct slice household)
{
	return p->household_length == household.length &&
	       memcmp(p->household, household.data, household.length) == 0;
}

static struct slice household_of(const struct place *p)
{
	return (struct slice){ (const char *)p->household, p->household_length };
}

static unsigned count_of(const struct places *all, struct slice household)
{
	unsigned count = 0;

	for (const struct place *p = all->first; p != NULL; p = p->next)
		if (p->rank > count && is_of(p, household))
			count = p->rank;
	return count;
}

/* The one that has moved the longest ago; of a household, or of all. */
static struct place *stillest(const struct places *all, const struct slice *household)
{
	struct place *found = NULL;

	for (struct place *p = all->first; p != NULL; p = p->next)
		if ((household == NULL || is_of(p, *household)) &&
		    (found == NULL || p->moved_ms < found->moved_ms))
			found = p;
	return found;
}

/* One of the household that has the most. */
static const struct place *highest(const struct places *all)
{
	const struct place *found = all->first;

	for (const struct place *p = all->first; p != NULL; p = p->next)
		if (p->rank > found->rank)
			found = p;
	return found;
}

bool places_ask(const struct places *all, struct slice household, uint64_t now_ms,
		struct place **ret_loser)
{
	struct place *loser;
	struct slice largest;

	if (all->count < all->most) {
		*ret_loser = NULL;
		return true;
	}
	if (all->count == 0)
		return false;
	largest = household_of(highest(all));
	if (highest(all)->rank > count_of(all, household) + 1) {
		*ret_loser = stillest(all, &largest);
		return true;
	}
	loser = stillest(all, NULL);
	if (now_ms < loser->moved_ms + PLACES_STILL_MS)
		return false;
	*ret_loser = loser;
	return true;
}

void places_enter(struct places *all, struct place *p, struct slice household, uint64_t now_ms)
{
	assert(all->count < all->most && p->household_length == 0);
	assert(household.length > 0 && household.length <= PLACES_HOUSEHOLD_MOST);
	p->rank = count_of(all, household) + 1;
	p->household_length = (uint8_t)household.length;
	memcpy(p->household, household.data, household.length);
	p->moved_ms = now_ms;
	p->next = all->first;
	p->previous = &all->first;
	if (p->next != NULL)
		p->next->previous = &p->next;
	all->first = p;
	all->count++;
}

/* The ranks above it close up. */
void places_leave(struct places *all, struct place *p)
{
	struct slice household = household_of(p);

	if (p->household_length == 0)
		return;
	*p->previous = p->next;
	if (p->next != NULL)
		p->next->previous = p->previous;
	for (struct place *other = all->first; other != NULL; other = other->next)
		if (other->rank > p->rank && is_of(other, household))
			other->rank--;
	all->count--;
	p->household_length = 0;
}
