/*
 * The connections of lookups: one to PostgreSQL to read through and one to write through, one to
 * Redis if there is one.
 * (The connection for changes is web/state's own.)
 */
#ifndef SUYUAN_WEB_LOOKUP_BACKENDS_H
#define SUYUAN_WEB_LOOKUP_BACKENDS_H

#include "web/db.h"
#include "web/redis.h"

enum { DOCUMENTS_MOST = 4 << 20 }; /* bytes of a lot's documents together */

struct db *lookup_db(void);
/* The one to write through: each question a transaction of its own, answered when it is committed.
 */
struct db *lookup_writer(void);
struct redis *lookup_redis(void); /* NULL: none is configured */

#endif
