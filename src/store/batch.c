/* Taking counters for a batch, and reading batches back. */
#include "store/batch.h"

#include "store/sql.h"

enum { STEM_MOST = 256 };

static bool fail(struct db *db, const char *sqlstate, const char *text)
{
	db->error = (struct store_error){ 0 };
	(void)snprintf(db->error.sqlstate, sizeof(db->error.sqlstate), "%s", sqlstate);
	(void)snprintf(db->error.text, sizeof(db->error.text), "%s", text);
	return false;
}

/* --- reading --- */

void batch_row_release(struct batch_row *row)
{
	if (row == NULL)
		return;
	PQclear(row->rows);
	row->rows = NULL;
}

static void fill(struct batch_row *b, PGresult *rows)
{
	(void)snprintf(b->id, sizeof(b->id), "%s", PQgetvalue(rows, 0, 0));
	b->batch = (struct batch){
		.gtin = (uint64_t)db_number_at(rows, 0, 1),
		.length = (unsigned)db_number_at(rows, 0, 4),
		.stem = db_slice_at(rows, 0, 5),
		.first = (uint64_t)db_number_at(rows, 0, 6),
		.quantity = (uint64_t)db_number_at(rows, 0, 7),
	};
	b->lot = db_slice_at(rows, 0, 2);
	b->key_id = (unsigned)db_number_at(rows, 0, 3);
	b->product = db_slice_at(rows, 0, 8);
	b->produced = db_slice_at(rows, 0, 9);
	b->best_before = db_slice_at(rows, 0, 10);
	b->made_at = db_slice_at(rows, 0, 11);
	b->pin_digits = (unsigned)db_number_at(rows, 0, 13);
	b->rows = rows;
}

bool batch_read(struct db *db, const char *id, struct batch_row *ret_row)
{
	PGresult *rows = db_query(db, &sql_batch_read, DB_VALUES(db_text(id)));

	if (rows == NULL)
		return false;
	if (PQntuples(rows) == 0) {
		PQclear(rows);
		return fail(db, "P0002", "there is no such batch");
	}
	fill(ret_row, rows);
	return true;
}

/* --- making --- */

static bool make_in_transaction(struct db *db, const struct batch_order *o, const char *stem,
				char ret_id[BATCH_ID_SIZE])
{
	PGresult *rows =
	    db_query(db, &sql_batch_make,
		     DB_VALUES(db_number((int64_t)o->gtin), db_text(o->lot), db_number(o->length),
			       db_text(stem), db_number((int64_t)o->quantity),
			       db_number((int64_t)serial_counters_most(o->length))));

	if (rows == NULL)
		return false;
	(void)snprintf(ret_id, BATCH_ID_SIZE, "%s", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return db_commit(db);
}

bool batch_make(struct db *db, const struct batch_order *order, char ret_id[BATCH_ID_SIZE])
{
	struct buf stem;
	bool ok = false;

	buf_init(&stem, STEM_MOST);
	if (!batch_stem_ok(slice_of(order->stem))) {
		(void)fail(db, "22023", batch_reason(BATCH_BAD_STEM));
		goto out;
	}
	batch_print_stem(slice_of(order->stem), &stem);
	if (buf_string(&stem) == NULL) {
		(void)fail(db, "53200", "out of memory");
		goto out;
	}
	ok = db_begin(db) && make_in_transaction(db, order, stem.data, ret_id);
	if (!ok)
		db_rollback(db);
out:
	buf_release(&stem);
	return ok;
}
