/* The step of a lookup at which a PIN that was typed is tried. */
#include <openssl/crypto.h>

#include "web/guess.h"
#include "web/lookup_steps.h"

static void pin_is_busy(struct lookup *l)
{
	l->outcome.pin = PAGE_PIN_BUSY;
	l->outcome.status = 503;
}

static void on_pin(void *arg, enum page_pin pin)
{
	struct lookup *l = arg;

	l->outcome.pin = pin;
	if (pin == PAGE_PIN_BUSY)
		pin_is_busy(l);
	else if (pin == PAGE_PIN_WRONG || pin == PAGE_PIN_LOCKED)
		guess_missed(l->request, GUESS_OF_PIN);
	lookup_go(l, LOOKUP_WRITE);
}

/* All that the page needs is there: nothing can go wrong any more once the try is counted. */
enum lookup_step lookup_step_pin(struct lookup *l)
{
	bool begun;

	if (pin_standing(&l->outcome.facts, l->outcome.verdict) != PAGE_PIN_ASKED)
		return LOOKUP_WRITE;
	if (l->outcome.age_seconds > 0) {
		pin_is_busy(l);
		return LOOKUP_WRITE;
	}
	if (lookup_unless_too_many(l, guess_wait(l->request), LOOKUP_PIN) == LOOKUP_TOO_MANY)
		return LOOKUP_TOO_MANY;
	if (strlen(l->pin) != l->outcome.facts.pin_digits) {
		l->outcome.pin = l->pin[0] == '\0' ? PAGE_PIN_ASKED : PAGE_PIN_WRONG;
		return LOOKUP_WRITE;
	}
	l->pin_try.facts = &l->outcome.facts;
	l->pin_try.done = on_pin;
	l->pin_try.arg = l;
	begun = pin_try_start(&l->pin_try, l->counter, l->pin);
	OPENSSL_cleanse(l->pin, sizeof(l->pin));
	if (begun)
		return LOOKUP_WAIT;
	pin_is_busy(l);
	return LOOKUP_WRITE;
}
