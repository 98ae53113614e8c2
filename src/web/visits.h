/*
 * Checks counted by visit (FEATURES C6): a person's look at the page of an item, once in
 * visit_minutes; not its reloads, robots, link previews, HEAD, prefetch, and not the other forms of
 * the answer. Nothing here waits, and nothing that fails here fails a page.
 */
#ifndef SUYUAN_WEB_VISITS_H
#define SUYUAN_WEB_VISITS_H

#include "model/verdict.h"
#include "web/lookup_answer.h"
#include "web/visit_memory.h"
#include "web/visitor.h"

/*
 * The answer about an issued code is being chosen: counts the visit if it is one, and says what to
 * print, given what `facts` say of visits. Called again for the same answer it counts nothing more.
 * `v`, zeroed at first, belongs to the request.
 */
struct visit_count visits_note(struct visitor *v, const struct request *r, enum page_form form,
			       const struct item_facts *facts);
/* Puts what was said into the facts, for the page. */
void visits_show(struct visit_count count, struct item_facts *facts);

/* A code that was not issued, of a GTIN that is known; counted for the brand, by GTIN only. */
void visits_note_try(struct visitor *v, const struct request *r, enum page_form form,
		     enum verdict verdict, const struct item_facts *facts);

#endif
