/*
 * The database's side of an import: rows are COPYed into a temporary table, checked as sets, and
 * recorded in one transaction (migrations/0007_import.sql). The calls, in this order:
 *
 *   store_import_open     outside a transaction: the temporary table
 *   store_import_add      any number of times: a COPY of its own for every piece
 *   db_begin
 *   store_import_check    what is wrong with the rows, seen together and with what is recorded
 *   store_import_refused  the reasons
 *   store_import_record   the rest becomes records
 *   db_commit or db_rollback; then store_import_check may begin anew with the same rows
 *
 * Reading a slow file holds no transaction open; nothing is recorded before db_commit().
 */
#ifndef SUYUAN_STORE_IMPORT_H
#define SUYUAN_STORE_IMPORT_H

#include "store/db.h"

/* The columns in front of the record's own: number of the row, line of the file, part of the line.
 */
#define STORE_IMPORT_COLUMNS "at, line, part"

MUSTCHECK bool store_import_open(struct db *db, const char *record);
/*
 * `rows` in COPY's text format, less than 2 GiB, with the columns STORE_IMPORT_COLUMNS and
 * `columns`: a list made of names this program holds, never of input.
 */
MUSTCHECK bool store_import_add(struct db *db, const char *columns, struct slice rows);

/*
 * `given` is the JSON of the mapped fields, {"gtin": [], "name": ["en"]}. *ret_refused counts rows.
 */
MUSTCHECK bool store_import_check(struct db *db, const char *record, int64_t brand,
				  const char *given, uint64_t *ret_refused);

/* One row the check refused; texts live until the function it is given to returns. */
struct store_refusal {
	uint64_t line, part;
	struct slice field, value, code, reason;
};

/* Calls `each` for every refused row in the order of the file. */
MUSTCHECK bool store_import_refused(struct db *db,
				    void (*each)(void *user, const struct store_refusal *refusal),
				    void *user);

struct store_import_counts {
	uint64_t added, corrected, unchanged;
};

/* `file` goes into the records' source, as "file:line". */
MUSTCHECK bool store_import_record(struct db *db, const char *record, int64_t brand,
				   const char *file, struct store_import_counts *ret_counts);
/*
 * GTINs whose public documents are to be made anew, as rows of one column; before db_commit(). NULL
 * on failure.
 */
MUSTCHECK PGresult *store_import_touched(struct db *db, const char *record, int64_t brand);

/* False: failed, or there is no such brand (*ret_brand is 0 then). */
MUSTCHECK bool store_import_brand(struct db *db, const char *slug, int64_t *ret_brand);
MUSTCHECK bool store_import_zone_known(struct db *db, const char *zone, bool *ret_known);
/* Another transaction recorded what the check had not seen: checking again will tell. */
bool store_import_must_repeat(const struct store_error *e);

#endif
