/*
 * One connection to PostgreSQL that never makes a worker wait: prepared statements sent through
 * libpq's pipeline, binary in and out, one Sync per turn of the loop, a deadline for every query.
 *
 * A query is a struct inside the caller's own operation. Its `done` is called exactly once, never
 * from inside db_send(), whatever becomes of the connection; db_forget() takes it back.
 *
 * An error of one query spoils those sent in the same turn (they get DB_ERROR, too), unless each is
 * to be a transaction of its own (`apart`), as everything that writes must be.
 */
#ifndef SUYUAN_WEB_DB_H
#define SUYUAN_WEB_DB_H

#include <libpq-fe.h>

#include "base/slice.h"
#include "store/query.h"
#include "web/refused.h"

enum db_result {
	DB_OK,
	DB_DOWN,    /* not connected, or the connection was lost on the way */
	DB_TIMEOUT, /* no answer within the deadline; a late one is dropped */
	DB_BUSY,    /* as many in flight as are allowed */
	DB_ERROR,   /* PostgreSQL refused it */
};

enum { DB_PARAMETERS = 12 };

/* What a query is asked with. Filled by db_add_*(), never copied by assignment. */
struct db_parameters {
	int count;
	const char *values[DB_PARAMETERS];
	int lengths[DB_PARAMETERS];
	char numbers[DB_PARAMETERS][8];
};
void db_add_i64(struct db_parameters *p, int64_t value);      /* also for xid8 */
void db_add_text(struct db_parameters *p, struct slice text); /* must live until db_send() */
void db_add_text_or_null(struct db_parameters *p, struct slice text); /* empty: NULL */
/* A text column as it is, a bigint column decoded; SQL NULL gives {NULL, 0} or 0. */
struct slice db_text_in(const PGresult *rows, int row, int column);
int64_t db_i64_in(const PGresult *rows, int row, int column);

struct db_query {
	/*
	 * `rows` is NULL but for DB_OK and DB_ERROR (which brings the refusal: SQLSTATE, message),
	 * and is cleared after the call. A new query may be sent from here, also with the same
	 * struct.
	 */
	void (*done)(void *arg, enum db_result result, const PGresult *rows);
	void *arg;
	/* private */
	struct db_slot *slot;
	struct refused refused;
	enum db_result refusal;
};

struct db_options {
	const char *connection; /* libpq connection string; numeric hosts or socket folders only */
	const struct sql_query *const *queries; /* prepared on every new connection */
	unsigned query_count;
	unsigned deadline_ms; /* of one query */
	/* For answers of any size: the deadline runs anew whenever something was heard. */
	bool patient;
	/* Each db_send() and db_send_after() is a transaction of its own, whatever else is sent. */
	bool apart;
	/*
	 * Plans are made once, for whatever is asked and however large the tables become: where
	 * every statement has one good plan, by indexes.
	 */
	bool one_plan;
	unsigned most_in_flight;  /* queries; more are DB_BUSY */
	void (*on_up)(void *arg); /* connected and prepared; may be NULL */
	void (*on_down)(void *arg,
			const char *why); /* once for each loss and failed try; or NULL */
	void (*on_notify)(void *arg, const char *channel); /* may be NULL */
	void *arg;
};

struct db;

/* Starts connecting. The options' strings must stay. NULL: out of memory. */
MUSTCHECK struct db *db_new(const struct db_options *options);
/* Every query under way is forgotten. Accepts NULL; not from inside a callback of this db. */
void db_free(struct db *db);

/* `sql` must be one of options.queries. */
void db_send(struct db *db, const struct sql_query *sql, const struct db_parameters *p,
	     struct db_query *q);
/*
 * The same with a query before it in the same transaction, whose rows nobody wants. Only where
 * options.apart is set.
 */
void db_send_after(struct db *db, const struct sql_query *first,
		   const struct db_parameters *first_p, const struct sql_query *sql,
		   const struct db_parameters *p, struct db_query *q);
/* What was sent goes out at once, not at the end of the turn. */
void db_flush(struct db *db);
unsigned db_in_flight(const struct db *db);
/*
 * Called in `done`: the rows are the caller's from now on, to be taken in pieces over many turns of
 * the loop and given to PQclear() in the end.
 */
MUSTCHECK PGresult *db_keep_rows(struct db *db, const PGresult *rows);
/* `done` will not be called; q may be freed. Allowed at any time, also twice or never sent. */
void db_forget(struct db_query *q);

bool db_is_up(const struct db *db);

/*
 * A worker can neither resolve names nor wait for it. False and `why` if `connection` cannot be
 * parsed or names a host that is neither a number nor a folder.
 */
MUSTCHECK bool db_connection_ok(const char *connection, char *why, size_t why_size);

#endif
