/* Where in the HTML a template is, byte by byte, and how data is escaped there. */
#ifndef SUYUAN_TOOL_TEMPLC_PLACE_H
#define SUYUAN_TOOL_TEMPLC_PLACE_H

#include "tool/templc/views.h"

enum where {
	IN_TEXT,
	IN_OPENING, /* behind '<' */
	IN_TAG,
	IN_ATTRIBUTE_NAME,
	IN_EQUALS, /* behind '=', before the quote */
	IN_VALUE,
	IN_RAW, /* in <title>, <textarea>, <script>, <style> */
	IN_RAW_OPENING,
	IN_REMARK,
};

struct place {
	enum where where;
	bool closing;	 /* the tag is </…> */
	bool data_block; /* the script is JSON */
	bool begun;	 /* the attribute has a literal beginning */
	char first;	 /* of that beginning; NUL where data came first */
	struct name tag; /* of the tag, or of the raw text we are in */
	struct name attribute;
};

/* Goes on by one literal byte; stops where the HTML is not what it must be. */
void place_step(struct place *p, char c);

bool place_same(const struct place *a, const struct place *b);

/* How a field of this type is escaped here: a name of enum context, or NULL for bytes as they are.
 * Stops where no such data may stand. */
const char *place_context(const struct place *p, enum type type);

#endif
