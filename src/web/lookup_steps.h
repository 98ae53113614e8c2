/*
 * A lookup between its steps: lookup.c tells the story, lookup_item.c finds out whether the code
 * was issued and what happened to it, lookup_pin.c tries a PIN, lookup_away.c answers without
 * PostgreSQL.
 */
#ifndef SUYUAN_WEB_LOOKUP_STEPS_H
#define SUYUAN_WEB_LOOKUP_STEPS_H

#include "web/lookup_answer.h"
#include "web/lookup_ask.h"
#include "web/lookup_documents.h"
#include "web/lookup_outcome.h"
#include "web/pin.h"
#include "web/visits.h"

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

/* Takes the steps from this one on; only it moves. */
void lookup_go(struct lookup *l, enum lookup_step step);
/* Nothing is waited for any more, nothing held. */
void lookup_let_go(struct lookup *l);
/* Takes a reference. */
void lookup_take_documents(struct lookup *l, struct documents *d);
/* The step, or LOOKUP_TOO_MANY where its client has to wait. */
enum lookup_step lookup_unless_too_many(struct lookup *l, unsigned wait_seconds,
					enum lookup_step step);
/* As a C string; it must fit. */
void lookup_copy_text(char *room, size_t size, struct slice text);
/* Any other query may hold AIs, which are checked, so it does not share answers. */
bool lookup_query_is_plain(struct slice query);

/* --- the steps that have a file of their own --- */

enum lookup_step lookup_step_decode(struct lookup *l);
enum lookup_step lookup_step_item(struct lookup *l);
enum lookup_step lookup_step_ask(struct lookup *l);
enum lookup_step lookup_step_foreign(struct lookup *l);
enum lookup_step lookup_step_pin(struct lookup *l);
enum lookup_step lookup_step_too_many(struct lookup *l);
enum lookup_step lookup_step_refuse(struct lookup *l);
enum lookup_step lookup_step_stale(struct lookup *l);
enum lookup_step lookup_step_busy(struct lookup *l);

#endif
