/*
 * The log of `suyuan jobs`: one line of JSON an event on standard output, like the servers' request
 * log. A job is named by its number; nothing of what it says or whose it is.
 */
#ifndef SUYUAN_JOB_JOB_LOG_H
#define SUYUAN_JOB_JOB_LOG_H

#include "base/base.h"

struct task;

/* "info", "warning" or "error", and what happened. */
void job_log(const char *level, const char *format, ...) PRINTF(2, 3);
/* What became of a job's turn: `event` is one word. */
void job_log_task(const struct task *task, const char *event, uint64_t ms);

#endif
