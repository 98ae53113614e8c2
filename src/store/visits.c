/* Runs the functions that count visits and forget visitors. */
#include "store/visits.h"

#include "store/sql.h"

bool visits_roll_up(struct db *db, uint64_t most, uint64_t apart_seconds, int64_t *ret_taken)
{
	PGresult *rows =
	    db_query(db, &sql_visit_roll_up,
		     DB_VALUES(db_number((int64_t)most), db_number((int64_t)apart_seconds)));

	if (rows == NULL)
		return false;
	*ret_taken = PQgetisnull(rows, 0, 0) ? VISITS_ELSEWHERE : db_number_at(rows, 0, 0);
	PQclear(rows);
	return true;
}

bool visits_forget(struct db *db, const struct visits_terms *terms, int64_t *ret_gone)
{
	PGresult *rows = db_query(db, &sql_visit_forget,
				  DB_VALUES(db_number((int64_t)terms->scan_days),
					    db_number((int64_t)terms->visitor_hours),
					    db_number((int64_t)terms->check_days)));

	if (rows == NULL)
		return false;
	*ret_gone = 0;
	for (int column = 0; column < PQnfields(rows); column++)
		*ret_gone += db_number_at(rows, 0, column);
	PQclear(rows);
	return true;
}

bool visits_make_keys(struct db *db)
{
	return db_run(db, &sql_visitor_keys_make, DB_NO_VALUES);
}
