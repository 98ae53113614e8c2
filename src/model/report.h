/*
 * Reports of suspicious codes, as people send them (FEATURES C16): what they are about, their words
 * made fit for keeping, their number. Pure.
 */
#ifndef SUYUAN_MODEL_REPORT_H
#define SUYUAN_MODEL_REPORT_H

#include "base/buf.h"
#include "model/gs1.h"

enum {
	REPORT_PLACE_MOST = 200, /* characters */
	REPORT_NOTE_MOST = 2000,
	REPORT_CODE_MOST = 2000, /* bytes */
	/* Letters and digits that cannot be misread (Crockford's base 32): 50 bits. */
	REPORT_REFERENCE_LENGTH = 10,
	REPORT_REFERENCE_BYTES = 10, /* that make one, as good as random */
};

struct report_subject {
	uint64_t gtin;
	char serial[GS1_SERIAL_MAX + 1]; /* "": the link names none */
};

/*
 * A Digital Link or a URL by GB/T 33993, whole, without its scheme, or its path alone. Whether the
 * code was ever issued does not matter: those that were not are the ones to hear of.
 */
MUSTCHECK bool report_subject_read(struct slice code, struct report_subject *ret_subject);

/*
 * Appends what was typed: line ends as LF, other control characters as blanks, none of either at
 * the ends. False: it is not UTF-8.
 */
MUSTCHECK bool report_text_clean(struct slice typed, struct buf *out);
/* Characters of well-formed UTF-8. */
size_t report_text_length(struct slice text);

void report_reference_print(const unsigned char bytes[REPORT_REFERENCE_BYTES],
			    char ret_reference[REPORT_REFERENCE_LENGTH + 1]);
/* Whether it is written like one. */
MUSTCHECK bool report_reference_fits(struct slice text);

#endif
