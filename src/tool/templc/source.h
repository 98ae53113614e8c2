/* What templc reads: the place in it, its words, and the complaint that ends the build. */
#ifndef SUYUAN_TOOL_TEMPLC_SOURCE_H
#define SUYUAN_TOOL_TEMPLC_SOURCE_H

#include "base/buf.h"

enum {
	NAME_MAX_LENGTH = 39,
	FILE_MAX = 1 << 20,
};

struct name {
	char text[NAME_MAX_LENGTH + 1];
};

/* The place that is being read; stop() names it. */
struct source_place {
	const char *path;
	unsigned line;
};
extern struct source_place at;

/* Prints the place and the words, and ends the program. */
void stop(const char *format, ...) PRINTF(1, 2) __attribute__((noreturn));

/* Reads a file, which becomes the place; the caller releases `content`. */
void source_open(const char *path, struct buf *content);

/* Letters, digits and '_'; stops at anything else. */
struct name name_of(struct slice s);

/* The next word of `*rest`, which shrinks; empty at the end. */
struct slice next_word(struct slice *rest);

#endif
