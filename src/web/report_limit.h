/*
 * How often one address, and its neighbourhood, may send a report: 10 in ten minutes from one
 * address (IPv6: from one /64), 100 a day from its /24 (/48). Addresses are never kept, only what a
 * random key makes of them, in memory of one size that all workers share.
 */
#ifndef SUYUAN_WEB_REPORT_LIMIT_H
#define SUYUAN_WEB_REPORT_LIMIT_H

#include "web/request.h"

/* Once, before any worker is forked. False with errno set. */
MUSTCHECK bool report_limit_prepare(void);
/* Counts one; 0, or the seconds after which another one may come, and nothing is counted. */
unsigned report_limit_take(const struct client_address *client);
/* The same without counting. */
unsigned report_limit_wait(const struct client_address *client);

#endif
