/*
 * Reads a PDF to its end and says whether it only shows pages (job/paper.h). Everything that can be
 * reached from its trailer is looked at, each stream unpacked once and thrown away.
 */
#ifndef SUYUAN_JOB_PAPER_PDF_H
#define SUYUAN_JOB_PAPER_PDF_H

#include "job/paper.h"

/* "%PDF-" is where it begins. */
bool paper_is_pdf(struct slice file);
/* Here, in this process: for who is confined already. */
MUSTCHECK enum paper_result paper_pdf_look(struct slice file);
/* The same in a process that can do nothing else, and that ends with it. */
MUSTCHECK enum paper_result paper_pdf_look_apart(struct slice file);

#endif
