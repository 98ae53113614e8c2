/*
 * A blocking connection to PostgreSQL for the command line and for jobs (the web workers have their
 * own, src/web/db.h). One thread at a time. Results are libpq's, freed by the caller with
 * PQclear(); a failure leaves its story in db->error.
 */
#ifndef SUYUAN_STORE_DB_H
#define SUYUAN_STORE_DB_H

#include <libpq-fe.h>

#include "base/slice.h"
#include "store/query.h"

/* What went wrong, in words for the operator; no parameter's value is ever in it. */
struct store_error {
	char sqlstate[6];    /* of PostgreSQL; "08000" where the connection broke */
	char constraint[64]; /* name of the violated one, or "" */
	char text[1024];
	unsigned position; /* 1-based character of the statement, 0 = not known */
	bool in_doubt;	   /* the connection broke while committing: it may have happened */
};

/* True when trying again later may help: no connection, shutting down, out of resources, SY503. */
bool store_error_is_busy(const struct store_error *e);
bool store_error_is(const struct store_error *e, const char *sqlstate);

struct db {
	PGconn *connection; /* owned; open for COPY and the like */
	struct store_error error;
};

/*
 * Connects to `url` (a libpq connection string). False: `ret_db->error` says why, without the
 * password, and nothing is left to close. Text is UTF-8, times are UTC, and a statement waits at
 * most 10 s for a lock.
 */
MUSTCHECK bool db_open(struct db *ret_db, const char *url, const char *application_name);
void db_close(struct db *db); /* accepts NULL and zeroed structs; an open transaction is undone */

/* A parameter; texts and bytes belong to the caller and live until the call returns. */
struct db_value {
	const char *data; /* NULL = SQL NULL */
	int length;	  /* of bytes */
	bool binary;
	char digits[24]; /* of a number */
};

struct db_value db_text(const char *text); /* NUL-terminated, UTF-8; NULL = SQL NULL */
struct db_value db_number(int64_t number);
struct db_value db_bytes(struct slice bytes); /* bytea */

/*
 * Runs a query; `count` must be its number of parameters. Rows come as text. NULL on failure. The
 * rows are free()d by PQclear().
 */
MUSTCHECK PGresult *db_query(struct db *db, const struct sql_query *query, unsigned count,
			     const struct db_value *values);
/* The same for a result of no interest. */
MUSTCHECK bool db_run(struct db *db, const struct sql_query *query, unsigned count,
		      const struct db_value *values);
/* For statements without parameters that are no files: BEGIN, a migration, COPY. */
MUSTCHECK bool db_execute(struct db *db, const char *sql);

/*
 * Sends rows to "COPY … FROM STDIN": a text made of names this program holds. `rows` in that
 * statement's format, less than 2 GiB.
 */
MUSTCHECK bool db_copy_in(struct db *db, const char *copy, struct slice rows);

/* db_query(DB_VALUES(db_text("a"), db_number(1))): count and array. */
#define DB_VALUES(...)                                                                \
	(unsigned)COUNT_OF(((struct db_value[]){ __VA_ARGS__ })), (struct db_value[]) \
	{                                                                             \
		__VA_ARGS__                                                           \
	}
#define DB_NO_VALUES 0, NULL

MUSTCHECK bool db_begin(struct db *db); /* READ COMMITTED */
/*
 * False: undone, unless error.in_doubt: then the answer was lost.
 */
MUSTCHECK bool db_commit(struct db *db);
void db_rollback(struct db *db);

/* One field of a row; SQL NULL gives the empty slice (or 0, false). */
struct slice db_slice_at(const PGresult *rows, int row, int column);
int64_t db_number_at(const PGresult *rows, int row, int column);
bool db_bool_at(const PGresult *rows, int row, int column);

#endif
