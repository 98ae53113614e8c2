/* Dates and times of files: ISO 8601, or in a format that the file's profile names. */
#ifndef SUYUAN_MODEL_IMPORT_DATE_H
#define SUYUAN_MODEL_IMPORT_DATE_H

#include "model/import_value.h"

/*
 * Appends the date, or with `time` the moment with its offset or else the zone of `format`, as
 * PostgreSQL reads it. VALUE_BAD_DATE_FORMAT, VALUE_NO_SUCH_DAY, VALUE_NO_SUCH_TIME,
 * VALUE_TIME_TOO_FAR: nothing is appended. Years are 1000 to 9999, and moments are from 1000-01-03
 * to 9999-12-29 in the zone they are written in.
 */
MUSTCHECK enum value_result import_date_read(struct slice text, const struct value_format *format,
					     bool time, struct buf *out);
/* A format holds only known conversions, and what a date (a time) needs; see profile.h. */
bool import_date_format_ok(struct slice format, bool time);

#endif
