/*
 * A deploy that no client notices. On SIGUSR2 the supervisor
 *
 *   1. runs the program that now lies at its path with --check: unless settings, certificate and
 *      keys are good, nothing else happens;
 *   2. becomes that program (execve): the same process, so that no service manager and no container
 *      sees it end, with the listening sockets open and the running Kore's parent still its child;
 *   3. starts a second server beside the first one, on the same sockets. Its workers let nobody in
 *      before they have loaded what they answer from (module.is_loaded);
 *   4. when all of them have, tells the first one by SIGUSR2 to finish: its workers accept no more,
 *      answer what still comes on open connections with "connection: close", and end when the last
 *      connection has, at most drain_seconds later.
 *
 * Nothing is lost on the way, because the queue of connections that wait to be accepted belongs to
 * the socket, which is never closed. A first server that crashes meanwhile changes nothing: the
 * second one then lets everybody in. A second one that crashes is started again, and the first one
 * serves on. Address and port are those of the open socket; to change them takes a restart.
 */
#ifndef SUYUAN_WEB_HANDOVER_H
#define SUYUAN_WEB_HANDOVER_H

#include <sys/types.h>

#include "base/base.h"

enum { HANDOVER_MOST = 8 }; /* sockets, and servers that still finish */

/* In the supervisor, first of all: takes what was handed over and remembers the program's path. */
void handover_begin(void);
/* The listening socket that was handed over under this name, now ours; or -1. */
int handover_take(const char *name);
/* Closes what nobody took. */
void handover_drop_rest(void);
/* That there is such a socket, for the next one. `name` must stay. */
void handover_offer(const char *name, int fd);
/* Kore's parents that were handed over. Returns how many. */
size_t handover_children(pid_t ret_children[HANDOVER_MOST]);

/* Starts the check of the program at our path. 0: could not, with errno. */
MUSTCHECK pid_t handover_try(char *const argv[]);
/* Becomes it. Returns only when that failed, with errno. */
void handover_become(char *const argv[], const pid_t children[], size_t count);

#endif
