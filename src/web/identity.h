/* Certificate and key: from the files that suyuan.conf names into the supervisor's orders. */
#ifndef SUYUAN_WEB_IDENTITY_H
#define SUYUAN_WEB_IDENTITY_H

#include "base/settings.h"

/*
 * Reads both files, checks that they belong together, and makes them the ones every worker
 * uses. On false nothing has changed, and `why` names the setting, the file and the reason.
 */
MUSTCHECK bool identity_publish(const struct settings *s, char *why, size_t why_size);

/* Only whether that would succeed. */
MUSTCHECK bool identity_check(const struct settings *s, char *why, size_t why_size);

#endif
