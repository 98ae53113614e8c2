/* An import's COPY, its set checks and the recording, as calls of the functions of schema trace. */
#include "store/import.h"

#include "base/buf.h"
#include "store/sql.h"

/* The first cell of the only row; failure leaves *ret_value alone. */
static bool ask(struct db *db, PGresult *rows, int64_t *ret_value)
{
	(void)db;
	if (rows == NULL)
		return false;
	if (PQntuples(rows) > 0)
		*ret_value = db_number_at(rows, 0, 0);
	PQclear(rows);
	return true;
}

bool store_import_brand(struct db *db, const char *slug, int64_t *ret_brand)
{
	*ret_brand = 0;
	return ask(db, db_query(db, &sql_import_brand, DB_VALUES(db_text(slug))), ret_brand);
}

bool store_import_zone_known(struct db *db, const char *zone, bool *ret_known)
{
	PGresult *rows = db_query(db, &sql_import_zone, DB_VALUES(db_text(zone)));

	if (rows == NULL)
		return false;
	*ret_known = db_bool_at(rows, 0, 0);
	PQclear(rows);
	return true;
}

bool store_import_open(struct db *db, const char *record)
{
	return db_run(db, &sql_import_open, DB_VALUES(db_text(record)));
}

bool store_import_add(struct db *db, const char *columns, struct slice rows)
{
	struct buf copy;
	bool ok;

	buf_init(&copy, 8192);
	buf_add_format(&copy, "COPY pg_temp.import_row (" STORE_IMPORT_COLUMNS ", %s) FROM STDIN",
		       columns);
	ok = buf_string(&copy) != NULL && db_copy_in(db, copy.data, rows);
	buf_release(&copy);
	return ok;
}

bool store_import_check(struct db *db, const char *record, int64_t brand, const char *given,
			uint64_t *ret_refused)
{
	int64_t refused = 0;

	if (!ask(db,
		 db_query(db, &sql_import_check,
			  DB_VALUES(db_text(record), db_number(brand), db_text(given))),
		 &refused))
		return false;
	*ret_refused = (uint64_t)refused;
	return true;
}

bool store_import_refused(struct db *db,
			  void (*each)(void *user, const struct store_refusal *refusal), void *user)
{
	enum { AT_ONCE = 1000 };
	int64_t after = 0;
	int count;

	do {
		PGresult *rows = db_query(db, &sql_import_refused,
					  DB_VALUES(db_number(after), db_number(AT_ONCE)));

		if (rows == NULL)
			return false;
		count = PQntuples(rows);
		for (int i = 0; i < count; i++) {
			struct store_refusal refusal = { (uint64_t)db_number_at(rows, i, 1),
							 (uint64_t)db_number_at(rows, i, 2),
							 db_slice_at(rows, i, 3),
							 db_slice_at(rows, i, 4),
							 db_slice_at(rows, i, 5),
							 db_slice_at(rows, i, 6) };

			each(user, &refusal);
			after = db_number_at(rows, i, 0);
		}
		PQclear(rows);
	} while (count == AT_ONCE);
	return true;
}

bool store_import_record(struct db *db, const char *record, int64_t brand, const char *file,
			 struct store_import_counts *ret_counts)
{
	PGresult *rows = db_query(db, &sql_import_record,
				  DB_VALUES(db_text(record), db_number(brand), db_text(file)));

	if (rows == NULL)
		return false;
	*ret_counts = (struct store_import_counts){ (uint64_t)db_number_at(rows, 0, 0),
						    (uint64_t)db_number_at(rows, 0, 1),
						    (uint64_t)db_number_at(rows, 0, 2) };
	PQclear(rows);
	return true;
}

PGresult *store_import_touched(struct db *db, const char *record, int64_t brand)
{
	return db_query(db, &sql_import_touched, DB_VALUES(db_text(record), db_number(brand)));
}

bool store_import_must_repeat(const struct store_error *e)
{
	return store_error_is(e, "23505") || store_error_is(e, "23503") ||
	       store_error_is(e, "40001") || store_error_is(e, "40P01");
}
