/*
 * The chain of the log of changes (migrations/0020_audit.sql): sealing, and proving that nothing
 * was changed, taken away, put in or put elsewhere since. Whoever has an export can prove the same
 * without us, from this description.
 *
 * Each brand has a chain of its own, numbered 1, 2, 3 … Of an entry is hashed
 *
 *   hash = SHA-256( hash of the number before, 32 bytes; of number 1: 32 bytes 0
 *                   framed("suyuan-audit-1") framed(number)
 *                   framed(brand) framed(id) framed(at) framed(who)
 *                   framed(action) framed(object) framed(via) framed(details) )
 *   framed(text) = bytes of `text` in UTF-8, their count in decimal digits before and ':', and ','
 * behind: "5:admin,"
 *
 * number, brand and id are decimal digits (brand is empty for what is of no single brand); `at` is
 * UTC with six digits behind the second, "2026-09-01T08:30:00.000000Z"; `details` is the text of
 * the JSON exactly as the export gives it, as a string.
 *
 * An export (`suyuan audit export`) is a line of JSON an entry, in order of number, one chain
 * behind the other:
 * {"chain","number","brand","id","at","who","action","object","via","details","marks","hash"};
 * chain, number, brand and id are numbers (chain 0 and brand null: of no single brand), hash and
 * marks hexadecimal. `marks` is of each field the first 8 bytes of its SHA-256, in the order above:
 * it proves nothing, and tells which field is not as it was.
 *
 * What a chain cannot tell is that its newest entries were taken away: note its head elsewhere
 * (`suyuan audit head`) and verify against it.
 */
#ifndef SUYUAN_STORE_AUDIT_H
#define SUYUAN_STORE_AUDIT_H

#include "store/db.h"

enum { AUDIT_FIELDS = 8, AUDIT_HASH = 32, AUDIT_MARK = 8, AUDIT_HEX_SIZE = 2 * AUDIT_HASH + 1 };

/* An entry and its seal. */
struct audit_link {
	uint64_t number;
	uint64_t entry;		  /* that the seal names */
	bool is_there;		  /* the entry */
	struct slice hash, marks; /* hexadecimal */
	struct slice fields[AUDIT_FIELDS];
};

/* "brand", "id", "at", …; in the order of hashing. */
const char *audit_field(unsigned field);

enum audit_result {
	AUDIT_FITS,
	AUDIT_NUMBER_MISSING, /* expected `number`, found a later one */
	AUDIT_NUMBER_TWICE,   /* or before its turn: the lines are not in order */
	AUDIT_ENTRY_MISSING,  /* its seal is there, the entry is not */
	AUDIT_ENTRY_OTHER,    /* an entry stands here that is of another place */
	AUDIT_ENTRY_CHANGED,  /* `field` is not as it was sealed */
	AUDIT_SEAL_CHANGED,   /* the entry is as its marks say, the hash is not */
};
const char *audit_reason(enum audit_result result);

/* What was verified of one chain; begin with zeros. */
struct audit_check {
	uint64_t number; /* of the last that fits */
	unsigned char hash[AUDIT_HASH];
	unsigned field;	   /* of AUDIT_ENTRY_CHANGED and AUDIT_ENTRY_OTHER */
	struct slice head; /* a hash noted earlier, hexadecimal; or empty */
	bool head_found;
};
/* The next of the chain. Does not fit: *check is as before, but for `field`. */
MUSTCHECK enum audit_result audit_check_next(struct audit_check *check,
					     const struct audit_link *link);
void audit_check_hash(const struct audit_check *check, char ret_hex[AUDIT_HEX_SIZE]);

enum { AUDIT_ELSEWHERE = -1 };
/* Seals what waits, `most` entries in one transaction. *ret_count: AUDIT_ELSEWHERE while another
 * process is at it. False: db->error. */
MUSTCHECK bool audit_seal(struct db *db, uint64_t most, int64_t *ret_count);

#endif
