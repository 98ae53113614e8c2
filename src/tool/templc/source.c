/* The place in the source, its words, and how the build ends when something is wrong with it. */
#include "tool/templc/source.h"

#include <ctype.h>

#include "base/file.h"

struct source_place at;

void stop(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", at.path, at.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

struct name name_of(struct slice s)
{
	struct name n = { "" };

	if (s.length == 0 || s.length > NAME_MAX_LENGTH)
		stop("\"%.*s\" is not a name", SLICE_ARG(s));
	for (size_t i = 0; i < s.length; i++)
		if (!isalnum((unsigned char)s.data[i]) && s.data[i] != '_')
			stop("\"%.*s\" is not a name", SLICE_ARG(s));
	memcpy(n.text, s.data, s.length);
	return n;
}

struct slice next_word(struct slice *rest)
{
	struct slice word;

	*rest = slice_trim(*rest);
	word = (struct slice){ rest->data, 0 };
	while (word.length < rest->length && !isspace((unsigned char)rest->data[word.length]))
		word.length++;
	*rest = slice_from(*rest, word.length);
	return word;
}

void source_open(const char *path, struct buf *content)
{
	at.path = path;
	at.line = 1;
	buf_init(content, FILE_MAX);
	if (!file_read(path, content))
		stop("cannot be read");
}
