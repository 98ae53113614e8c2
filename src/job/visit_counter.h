/*
 * The process of `suyuan jobs` that counts visits: takes what the lookup workers put into the
 * inbox, every second, and removes what is kept of visitors when its time is over. It has no turn
 * to wait for behind long jobs, because people read its numbers.
 *
 * Any number may run; one at a time counts. It may be killed at any moment.
 */
#ifndef SUYUAN_JOB_VISIT_COUNTER_H
#define SUYUAN_JOB_VISIT_COUNTER_H

#include "job/worker.h"

/* As worker_run(). With options->once until nothing is left to count. */
MUSTCHECK enum worker_result visit_counter_run(const struct worker_options *options);

#endif
