/* The connections of one worker: letting them in, watching their deadlines, draining. */
#ifndef SUYUAN_WEB_CROWD_H
#define SUYUAN_WEB_CROWD_H

#include "base/settings.h"

/* In a worker. Starts the deadlines' clock; nobody is let in yet. */
void crowd_start(const struct settings *s);
/* From now on connections are accepted; again is harmless. */
void crowd_let_in(void);
/* Kore's callback for a listening socket that can be accepted from. */
void crowd_accept(void *listener, int error);
/*
 * No new connection; those that are open get "connection: close" with their answer, and idle ones
 * are closed: at once, or, when `patient`, after IDLE_PATIENCE_MS, so that a client who is about to
 * ask gets that answer. Returns how many are left; call again until it is 0.
 */
unsigned crowd_drain(bool patient);
/* Ends every connection now; what was waiting is told that its client is gone. */
void crowd_stop(void);

#endif
