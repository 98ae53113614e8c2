/*
 * The pages customers meet beside the item's own: typing a code by hand (FEATURES C17) and
 * reporting a suspicious one (C16). Whole pages without JavaScript, in the look and language of the
 * item's page. Pure; check buf_ok(out) afterwards. Every text from outside is escaped here.
 */
#ifndef SUYUAN_PAGE_FORMS_H
#define SUYUAN_PAGE_FORMS_H

#include "base/buf.h"
#include "base/slice.h"

enum page_check_state {
	PAGE_CHECK_ASKING,	 /* nothing was typed yet */
	PAGE_CHECK_UNREADABLE,	 /* neither a serial nor a link; `position` where it stops making
				    sense */
	PAGE_CHECK_NO_GTIN,	 /* a serial alone: which product it is of is not known */
	PAGE_CHECK_BAD_GTIN,	 /* the GTIN has a wrong check digit or length */
	PAGE_CHECK_MISTYPED,	 /* close to an issued code; `position` is where to look again */
	PAGE_CHECK_NEVER_ISSUED, /* a serial like ours, but none that was issued */
	PAGE_CHECK_NOT_FOUND,	 /* the address leads nowhere on this server; a code may be typed */
	PAGE_CHECK_TOO_MANY,	 /* too many wrong ones from here; again in `seconds` */
	PAGE_CHECK_BUSY,	 /* cannot be checked just now */
};

/* GET /check?gtin=&code= ; a code that was issued leads on to its page instead. */
struct page_check {
	enum page_check_state state;
	struct slice gtin; /* what the form is filled with, as typed, or empty */
	struct slice code; /* the same */
	unsigned position; /* 1-based in `code`, 0 = not known */
	unsigned seconds;
};

enum page_report_state {
	PAGE_REPORT_ASKING,
	PAGE_REPORT_REFUSED,  /* `wrong` says which field and why */
	PAGE_REPORT_DONE,     /* `reference` is what to quote */
	PAGE_REPORT_TOO_MANY, /* again in `seconds` */
	PAGE_REPORT_BUSY,     /* was not stored; please send again */
};

enum page_report_wrong {
	PAGE_REPORT_NOTHING_SAID, /* neither place nor note nor photo */
	PAGE_REPORT_PLACE_TOO_LONG,
	PAGE_REPORT_NOTE_TOO_LONG,
	PAGE_REPORT_PHOTO_TOO_LARGE,
	PAGE_REPORT_PHOTO_NO_PICTURE, /* not JPEG, PNG or WebP */
	PAGE_REPORT_CODE_UNKNOWN,     /* the report is about no link of ours */
};

/* GET and POST /report, multipart/form-data with the fields code, place, note, photo. */
struct page_report {
	enum page_report_state state;
	enum page_report_wrong wrong;
	struct slice code;  /* path of the item, "/01/…/21/…", or empty: the reader types it */
	struct slice place; /* as typed */
	struct slice note;
	struct slice reference;
	unsigned photo_most_mb;
	unsigned seconds;
};

void page_check_write(struct buf *out, unsigned language, const struct page_check *check);
void page_report_write(struct buf *out, unsigned language, const struct page_report *report);

/* The Content-Security-Policy of these pages. */
const char *page_forms_policy(void);

#endif
