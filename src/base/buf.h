/*
 * A growing byte buffer that knows its maximum. Appending cannot fail twice: the first
 * failure (limit or memory) is remembered, later appends do nothing, and the user asks
 * once at the end with buf_ok().
 */
#ifndef SUYUAN_BASE_BUF_H
#define SUYUAN_BASE_BUF_H

#include <stdarg.h>

#include "base/slice.h"

struct buf {
	char *data; /* owned */
	size_t length;
	size_t capacity;
	size_t maximum; /* bytes it may ever hold */
	bool failed;	/* sticky: the limit was met or memory ran out */
};

void buf_init(struct buf *b, size_t maximum);
void buf_release(struct buf *b); /* accepts NULL and zeroed structs */
void buf_clear(struct buf *b);	 /* length 0, failure forgotten, memory kept */
bool buf_ok(const struct buf *b);
struct slice buf_slice(const struct buf *b);

void buf_add(struct buf *b, const char *data, size_t length);
void buf_add_slice(struct buf *b, struct slice s);
void buf_add_string(struct buf *b, const char *string);
void buf_add_char(struct buf *b, char c);
void buf_add_u64(struct buf *b, uint64_t value);
void buf_add_format(struct buf *b, const char *format, ...) PRINTF(2, 3);
/*
 * Room for `length` more bytes, not yet counted: write there, then add to b->length.
 * NULL (and sticky failure) when there is none.
 */
char *buf_reserve(struct buf *b, size_t length);
/* A C string of the content: appends a NUL that length does not count. NULL on failure. */
const char *buf_string(struct buf *b);

#endif
