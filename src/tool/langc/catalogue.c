/* Keeps what the PO files said, and finds the text of a message in a language. */
#include "tool/langc/catalogue.h"

struct language languages[LANGUAGES_MAX];
size_t language_count;
bool failed;

void PRINTF(3, 4) complain(const char *path, unsigned line, const char *format, ...)
{
	va_list args;

	failed = true;
	fprintf(stderr, "%s:%u: ", path, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void *must(void *memory)
{
	if (memory == NULL) {
		fputs("langc: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

struct language *language_of(const char *tag, bool part)
{
	struct language *l;

	for (size_t i = 0; i < language_count; i++)
		if (strcmp(languages[i].tag, tag) == 0)
			return &languages[i];
	if (part || language_count == LANGUAGES_MAX)
		return NULL;
	l = &languages[language_count++];
	l->messages = must(calloc(MESSAGES_MAX, sizeof(*l->messages)));
	(void)snprintf(l->tag, sizeof(l->tag), "%s", tag);
	return l;
}

bool message_same(const struct message *a, const struct message *b)
{
	return a->country == b->country && strcmp(a->id, b->id) == 0;
}

struct message *message_find(const struct language *l, const struct message *wanted)
{
	for (size_t i = 0; i < l->count; i++)
		if (message_same(&l->messages[i], wanted))
			return &l->messages[i];
	return NULL;
}

bool message_complete(const struct language *l, const struct message *m)
{
	for (unsigned i = 0; i < (m->plural ? l->forms : 1); i++)
		if (m->forms[i] == NULL || m->forms[i][0] == '\0')
			return false;
	return !m->fuzzy;
}

const struct message *message_text(const struct language *l, const struct message *wanted)
{
	const struct message *own = message_find(l, wanted);

	if (own != NULL && message_complete(l, own))
		return own;
	for (size_t i = 0; i < language_count; i++) {
		const struct message *m = message_find(&languages[i], wanted);

		if (m != NULL && message_complete(&languages[i], m))
			return m;
	}
	return NULL;
}
