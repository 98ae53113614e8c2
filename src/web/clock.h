/* The time of day, printed the two ways the servers need; each formatted once a second. */
#ifndef SUYUAN_WEB_CLOCK_H
#define SUYUAN_WEB_CLOCK_H

#include "base/base.h"

enum { CLOCK_DATE_LENGTH = 29, CLOCK_LOG_LENGTH = 24 };

/* "Sun, 22 Nov 2026 11:24:01 GMT" (RFC 9110, 5.6.7) */
const char *clock_http_date(void);
/* "2026-11-22T11:24:01.250Z" (RFC 3339) */
const char *clock_log_time(void);

#endif
