/*
 * Lines of a worker about itself: a backend that went or came, a key that will not open. `level` is
 * "info", "notice", "warning" or "error".
 */
#ifndef SUYUAN_WEB_WORKER_LOG_H
#define SUYUAN_WEB_WORKER_LOG_H

#include "base/base.h"

void worker_log(const char *level, const char *format, ...) PRINTF(2, 3);
/* Says why and ends the worker. */
_Noreturn void worker_fatal(const char *why);

#endif
