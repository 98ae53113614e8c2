/*
 * What a lookup comes to: the verdict over what was found, and the answer written from it, kept
 * where it may be.
 */
#ifndef SUYUAN_WEB_LOOKUP_OUTCOME_H
#define SUYUAN_WEB_LOOKUP_OUTCOME_H

#include "web/lookup_answer.h"
#include "web/lookup_documents.h"
#include "web/respond.h"

struct outcome {
	struct request *request;
	enum page_form form;
	enum packed_coding coding; /* that the client takes */
	unsigned language;
	enum verdict verdict;
	int status; /* 0: the verdict's own */
	struct item_facts facts;
	struct documents *documents; /* borrowed; NULL: nothing is known of the product */
	uint64_t asked_ms;	     /* when the item was asked for */
	struct answer_date date;     /* as outcome_judge() found it */
	unsigned mistyped_at;	     /* position, 0 = not known */
	unsigned age_seconds;	     /* of a stale answer, else 0 */
	bool may_keep;		     /* PostgreSQL said it just now */
	bool again;	   /* it was asked for before: the answer itself is worth keeping */
	bool posted;	   /* with a PIN: the answer is for this customer alone */
	enum page_pin pin; /* what came of that PIN */
};

/* Sets the verdict of a code that was issued; needs documents. False: out of memory. */
MUSTCHECK bool outcome_judge(struct outcome *o);
/* Writes the page and answers. */
void outcome_respond(struct outcome *o);
/* Answers with one made before, or with 304 if the client has it. */
void outcome_respond_kept(const struct outcome *o, struct kept_answer *k);

struct answer_name outcome_name(const struct outcome *o);

/* For web/lookup's module. */
void outcome_start(void);
void outcome_stop(void);

#endif
