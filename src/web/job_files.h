/* Files of jobs for other addresses than their own. */
#ifndef SUYUAN_WEB_JOB_FILES_H
#define SUYUAN_WEB_JOB_FILES_H

#include "web/api.h"

/* Answers with that file of the job, or 404. `name` (of a file row) lives as long as the request.
 */
void job_file_send(struct api_call *call, int64_t job, struct slice name);

#endif
