/* What pages of a period, with files to download, share. */
#ifndef SUYUAN_WEB_CONSOLE_CHECKS_H
#define SUYUAN_WEB_CONSOLE_CHECKS_H

#include "base/buf.h"
#include "web/pages.h"

/* Answers with a CSV file of that name and releases it. Ends the call. */
void console_csv_answer(struct api_call *call, struct buf *csv, const char *name);

/*
 * Adds the query parameter, a day such as 2026-09-01 or '' where there is none. false: it is no
 * day, and that is answered.
 */
MUSTCHECK bool console_day(struct api_call *call, const char *name, struct db_parameters *p);

#endif
