/*
 * Bytes that belong to somebody else, with their length: the way text travels through
 * Suyuan. A slice may hold any byte, NUL included, and is never NUL-terminated by promise.
 */
#ifndef SUYUAN_BASE_SLICE_H
#define SUYUAN_BASE_SLICE_H

#include "base/base.h"

struct slice {
	const char *data; /* not owned; may be NULL only when length is 0 */
	size_t length;
};

/* A slice of a string literal, usable in constant initialisers. */
#define SLICE(literal)                          \
	{                                       \
		"" literal, sizeof(literal) - 1 \
	}
/* The same as an expression. */
#define S(literal) ((struct slice)SLICE(literal))
/* For printf: "%.*s", SLICE_ARG(s). */
#define SLICE_ARG(s) (int)(s).length, (s).data

struct slice slice_of(const char *string); /* NULL gives the empty slice */
bool slice_equal(struct slice a, struct slice b);
bool slice_equal_nocase(struct slice a, struct slice b); /* ASCII only */
bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);
struct slice slice_from(struct slice s, size_t offset); /* offset <= length */
struct slice slice_trim(struct slice s);		/* blanks, tabs, CR, LF at both ends */
/* First occurrence of `byte`, or s.length. */
size_t slice_find(struct slice s, char byte);
/*
 * Takes the text before the first `separator` off `*rest` (the separator goes too).
 * False when `*rest` is NULL-data, that is, when everything has been taken.
 */
bool slice_cut(struct slice *rest, char separator, struct slice *ret_part);
/* Decimal digits only, the whole slice, no sign, no blank; false on overflow or emptiness. */
MUSTCHECK bool slice_to_u64(struct slice s, uint64_t *ret_value);
/*
 * Is it built like the pattern: '9' a decimal digit, 'x' a hexadecimal one of either case, every
 * other character itself? "9999-99-99", "#xxxxxx".
 */
bool slice_fits(struct slice s, const char *pattern);
/* Equality whose time depends on the lengths only (for secrets). */
bool slice_equal_constant_time(struct slice a, struct slice b);

#endif
