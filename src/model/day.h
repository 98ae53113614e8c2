/* Days as PostgreSQL counts them for us, and as records write them. */
#ifndef SUYUAN_MODEL_DAY_H
#define SUYUAN_MODEL_DAY_H

#include "base/base.h"

enum { DAY_SIZE = sizeof("2026-09-01") };

/* Days since 1970-01-01 as "2026-09-01", by the Gregorian calendar; "" outside of years 1 to 9999.
 */
void day_format(int64_t day, char to[DAY_SIZE]);

#endif
