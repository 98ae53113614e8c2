/* Cells of CSV files (RFC 4180) that spreadsheets show and never run. */
#ifndef SUYUAN_PAGE_CHART_CSV_H
#define SUYUAN_PAGE_CHART_CSV_H

#include "base/buf.h"

/*
 * Adds a cell. A text that a spreadsheet would take for a formula (=, +, -, @, tab or CR at its
 * begin) gets an apostrophe before it, which they take for "this is text" (OWASP, CSV injection).
 */
void chart_csv_cell(struct buf *out, struct slice text);
/* The same with a comma before it, unless it is the first of a row; `first` becomes false. */
void chart_csv_next(struct buf *out, bool *first, struct slice text);
void chart_csv_end(struct buf *out); /* of a row: CR LF */

#endif
