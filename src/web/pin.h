/*
 * A customer's PIN (FEATURES C7): what the page says of it, and the one try of a request. Whether
 * it is right is told to nobody before PostgreSQL has committed that it was counted.
 */
#ifndef SUYUAN_WEB_PIN_H
#define SUYUAN_WEB_PIN_H

#include "model/pin.h"
#include "page/item.h"
#include "web/db.h"
#include "web/lookup_answer.h"

/*
 * The longest an answer about an item with a PIN is kept, in ms: whatever is done to the PIN shows
 * on every node within a second, and nobody has to be told of it.
 */
enum { PIN_KEPT_MS = 500 };

/* What a page says of the PIN that nobody has just typed. */
enum page_pin pin_standing(const struct item_facts *facts, enum verdict verdict);
unsigned pin_left(const struct item_facts *facts); /* tries */

struct pin_try {
	/* What came of it; *facts as PostgreSQL has them now. PAGE_PIN_BUSY: nobody can tell. */
	void (*done)(void *arg, enum page_pin pin);
	void *arg;
	struct item_facts *facts;
	/* private */
	struct db_query query;
};

/*
 * Is `pin` the PIN of this item, whose counter was issued? done() is called later, once. The facts
 * and the try live until then or until pin_forget(). False: not begun, because its key is not at
 * hand or memory is out.
 */
MUSTCHECK bool pin_try_start(struct pin_try *try, uint64_t counter, const char pin[PIN_SIZE]);
void pin_forget(struct pin_try *try);

#endif
