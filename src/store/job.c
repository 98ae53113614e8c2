/* Jobs and their files in the database. */
#include "store/job.h"

#include <jansson.h>
#include <openssl/sha.h>

#include "store/sql.h"

void job_row_release(struct job_row *row)
{
	if (row == NULL)
		return;
	PQclear(row->rows);
	row->rows = NULL;
}

/*
 * A machine that vanished takes its session with it after 10 + 3 × 5 s of silence; without this
 * the server would keep the lock for two hours. Sockets of one machine ignore it.
 */
bool job_listen(struct db *db)
{
	return db_execute(db, "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; "
			      "SET tcp_keepalives_count = 3; LISTEN suyuan_job");
}

bool job_take(struct db *db, const char *kinds, const char *worker, struct job_row *ret_row,
	      bool *ret_found)
{
	PGresult *rows = db_query(db, &sql_job_take, DB_VALUES(db_text(kinds), db_text(worker)));

	if (rows == NULL)
		return false;
	*ret_found = PQntuples(rows) > 0;
	if (!*ret_found) {
		PQclear(rows);
		return true;
	}
	*ret_row = (struct job_row){
		.id = db_number_at(rows, 0, 0),
		.arguments = db_slice_at(rows, 0, 2),
		.done = (uint64_t)db_number_at(rows, 0, 3),
		.total = (uint64_t)db_number_at(rows, 0, 4),
		.tries = (uint64_t)db_number_at(rows, 0, 5),
		.cancel_wanted = db_bool_at(rows, 0, 6),
		.files = (uint64_t)db_number_at(rows, 0, 7),
		.rows = rows,
	};
	(void)snprintf(ret_row->kind, sizeof(ret_row->kind), "%s", PQgetvalue(rows, 0, 1));
	return true;
}

bool job_progress(struct db *db, int64_t job, uint64_t done, bool *ret_cancel)
{
	PGresult *rows =
	    db_query(db, &sql_job_progress, DB_VALUES(db_number(job), db_number((int64_t)done)));

	if (rows == NULL)
		return false;
	/* No row: somebody removed the job itself. */
	*ret_cancel = PQntuples(rows) == 0 || db_bool_at(rows, 0, 0);
	PQclear(rows);
	return true;
}

bool job_pin(struct db *db, int64_t job, const char *pin, bool *ret_anew)
{
	PGresult *rows = db_query(db, &sql_job_pin, DB_VALUES(db_number(job), db_text(pin)));

	if (rows == NULL)
		return false;
	*ret_anew = db_bool_at(rows, 0, 0);
	PQclear(rows);
	return true;
}

/* --- files --- */

static bool add_head(struct db *db, int64_t job, const struct job_file *f, struct slice bytes)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	(void)SHA256((const unsigned char *)bytes.data, bytes.length, digest);
	return db_run(db, &sql_job_file_add,
		      DB_VALUES(db_number(job), db_number((int64_t)f->position), db_text(f->name),
				db_text(f->media_type), db_number((int64_t)bytes.length),
				db_bytes((struct slice){ (const char *)digest, sizeof(digest) }),
				db_number((int64_t)f->labels), db_number((int64_t)f->first)));
}

static bool add_parts(struct db *db, int64_t job, uint64_t position, struct slice bytes)
{
	for (int64_t part = 0; bytes.length > 0; part++) {
		size_t some = bytes.length < JOB_PART_SIZE ? bytes.length : JOB_PART_SIZE;

		if (!db_run(db, &sql_job_part_add,
			    DB_VALUES(db_number(job), db_number((int64_t)position), db_number(part),
				      db_bytes((struct slice){ bytes.data, some }))))
			return false;
		bytes = slice_from(bytes, some);
	}
	return true;
}

static bool count_file(struct db *db, int64_t job, const char *kinds, struct job_file_result *ret)
{
	PGresult *rows =
	    db_query(db, &sql_job_file_done, DB_VALUES(db_number(job), db_text(kinds)));

	if (rows == NULL)
		return false;
	ret->cancel = PQntuples(rows) == 0 || db_bool_at(rows, 0, 0);
	ret->others = PQntuples(rows) > 0 && db_bool_at(rows, 0, 1);
	ret->full = PQntuples(rows) > 0 && db_bool_at(rows, 0, 2);
	PQclear(rows);
	return true;
}

bool job_add_file(struct db *db, int64_t job, const char *kinds, const struct job_file *file,
		  struct slice bytes, struct job_file_result *ret)
{
	struct job_file_result result = { 0 };

	if (db_begin(db) && add_head(db, job, file, bytes) &&
	    add_parts(db, job, file->position, bytes) && count_file(db, job, kinds, &result) &&
	    db_commit(db)) {
		*ret = result;
		return true;
	}
	db_rollback(db);
	return false;
}

/* --- the end --- */

/* {"reason": …} as text, freed with free(); NULL: no reason, or out of memory. */
static char *report_of(const char *reason)
{
	json_t *object = reason == NULL ? NULL : json_pack("{s:s}", "reason", reason);
	char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

	json_decref(object);
	return text;
}

bool job_end(struct db *db, int64_t job, enum job_end end, const char *reason)
{
	static const char *const states[] = {
		[JOB_END_DONE] = "done",
		[JOB_END_FAILED] = "failed",
		[JOB_END_CANCELLED] = "cancelled",
	};
	char *report = report_of(reason);
	bool ok = db_run(db, &sql_job_end,
			 DB_VALUES(db_number(job), db_text(states[end]), db_text(report)));

	free(report);
	return ok;
}

bool job_leave(struct db *db, int64_t job, const char *reason)
{
	return db_run(
	    db, &sql_job_leave,
	    DB_VALUES(db_number(job), db_number(reason == NULL ? 1 : 0), db_text(reason)));
}

bool job_unlock(struct db *db)
{
	return db_run(db, &sql_job_unlock, DB_NO_VALUES);
}

bool job_sweep(struct db *db, uint64_t days, uint64_t most, uint64_t *ret_removed)
{
	PGresult *rows = db_query(db, &sql_job_sweep,
				  DB_VALUES(db_number((int64_t)days), db_number((int64_t)most)));

	if (rows == NULL)
		return false;
	*ret_removed = (uint64_t)db_number_at(rows, 0, 0);
	PQclear(rows);
	return true;
}
