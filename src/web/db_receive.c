/* Takes what PostgreSQL answers, in the order in which it was asked, and hands it to who asked. */
#include "web/db_parts.h"

#include <assert.h>

/* Whether this can be what the oldest slot waits for. */
static bool is_in_step(enum db_slot_kind kind, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		return kind == SLOT_SYNC;
	case PGRES_TUPLES_OK:
		return kind == SLOT_QUERY;
	case PGRES_COMMAND_OK:
		/* One with columns is a torn SELECT, see db_receive(). */
		return kind != SLOT_SYNC && PQnfields(result) == 0;
	default:
		return kind != SLOT_SYNC;
	}
}

static bool is_refusal(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

/* The result of a query apart: kept until its transaction is over. */
static void keep_outcome(struct db *db)
{
	if (db->outcome == NULL || !is_refusal(db->outcome)) {
		PQclear(db->outcome);
		db->outcome = db->result;
		db->result = NULL;
	}
	db_slot_pop(db, DB_OK, NULL); /* nobody waits for this one */
}

/* The Sync was answered: whoever waits for the transaction before it learns what became of it. */
static void synced(struct db *db)
{
	PQclear(db->result);
	db->result = db->outcome;
	db->outcome = NULL;
	db_slot_pop(db, db->result != NULL && is_refusal(db->result) ? DB_ERROR : DB_OK,
		    db->result);
	if (db->state == STATE_PREPARING)
		db_prepared(db);
}

/* False: the connection is of no more use, and `why` says it. */
static bool take_result(struct db *db, const PGresult *result, const char **ret_why)
{
	enum db_slot_kind kind = db_slot_at(db, db->head)->kind;
	ExecStatusType status = PQresultStatus(result);

	if (!is_in_step(kind, result)) {
		*ret_why = "the pipeline is out of step";
		return false;
	}
	if (db->options.apart && kind == SLOT_QUERY && PQstatus(db->pg) != CONNECTION_BAD) {
		keep_outcome(db);
		return true;
	}
	switch (status) {
	case PGRES_PIPELINE_SYNC:
		synced(db);
		return true;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		db_slot_pop(db, DB_OK, result);
		return true;
	default:
		if (kind == SLOT_PREPARE) {
			*ret_why = PQresultErrorMessage(result);
			return false;
		}
		/* "terminating connection" comes as the answer to a query. */
		if (PQstatus(db->pg) == CONNECTION_BAD)
			db_slot_pop(db, DB_DOWN, NULL);
		else
			db_slot_pop(db, DB_ERROR, result);
		return true;
	}
}

static bool take_results(struct db *db, const char **ret_why)
{
	unsigned gaps = 0; /* a NULL stands between the results of two queries */

	while (db->head != db->tail && PQstatus(db->pg) == CONNECTION_OK && !PQisBusy(db->pg)) {
		PGresult *result = PQgetResult(db->pg);
		bool ok;

		if (result == NULL) {
			if (++gaps > 1)
				break;
			continue;
		}
		gaps = 0;
		db->result = result;
		ok = take_result(db, result, ret_why);
		if (!ok) /* the text may belong to the result: go down before it is gone */
			db_go_down(db, *ret_why);
		PQclear(db->result);
		db->result = NULL;
		if (!ok || db->pg == NULL)
			return false;
	}
	return true;
}

PGresult *db_keep_rows(struct db *db, const PGresult *rows)
{
	PGresult *kept = db->result;

	assert(kept == rows);
	db->result = NULL;
	return kept;
}

static void take_notices(struct db *db)
{
	PGnotify *notice;

	while ((notice = PQnotifies(db->pg)) != NULL) {
		if (db->options.on_notify != NULL)
			db->options.on_notify(db->options.arg, notice->relname);
		PQfreemem(notice);
	}
}

/*
 * When a connection is lost libpq forgets what was asked and goes on parsing what it has read: the
 * first half of a SELECT then comes out as a command that succeeded, without rows. So nothing is
 * taken from a connection once it is lost.
 */
void db_receive(struct db *db)
{
	const char *why = "";

	if (!PQconsumeInput(db->pg)) {
		db_go_down(db, PQerrorMessage(db->pg));
		return;
	}
	db->heard_ms = loop_now_ms();
	if (!take_results(db, &why))
		return; /* it went down there */
	take_notices(db);
	if (PQstatus(db->pg) == CONNECTION_BAD)
		db_go_down(db, PQerrorMessage(db->pg));
}
