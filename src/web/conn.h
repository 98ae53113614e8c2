/*
 * One client's connection: handshake, reading one request after the other (never more than one
 * is under way, so answers keep their order), sending, and every deadline. It stands on Kore's
 * connections, send queue and loop; Kore's own HTTP reader is not used, because it loses
 * pipelined requests, trusts Content-Length against what arrived, drops header lines and answers
 * some faults with silence.
 */
#ifndef SUYUAN_WEB_CONN_H
#define SUYUAN_WEB_CONN_H

#include "web/request.h"
#include "web/respond.h"

/*
 * For web/respond.c: sends the blob as the answer to r, and behind it the body of another one
 * unless that is NULL. Takes references of its own.
 */
void conn_send(struct request *r, struct blob *b, struct blob *behind);
/* Will the connection be closed after this answer? Then the answer must say so. */
bool conn_closes(const struct request *r);

#endif
