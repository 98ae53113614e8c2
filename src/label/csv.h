/*
 * Codes as CSV for print servers and label programs (RFC 4180: CR LF, every field quoted, UTF-8).
 * model/csv.h reads them back.
 *
 *   seq        1 to quantity
 *   code       the serial as people read it, in groups of four
 *   url        the exact content of the QR code
 *   hri        (01)GTIN(21)SERIAL
 *   gtin       14 digits
 *   serial
 *   batch      the lot; empty where there is none, like the four that follow
 *   produced   YYYY-MM-DD
 *   expiry     YYYY-MM-DD
 *   product    its name
 *   copies     labels of this code
 *   pin        under the scratch-off field; only where it is asked for (code_form.pin_digits)
 */
#ifndef SUYUAN_LABEL_CSV_H
#define SUYUAN_LABEL_CSV_H

#include "label/code_file.h"
#include "label/row.h"

/* The line of column names. */
void csv_header(const struct code_form *form, struct buf *out);
/* What every row of the file is made of. */
void csv_row(const struct code_form *form, const struct code_texts *texts, struct row *row);
/*
 * One field. Quoted, inner quotes doubled; with `tabs` only where it must be, because not every
 * program for tab-separated text knows quotes. With `spreadsheet` what such a program would take
 * for a formula gets a ' in front: = + - @ TAB CR (OWASP, CSV injection).
 */
void csv_field(const struct code_form *form, struct slice text, struct buf *out);

#endif
