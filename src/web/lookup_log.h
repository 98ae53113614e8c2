/* Lines of the lookup server about itself: a backend that went or came, a key that will not open.
 */
#ifndef SUYUAN_WEB_LOOKUP_LOG_H
#define SUYUAN_WEB_LOOKUP_LOG_H

#include "base/base.h"

void lookup_log(const char *level, const char *format, ...) PRINTF(2, 3);
/* Says why and ends the worker. */
_Noreturn void lookup_fatal(const char *why);

#endif
