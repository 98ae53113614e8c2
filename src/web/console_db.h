/*
 * The console's connections to PostgreSQL: every question a transaction of its own, answered when
 * it is committed.
 */
#ifndef SUYUAN_WEB_CONSOLE_DB_H
#define SUYUAN_WEB_CONSOLE_DB_H

#include "web/db.h"

/* The one with the least to do: a long statement does not hold up the others. */
struct db *console_db(void);

#endif
