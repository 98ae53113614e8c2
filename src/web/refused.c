/* Keeps what was refused until the next turn of the loop. */
#include "web/refused.h"

void refused_init(struct refused_list *l, void (*tell)(void *whose))
{
	*l = (struct refused_list){ .tell = tell };
	l->end = &l->first;
}

void refused_forget(struct refused *one)
{
	struct refused_list *l = one->list;

	if (l == NULL)
		return;
	*one->previous = one->next;
	if (one->next != NULL)
		one->next->previous = one->previous;
	else
		l->end = one->previous;
	l->count--;
	one->list = NULL;
}

void refused_clear(struct refused_list *l)
{
	while (l->first != NULL)
		refused_forget(l->first);
	timer_stop(&l->timer);
}

static void tell_all(void *arg)
{
	struct refused_list *l = arg;

	/* Those refused anew by a callback get their news in the next turn. */
	for (unsigned n = l->count; n > 0 && l->first != NULL; n--) {
		struct refused *one = l->first;

		refused_forget(one);
		l->tell(one->whose);
	}
	if (l->first != NULL)
		timer_start(&l->timer, 0, tell_all, l);
}

void refused_add(struct refused_list *l, struct refused *one, void *whose)
{
	*one = (struct refused){ .list = l, .previous = l->end, .whose = whose };
	*l->end = one;
	l->end = &one->next;
	if (l->count++ == 0)
		timer_start(&l->timer, 0, tell_all, l);
}
