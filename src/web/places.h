/*
 * Few places that many clients want, shared among households (client_address_household()). While
 * one is free, whoever comes gets it, so many readers behind one address of a provider are no
 * fault. When none is, the household that has the most gives one to another that has fewer, and
 * where all have the same, one that has not moved for a while gives its place. So one address that
 * takes all of them keeps nobody else out. Pure.
 */
#ifndef SUYUAN_WEB_PLACES_H
#define SUYUAN_WEB_PLACES_H

#include "base/slice.h"

enum {
	PLACES_HOUSEHOLD_MOST = 8, /* bytes of what names one */
	PLACES_STILL_MS = 10000,   /* not moved so long: may have to go */
};

/* Who has one; inside the owner's own struct, zeroed memory has none. */
struct place {
	unsigned char household[PLACES_HOUSEHOLD_MOST];
	uint8_t household_length; /* 0: has no place */
	unsigned rank;		  /* those of a household are 1 to as many as it has */
	uint64_t moved_ms;
	struct place *next, **previous;
};

struct places {
	unsigned most, count;
	struct place *first;
};

/*
 * Who must leave before one of `household` may enter. False: nobody has to that would, so it must
 * not enter. *ret_loser is NULL when there is room.
 */
MUSTCHECK bool places_ask(const struct places *all, struct slice household, uint64_t now_ms,
			  struct place **ret_loser);
/* There must be room. `household` has 1 to PLACES_HOUSEHOLD_MOST bytes. */
void places_enter(struct places *all, struct place *p, struct slice household, uint64_t now_ms);
void places_leave(struct places *all, struct place *p); /* also one that has no place */

#endif
