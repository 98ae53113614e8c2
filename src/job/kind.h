/*
 * The kinds of long work there are. One file a kind (src/job/NAME_job.c), one line in
 * src/job/kinds.def; the worker knows nothing else of them.
 */
#ifndef SUYUAN_JOB_KIND_H
#define SUYUAN_JOB_KIND_H

#include "base/buf.h"
#include "job/task.h"

struct job_kind {
	const char *name; /* job.job.kind; a lower-case word */
	/*
	 * Does what task->row->arguments says from where the files that are made end, and makes the
	 * same files whenever and wherever it is called for the same row.
	 */
	enum task_result (*work)(struct task *task);
};

/* NULL: this program knows none of that name. */
const struct job_kind *job_kind_named(const char *name);
/* "{labels,…}", as job_take() wants it. */
void job_kinds_print(struct buf *out);

#endif
