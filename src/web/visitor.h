/*
 * Who asks for a page, as far as counting needs to know: a person, a robot or neither, and a number
 * that stands for address and program without telling either.
 *
 * The number is a keyed hash whose key every node has from PostgreSQL for one day
 * (pub.visitor_key); where it cannot be had, the node has one of its own.
 */
#ifndef SUYUAN_WEB_VISITOR_H
#define SUYUAN_WEB_VISITOR_H

#include "base/settings.h"
#include "base/siphash.h"
#include "web/request.h"

enum {
	VISITOR_SAID_SIZE = 64, /* a SHA-256 in hexadecimal digits */
	VISITOR_MARK_SIZE = 16,
};

enum visitor_kind {
	VISITOR_UNKNOWN, /* nobody looked yet */
	VISITOR_PERSON,
	VISITOR_ROBOT,	  /* crawlers, link previews */
	VISITOR_NOT_HERE, /* HEAD, prefetch, a picture: nobody reads the answer, perhaps never */
};

struct visitor {
	enum visitor_kind kind;
	uint64_t hash; /* of PERSON and ROBOT */
};

/* `today`: days since 1970, UTC. */
struct visitor visitor_of(const struct request *r, int64_t today);
/*
 * What stands for somebody who says something: the same for the same words from one household in
 * one hour (`now`: seconds since 1970), and telling neither to who has not both the day's key,
 * which goes from the database, and `secret`, which never was in it. False: out of memory.
 */
MUSTCHECK bool visitor_mark(const struct request *r, struct slice secret, int64_t now,
			    const char said[VISITOR_SAID_SIZE],
			    unsigned char ret_mark[VISITOR_MARK_SIZE]);
/* A key of PostgreSQL, for all workers of the node; the latest days' are kept. */
void visitor_key_learn(int64_t day, const struct siphash_key *key);
bool visitor_key_known(int64_t day);

/* For web/visits's module: before the workers are forked, and when the last one ends. */
MUSTCHECK bool visitor_prepare(const struct settings *s, char *why, size_t why_size);
void visitor_forget(void);

#endif
