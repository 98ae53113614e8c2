/*
 * Who looked at which item just now, and the number its page says: memory that all workers of a
 * node share, so that a visitor whom another worker meets is no second one.
 *
 * Two tables of fixed size in which the oldest make room, read and written without locks: a worker
 * that is killed in between leaves at worst an entry that fits nothing. Both only bridge the
 * moments until PostgreSQL has counted; what they forget too early is a number on a page, never a
 * count.
 */
#ifndef SUYUAN_WEB_VISIT_MEMORY_H
#define SUYUAN_WEB_VISIT_MEMORY_H

#include "base/base.h"

struct visit_memory;

/* What a page says of visits. */
struct visit_count {
	uint64_t visits;
	uint32_t first_day; /* since 1970, of the first one; 0: not known */
};

/* Before the workers are forked. NULL with errno set. */
MUSTCHECK struct visit_memory *visit_memory_new(unsigned apart_seconds);
void visit_memory_free(struct visit_memory *m); /* accepts NULL */

/*
 * True when this visitor counts: none of that hash was met at the item within the last
 * `apart_seconds`. `item` and `visitor` are keyed hashes, `now_s` any clock that only goes forward.
 */
bool visit_memory_meet(struct visit_memory *m, uint64_t item, uint64_t visitor, uint64_t now_s);

/*
 * What to say of an item of which PostgreSQL said `stored`; `add`: one more visit, today. What was
 * counted here within the last 15 minutes is trusted to be on its way to PostgreSQL.
 */
struct visit_count visit_memory_count(struct visit_memory *m, uint64_t item,
				      struct visit_count stored, bool add, uint32_t today,
				      uint64_t now_s);

#endif
