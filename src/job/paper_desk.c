/* One upload after the other, whatever happens to the database meanwhile. */
#include "job/paper_desk.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "job/job_log.h"
#include "job/paper.h"
#include "job/patience.h"
#include "model/gs1.h"
#include "store/sql.h"

enum {
	LOOK_MS = 1000, /* the longest an upload waits that no NOTIFY told of */
	SWEEP_MS = 600000,
	TRIES_MOST = 3,
};

struct desk {
	const struct worker_options *options;
	struct db db;
	uint64_t retry_ms, sweep_ms;
	bool was_told_down;
};

/* What was taken from the table. */
struct upload {
	int64_t id, tries;
	char kind[16], lot[GS1_LOT_MAX + 1];
	uint64_t gtin; /* 0: none */
	bool recorded;
	unsigned char *raw; /* owned */
	struct slice bytes;
};

static void upload_release(struct upload *u)
{
	PQfreemem(u->raw);
}

/* False: out of memory. */
static bool upload_read(const PGresult *rows, struct upload *u)
{
	size_t length = 0;

	*u = (struct upload){ .id = db_number_at(rows, 0, 0),
			      .tries = db_number_at(rows, 0, 1),
			      .recorded = db_bool_at(rows, 0, 3),
			      .gtin = (uint64_t)db_number_at(rows, 0, 4) };
	(void)snprintf(u->kind, sizeof(u->kind), "%s", PQgetvalue(rows, 0, 2));
	(void)snprintf(u->lot, sizeof(u->lot), "%s", PQgetvalue(rows, 0, 5));
	if (PQgetisnull(rows, 0, 6))
		return true;
	u->raw = PQunescapeBytea((const unsigned char *)PQgetvalue(rows, 0, 6), &length);
	u->bytes = (struct slice){ (const char *)u->raw, length };
	return u->raw != NULL;
}

/* --- looking --------------------------------------------------------------------------------- */

static enum paper_result look(const struct upload *u, struct paper *ret)
{
	if (u->tries > TRIES_MOST)
		return PAPER_TOO_SLOW;
	if (strcmp(u->kind, "logo") == 0)
		return paper_logo(u->bytes, ret);
	if (strcmp(u->kind, "photo") == 0)
		return paper_photo(u->bytes, ret);
	return paper_examine(u->bytes, PAPER_PAGE_SIDE, ret);
}

/* --- what becomes of it ---------------------------------------------------------------------- */

static bool refuse(struct db *db, const struct upload *u, const char *code)
{
	job_log("info", "upload %" PRId64 ": refused, %s", u->id, code);
	return db_run(db, &sql_upload_refuse, DB_VALUES(db_number(u->id), db_text(code)));
}

/* What the records do not take is the uploader's to hear of; where the database is away, nobody's.
 */
static bool keep(struct db *db, const struct upload *u, const struct paper *p)
{
	if (db_run(db, &sql_upload_keep,
		   DB_VALUES(db_number(u->id), db_text(p->media_type), db_bytes(p->bytes),
			     db_number(p->picture.width), db_number(p->picture.height))))
		return true;
	if (store_error_is(&db->error, "53100")) {
		job_log("error", "upload %" PRId64 ": the database's disk is full", u->id);
		return refuse(db, u, "no_room");
	}
	return !store_error_is_busy(&db->error) &&
	       refuse(db, u,
		      strcmp(db->error.sqlstate, "SY409") == 0 ? "paper_known" : "upload_failed");
}

static bool record(struct db *db, const struct upload *u)
{
	struct paper p = { .media_type = NULL };
	enum paper_result result = look(u, &p);
	bool good = result == PAPER_OK ? keep(db, u, &p) : refuse(db, u, paper_code(result));

	paper_release(&p);
	return good;
}

static bool project_in_transaction(struct db *db, const char *gtins, const char *lots)
{
	PGresult *rows;
	bool good;

	if (!db_run(db, &sql_project_lock, DB_VALUES(db_text(gtins))))
		return false;
	rows = lots == NULL
		   ? db_query(db, &sql_project_product, DB_VALUES(db_text(gtins)))
		   : db_query(db, &sql_project_lot, DB_VALUES(db_text(gtins), db_text(lots)));
	good = rows != NULL;
	if (good && db_number_at(rows, 0, 0) > 0)
		good = db_run(db, &sql_touch, DB_VALUES(db_text(PQgetvalue(rows, 0, 1))));
	PQclear(rows);
	return good;
}

bool paper_project(struct db *db, uint64_t gtin, const char *lot)
{
	char gtins[24], lots[2 * GS1_LOT_MAX + 8];
	size_t at = 0;

	(void)snprintf(gtins, sizeof(gtins), "{%" PRIu64 "}", gtin);
	lots[at++] = '{';
	lots[at++] = '"';
	for (; *lot != '\0' && at < sizeof(lots) - 4; lot++) {
		if (*lot == '"' || *lot == '\\')
			lots[at++] = '\\';
		lots[at++] = *lot;
	}
	(void)snprintf(lots + at, sizeof(lots) - at, "\"}");
	if (db_begin(db) && project_in_transaction(db, gtins, at == 2 ? NULL : lots) &&
	    db_commit(db))
		return true;
	db_rollback(db);
	return false;
}

static bool finish(struct db *db, const struct upload *u)
{
	if (u->gtin != 0 && !paper_project(db, u->gtin, u->lot))
		return false;
	return db_run(db, &sql_upload_end, DB_VALUES(db_number(u->id)));
}

/* *ret_found: there was one. False: db->error. */
static bool take_one(struct db *db, bool *ret_found)
{
	PGresult *rows = db_query(db, &sql_upload_take, DB_NO_VALUES);
	struct upload u = { .raw = NULL };
	bool good = rows != NULL;

	*ret_found = good && PQntuples(rows) == 1;
	if (*ret_found && !upload_read(rows, &u)) {
		db->error = (struct store_error){ .sqlstate = "53200", .text = "out of memory" };
		good = false;
	}
	PQclear(rows);
	if (*ret_found && good)
		good = (u.recorded || record(db, &u)) && finish(db, &u) &&
		       db_run(db, &sql_report_let_go, DB_NO_VALUES);
	upload_release(&u);
	return good;
}

/* --- the process ----------------------------------------------------------------------------- */

static bool sweep(struct desk *d)
{
	if (patience_now_ms() < d->sweep_ms)
		return true;
	d->sweep_ms = patience_now_ms() + SWEEP_MS;
	return db_run(&d->db, &sql_upload_forget, DB_NO_VALUES);
}

static void idle(struct desk *d)
{
	PGnotify *notice;

	patience_wait(PQsocket(d->db.connection), LOOK_MS);
	if (PQconsumeInput(d->db.connection) == 0)
		return;
	while ((notice = PQnotifies(d->db.connection)) != NULL)
		PQfreemem(notice);
}

/* True: it shall end. False: the database is away. */
static bool serve(struct desk *d)
{
	while (!patience_stop_wanted()) {
		bool found = false;

		if (!sweep(d) || !take_one(&d->db, &found))
			return false;
		if (d->was_told_down)
			job_log("info", "uploads: the database is back");
		d->was_told_down = false;
		d->retry_ms = 0;
		if (!found && d->options->once)
			return true;
		if (!found)
			idle(d);
	}
	return true;
}

static bool connect_to(struct desk *d)
{
	return db_open(&d->db, d->options->url, "suyuan uploads") &&
	       db_execute(&d->db, "LISTEN suyuan_upload");
}

enum worker_result paper_desk_run(const struct worker_options *options)
{
	struct desk d = { .options = options };
	enum worker_result result = WORKER_STOPPED;

	patience_prepare();
	(void)prctl(PR_SET_NAME, "suyuan uploads");
	while (!patience_stop_wanted()) {
		if (connect_to(&d) && serve(&d))
			break;
		if (!d.was_told_down)
			job_log("warning", "uploads: the database is away: %s", d.db.error.text);
		d.was_told_down = true;
		db_close(&d.db);
		if (options->once) {
			result = WORKER_NO_DATABASE;
			break;
		}
		patience_before_retry(&d.retry_ms);
	}
	db_close(&d.db);
	return result;
}
