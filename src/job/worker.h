/*
 * A worker process of `suyuan jobs`: takes the job whose turn it is, works on it, takes the next;
 * between them it waits for a word of the database or looks by itself every second.
 *
 * It survives whatever the database does, and may be killed at any moment: what was committed
 * stays, the rest is made again by whoever takes the job next.
 */
#ifndef SUYUAN_JOB_WORKER_H
#define SUYUAN_JOB_WORKER_H

#include "job/task.h"
#include "store/visits.h"

struct worker_options {
	const char *url; /* of the database, as role suyuan_jobs */
	struct task_place place;
	uint64_t days;		/* files of jobs are kept */
	uint64_t report_days;	/* reports of suspicious codes */
	uint64_t visit_minutes; /* a visitor counts once in so many */
	struct visits_terms terms;
	bool once; /* ends when there is nothing to take */
};

enum worker_result {
	WORKER_STOPPED,	    /* SIGTERM or SIGINT, or with `once` nothing is left */
	WORKER_NO_DATABASE, /* only with `once` */
};

/*
 * SIGTERM, SIGINT and SIGHUP must be blocked: they are looked for where a job can be left. After
 * SIGTERM or SIGINT it returns within a second, unless PostgreSQL hangs.
 */
MUSTCHECK enum worker_result worker_run(const struct worker_options *options);

#endif
