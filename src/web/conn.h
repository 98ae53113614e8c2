/*
 * One client's connection: handshake, reading one request after the other (never more than one
 * is under way, so answers keep their order), sending, and every deadline. It stands on Kore's
 * connections, send queue and loop; Kore's own HTTP reader is not used, because it loses
 * pipelined requests, trusts Content-Length against what arrived, drops header lines and answers
 * some faults with silence.
 */
#ifndef SUYUAN_WEB_CONN_H
#define SUYUAN_WEB_CONN_H

#include "base/settings.h"
#include "web/request.h"
#include "web/respond.h"

struct connection;
struct listener;

/* In a worker. Starts the deadlines' clock. */
void conn_start(const struct settings *s);
/* Kore's callback for a listening socket that can be accepted from. */
void conn_accept(void *listener, int error);
/*
 * No new connection, idle ones are closed, the others get "connection: close" with their answer.
 * Returns how many are still under way; call again until it is 0.
 */
unsigned conn_drain(void);
/* Ends every connection now; what was waiting is told that its client is gone. */
void conn_stop(void);

/* For web/respond.c: sends the blob as the answer to r. Takes a reference of its own. */
void conn_send(struct request *r, struct blob *b);
/* Will the connection be closed after this answer? Then the answer must say so. */
bool conn_closes(const struct request *r);

#endif
