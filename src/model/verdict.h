/*
 * One verdict per code (FEATURES C5): a pure decision from what the store knows. Nothing unknown
 * ever reads as genuine: a state this program does not know gives VERDICT_BLOCKED.
 */
#ifndef SUYUAN_MODEL_VERDICT_H
#define SUYUAN_MODEL_VERDICT_H

#include "base/slice.h"

enum verdict {
#define VERDICT(symbol, code, status) VERDICT_##symbol,
#include "model/verdict.def"
#undef VERDICT
	VERDICT_COUNT
};

const char *verdict_code(enum verdict v); /* "never_issued" */
unsigned verdict_status(enum verdict v);  /* 404 */

/*
 * Life of a code: the values of the database type code.state; then what a running recall or hold of
 * that very code says in its place (the table is trace.halt_effect() in
 * migrations/0025_recall.sql):
 *
 *   recall                       ITEM_RECALLED  VERDICT_RECALLED  before everything
 *   hold, quarantine, shown      ITEM_HELD      VERDICT_HELD      not of what is withdrawn already
 *   expire, shown                ITEM_EXPIRED   VERDICT_EXPIRED   only of what is in use
 *   hold … expire, not shown     as it is       as it is
 *
 * The state itself is not touched: it counts again when the recall or hold ends.
 */
enum item_state {
	ITEM_PROVISIONED, /* issued, nothing more known */
	ITEM_PRINTED,
	ITEM_COMMISSIONED,
	ITEM_CONSUMED,
	ITEM_DECOMMISSIONED,
	ITEM_DESTROYED,
	ITEM_VOID,
	ITEM_BLOCKED,
	ITEM_RECALLED,
	ITEM_HELD,
	ITEM_EXPIRED,
	ITEM_UNKNOWN, /* a word this program does not know */
};
enum item_state item_state_named(struct slice word);

/* A calendar date; year 0 = not known. */
struct date {
	int year, month, day;
};
MUSTCHECK bool date_parse(struct slice iso, struct date *ret_date); /* "2026-09-01", must exist */

/*
 * A best-before date (GS1 AIs 15 and 17) is a day of the calendar without a time zone: GS1 General
 * Specifications 3.4 give it six digits and no more. It is the maker's day, the only one that is
 * known, so it ends when it ends by the brand's clock: the zone that the brand has chosen, else
 * that of where it makes its goods (trace.fields_zone(), migrations/0037_readers.sql). The day
 * itself is still good; a month or a year lasts until its last day, as GS1 has it of a date without
 * a day.
 *
 * PostgreSQL knows zones and their summer times and says the first moment after it, in seconds
 * since 1970 (pub.best_until(), migrations/0042_best_until.sql); whoever judges compares with that,
 * here and nowhere else.
 */
#define BEST_FOREVER INT64_MAX /* there is no such date, or it is private: no verdict from it */
bool best_is_over(int64_t best_until, int64_t now);

struct verdict_facts {
	enum item_state state;
	bool recalled;	    /* a recall runs for the lot or the GTIN */
	int64_t best_until; /* or BEST_FOREVER */
	int64_t now;	    /* seconds since 1970 */
};

/*
 * The verdict of a code that was issued. Order: recalled, blocked (also void, destroyed,
 * decommissioned, unknown), held, consumed, inactive (provisioned, printed), expired, active.
 */
enum verdict verdict_of(const struct verdict_facts *facts);

#endif
