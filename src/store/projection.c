/* Walks the products and lots of some GTINs in bounded transactions; what a document holds is
 * decided in SQL. */
#include "store/projection.h"

#include "base/buf.h"
#include "store/sql.h"

enum { ARRAY_MOST = 64 << 20 };

/* "{1,2,3}" */
static const char *gtin_array(struct buf *room, const uint64_t *gtins, size_t count)
{
	buf_clear(room);
	buf_add_char(room, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(room, ',');
		buf_add_u64(room, gtins[i]);
	}
	buf_add_char(room, '}');
	return buf_string(room);
}

static bool out_of_memory(struct db *db)
{
	db->error = (struct store_error){ .sqlstate = "53200", .text = "out of memory" };
	return false;
}

/* Runs a query that answers (count, GTINs to touch) and touches them. */
static bool run_and_touch(struct db *db, const struct sql_query *query, unsigned count,
			  const struct db_value *values, uint64_t *changed)
{
	PGresult *rows = db_query(db, query, count, values);
	bool ok = rows != NULL;

	if (ok && db_number_at(rows, 0, 0) > 0) {
		*changed += (uint64_t)db_number_at(rows, 0, 0);
		ok = db_run(db, &sql_touch, DB_VALUES(db_text(PQgetvalue(rows, 0, 1))));
	}
	PQclear(rows);
	return ok;
}

static void tell(const struct projection *p)
{
	if (p->progress != NULL)
		p->progress(p->context, p->products + p->lots);
}

/* --- products --- */

static bool products_in_transaction(struct db *db, struct projection *p, const char *gtins)
{
	return db_run(db, &sql_project_lock, DB_VALUES(db_text(gtins))) &&
	       run_and_touch(db, &sql_project_product, DB_VALUES(db_text(gtins)), &p->changed);
}

static bool project_products(struct db *db, struct projection *p, const char *gtins, size_t count)
{
	if (!db_begin(db))
		return false;
	if (!products_in_transaction(db, p, gtins) || !db_commit(db)) {
		db_rollback(db);
		return false;
	}
	p->products += count;
	tell(p);
	return true;
}

/* --- lots --- */

/* Where a walk over the lots of some GTINs stands. */
struct lot_walk {
	const char *gtins;
	const char *hidden; /* hide list to clear behind the last lot */
	PGresult *place;    /* the rows found last; NULL at the start */
};

static PGresult *next_lots(struct db *db, const struct lot_walk *w)
{
	struct db_value gtin = db_number(0), lot = db_text("");

	if (w->place != NULL) {
		gtin = db_text(PQgetvalue(w->place, 0, 3));
		lot = db_text(PQgetvalue(w->place, 0, 4));
	}
	return db_query(db, &sql_project_lots,
			DB_VALUES(db_text(w->gtins), gtin, lot, db_number(PROJECTION_CHUNK)));
}

/* Touches once, for the documents and for what is no longer denied. */
static bool touch_both(struct db *db, const PGresult *written, const PGresult *unhidden)
{
	if (db_number_at(written, 0, 0) == 0 && db_number_at(unhidden, 0, 0) == 0)
		return true;
	return db_run(
	    db, &sql_project_touch,
	    DB_VALUES(db_text(PQgetvalue(written, 0, 1)), db_text(PQgetvalue(unhidden, 0, 1))));
}

static bool lots_in_transaction(struct db *db, struct projection *p, const PGresult *lots,
				const char *hidden)
{
	const struct db_value gtins = db_text(PQgetvalue(lots, 0, 1));
	const struct db_value names = db_text(PQgetvalue(lots, 0, 2));
	PGresult *written = NULL, *unhidden = NULL;
	bool ok = false;

	if (!db_run(db, &sql_project_lock, DB_VALUES(gtins)))
		return false;
	written = db_query(db, &sql_project_lot, DB_VALUES(gtins, names));
	if (written == NULL)
		goto out;
	unhidden = db_query(db, &sql_project_unhide, DB_VALUES(db_text(hidden)));
	ok = unhidden != NULL && touch_both(db, written, unhidden);
	if (ok)
		p->changed += (uint64_t)db_number_at(written, 0, 0);
out:
	PQclear(written);
	PQclear(unhidden);
	return ok;
}

/* One transaction; `*ret_last` when no lot is left. */
static bool project_some_lots(struct db *db, struct projection *p, struct lot_walk *w,
			      bool *ret_last)
{
	PGresult *lots = next_lots(db, w);
	int64_t found;
	bool last;

	if (lots == NULL)
		return false;
	found = db_number_at(lots, 0, 0);
	last = found < PROJECTION_CHUNK;
	PQclear(w->place);
	w->place = lots;
	if (!db_begin(db))
		return false;
	if (!lots_in_transaction(db, p, lots, last ? w->hidden : "[]") || !db_commit(db)) {
		db_rollback(db);
		return false;
	}
	p->lots += (uint64_t)found;
	tell(p);
	*ret_last = last;
	return true;
}

static bool project_lots(struct db *db, struct projection *p, const char *gtins, const char *hidden)
{
	struct lot_walk w = { .gtins = gtins, .hidden = hidden };
	bool last = false, ok = true;

	while (ok && !last)
		ok = project_some_lots(db, p, &w, &last);
	PQclear(w.place);
	return ok;
}

/* --- the whole --- */

/* `hidden` is cleared in the transaction of the last document; also when there is none. */
static bool project_all(struct db *db, struct projection *p, const uint64_t *gtins, size_t count,
			const char *hidden)
{
	struct buf room;
	size_t at = 0;
	bool ok;

	buf_init(&room, ARRAY_MOST);
	do {
		size_t some = count - at < PROJECTION_CHUNK ? count - at : PROJECTION_CHUNK;
		const char *array = gtin_array(&room, gtins + at, some);

		at += some;
		ok = array == NULL ? out_of_memory(db)
				   : project_products(db, p, array, some) &&
					 project_lots(db, p, array, at == count ? hidden : "[]");
	} while (ok && at < count);
	buf_release(&room);
	return ok;
}

static bool project_these(struct db *db, struct projection *p, const uint64_t *gtins, size_t count)
{
	PGresult *hidden = NULL;
	struct buf room;
	const char *array;
	bool ok;

	p->products = p->lots = p->changed = 0;
	buf_init(&room, ARRAY_MOST);
	array = gtin_array(&room, gtins, count);
	if (array == NULL) {
		ok = out_of_memory(db);
		goto out;
	}
	/* Before the first document is made: what is denied later must outlive this run. */
	hidden = db_query(db, &sql_project_hidden, DB_VALUES(db_text(array)));
	ok = hidden != NULL && project_all(db, p, gtins, count, PQgetvalue(hidden, 0, 0));
out:
	PQclear(hidden);
	buf_release(&room);
	return ok;
}

static bool run_rows(struct db *db, struct projection *p, const PGresult *rows)
{
	size_t count = (size_t)PQntuples(rows);
	uint64_t *gtins = calloc(count + 1, sizeof(*gtins));
	bool ok;

	if (gtins == NULL)
		return out_of_memory(db);
	for (size_t i = 0; i < count; i++)
		gtins[i] = (uint64_t)db_number_at(rows, (int)i, 0);
	ok = project_these(db, p, gtins, count);
	free(gtins);
	return ok;
}

bool projection_run(struct db *db, struct projection *p, const uint64_t *gtins, size_t count)
{
	PGresult *rows = NULL;
	struct buf room;
	const char *array;
	bool ok;

	buf_init(&room, ARRAY_MOST);
	array = gtin_array(&room, gtins, count);
	if (array == NULL)
		(void)out_of_memory(db);
	else
		rows = db_query(db, &sql_project_scope, DB_VALUES(db_text(array)));
	ok = rows != NULL && run_rows(db, p, rows);
	PQclear(rows);
	buf_release(&room);
	return ok;
}

bool projection_brand(struct db *db, int64_t brand_id)
{
	uint64_t changed = 0;

	return db_run(db, &sql_project_hold, DB_VALUES(db_number(brand_id))) &&
	       run_and_touch(db, &sql_project_brand, DB_VALUES(db_number(brand_id)), &changed);
}

static bool project_brands(struct db *db, int64_t brand_id)
{
	if (db_begin(db) && projection_brand(db, brand_id) && db_commit(db))
		return true;
	db_rollback(db);
	return false;
}

bool projection_run_brand(struct db *db, struct projection *p, int64_t brand_id)
{
	PGresult *rows;
	bool ok;

	if (!project_brands(db, brand_id))
		return false;
	rows = db_query(db, &sql_gtin_list, DB_VALUES(db_number(brand_id)));
	ok = rows != NULL && run_rows(db, p, rows);
	PQclear(rows);
	return ok;
}
