/* Connecting, asking and failing with a clear story, over libpq's blocking calls. */
#include "store/db.h"

#include <assert.h>
#include <poll.h>
#include <time.h>

static void error_clear(struct store_error *e)
{
	*e = (struct store_error){ 0 };
}

/* Copies without the trailing newline that libpq likes. */
static void error_set_text(struct store_error *e, const char *text)
{
	struct slice s = slice_trim(slice_of(text));

	(void)snprintf(e->text, sizeof(e->text), "%.*s", SLICE_ARG(s));
}

static void error_copy(char *room, size_t size, const char *text)
{
	(void)snprintf(room, size, "%s", text == NULL ? "" : text);
}

static bool has_class(const struct store_error *e, const char *class)
{
	return strncmp(e->sqlstate, class, 2) == 0;
}

bool store_error_is_busy(const struct store_error *e)
{
	return has_class(e, "08") || has_class(e, "53") || has_class(e, "57") ||
	       store_error_is(e, "55P03") || store_error_is(e, "SY503");
}

bool store_error_is(const struct store_error *e, const char *sqlstate)
{
	return strcmp(e->sqlstate, sqlstate) == 0;
}

/* Takes the story from the result, or from the connection where there is no result. */
static void take_error(struct db *db, const PGresult *result)
{
	struct store_error *e = &db->error;
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
	uint64_t at = 0;

	error_clear(e);
	error_copy(e->sqlstate, sizeof(e->sqlstate), state == NULL ? "08000" : state);
	error_copy(e->constraint, sizeof(e->constraint),
		   PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME));
	error_set_text(e, primary == NULL ? PQerrorMessage(db->connection) : primary);
	if (position != NULL && slice_to_u64(slice_of(position), &at) && at < UINT32_MAX)
		e->position = (unsigned)at;
}

static void ignore_notice(void *context UNUSED, const PGresult *notice UNUSED)
{
}

/* How every statement of ours expects the session, whatever the server or the URL say. */
static bool prepare_session(struct db *db)
{
	return db_execute(db, "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; "
			      "SET lock_timeout = '10s'; SET search_path = pg_catalog");
}

static bool connect_failed(struct db *db, const char *why)
{
	error_copy(db->error.sqlstate, sizeof(db->error.sqlstate), "08001");
	error_set_text(&db->error, why);
	db_close(db);
	return false;
}

/* Where a password with an '@', '/' or '%' in it has not been percent-encoded, parts of it stand
 * here. */
static bool is_misplaced(const PQconninfoOption *o)
{
	if (o->val == NULL)
		return false;
	if (strcmp(o->keyword, "port") == 0)
		return o->val[strspn(o->val, "0123456789,")] != '\0';
	return (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "dbname") == 0) &&
	       strchr(o->val, '@') != NULL;
}

/* libpq's own message would quote the string, password and all. */
static bool is_readable(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool good = options != NULL;

	for (PQconninfoOption *o = options; good && o->keyword != NULL; o++)
		good = !is_misplaced(o);
	PQconninfoFree(options);
	return good;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What connect_timeout says, in milliseconds; 0: no end. */
static int64_t connect_patience(PGconn *pg)
{
	PQconninfoOption *options = PQconninfo(pg);
	uint64_t seconds = 0;

	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
		if (strcmp(o->keyword, "connect_timeout") == 0 && o->val != NULL &&
		    (!slice_to_u64(slice_of(o->val), &seconds) || seconds > INT32_MAX))
			seconds = 0;
	PQconninfoFree(options);
	return (int64_t)seconds * 1000;
}

/*
 * As PQconnectdbParams() would, but what the server says right behind its greeting, as it is ended,
 * is not printed: what we print is JSON. NULL, or why it failed.
 */
static const char *finish_connecting(PGconn *pg)
{
	int64_t patience = connect_patience(pg), end = now_ms() + patience;
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
		struct pollfd socket = {
			.fd = PQsocket(pg),
			.events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT,
		};
		int64_t left = patience == 0 ? -1 : end - now_ms();

		if (patience != 0 && left <= 0)
			return "the server does not answer in time";
		if (poll(&socket, 1, left > INT32_MAX ? -1 : (int)left) > 0)
			next = PQconnectPoll(pg);
	}
	return next == PGRES_POLLING_OK ? NULL : PQerrorMessage(pg);
}

bool db_open(struct db *ret_db, const char *url, const char *application_name)
{
	/* A later word outranks an earlier one: the URL may say how long to wait. */
	static const char *const keys[] = { "connect_timeout", "dbname",
					    "fallback_application_name", "client_encoding", NULL };
	const char *values[] = { "10", url, application_name, "UTF8", NULL };
	const char *failed;

	*ret_db = (struct db){ .connection = NULL };
	if (!is_readable(url))
		return connect_failed(ret_db, "the setting is no libpq connection string (is the "
					      "password percent-encoded?)");
	ret_db->connection = PQconnectStartParams(keys, values, 1);
	if (ret_db->connection == NULL)
		return connect_failed(ret_db, "out of memory");
	(void)PQsetNoticeReceiver(ret_db->connection, ignore_notice, NULL);
	failed = PQstatus(ret_db->connection) == CONNECTION_BAD
		     ? PQerrorMessage(ret_db->connection)
		     : finish_connecting(ret_db->connection);
	if (failed != NULL)
		return connect_failed(ret_db, failed);
	if (prepare_session(ret_db))
		return true;
	db_close(ret_db);
	return false;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	PQfinish(db->connection);
	db->connection = NULL;
}

struct db_value db_text(const char *text)
{
	return (struct db_value){ .data = text };
}

struct db_value db_number(int64_t number)
{
	struct db_value v = { .data = NULL };

	(void)snprintf(v.digits, sizeof(v.digits), "%lld", (long long)number);
	return v;
}

struct db_value db_bytes(struct slice bytes)
{
	assert(bytes.length <= INT32_MAX);
	return (struct db_value){ .data = bytes.length == 0 ? "" : bytes.data,
				  .length = (int)bytes.length,
				  .binary = true };
}

static bool is_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_COPY_IN ||
	       status == PGRES_COPY_OUT;
}

PGresult *db_query(struct db *db, const struct sql_query *query, unsigned count,
		   const struct db_value *values)
{
	enum { MOST = 32 };
	const char *data[MOST];
	int lengths[MOST], formats[MOST];
	PGresult *result;

	assert(count == query->parameters && count <= MOST);
	for (unsigned i = 0; i < count; i++) {
		bool digits = values[i].data == NULL && values[i].digits[0] != '\0';

		data[i] = digits ? values[i].digits : values[i].data;
		lengths[i] = values[i].length;
		formats[i] = values[i].binary ? 1 : 0;
	}
	result =
	    PQexecParams(db->connection, query->text, (int)count, NULL, data, lengths, formats, 0);
	if (is_good(result))
		return result;
	take_error(db, result);
	PQclear(result);
	return NULL;
}

bool db_run(struct db *db, const struct sql_query *query, unsigned count,
	    const struct db_value *values)
{
	PGresult *result = db_query(db, query, count, values);

	PQclear(result);
	return result != NULL;
}

bool db_execute(struct db *db, const char *sql)
{
	PGresult *result = PQexec(db->connection, sql);
	bool good = is_good(result);

	if (!good)
		take_error(db, result);
	PQclear(result);
	return good;
}

static bool copy_failed(struct db *db, const PGresult *result)
{
	take_error(db, result);
	return false;
}

bool db_copy_in(struct db *db, const char *copy, struct slice rows)
{
	PGresult *result;
	bool ok;

	if (!db_execute(db, copy))
		return false;
	if (PQputCopyData(db->connection, rows.data, (int)rows.length) != 1 ||
	    PQputCopyEnd(db->connection, NULL) != 1)
		return copy_failed(db, NULL);
	result = PQgetResult(db->connection);
	ok = PQresultStatus(result) == PGRES_COMMAND_OK || copy_failed(db, result);
	PQclear(result);
	while ((result = PQgetResult(db->connection)) != NULL)
		PQclear(result);
	return ok;
}

bool db_begin(struct db *db)
{
	return db_execute(db, "BEGIN ISOLATION LEVEL READ COMMITTED");
}

bool db_commit(struct db *db)
{
	/* COMMIT of a failed transaction succeeds as ROLLBACK: that is no commit. */
	if (PQtransactionStatus(db->connection) != PQTRANS_INTRANS) {
		db_rollback(db);
		return false;
	}
	if (db_execute(db, "COMMIT"))
		return true;
	db->error.in_doubt = PQstatus(db->connection) == CONNECTION_BAD;
	return false;
}

void db_rollback(struct db *db)
{
	struct store_error first = db->error;

	if (db->connection != NULL && PQtransactionStatus(db->connection) != PQTRANS_IDLE)
		PQclear(PQexec(db->connection, "ROLLBACK"));
	db->error = first;
}

struct slice db_slice_at(const PGresult *rows, int row, int column)
{
	return (struct slice){ PQgetvalue(rows, row, column),
			       (size_t)PQgetlength(rows, row, column) };
}

int64_t db_number_at(const PGresult *rows, int row, int column)
{
	return strtoll(PQgetvalue(rows, row, column), NULL, 10);
}

bool db_bool_at(const PGresult *rows, int row, int column)
{
	return PQgetvalue(rows, row, column)[0] == 't';
}
