/*
 * What was counted, on its way to PostgreSQL: a ring for each worker, sent twice a second and
 * sooner when much comes in, taken out only when PostgreSQL has it. Full, it loses what comes, and
 * counts that; nobody ever waits for it.
 *
 * The rings are memory that outlives a worker: the one that replaces it sends what is left. A visit
 * that is sent twice for that counts once (inbox.roll_up() in the migrations).
 */
#ifndef SUYUAN_WEB_VISIT_QUEUE_H
#define SUYUAN_WEB_VISIT_QUEUE_H

#include "model/gs1.h"
#include "store/lookup.h"
#include "web/country.h"
#include "web/db.h"

enum visit_kind {
	VISIT_PERSON,
	VISIT_NEVER_ISSUED,
	VISIT_MISTYPED,
	VISIT_ROBOT,
};

/* A look at a code. Only visits of persons keep serial and visitor; the others are sums. */
struct visit_row {
	uint64_t gtin, visitor, at_ms; /* of the loop's clock */
	uint32_t times;
	uint8_t kind; /* enum visit_kind */
	char country[COUNTRY_SIZE];
	char serial[GS1_SERIAL_MAX + 1];
	char lot_handle[LOT_HANDLE_MAX + 1];
};

/* Before the workers are forked. False with errno set. */
MUSTCHECK bool visit_queue_new(void);
void visit_queue_free(void);

/* In a worker: sends through `db`, whose transactions are apart; begins with what is left over. */
void visit_queue_start(struct db *db, unsigned worker);
void visit_queue_stop(void);

/*
 * Takes a copy. Sums (any kind but VISIT_PERSON) are added to one of the same GTIN, lot and country
 * that has just come in, so that a flood of guesses is a few rows.
 */
void visit_queue_add(const struct visit_row *row);
/*
 * The worker is about to end: sends all that waits. False while there is any; true also when the
 * database is away or takes longer than a second.
 */
bool visit_queue_finish(void);

extern const struct sql_query *const visit_queue_sql; /* for the db's options */

#endif
