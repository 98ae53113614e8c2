/*
 * Serials made elsewhere (FEATURES P5): whether one may stand beside the codes that are computed.
 * It may hold anything GS1 allows in AI (21), GS1 General Specifications 3.5.2 and 7.11, as long as
 * nobody, now or later, can take it for a computed one.
 */
#ifndef SUYUAN_MODEL_FOREIGN_SERIAL_H
#define SUYUAN_MODEL_FOREIGN_SERIAL_H

#include "model/keyring.h"

enum foreign_result {
	FOREIGN_OK,
	FOREIGN_EMPTY,
	FOREIGN_TOO_LONG,      /* over GS1_SERIAL_MAX characters */
	FOREIGN_BAD_CHARACTER, /* not in GS1's character set 82; blanks are not */
	FOREIGN_DOTS,	       /* "." or "..": browsers take them out of an address */
	FOREIGN_COMPUTED, /* one of our keys reads a counter out of it that may be issued some day
			   */
};

/*
 * `ring` holds every serial key there is. All lengths a serial of ours can have are looked at,
 * whatever the setting is now. *ret_position: 1-based, of FOREIGN_BAD_CHARACTER; else untouched.
 */
MUSTCHECK enum foreign_result foreign_serial_check(struct keyring *ring, uint64_t gtin,
						   struct slice serial, size_t *ret_position);

const char *foreign_serial_word(enum foreign_result result); /* "too_long", for programs */
/* One sentence for people, without a full stop. */
const char *foreign_serial_reason(enum foreign_result result);

#endif
