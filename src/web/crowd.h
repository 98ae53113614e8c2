/* The connections of one worker: letting them in, watching their deadlines, draining. */
#ifndef SUYUAN_WEB_CROWD_H
#define SUYUAN_WEB_CROWD_H

#include "base/settings.h"

/* In a worker. Starts the deadlines' clock. */
void crowd_start(const struct settings *s);
/* Kore's callback for a listening socket that can be accepted from. */
void crowd_accept(void *listener, int error);
/*
 * No new connection, idle ones are closed, the others get "connection: close" with their answer.
 * Returns how many are still under way; call again until it is 0.
 */
unsigned crowd_drain(void);
/* Ends every connection now; what was waiting is told that its client is gone. */
void crowd_stop(void);

#endif
