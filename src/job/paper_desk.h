/*
 * The process of `suyuan jobs` that looks at what people brought to the console: logos, photos,
 * certificates (trace.upload). Each is read apart (job/paper.h), recorded or refused with a code,
 * and the document that shows it made anew. It has no turn to wait for behind long jobs, because
 * somebody waits for the answer before a screen.
 *
 * Any number may run, each takes another upload. It may be killed at any moment: what it had begun
 * is taken up by the next; an upload that ends the process again and again is refused.
 */
#ifndef SUYUAN_JOB_PAPER_DESK_H
#define SUYUAN_JOB_PAPER_DESK_H

#include "job/worker.h"

/* As worker_run(). With options->once until nothing waits. */
MUSTCHECK enum worker_result paper_desk_run(const struct worker_options *options);

/* Makes the public document of a product (`lot` empty) or of one lot of it anew. False: db->error.
 */
MUSTCHECK bool paper_project(struct db *db, uint64_t gtin, const char *lot);

#endif
