/*
 * The request log: one line of JSON a request on standard output, with what an operator needs
 * and nothing that names a person or an item: no address, no path, no query, no serial, no token.
 * Writing never waits: when the reader is slow, lines are dropped and their number is logged.
 */
#ifndef SUYUAN_WEB_REQUEST_LOG_H
#define SUYUAN_WEB_REQUEST_LOG_H

#include "web/request.h"

/* In the supervisor, before the chroot: a way of its own to standard output. */
void request_log_open(void);
/* In a worker: starts the flushing. */
void request_log_start(void);
void request_log_flush(void);

void request_log(const struct request *r, int status, size_t bytes);
/* A line about the worker itself; any text, escaped here. Also before request_log_start(). */
void request_log_message(const char *level, struct slice text);

#endif
