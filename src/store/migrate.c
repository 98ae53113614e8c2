/* Applies the embedded migrations and keeps their record. */
#include "store/migrate.h"

#include <openssl/sha.h>
#include <time.h>

#include "store/migrations.h"
#include "store/sql.h"

/* Any number, the same in every version of this program. */
static const int64_t LOCK = 0x53757975616e01;

/* Between two tries: who had to wait behind one has been answered before the next. */
static const struct timespec PAUSE = { .tv_sec = 2 };

static void sha256_hex(const char *text, char ret_hex[65])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	(void)SHA256((const unsigned char *)text, strlen(text), digest);
	for (unsigned i = 0; i < sizeof(digest); i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}

static bool report_init(struct migrate_report *report)
{
	*report = (struct migrate_report){ 0 };
	report->states = calloc(migration_count, sizeof(report->states[0]));
	if (report->states == NULL)
		return false;
	report->count = migration_count;
	for (unsigned i = 0; i < migration_count; i++) {
		report->states[i].number = migrations[i].number;
		report->states[i].name = migrations[i].name;
		sha256_hex(migrations[i].text, report->states[i].sha256);
	}
	return true;
}

void migrate_report_release(struct migrate_report *report)
{
	if (report == NULL)
		return;
	free(report->states);
	report->states = NULL;
}

/* --- what is recorded --- */

static bool is_recorded(struct db *db, bool *ret_table)
{
	PGresult *rows = db_query(db, &sql_migration_table, DB_NO_VALUES);

	if (rows == NULL)
		return false;
	*ret_table = db_bool_at(rows, 0, 0);
	PQclear(rows);
	return true;
}

static enum migrate_result compare_row(struct migrate_report *report, const PGresult *rows, int row)
{
	int64_t number = db_number_at(rows, row, 0);
	struct slice name = db_slice_at(rows, row, 1), sha256 = db_slice_at(rows, row, 2);
	struct migrate_state *state;

	if (number != row + 1) {
		(void)snprintf(report->why, sizeof(report->why),
			       "the database's record skips migration %d", row + 1);
		return MIGRATE_GAP;
	}
	if (number > report->count) {
		(void)snprintf(
		    report->why, sizeof(report->why),
		    "the database has %.*s, which this program does not know: it is older",
		    SLICE_ARG(name));
		return MIGRATE_NEWER;
	}
	state = &report->states[row];
	if (!slice_equal(name, slice_of(state->name)) ||
	    !slice_equal(sha256, slice_of(state->sha256))) {
		(void)snprintf(report->why, sizeof(report->why),
			       "%s was applied with another content (recorded %.*s, SHA-256 %.*s; "
			       "this program holds %s)",
			       state->name, SLICE_ARG(name), SLICE_ARG(sha256), state->sha256);
		return MIGRATE_CHANGED;
	}
	(void)snprintf(state->done_at, sizeof(state->done_at), "%s", PQgetvalue(rows, row, 3));
	return MIGRATE_OK;
}

static enum migrate_result compare(struct db *db, struct migrate_report *report)
{
	enum migrate_result result = MIGRATE_OK;
	PGresult *rows;
	bool table;

	if (!is_recorded(db, &table))
		return MIGRATE_CONNECTION;
	if (!table)
		return MIGRATE_OK;
	rows = db_query(db, &sql_migration_list, DB_NO_VALUES);
	if (rows == NULL)
		return MIGRATE_CONNECTION;
	for (int i = 0; i < PQntuples(rows) && result == MIGRATE_OK; i++)
		result = compare_row(report, rows, i);
	PQclear(rows);
	return result;
}

/* --- what is to be done --- */

static unsigned line_of(const char *text, unsigned position)
{
	unsigned line = 1;

	/* The position counts characters, not bytes. */
	for (const char *p = text; *p != '\0' && position > 1; p++) {
		line += *p == '\n';
		position -= ((unsigned char)*p & 0xc0) != 0x80;
	}
	return line;
}

static enum migrate_result sql_failed(struct db *db, const struct sql_migration *m,
				      struct migrate_report *report)
{
	const struct store_error *e = &db->error;

	(void)snprintf(report->why, sizeof(report->why), "migrations/%s:%u: %s (SQLSTATE %s)%s",
		       m->name, line_of(m->text, e->position), e->text, e->sqlstate,
		       e->position == 0 ? "; the line is not known" : "");
	db_rollback(db);
	return MIGRATE_SQL;
}

static enum migrate_result try_one(struct db *db, unsigned index, struct migrate_report *report)
{
	const struct sql_migration *m = &migrations[index];
	struct migrate_state *state = &report->states[index];
	PGresult *rows;

	if (!db_begin(db))
		return MIGRATE_CONNECTION;
	if (!db_execute(db, m->text))
		return sql_failed(db, m, report);
	rows = db_query(db, &sql_migration_record,
			DB_VALUES(db_number(m->number), db_text(m->name), db_text(state->sha256)));
	if (rows == NULL)
		return sql_failed(db, m, report);
	(void)snprintf(state->done_at, sizeof(state->done_at), "%s", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	if (!db_commit(db)) {
		state->done_at[0] = '\0';
		return sql_failed(db, m, report);
	}
	report->applied++;
	return MIGRATE_OK;
}

/* Somebody holds what it needs, or it and somebody waited for each other. */
static bool is_in_the_way(const struct store_error *e)
{
	return store_error_is(e, "55P03") || store_error_is(e, "40P01");
}

/* Never waits long at a stretch: behind a statement that waits for a table, every lookup waits. */
static enum migrate_result apply_one(struct db *db, unsigned index, struct migrate_report *report,
				     const struct migrate_watcher *watcher)
{
	enum migrate_result result;

	for (int64_t tries = 0;; tries++) {
		if (!db_run(db, &sql_migration_patience, DB_VALUES(db_number(tries))))
			return MIGRATE_CONNECTION;
		result = try_one(db, index, report);
		if (result != MIGRATE_SQL || !is_in_the_way(&db->error))
			return result;
		report->why[0] = '\0';
		if (tries == 0)
			watcher->waits(watcher->context, migrations[index].name);
		(void)nanosleep(&PAUSE, NULL);
	}
}

static enum migrate_result apply_all(struct db *db, struct migrate_report *report,
				     const struct migrate_watcher *watcher)
{
	enum migrate_result result = MIGRATE_OK;

	for (unsigned i = 0; i < report->count && result == MIGRATE_OK; i++)
		if (report->states[i].done_at[0] == '\0')
			result = apply_one(db, i, report, watcher);
	return result;
}

static enum migrate_result check_roles(struct db *db, struct migrate_report *report)
{
	PGresult *rows = db_query(db, &sql_migration_roles, DB_NO_VALUES);
	enum migrate_result result = MIGRATE_OK;

	if (rows == NULL)
		return MIGRATE_CONNECTION;
	if (PQntuples(rows) > 0) {
		(void)snprintf(report->why, sizeof(report->why), "%s", PQgetvalue(rows, 0, 0));
		result = MIGRATE_NO_ROLES;
	}
	PQclear(rows);
	return result;
}

static enum migrate_result run_locked(struct db *db, struct migrate_report *report,
				      const struct migrate_watcher *watcher)
{
	enum migrate_result result = check_roles(db, report);

	if (result == MIGRATE_OK)
		result = compare(db, report);
	return result == MIGRATE_OK ? apply_all(db, report, watcher) : result;
}

enum migrate_result migrate_run(struct db *db, const struct migrate_watcher *watcher,
				struct migrate_report *ret_report)
{
	enum migrate_result result;

	if (!report_init(ret_report)) {
		(void)snprintf(db->error.text, sizeof(db->error.text), "out of memory");
		return MIGRATE_CONNECTION;
	}
	if (watcher == NULL)
		return compare(db, ret_report);
	/* Waiting for another run is right, however long that takes. */
	if (!db_execute(db, "SET lock_timeout = 0") ||
	    !db_run(db, &sql_migration_lock, DB_VALUES(db_number(LOCK))))
		return MIGRATE_CONNECTION;
	result = run_locked(db, ret_report, watcher);
	if (!db_run(db, &sql_migration_unlock, DB_VALUES(db_number(LOCK))) && result == MIGRATE_OK)
		return MIGRATE_CONNECTION;
	return result;
}
