/* Opens a listening socket. */
#ifndef SUYUAN_WEB_LISTEN_H
#define SUYUAN_WEB_LISTEN_H

#include "base/base.h"

/*
 * TCP, non-blocking, close-on-exec, Nagle's algorithm off for what is accepted. `address` is
 * numeric. -1 with errno set: EADDRNOTAVAIL also for an address that is none.
 */
MUSTCHECK int listen_on(const char *address, uint64_t port);

/* "127.0.0.1:8443" or "[::1]:8443". */
void listen_print(const char *address, uint64_t port, char *room, size_t size);

#endif
