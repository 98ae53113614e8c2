/* Words for the few codes that records and documents hold. */
#ifndef SUYUAN_PAGE_TERM_H
#define SUYUAN_PAGE_TERM_H

#include "page/texts.h"

/* "pass", "fail", "missing", "information"; another as it is. */
struct slice term_verdict(unsigned language, struct slice verdict);
/* The kind of a document, "certificate", "report" …; one that is no code as it is. */
struct slice term_paper(unsigned language, struct slice kind);

#endif
