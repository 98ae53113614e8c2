/*
 * Whether a file that came from anywhere may be shown as a certificate or report, found out from
 * its content: a picture (JPEG, PNG, WebP) is written anew (job/picture.h); a PDF stays as it is,
 * because its digest is what its issuer vouches for, and must be one that does nothing but show
 * pages: no script, no action that starts a program or sends something, no file inside, no
 * encryption, whole without repair, nothing before or behind it.
 *
 * The file is read in a process of its own that can do nothing but compute (job/picture_cell.h),
 * with limits on memory and time.
 */
#ifndef SUYUAN_JOB_PAPER_H
#define SUYUAN_JOB_PAPER_H

#include "job/picture.h"

enum paper_result {
	PAPER_OK,
	PAPER_UNKNOWN,	  /* neither PDF nor JPEG, PNG, WebP */
	PAPER_PDF_BROKEN, /* begins like one, but cannot be read without guessing */
	PAPER_PDF_MORE,	  /* something that is no PDF stands behind its end, or an archive in it */
	PAPER_PDF_ENCRYPTED,
	PAPER_PDF_SCRIPT, /* JavaScript, or a form that brings some (XFA) */
	PAPER_PDF_ACTION, /* starts a program, sends or fetches something, plays something */
	PAPER_PDF_FILES,  /* files inside */
	PAPER_PICTURE_BROKEN,
	PAPER_PICTURE_MOVES,
	PAPER_TOO_LARGE, /* or it unpacks to too much */
	PAPER_TOO_SLOW,
	PAPER_NO_MEMORY,
	PAPER_RESULT_COUNT
};
/* For people at a terminal: "it runs scripts". */
const char *paper_reason(enum paper_result result);
/* For machines, one of src/web/messages.def: "pdf_script". */
const char *paper_code(enum paper_result result);

struct paper {
	const char *media_type; /* "application/pdf", "image/jpeg" */
	struct slice bytes;	/* the file as it came, or … */
	struct picture picture; /* … a picture's own bytes; zeroed with a PDF */
};
void paper_release(struct paper *p); /* accepts NULL and zeroed structs */

/*
 * Pictures are made at most `side` pixels long. `ret_paper` is untouched unless PAPER_OK, and
 * points into `file` where it is a PDF.
 */
MUSTCHECK enum paper_result paper_examine(struct slice file, unsigned side,
					  struct paper *ret_paper);

enum { PAPER_PAGE_SIDE = 2400 }; /* an A4 page at 200 dots an inch */

/* A logo or a photo, the same way: never a PDF, and small, for it is part of a light page. */
MUSTCHECK enum paper_result paper_logo(struct slice file, struct paper *ret_paper);
MUSTCHECK enum paper_result paper_photo(struct slice file, struct paper *ret_paper);

#endif
