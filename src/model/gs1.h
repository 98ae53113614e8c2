/*
 * The numbers of GS1: check digits, the GTIN in its four lengths, SSCC and GLN, and the
 * character sets a serial or a lot number may use (GS1 General Specifications, sections
 * 7.9 check digits, 7.11 character sets, 3.2-3.5 identification of trade items and lots).
 */
#ifndef SUYUAN_MODEL_GS1_H
#define SUYUAN_MODEL_GS1_H

#include "base/slice.h"

enum {
	GTIN_DIGITS = 14,
	GTIN_TEXT_SIZE = GTIN_DIGITS + 1, /* with the NUL */
	GS1_SERIAL_MAX = 20,		  /* characters of AI (21) */
	GS1_LOT_MAX = 20,		  /* characters of AI (10) */
};

/* One or more of 0-9 and nothing else. */
bool gs1_is_digits(struct slice s);
/* Only characters of set 82 (Table 7.11-1); the empty text is. Byte by byte: no UTF-8 letter is. */
bool gs1_is_cset82(struct slice s);
/* Only characters of set 39 (Table 7.11-2): # - / 0-9 A-Z. */
bool gs1_is_cset39(struct slice s);
/* Only characters of the file-safe base 64 alphabet (RFC 4648 section 5), padding not counted. */
bool gs1_is_cset64(struct slice s);

/* The digit that completes `digits_without`, which must be digits only (an assertion holds it). */
char gs1_check_digit(struct slice digits_without);
/* True when all are digits, there are at least two, and the last completes those before it. */
bool gs1_check_digit_ok(struct slice digits);

bool gs1_sscc_ok(struct slice text); /* 18 digits with the right check digit */
bool gs1_gln_ok(struct slice text);  /* 13 digits with the right check digit */

bool gs1_serial_ok(struct slice text); /* AI (21): 1..20 characters of set 82 */
bool gs1_lot_ok(struct slice text);    /* AI (10): 1..20 characters of set 82 */

/*
 * A GTIN travels as a number: its 14 digits, leading zeros implied. GTIN-8, -12 and -13 are
 * the same GTIN with zeros in front, and a check digit that holds in one form holds in all.
 */
enum gtin_result {
	GTIN_OK = 0,
	GTIN_NOT_DIGITS,      /* another character than 0-9, blanks included */
	GTIN_BAD_LENGTH,      /* neither 8, 12, 13 nor 14 digits; also the empty text */
	GTIN_BAD_CHECK_DIGIT, /* the last digit does not complete those before it */
};

MUSTCHECK enum gtin_result gtin_parse(struct slice text, uint64_t *ret_gtin14);
/* English, without a full stop, for the reports of imports and commands: "the check digit is
 * wrong". */
const char *gtin_reason(enum gtin_result result);
/* At most 14 digits and the right check digit. */
bool gtin_valid(uint64_t gtin);
/* Writes 14 digits and a NUL. `gtin` must be below 10^14 (an assertion holds it). */
void gtin_format(uint64_t gtin, char ret_text[GTIN_TEXT_SIZE]);

#endif
