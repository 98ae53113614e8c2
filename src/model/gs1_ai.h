/*
 * Application Identifiers: what each holds, how its value must look, and which others it
 * needs or forbids. The table is gs1_ai.def; finding an entry costs one array access.
 */
#ifndef SUYUAN_MODEL_GS1_AI_H
#define SUYUAN_MODEL_GS1_AI_H

#include "base/slice.h"
#include "model/gs1_lint.h"

enum gs1_ai_flag {
	GS1_AI_FIXED = 1 << 0,	   /* predefined length, no separator after it */
	GS1_AI_ATTRIBUTE = 1 << 1, /* may stand in the query of a Digital Link */
	GS1_AI_KEY = 1 << 2,	   /* primary key of a Digital Link */
};

enum { GS1_AI_PARTS = 5, GS1_PART_LINTS = 3 };

enum gs1_set { GS1_SET_DIGITS, GS1_SET_82, GS1_SET_39, GS1_SET_64 };

/* A stretch of a value: characters of one set, a length, rules on the content. */
struct gs1_part {
	unsigned char set; /* enum gs1_set */
	unsigned char min;
	unsigned char max; /* 0: there is no such part */
	bool optional;
	unsigned char lints[GS1_PART_LINTS]; /* enum gs1_lint, 0 when fewer */
};

struct gs1_ai {
	uint16_t first; /* numbers of the range; 01 is 1, see `digits` */
	uint16_t last;
	unsigned char digits; /* of the number in print: 2, 3 or 4 */
	unsigned char flags;  /* enum gs1_ai_flag */
	const char *qualifiers;
	const char *requires;
	const char *excludes;
	const char *title; /* GS1's data title, UTF-8 */
	struct gs1_part parts[GS1_AI_PARTS];
};

/*
 * The entry of an AI written in digits ("01", "3103"), or NULL. No two AIs share a number,
 * whatever their digits, so `*ret_number` alone identifies the AI from then on.
 */
const struct gs1_ai *gs1_ai_find(struct slice digits, uint16_t *ret_number);

enum gs1_fault {
	GS1_FINE = 0,
	GS1_TOO_SHORT,
	GS1_TOO_LONG,
	GS1_BAD_LENGTH, /* between the limits, but a part of fixed length is cut */
	GS1_BAD_CHARACTER,
	GS1_BAD_CHECK_DIGIT,
	GS1_BAD_PREFIX, /* no GS1 company prefix where one must stand */
	GS1_BAD_DATE,	/* a date or a time that no calendar or clock has */
	GS1_BAD_CONTENT,
};

struct gs1_complaint {
	enum gs1_fault fault;
	size_t at;	    /* offset in the value */
	const char *reason; /* English, static, no full stop */
};

/* Length, characters and content of a value. `*ret` is written only when it is not fine. */
MUSTCHECK enum gs1_fault gs1_ai_check_length(const struct gs1_ai *ai, struct slice value,
					     struct gs1_complaint *ret);
MUSTCHECK enum gs1_fault gs1_ai_check_value(const struct gs1_ai *ai, struct slice value,
					    struct gs1_complaint *ret);
/* The shortest value allowed: for AIs with an optional serial, the value without one. */
size_t gs1_ai_shortest(const struct gs1_ai *ai);

/* --- how AIs go together; `present` are numbers as gs1_ai_find gave them --- */

/* May these qualifiers follow the key in a path, in just this order? */
bool gs1_ai_path_ok(const struct gs1_ai *key, const uint16_t *qualifiers, size_t count);
/* Could `extra` be one more qualifier beside these, at some place in the path? */
bool gs1_ai_fits_path(const struct gs1_ai *key, const uint16_t *qualifiers, size_t count,
		      uint16_t extra);
/* Does AI `self` forbid one of those present? `*ret_other` is the first it forbids. */
bool gs1_ai_excludes_any(const struct gs1_ai *ai, uint16_t self, const uint16_t *present,
			 size_t count, uint16_t *ret_other);
/* Has AI `self` all it needs? If not, `*ret_missing` lists the alternatives ("01,02,8006"). */
bool gs1_ai_satisfied(const struct gs1_ai *ai, uint16_t self, const uint16_t *present, size_t count,
		      struct slice *ret_missing);

#endif
