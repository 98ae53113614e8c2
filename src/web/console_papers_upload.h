/*
 * Files that people bring to the console: let in few at a time, stored, looked at by `suyuan jobs`
 * (src/job/paper_desk.h), and the answer awaited here, so that what is wrong with a file is said at
 * its field and nothing has changed.
 */
#ifndef SUYUAN_WEB_CONSOLE_PAPERS_UPLOAD_H
#define SUYUAN_WEB_CONSOLE_PAPERS_UPLOAD_H

#include "web/bodies.h"
#include "web/form.h"

/* The form of an upload under /v1, which has no session's token. False: answered. */
MUSTCHECK bool upload_read(struct api_call *call);

/*
 * Takes the file of the field "file" as a `kind` ("logo", "photo", "paper") that becomes `target`,
 * which is taken over. Answers: refused with the member "file" and a code, 201 with what became of
 * it, or 202 with the address of the upload where nobody has looked at it for a while.
 */
void upload_take(struct api_call *call, const char *kind, json_t *target);

/* For api_ask(), of a statement whose JSON has the member "upload": answers when that is done. */
void upload_await(struct api_call *call, const PGresult *rows);

#endif
