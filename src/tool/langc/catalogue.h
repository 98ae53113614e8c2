/*
 * What the PO files said: languages, their messages, and which text serves where one has none.
 * Lives as long as the compiler runs; nothing is freed.
 */
#ifndef SUYUAN_TOOL_LANGC_CATALOGUE_H
#define SUYUAN_TOOL_LANGC_CATALOGUE_H

#include "base/buf.h"

enum {
	MESSAGES_MAX = 4096, /* of a language */
	LANGUAGES_MAX = 64,
	FORMS_MAX = 6, /* plural forms */
	TAG_SIZE = 36,
};

struct message {
	const char *path;
	bool in_part; /* stands in lang/PART/ */
	char *id;
	bool country;
	bool plural;
	bool fuzzy;
	unsigned line;
	char *forms[FORMS_MAX];
};

struct language {
	const char *path; /* of the file being read, then of its own */
	bool has_parts;
	char tag[TAG_SIZE]; /* BCP 47 */
	struct message *messages;
	size_t count;
	unsigned forms;
	char plural[200]; /* C expression of n */
};

/* In the order of their files; the first is the default. */
extern struct language languages[LANGUAGES_MAX];
extern size_t language_count;
/* Something malformed was complained about: nothing may be written. */
extern bool failed;

/* "PATH:LINE: …" on standard error; sets `failed`. */
void PRINTF(3, 4) complain(const char *path, unsigned line, const char *format, ...);
/* The memory itself; ends the program where there is none. */
void *must(void *memory);

/* The language of that tag: known already, or a new one unless only a part of it is there (NULL).
 */
struct language *language_of(const char *tag, bool part);
/* The same id and context. */
bool message_same(const struct message *a, const struct message *b);
/* That language's own of the same id, or NULL. */
struct message *message_find(const struct language *l, const struct message *wanted);
/* Every form is there and nobody calls it fuzzy. */
bool message_complete(const struct language *l, const struct message *m);
/* What is shown for `wanted` in language l: its own, or the first complete one of another; NULL:
 * there is none. */
const struct message *message_text(const struct language *l, const struct message *wanted);

#endif
