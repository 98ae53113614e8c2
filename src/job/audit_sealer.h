/* Seals the log of changes (store/audit.h), in the process that counts visits, every second. */
#ifndef SUYUAN_JOB_AUDIT_SEALER_H
#define SUYUAN_JOB_AUDIT_SEALER_H

#include "store/db.h"

/* What waits now. A failure is logged and tried again the next time: it holds up nothing else. */
void audit_sealer_turn(struct db *db);

#endif
