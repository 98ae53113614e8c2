/* Reads a PO file, line by line. */
#include "tool/langc/po.h"

#include <ctype.h>

#include "base/file.h"
#include "tool/langc/catalogue.h"

enum { FILE_MAX = 4 << 20 };

struct reader {
	struct language *language;
	bool in_part;
	unsigned line;
	struct message now;
	bool fuzzy; /* said of the next message */
	bool open;  /* a message has begun */
	bool country;
	char **target; /* where a continued string goes */
	char *context;
};

/* What the string in quotes at `text` says, or NULL when it is not one. */
static char *unquote(struct slice text)
{
	static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
	char *out = must(malloc(text.length + 1));
	size_t n = 0;

	if (text.length < 2 || text.data[0] != '"' || text.data[text.length - 1] != '"')
		goto bad;
	for (size_t i = 1; i + 1 < text.length; i++) {
		const char *escape;

		if (text.data[i] == '"')
			goto bad;
		if (text.data[i] != '\\') {
			out[n++] = text.data[i];
			continue;
		}
		escape = strchr(from, text.data[++i]);
		if (i + 1 == text.length || escape == NULL || *escape == '\0')
			goto bad;
		out[n++] = to[escape - from];
	}
	out[n] = '\0';
	return out;
bad:
	free(out);
	return NULL;
}

static char *joined(char *a, char *b)
{
	size_t length = a == NULL ? 0 : strlen(a);

	a = must(realloc(a, length + strlen(b) + 1));
	memcpy(a + length, b, strlen(b) + 1);
	free(b);
	return a;
}

static void read_header(struct reader *r)
{
	struct language *l = r->language;
	const char *rule = strstr(r->now.forms[0], "Plural-Forms:");
	unsigned forms;

	if (rule == NULL ||
	    sscanf(rule, "Plural-Forms: nplurals=%u; plural=%199[n0-9 ()<>=!&|%%?:];", &forms,
		   l->plural) != 2 ||
	    forms < 1 || forms > FORMS_MAX)
		complain(l->path, r->line, "Plural-Forms is missing or not understood");
	else
		l->forms = forms;
}

static void end_message(struct reader *r)
{
	struct language *l = r->language;
	struct message *m = &r->now;

	if (!r->open)
		return;
	r->open = false;
	r->target = NULL;
	if (m->id == NULL || m->forms[0] == NULL) {
		complain(l->path, r->line, "a message without msgid or msgstr");
	} else if (m->id[0] == '\0') {
		read_header(r);
	} else if (message_find(l, m) != NULL) {
		complain(l->path, m->line, "\"%s\" is there twice", m->id);
	} else if (l->count == MESSAGES_MAX) {
		complain(l->path, m->line, "more than %d messages", MESSAGES_MAX);
	} else {
		l->messages[l->count++] = *m;
	}
}

static void begin_message(struct reader *r)
{
	if (r->open && r->now.id == NULL)
		return; /* its msgctxt came before */
	end_message(r);
	r->now = (struct message){
		.path = r->language->path, .in_part = r->in_part, .line = r->line, .fuzzy = r->fuzzy
	};
	r->fuzzy = false;
	r->open = true;
}

/* Which string a keyword such as `msgstr[1]` begins; NULL when there is no such keyword. */
static char **target_of(struct reader *r, struct slice word)
{
	static char *plural_id;

	if (slice_equal(word, S("msgctxt"))) {
		begin_message(r);
		r->now.country = true;
		free(r->context);
		r->context = NULL;
		return &r->context;
	}
	if (slice_equal(word, S("msgid"))) {
		begin_message(r);
		return &r->now.id;
	}
	if (slice_equal(word, S("msgid_plural"))) {
		r->now.plural = true;
		free(plural_id);
		plural_id = NULL;
		return &plural_id;
	}
	if (slice_equal(word, S("msgstr")))
		return &r->now.forms[0];
	if (word.length == 9 && slice_starts(word, S("msgstr[")) && word.data[8] == ']' &&
	    word.data[7] >= '0' && word.data[7] < '0' + FORMS_MAX)
		return &r->now.forms[word.data[7] - '0'];
	return NULL;
}

static void read_string(struct reader *r, struct slice text)
{
	char *string = unquote(slice_trim(text));

	if (string == NULL || r->target == NULL) {
		complain(r->language->path, r->line, "this is not a string in its place");
		free(string);
		return;
	}
	*r->target = joined(*r->target, string);
	if (r->target == &r->context && strcmp(r->context, "country") != 0)
		complain(r->language->path, r->line, "unknown context \"%s\"", r->context);
}

static void read_line(struct reader *r, struct slice line)
{
	size_t space;

	line = slice_trim(line);
	if (line.length == 0) {
		end_message(r);
		return;
	}
	if (line.data[0] == '#') {
		struct slice flags = line;
		struct slice flag;

		if (slice_starts(line, S("#,")) && slice_cut(&flags, ',', &flag))
			while (slice_cut(&flags, ',', &flag))
				r->fuzzy |= slice_equal(slice_trim(flag), S("fuzzy"));
		return;
	}
	if (line.data[0] == '"') {
		read_string(r, line);
		return;
	}
	space = slice_find(line, ' ');
	r->target = target_of(r, (struct slice){ line.data, space });
	if (r->target == NULL)
		complain(r->language->path, r->line, "unknown keyword");
	else if (*r->target != NULL)
		complain(r->language->path, r->line, "said twice");
	else
		read_string(r, slice_from(line, space));
}

/*
 * "lang/zh_CN.po" is the language zh-CN, "lang/console/policy.zh_CN.po" a part of it. False: the
 * file's name says no language.
 */
static bool read_tag(const char *path, char ret_tag[TAG_SIZE], bool *ret_part)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	const char *dot = strchr(name, '.'), *end = strrchr(name, '.');
	size_t length;

	*ret_part = dot != end;
	if (*ret_part)
		name = dot + 1;
	length = strcspn(name, ".");
	if (length == 0 || length >= TAG_SIZE)
		return false;
	memset(ret_tag, 0, TAG_SIZE);
	for (size_t i = 0; i < length; i++) {
		ret_tag[i] = name[i] == '_' ? '-' : name[i];
		if (!isalnum((unsigned char)ret_tag[i]) && ret_tag[i] != '-')
			return false;
	}
	return true;
}

void po_read(const char *path)
{
	struct reader r = { .line = 0 };
	struct slice rest, line;
	struct buf content;
	char tag[TAG_SIZE];
	const char *own;

	r.language = read_tag(path, tag, &r.in_part) ? language_of(tag, r.in_part) : NULL;
	if (r.language == NULL) {
		complain(path, 1, "the file's name is not a language that is there");
		return;
	}
	own = r.in_part ? r.language->path : path;
	r.language->path = path;
	r.language->has_parts |= r.in_part;
	buf_init(&content, FILE_MAX);
	if (!file_read(path, &content))
		complain(path, 1, "cannot be read");
	rest = buf_slice(&content);
	while (slice_cut(&rest, '\n', &line)) {
		r.line++;
		read_line(&r, line);
	}
	end_message(&r);
	if (r.language->forms == 0)
		complain(path, 1, "there is no header with Plural-Forms");
	r.language->path = own;
	free(r.context);
	buf_release(&content);
}
