/* What each template may print: the views of *.def, in the order read. */
#ifndef SUYUAN_TOOL_TEMPLC_VIEWS_H
#define SUYUAN_TOOL_TEMPLC_VIEWS_H

#include "tool/templc/source.h"

enum {
	FIELDS_MAX = 64,
};

enum type {
	TYPE_TEXT,
	TYPE_WORDS,
	TYPE_URL,
	TYPE_FIGURE, /* before TYPE_NUMBER: what may stand in a text */
	TYPE_NUMBER,
	TYPE_FLAG,
	TYPE_CSS,
	TYPE_JSON,
	TYPE_LIST,
	TYPE_ONE,
	TYPE_COUNT
};

struct type_words {
	const char *name;
	const char *c; /* declaration, "" where views decide */
};
extern const struct type_words types[TYPE_COUNT];

struct field {
	enum type type;
	struct name name;
	struct name view; /* of lists and ones */
};

struct view {
	struct name name;
	struct field fields[FIELDS_MAX];
	unsigned count;
};

/* Reads a file of views behind those there are. */
void views_read(const char *path);

/* The view of that number, from 0; NULL after the last. */
const struct view *view_at(unsigned number);

/* Stops where there is none of that name. */
const struct view *find_view(struct name name);

/* NULL where there is none of that name. */
const struct field *find_field(const struct view *v, struct slice name);

#endif
