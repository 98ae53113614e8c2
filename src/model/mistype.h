/*
 * A code that was typed by hand (FEATURES C17): reading what people make of it, and finding where
 * they went wrong when it is none of ours. What the right character would have been is never told,
 * not even by the time it takes.
 */
#ifndef SUYUAN_MODEL_MISTYPE_H
#define SUYUAN_MODEL_MISTYPE_H

#include "model/gs1.h"
#include "model/keyring.h"

enum { TYPED_MOST = 2000 }; /* bytes of what is typed */

enum typed_result {
	TYPED_OK,
	TYPED_EMPTY,
	TYPED_UNREADABLE, /* no code at all: a link to no item, ill-formed UTF-8, over TYPED_MOST */
	TYPED_BAD_GTIN, /* the GTIN in a link or element string has a wrong check digit or length */
};

/* Positions count the characters of what was typed from 1; 0: not known. */
struct typed_code {
	bool has_gtin; /* it named one itself */
	uint64_t gtin;
	/*
	 * As one of ours: capitals, blanks and dashes dropped, O read as 0, I and L as 1. What
	 * comes behind a character that is not in SERIAL_ALPHABET, or behind SERIAL_LENGTH_MOST
	 * characters, is left out, and `bad` is where that was.
	 */
	char serial[SERIAL_LENGTH_MOST + 1];
	unsigned length;
	unsigned places[SERIAL_LENGTH_MOST + 1]; /* of each character; then of where it ends */
	unsigned bad;
	/* As it may have been made elsewhere: only blanks dropped; "" where it cannot be one. */
	char exact[GS1_SERIAL_MAX + 1];
};

/*
 * A link of an item with or without its scheme, a GS1 element string with or without parentheses,
 * a URL of GB/T 33993, or a serial alone; full-width characters as plain ones. TYPED_UNREADABLE and
 * TYPED_BAD_GTIN set ret->bad, if anything.
 */
MUSTCHECK enum typed_result typed_code_read(struct slice typed, struct typed_code *ret);
/* A GTIN in a field of its own: blanks and dashes dropped, O read as 0, I and l as 1. */
MUSTCHECK enum gtin_result typed_gtin_read(struct slice typed, uint64_t *ret_gtin);

/*
 * How many codes mistype_find() looks at, at the most. Where the chance that one of them was issued
 * by accident passes one in SERIAL_GUESSES, it looks at none: it would help who guesses.
 */
enum { MISTYPE_LOOKS = (SERIAL_LENGTH_MOST + 1) * 32 };

/*
 * Is `serial` (of `length` characters of SERIAL_ALPHABET) one slip away from a code of the GTIN
 * with a counter below `issued`: one character wrong, two neighbours changed places, or, where it
 * is one shorter or longer than `usual`, one left out or too many? *ret_at is the index of the
 * character to look at again, `length` behind the last one. All codes are looked at, whatever is
 * found.
 */
MUSTCHECK bool mistype_find(struct keyring *ring, uint64_t gtin, uint64_t issued,
			    const char *serial, unsigned length, unsigned usual, unsigned *ret_at);

#endif
