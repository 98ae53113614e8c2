/* Dates and times of the documents as a reader writes them: 2026年9月1日, 1 Sep 2026. */
#ifndef SUYUAN_PAGE_WHEN_H
#define SUYUAN_PAGE_WHEN_H

#include "base/arena.h"
#include "page/document.h"

/* The date of "2026-09-01", "2026-09", "2026" or of a time; empty when it is none of these. */
struct slice when_date(struct arena *memory, unsigned language, struct slice iso);
/* Date and the place's own time of day, "1 Sep 2026 08:30". */
struct slice when_time(struct arena *memory, unsigned language, struct slice iso);
/* The end of a span: "11:00" when it is of the day and offset it began in, else date and time. */
struct slice when_until(struct arena *memory, unsigned language, struct span span);
/* "UTC+8", "UTC+5:30", "UTC"; empty for a date without time. */
struct slice when_zone(struct arena *memory, struct slice iso);

#endif
