/*
 * From what is printed on an item, or read by a camera, to the GTIN and counter behind it: the one
 * place where a printed code becomes a code we may know.
 */
#ifndef SUYUAN_MODEL_PRINTED_CODE_H
#define SUYUAN_MODEL_PRINTED_CODE_H

#include "model/digital_link.h"
#include "model/keyring.h"

enum printed_result {
	PRINTED_COMPUTED,  /* decodes to a counter that could have been issued */
	PRINTED_OTHER,	   /* well-formed: forged, or made elsewhere */
	PRINTED_MALFORMED, /* neither a Digital Link of an item nor a serial */
	PRINTED_KEY_LATER, /* names a key that the ring does not have, perhaps not yet */
};

/* Why it is malformed, so that each reader can be told in his language. */
enum printed_fault {
	PRINTED_FINE,
	PRINTED_EMPTY,
	PRINTED_NO_GTIN,    /* neither a link nor an element string, and no GTIN is given */
	PRINTED_BAD_LINK,   /* a link, or element string, that breaks the rules */
	PRINTED_NO_ITEM,    /* one that has no serial: it names no single item */
	PRINTED_BAD_SERIAL, /* not 1 to 20 characters of GS1's set */
};
/* "bad_link": for programs. */
const char *printed_fault_word(enum printed_fault fault);

struct printed_code {
	enum printed_result result;
	enum printed_fault fault; /* with PRINTED_MALFORMED */
	uint64_t gtin;
	uint64_t counter; /* with PRINTED_COMPUTED */
	unsigned key_id;  /* with PRINTED_COMPUTED and PRINTED_KEY_LATER */
	unsigned length;
	char serial[SERIAL_LENGTH_MOST + 1]; /* NUL-terminated; "" when malformed */
	char reason[DL_ERROR_MAX];	     /* why it is malformed: one sentence; else "" */
};

/*
 * `text` is a Digital Link, a URL of GB/T 33993, an element string (GS1 General
 * Specifications, 7.8: as people read it, "(01)…(21)…", or as scanners give it, with FNC1 as GS and
 * perhaps a symbology identifier in front), or a bare serial of `gtin` (0: none given), which may
 * be typed in groups as labels show it. Blanks around it do not count. Whether the code was issued,
 * with this key and length, only the database can tell.
 */
void printed_code_read(struct keyring *ring, struct slice text, uint64_t gtin,
		       struct printed_code *ret);

#endif
