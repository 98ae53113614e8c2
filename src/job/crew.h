/*
 * The workers of `suyuan jobs`, and beside them the process that counts visits: processes of one
 * parent, which starts each that dies again, and with which they end.
 */
#ifndef SUYUAN_JOB_CREW_H
#define SUYUAN_JOB_CREW_H

#include "job/worker.h"

enum { CREW_MOST = 64 };

/*
 * Starts `count` (1 to CREW_MOST) workers and keeps as many running, with the
 * one that counts, until SIGTERM or SIGINT; those
 * that have not ended 2 s later are killed, which no job minds. With options->once until each has
 * found nothing to do; false then: the database could not be reached.
 */
MUSTCHECK bool crew_run(const struct worker_options *options, unsigned count);

#endif
