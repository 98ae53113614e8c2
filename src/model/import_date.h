/* Dates and times of files: ISO 8601, or in a format that the file's profile names. */
#ifndef SUYUAN_MODEL_IMPORT_DATE_H
#define SUYUAN_MODEL_IMPORT_DATE_H

#include "model/import_value.h"

/*
 * Appends the date, or with KIND_TIME the moment with its offset or else the zone of `format`, as
 * PostgreSQL reads it. A year of two digits (%y) is the one of its century rule (GS1 General
 * Specifications, 7.12): from 49 years before to 50 after the present one. With such a year
 * KIND_END_DATE may have the day 00, the last of its month (AIs 15 and 17); that of
 * KIND_DATE is refused, for nothing is known to have been then. VALUE_BAD_DATE_FORMAT,
 * VALUE_NO_SUCH_DAY, VALUE_NO_SUCH_TIME, VALUE_TIME_TOO_FAR: nothing is appended. Years are 1000 to
 * 9999, and moments are from 1000-01-03 to 9999-12-29 in the zone they are written in.
 */
MUSTCHECK enum value_result import_date_read(enum import_kind kind, struct slice text,
					     const struct value_format *format, struct buf *out);
/* Dates and times: those that a file may write in a format of its own. */
bool import_kind_has_format(enum import_kind kind);
/* A format holds only known conversions, and what a date (a time) needs; see profile.h. */
bool import_date_format_ok(struct slice format, bool time);

#endif
