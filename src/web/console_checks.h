/* What pages with files to download share. */
#ifndef SUYUAN_WEB_CONSOLE_CHECKS_H
#define SUYUAN_WEB_CONSOLE_CHECKS_H

#include "base/buf.h"
#include "web/pages.h"

/* Answers with a CSV file of that name and releases it. Ends the call. */
void console_csv_answer(struct api_call *call, struct buf *csv, const char *name);

#endif
