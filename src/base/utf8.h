/*
 * UTF-8 (RFC 3629): is it well-formed, where does it break, how to shorten it without
 * cutting a character, character by character. Surrogates, overlong forms and values over U+10FFFF
 * are ill-formed.
 */
#ifndef SUYUAN_BASE_UTF8_H
#define SUYUAN_BASE_UTF8_H

#include "base/slice.h"

/* Offset of the first byte that is not part of a well-formed character, or s.length. */
size_t utf8_valid_length(struct slice s);
bool utf8_valid(struct slice s);
/* The longest prefix of at most `maximum` bytes that cuts no character. */
struct slice utf8_prefix(struct slice s, size_t maximum);
/* Takes the first character off `*rest`, which is not empty and well-formed. */
uint32_t utf8_next(struct slice *rest);
/* A control character: U+0000 to U+001F, U+007F to U+009F (Unicode's category Cc). */
bool utf8_is_control(uint32_t character);
/* `s`, which is well-formed, has one that is none of `allowed` (of U+0001 to U+001F). */
bool utf8_has_control(struct slice s, const char *allowed);
enum { UTF8_MOST = 4 }; /* bytes of a character */
/* Writes a character that UTF-8 has (at most U+10FFFF, no surrogate); returns its length. */
size_t utf8_write(uint32_t character, char ret_bytes[UTF8_MOST]);

#endif
