/* Calls the functions of migrations/0011_foreign.sql. */
#include "store/foreign.h"

#include "base/buf.h"
#include "store/sql.h"

bool store_foreign_open(struct db *db)
{
	return db_run(db, &sql_foreign_open, DB_NO_VALUES);
}

bool store_foreign_add(struct db *db, struct slice rows)
{
	return db_copy_in(db, "COPY pg_temp.foreign_row (at, line, serial) FROM STDIN", rows);
}

/* "{0,5}" */
static const char *key_ids(const struct keyring *ring, struct buf *room)
{
	const char *before = "{";

	for (unsigned id = 0; id < SERIAL_KEY_IDS; id++) {
		if (!ring->present[id])
			continue;
		buf_add_format(room, "%s%u", before, id);
		before = ",";
	}
	buf_add_string(room, before[0] == '{' ? "{}" : "}");
	return buf_string(room);
}

bool store_foreign_begin(struct db *db, uint64_t gtin, const struct keyring *ring,
			 char ret_list[FOREIGN_LIST_SIZE])
{
	PGresult *rows;
	struct buf room;

	buf_init(&room, 4 * SERIAL_KEY_IDS);
	rows = db_query(db, &sql_foreign_begin,
			DB_VALUES(db_number((int64_t)gtin), db_text(key_ids(ring, &room))));
	buf_release(&room);
	if (rows == NULL)
		return false;
	(void)snprintf(ret_list, FOREIGN_LIST_SIZE, "%s", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return true;
}

static enum foreign_outcome outcome_named(const char *word)
{
	if (strcmp(word, "repeated") == 0)
		return FOREIGN_REPEATED;
	return strcmp(word, "known") == 0 ? FOREIGN_KNOWN : FOREIGN_OTHER_LOT;
}

bool store_foreign_take(struct db *db, const char *list, const struct foreign_place *place,
			uint64_t done, uint64_t most,
			void (*each)(void *user, const struct foreign_answer *answer), void *user)
{
	enum { LINE, SERIAL, OUTCOME, LOT };
	PGresult *rows =
	    db_query(db, &sql_foreign_take,
		     DB_VALUES(db_text(list), db_number((int64_t)place->gtin), db_text(place->lot),
			       db_number((int64_t)done), db_number((int64_t)most)));

	if (rows == NULL)
		return false;
	for (int i = 0; i < PQntuples(rows); i++)
		each(user, &(struct foreign_answer){
			       .line = (uint64_t)db_number_at(rows, i, LINE),
			       .serial = db_slice_at(rows, i, SERIAL),
			       .outcome = outcome_named(PQgetvalue(rows, i, OUTCOME)),
			       .lot = db_slice_at(rows, i, LOT) });
	PQclear(rows);
	return true;
}

bool store_foreign_end(struct db *db, const char *list, const struct foreign_place *place,
		       const char *source, uint64_t brought)
{
	return db_run(db, &sql_foreign_end,
		      DB_VALUES(db_text(list), db_number((int64_t)place->gtin), db_text(place->lot),
				db_text(source), db_number((int64_t)brought)));
}
