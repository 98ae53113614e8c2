/*
 * Which programs are robots, by their User-Agent and a list that the operator may replace:
 * crawlers, link previews, monitors. Whoever says nothing of itself is one, too.
 *
 * Read once, before the workers are forked. The format is that of crawler-user-agents.json: a list
 * of objects whose member "pattern" is a regular expression, searched anywhere in the User-Agent,
 * case counting.
 */
#ifndef SUYUAN_WEB_ROBOTS_H
#define SUYUAN_WEB_ROBOTS_H

#include "base/slice.h"

struct robots;

/* NULL: `why` says what is wrong with the file, without a newline. */
MUSTCHECK struct robots *robots_load(const char *path, char *why, size_t why_size);
/* The short list that comes along (web/robots.def). NULL: out of memory. */
MUSTCHECK struct robots *robots_standard(void);
/* The same as robots_load() from memory. */
MUSTCHECK struct robots *robots_parse(struct slice json, char *why, size_t why_size);
void robots_free(struct robots *r); /* accepts NULL */

/* Looks at the first 1,024 bytes. Takes no memory and no system call. */
bool robots_match(const struct robots *r, struct slice user_agent);

#endif
