/*
 * How a process of `suyuan jobs` waits: for time, for something to read, for the word to stop; and
 * how long before it tries the database once more.
 *
 * SIGTERM and SIGINT must be blocked: they are looked for here, where work can be left.
 */
#ifndef SUYUAN_JOB_PATIENCE_H
#define SUYUAN_JOB_PATIENCE_H

#include "base/base.h"

uint64_t patience_now_ms(void); /* monotonic */

/* As a process begins. */
void patience_prepare(void);
/* SIGTERM or SIGINT came. */
bool patience_stop_wanted(void);
/* Until something is to be read from `fd` (-1: nothing), a signal, or the time is over. */
void patience_wait(int fd, uint64_t ms);
/* Waits longer each time, up to 5 s; 0 in *pause_ms begins anew. */
void patience_before_retry(uint64_t *pause_ms);

#endif
