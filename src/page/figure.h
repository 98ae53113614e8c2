/*
 * Numbers of the documents as a reader writes them: "0,10 mg/kg", "72 %", "≤ 5 °C". Digits stay as
 * they were recorded. Texts live in `memory`; without memory they are empty and memory->failed.
 */
#ifndef SUYUAN_PAGE_FIGURE_H
#define SUYUAN_PAGE_FIGURE_H

#include "base/arena.h"
#include "page/document.h"

/* U+202F: between a number and its unit, and no line may break there. */
#define THIN_SPACE "\xe2\x80\xaf"

/* Two texts with something between them, when both are there. */
struct slice figure_joined(struct arena *memory, struct slice a, struct slice between,
			   struct slice b);
/* A decimal with the reader's sign; what is none as it is. */
struct slice figure_number(struct arena *memory, unsigned language, struct slice number);
/* Either may be empty; without a value there is nothing. */
struct slice figure_with_unit(struct arena *memory, unsigned language, struct slice value,
			      struct slice unit);
/* Shares are stored to hundredths, whatever was recorded: "72.00" is shown as "72". */
struct slice figure_percent(struct arena *memory, unsigned language, struct slice share);
/* "2 – 8 °C", or where one is open "≤ 8 °C". */
struct slice figure_limits(struct arena *memory, unsigned language, const struct limits *limits);

#endif
