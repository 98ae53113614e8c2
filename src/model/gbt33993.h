/*
 * GB/T 33993 《商品二维码》, two-dimensional code for commodity: whether a text is one of its data
 * structures, and its URL of the manufacturer's own, "HTTPS://HOST/gtin/GTIN/bat/LOT/ser/SERIAL".
 *
 * Known, from public summaries of GB/T 33993-2017 (in force 2018-02-01; its text is sold, not
 * published, and was not at hand): there are three structures, GS1 element strings, a national
 * unified URL and a URL of the manufacturer's own; the GTIN comes first, with 14 digits and the
 * check digit of GB 12904; lot (10) and serial (21) have at most 20 bytes of GS1's character set 82
 * without % & / < > ?; expiry (17) is six digits YYMMDD. GB/T 33993-2024 replaced it on 2025-07-01;
 * its table of contents keeps the data structures, the list of element strings (appendix A) and the
 * character set (appendix B).
 *
 * Not verified, so nothing is refused for it: the spelling and order of keywords beyond gtin, bat
 * and ser, which element strings appendix A lists, the host of the national URL, and what 2024
 * changed in any of this. What is met of it is told as `unchecked`.
 *
 * No heap, clock or log.
 */
#ifndef SUYUAN_MODEL_GBT33993_H
#define SUYUAN_MODEL_GBT33993_H

#include "base/buf.h"
#include "model/gs1.h"

enum { GBT_TEXT_MAX = 2000 };

enum gbt_form {
	GBT_ELEMENTS,	      /* "(01)06901234567892(10)A1(21)7" */
	GBT_MANUFACTURER_URL, /* "http://HOST/any/stem/gtin/06901234567892/bat/A1/ser/7" */
};

enum gbt_result {
	GBT_OK,
	GBT_TOO_LONG, /* over GBT_TEXT_MAX bytes */
	GBT_NO_FORM,  /* neither of the forms above; a GS1 Digital Link is none */
	GBT_NO_GTIN,  /* the GTIN is missing, or not the first */
	GBT_BAD_GTIN, /* not 14 digits with the right check digit */
	GBT_BAD_LOT,  /* 1 to 20 characters of those above */
	GBT_BAD_SERIAL,
	GBT_BAD_EXPIRY, /* not six digits that are a date */
	GBT_TWICE,	/* GTIN, lot, serial or expiry come again */
	GBT_EMPTY,	/* a keyword or an AI without a value */
	GBT_BAD_ESCAPE, /* "%" without two hexadecimal digits */
};

struct gbt_code {
	enum gbt_form form;
	uint64_t gtin;
	char lot[GS1_LOT_MAX + 1]; /* "": none */
	char serial[GS1_SERIAL_MAX + 1];
	char expiry[sizeof("YYMMDD")];
	struct slice unchecked; /* the first keyword or AI no rule is known of; in the text given */
};

/* `ret_code` is untouched but for GBT_OK. */
MUSTCHECK enum gbt_result gbt_parse(struct slice text, struct gbt_code *ret_code);
/* The path of a request, undecoded, with the keyword "gtin" at its root: "/gtin/…/ser/…". */
MUSTCHECK enum gbt_result gbt_parse_path(struct slice raw_path, struct gbt_code *ret_code);

/*
 * Appends the URL of the manufacturer's own: `stem` ("https://HOST"), GTIN, and lot and serial
 * where there are any. False: one of them holds a character that the standard leaves out; nothing
 * is appended then.
 */
MUSTCHECK bool gbt_print_url(struct slice stem, uint64_t gtin, struct slice lot,
			     struct slice serial, struct buf *out);

const char *gbt_result_word(enum gbt_result result); /* "bad_serial", for programs */
/* One sentence for people, without a full stop. */
const char *gbt_reason(enum gbt_result result);

#endif
