/*
 * What every lookup worker holds in memory of the whole database: for each GTIN how many codes
 * were issued, whether it has serials made elsewhere and the epoch of its public data, and the
 * serial keys. Loaded at connecting, then fed
 * by NOTIFY and by a poll behind it; it knows how fresh it is.
 *
 * One to a worker (module_state).
 */
#ifndef SUYUAN_WEB_STATE_H
#define SUYUAN_WEB_STATE_H

#include "model/keyring.h"
#include "store/lookup.h"

/*
 * The memory is complete, and a question PostgreSQL answered was asked less than a second ago:
 * only then may it deny a code or confirm a stored answer.
 */
bool state_is_fresh(void);
/* It was complete once: stored answers were valid when it was last fresh. */
bool state_was_complete(void);
uint64_t state_age_ms(void); /* since the last moment it is known to be right for */

/* NULL: not known. Borrowed until the next turn of the loop. */
const struct lookup_gtin *state_gtin(uint64_t gtin);
/* A query of another connection saw this; higher numbers win. */
void state_learn(const struct lookup_gtin *seen);

/* NULL: not in memory; only state_lacks_key() says that there is none. */
struct serial_key *state_key(unsigned id);
bool state_lacks_key(unsigned id);
struct keyring *state_keys(void); /* all that are in memory */

/* Which database: 32 hexadecimal digits; "" until it was first reached. */
const char *state_instance(void);
/*
 * Grows when the database is another than before, or went back in time: nothing stored under
 * another number counts.
 */
uint64_t state_generation(void);

/* Made from the master key, 32 bytes each: what signs what is put into Redis … */
struct slice state_cache_secret(void);
/* … and what stands for people is made with (visitor_mark()). */
struct slice state_mark_secret(void);

#endif
