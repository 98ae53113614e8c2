/*
 * A page to try a printer and its paper with: crosses and rulers that are to be measured, symbols
 * of every sensible module size that say themselves that they are samples, and the outlines of
 * the sheet's labels to hold against a real sheet. PDF or ZPL, ASCII only.
 */
#ifndef SUYUAN_LABEL_TEST_PAGE_H
#define SUYUAN_LABEL_TEST_PAGE_H

#include "label/label_writer.h"

/* The order's format, sheet, printer, offset and scale count. FAILED: out of memory or of room. */
MUSTCHECK enum label_result test_page_write(const struct label_setup *setup, struct buf *out);

#endif
