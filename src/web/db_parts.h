/*
 * What the parts of web/db.h share, and nobody else: db.c keeps the connection, db_send.c what is
 * owed an answer, db_receive.c takes the answers.
 */
#ifndef SUYUAN_WEB_DB_PARTS_H
#define SUYUAN_WEB_DB_PARTS_H

#include "web/db.h"
#include "web/loop.h"

enum db_state {
	STATE_WAITING,	  /* for the next try */
	STATE_CONNECTING, /* libpq is at work */
	STATE_PREPARING,  /* connected; statements are on their way */
	STATE_UP,
};

enum db_slot_kind { SLOT_QUERY, SLOT_PREPARE, SLOT_SYNC };

/* What PostgreSQL owes us an answer for, in order. */
struct db_slot {
	enum db_slot_kind kind;
	struct db_query *query; /* NULL: nobody waits any more */
	uint64_t sent_ms;
};

struct db {
	struct db_options options;
	enum db_state state;
	PGconn *pg;
	int fd; /* our own duplicate of libpq's socket, which libpq closes when it likes; or -1 */
	struct watch watch;
	bool writing;
	struct timer retry, connect_deadline, deadline, flush;
	unsigned backoff_ms;
	bool broken;	  /* found while sending; the next turn starts over */
	PGresult *result; /* being handed out; NULL: somebody keeps it */
	/* Of a transaction apart: the first refusal, else the last rows; handed out at its Sync. */
	PGresult *outcome;
	bool unsynced; /* something was sent since the last Sync */
	uint64_t heard_ms;

	struct db_slot *ring;
	size_t ring_size;  /* a power of two */
	size_t head, tail; /* counted up for ever; the slot is at & (ring_size - 1) */
	unsigned queries;  /* of kind SLOT_QUERY in the ring */

	struct refused_list refused; /* waiting for their bad news */
};

static inline struct db_slot *db_slot_at(struct db *db, size_t index)
{
	return &db->ring[index & (db->ring_size - 1)];
}

/* --- db_send.c --- */

void db_slot_push(struct db *db, enum db_slot_kind kind, struct db_query *query);
/* Takes the oldest slot off, and tells who waits for it, if anybody does. */
void db_slot_pop(struct db *db, enum db_result result, const PGresult *rows);
/* What libpq holds back goes out as far as the socket takes it. */
void db_pipeline_flush(struct db *db);
/* A timer's: ends the turn with a Sync, if something was sent in it, and flushes; `arg` is the db.
 */
void db_pipeline_sync(void *arg);
/* Tells queries that could not be sent. */
void db_tell_refused(void *query);

/* --- db_receive.c --- */

/* The socket is readable, or broken. The connection may have gone down after this. */
void db_receive(struct db *db);

/* --- db.c --- */

/* The statements are there. */
void db_prepared(struct db *db);
/* Tells everybody who waits, and tries again later. `why` may belong to the connection. */
void db_go_down(struct db *db, const char *why);

#endif
