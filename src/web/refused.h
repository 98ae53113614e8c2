/*
 * What was asked of a backend and cannot be sent: it waits here for its bad news, which come in the
 * next turn of the loop, so that nobody is called back from inside his own question.
 */
#ifndef SUYUAN_WEB_REFUSED_H
#define SUYUAN_WEB_REFUSED_H

#include "web/loop.h"

struct refused_list;

/* Inside whatever is refused; zeroed memory is not refused. */
struct refused {
	struct refused_list *list; /* NULL: not refused */
	/* private */
	struct refused *next, **previous;
	void *whose;
};

struct refused_list {
	struct refused *first, **end;
	unsigned count;
	struct timer timer;
	void (*tell)(void *whose); /* it is off the list by then, and may be refused anew */
};

void refused_init(struct refused_list *l, void (*tell)(void *whose));
/* Everything on it is forgotten. */
void refused_clear(struct refused_list *l);
/* tell(whose) will be called, never from inside this call. */
void refused_add(struct refused_list *l, struct refused *one, void *whose);
/* tell() will not be called; allowed at any time. */
void refused_forget(struct refused *one);

#endif
