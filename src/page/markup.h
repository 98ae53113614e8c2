/*
 * Printing into HTML and JSON, each piece escaped by where it stands. The templates (compiled by
 * src/tool/templc.c) call nothing else, so what is escaped how is decided here alone.
 *
 * Text that might read from right to left, or that carries direction marks, is isolated: by <bdi>
 * in HTML text, by U+2068 … U+2069 where no element may stand.
 */
#ifndef SUYUAN_PAGE_MARKUP_H
#define SUYUAN_PAGE_MARKUP_H

#include "base/buf.h"
#include "page/texts.h"

/* A text in the language that suits the reader best. */
struct words {
	struct slice text;
	struct slice
	    lang; /* BCP 47 ("und" = nobody knows) if not the page's language, else empty */
};

enum context {
	IN_PLAIN,     /* no escaping: for what is escaped later */
	IN_TEXT,      /* between tags */
	IN_ATTRIBUTE, /* in a double-quoted attribute, or in <title> */
	IN_URL, /* a whole link: http, https, mailto, tel or a path; anything else prints "#" */
	IN_URL_PART, /* percent-encoded part of a link */
	IN_JSON,     /* a JSON string with its quotes; also safe inside <script> */
};

enum { MARKS_MAX = 16 };

/* Where a prepared page is filled in for each item. */
struct mark {
	size_t offset;
	unsigned slot; /* enum slot of page/templates.h */
};

struct writer {
	struct buf *out;
	unsigned language; /* index into page_languages */
	unsigned mark_count;
	struct mark marks[MARKS_MAX];
};

void print(struct writer *w, enum context context, struct slice s);
void print_words(struct writer *w, enum context context, struct words words);
/* A count, "-12345": its digits in groups of three where people read it, as they are in an
   attribute, a link or JSON; what is no whole number stands there as it is. */
void print_figure(struct writer *w, enum context context, struct slice figure);
void mark_slot(struct writer *w, unsigned slot);

/* What stands in place of {name} in a text. */
struct text_value {
	struct slice name;
	struct words words;
	bool is_figure; /* as print_figure() prints it, wherever the text stands */
	bool
	    is_number; /* then `number` counts, and the number called "n" chooses the plural form */
	uint64_t number;
};
void print_text(struct writer *w, enum context context, enum text id,
		const struct text_value *values, size_t count);

/* Whether IN_URL would print this link. */
bool url_allowed(struct slice url);

#endif
