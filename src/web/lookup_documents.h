/*
 * What the items of a lot share: from this worker's memory, else from Redis, else from PostgreSQL.
 * Lookups that miss at the same time wait for one load.
 */
#ifndef SUYUAN_WEB_LOOKUP_DOCUMENTS_H
#define SUYUAN_WEB_LOOKUP_DOCUMENTS_H

#include "store/lookup.h"
#include "web/cache.h"
#include "web/lookup_page.h"

/* Which lot; `handle` empty: what is known of the GTIN alone. */
struct lot_name {
	uint64_t gtin;
	struct slice handle; /* at most LOT_HANDLE_MAX bytes */
};

/* The documents of one lot at one epoch, counted by references (entry). */
struct documents {
	struct cache_entry entry; /* first */
	uint64_t generation;	  /* of web/state */
	uint64_t born_ms;	  /* when PostgreSQL was known to say this */
	struct lookup_documents text;
	char *memory;		    /* behind the slices of `text` */
	struct lookup_page pages[]; /* by language and form, made at first use */
};

/*
 * From memory, if not older than `epoch`; borrowed until the next turn of the loop. NULL: there is
 * none. With `any_age` also one kept for longer than cache_seconds, for when nothing newer can be
 * had.
 */
struct documents *documents_find(struct lot_name name, uint64_t epoch, bool any_age);

struct documents_wait {
	/* Called exactly once, never from inside documents_load(). NULL: they cannot be had now. */
	void (*done)(void *arg, struct documents *documents);
	void *arg;
	/* private */
	uint64_t epoch;
	unsigned tries; /* 0 at first */
	struct flight *flight;
	struct documents_wait *next, **previous;
};
/* What `documents_find` did not have. False: too many wait already, `done` will not be called. */
MUSTCHECK bool documents_load(struct lot_name name, uint64_t epoch, struct documents_wait *wait);
void documents_forget(struct documents_wait *wait); /* at any time, also twice or never waiting */

/* The shared part of an answer. NULL: out of memory, or a document that is none. */
struct lookup_page *documents_page(struct documents *d, unsigned language, enum page_form form);

/* The same for a code about whose GTIN nothing is known. */
struct lookup_page *documents_empty_page(unsigned language, enum page_form form);

/* For web/lookup's module. `bytes` of memory for documents. */
MUSTCHECK bool documents_start(size_t bytes, unsigned seconds);
void documents_stop(void);

#endif
