/*
 * Embeds SQL in the program: `sqlc queries PREFIX FILE...` checks each query file (one statement,
 * its users and every parameter named in its head) and writes PREFIX.c and PREFIX.h;
 * `sqlc migrations PREFIX FILE...` does the same for the numbered migrations.
 *
 * The head of a query file NAME.sql is its leading comment:
 *
 *   -- NAME: lookup, console; $1 gtin, $2 lot
 *   -- why it is as it is
 *
 * Users are lookup, console, jobs, operator; a test PREPAREs the statement as the role of each.
 */
#include <errno.h>

#include "base/file.h"
#include "tool/save.h"

enum { FILE_MOST = 4 << 20, NAME_MOST = 63, PARAMETERS_MOST = 32 };

/* One file under check; `line` is where the scanner stands. */
struct source {
	const char *path;
	struct slice name; /* file name without folder and ".sql" */
	struct slice text;
	size_t at;
	unsigned line;
};

static bool complain(const struct source *s, unsigned line, const char *reason, struct slice what)
{
	fprintf(stderr, "%s:%u: %s", s->path, line, reason);
	if (what.length > 0)
		fprintf(stderr, ": %.*s", SLICE_ARG(what));
	fputc('\n', stderr);
	return false;
}

static bool read_file(const char *path, struct buf *out)
{
	buf_init(out, FILE_MOST);
	if (file_read(path, out))
		return true;
	fprintf(stderr, "%s:1: cannot be read: %s\n", path, strerror(errno));
	return false;
}

static bool is_name(struct slice s)
{
	if (s.length == 0 || s.length > NAME_MOST || s.data[0] < 'a' || s.data[0] > 'z')
		return false;
	for (size_t i = 0; i < s.length; i++) {
		char c = s.data[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

static struct slice base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slice_of(slash == NULL ? path : slash + 1);
}

static bool source_open(struct source *s, const char *path, struct buf *text)
{
	struct slice file = base_name(path);

	*s = (struct source){ .path = path, .line = 1 };
	if (!read_file(path, text))
		return false;
	s->text = buf_slice(text);
	if (!slice_ends(file, S(".sql")))
		return complain(s, 1, "the name of the file must end in .sql", file);
	s->name = (struct slice){ file.data, file.length - 4 };
	if (slice_find(s->text, '\0') < s->text.length)
		return complain(s, 1, "there is a NUL in the file", S(""));
	return true;
}

/* --- the head --- */

static const struct {
	struct slice word;
	const char *symbol;
} users[] = {
	{ SLICE("lookup"), "SQL_LOOKUP" },
	{ SLICE("console"), "SQL_CONSOLE" },
	{ SLICE("jobs"), "SQL_JOBS" },
	{ SLICE("operator"), "SQL_OPERATOR" },
};

static bool user_named(struct slice word, unsigned *ret_user)
{
	for (unsigned i = 0; i < COUNT_OF(users); i++) {
		if (slice_equal(word, users[i].word)) {
			*ret_user = i;
			return true;
		}
	}
	return false;
}

/* The text of the comment line that begins at s->at, which moves behind it; false: none. */
static bool take_comment_line(struct source *s, struct slice *ret_text)
{
	struct slice rest = slice_from(s->text, s->at);
	size_t length = slice_find(rest, '\n');

	if (!slice_starts(rest, S("--")))
		return false;
	*ret_text = slice_trim((struct slice){ rest.data + 2, length - 2 });
	s->at += length < rest.length ? length + 1 : length;
	s->line++;
	return true;
}

static bool head_users(struct source *s, struct slice list, unsigned *ret_users)
{
	struct slice word;
	unsigned user, found = 0;

	while (slice_cut(&list, ',', &word)) {
		if (!user_named(slice_trim(word), &user))
			return complain(s, 1, "unknown user (lookup, console, jobs, operator)",
					slice_trim(word));
		found |= 1U << user;
	}
	if (found == 0)
		return complain(s, 1, "the head names no user", S(""));
	*ret_users = found;
	return true;
}

/* Adds the bit of each $n in `text`. */
static void note_parameters(struct slice text, uint64_t *set)
{
	for (size_t i = 0; i + 1 < text.length; i++) {
		unsigned n = 0;
		size_t j = i + 1;

		if (text.data[i] != '$')
			continue;
		while (j < text.length && text.data[j] >= '0' && text.data[j] <= '9' && n < 100)
			n = n * 10 + (unsigned)(text.data[j++] - '0');
		if (j > i + 1 && n >= 1 && n <= PARAMETERS_MOST)
			*set |= UINT64_C(1) << n;
	}
}

static bool read_head(struct source *s, unsigned *ret_users, uint64_t *ret_explained)
{
	struct slice line, name, list;
	uint64_t explained = 0;

	if (!take_comment_line(s, &line) || !slice_cut(&line, ':', &name) || line.data == NULL)
		return complain(s, 1, "the first line must be \"-- NAME: users; $1 meaning, ...\"",
				S(""));
	if (!slice_equal(slice_trim(name), s->name))
		return complain(s, 1, "the first line names another query", slice_trim(name));
	(void)slice_cut(&line, ';', &list);
	if (!head_users(s, list, ret_users))
		return false;
	note_parameters(line, &explained);
	while (take_comment_line(s, &line))
		note_parameters(line, &explained);
	*ret_explained = explained;
	return true;
}

/* --- the statement --- */

static char peek(const struct source *s, size_t ahead)
{
	return s->at + ahead < s->text.length ? s->text.data[s->at + ahead] : '\0';
}

static void step(struct source *s)
{
	if (peek(s, 0) == '\n')
		s->line++;
	s->at++;
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/* Behind a quoted text that begins at the quote; '' inside stands for one quote. */
static bool skip_quoted(struct source *s, bool backslashes)
{
	unsigned begun = s->line;
	char quote = peek(s, 0);

	for (step(s); s->at < s->text.length; step(s)) {
		if (backslashes && peek(s, 0) == '\\')
			step(s);
		else if (peek(s, 0) == quote && peek(s, 1) == quote)
			step(s);
		else if (peek(s, 0) == quote) {
			step(s);
			return true;
		}
	}
	return complain(s, begun, "this quote is never closed", S(""));
}

/* C comments nest in SQL. */
static bool skip_block_comment(struct source *s)
{
	unsigned begun = s->line, depth = 0;

	while (s->at < s->text.length) {
		if (peek(s, 0) == '/' && peek(s, 1) == '*') {
			depth++;
			step(s);
		} else if (peek(s, 0) == '*' && peek(s, 1) == '/') {
			depth--;
			step(s);
		}
		step(s);
		if (depth == 0)
			return true;
	}
	return complain(s, begun, "this comment is never closed", S(""));
}

/* $tag$ … $tag$, or a parameter $n, whose bit is set. */
static bool skip_dollar(struct source *s, uint64_t *used)
{
	unsigned begun = s->line, n = 0;
	size_t start = s->at, length;
	struct slice tag;

	step(s);
	if (peek(s, 0) >= '0' && peek(s, 0) <= '9') {
		while (peek(s, 0) >= '0' && peek(s, 0) <= '9' && n <= PARAMETERS_MOST) {
			n = n * 10 + (unsigned)(peek(s, 0) - '0');
			step(s);
		}
		if (n < 1 || n > PARAMETERS_MOST)
			return complain(s, begun, "parameters are $1 to $32", S(""));
		*used |= UINT64_C(1) << n;
		return true;
	}
	while (is_word_byte(peek(s, 0)))
		step(s);
	if (peek(s, 0) != '$')
		return complain(s, begun, "a lone $", S(""));
	step(s);
	length = s->at - start;
	tag = (struct slice){ s->text.data + start, length };
	while (s->at < s->text.length) {
		if (slice_starts(slice_from(s->text, s->at), tag)) {
			s->at += length;
			return true;
		}
		step(s);
	}
	return complain(s, begun, "this dollar quote is never closed", S(""));
}

/* Over one token; `*ret_blank` tells blanks and comments from the rest. */
static bool skip_token(struct source *s, uint64_t *used, bool *ret_blank)
{
	char c = peek(s, 0);

	*ret_blank = false;
	if (c == '\'' || c == '"')
		return skip_quoted(s, false);
	if ((c == 'E' || c == 'e') && peek(s, 1) == '\'') {
		step(s);
		return skip_quoted(s, true);
	}
	if (c == '$')
		return skip_dollar(s, used);
	if (is_word_byte(c)) {
		while (is_word_byte(peek(s, 0)) || peek(s, 0) == '$')
			step(s);
		return true;
	}
	*ret_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
	if (c == '/' && peek(s, 1) == '*') {
		*ret_blank = true;
		return skip_block_comment(s);
	}
	if (c == '-' && peek(s, 1) == '-') {
		*ret_blank = true;
		while (s->at < s->text.length && peek(s, 0) != '\n')
			step(s);
		return true;
	}
	step(s);
	return true;
}

static bool read_statement(struct source *s, uint64_t *ret_used)
{
	uint64_t used = 0;
	bool any = false, ended = false, blank;

	while (s->at < s->text.length) {
		bool semicolon = peek(s, 0) == ';';
		unsigned line = s->line;

		if (!skip_token(s, &used, &blank))
			return false;
		if (blank)
			continue;
		if (ended)
			return complain(s, line, "a second statement; one a file", S(""));
		ended = semicolon;
		any = any || !semicolon;
	}
	if (!any)
		return complain(s, s->line, "there is no statement", S(""));
	*ret_used = used;
	return true;
}

/* Parameters are $1 … $n without a gap, and the head says what each is. */
static bool count_parameters(const struct source *s, uint64_t used, uint64_t explained,
			     unsigned *ret_count)
{
	unsigned count = 0;

	for (unsigned n = 1; n <= PARAMETERS_MOST; n++)
		if ((used >> n & 1) != 0)
			count = n;
	for (unsigned n = 1; n <= PARAMETERS_MOST; n++) {
		char name[8];
		int length = snprintf(name, sizeof(name), "$%u", n);
		struct slice parameter = { name, (size_t)length };
		bool is_used = (used >> n & 1) != 0, is_explained = (explained >> n & 1) != 0;

		if (n <= count && !is_used)
			return complain(s, 1, "a parameter in between is not used", parameter);
		if (is_used && !is_explained)
			return complain(s, 1, "the head does not say what this is", parameter);
		if (!is_used && is_explained)
			return complain(s, 1, "the head explains what is not used", parameter);
	}
	*ret_count = count;
	return true;
}

/* --- what is written --- */

static void write_text(struct buf *out, struct slice text)
{
	struct slice line;

	while (slice_cut(&text, '\n', &line)) {
		if (line.length == 0 && text.data == NULL)
			break;
		buf_add_string(out, "\n\t\t\"");
		for (size_t i = 0; i < line.length; i++) {
			unsigned char c = (unsigned char)line.data[i];

			if (c == '"' || c == '\\')
				buf_add_format(out, "\\%c", c);
			else if (c < 0x20 || c == 0x7f || c == '?')
				buf_add_format(out, "\\%03o", c);
			else
				buf_add_char(out, (char)c);
		}
		buf_add_string(out, "\\n\"");
	}
}

static void write_users(struct buf *out, unsigned set)
{
	const char *between = "";

	for (unsigned i = 0; i < COUNT_OF(users); i++) {
		if ((set >> i & 1) == 0)
			continue;
		buf_add_format(out, "%s%s", between, users[i].symbol);
		between = " | ";
	}
}

struct output {
	struct buf header, body, list;
};

static bool add_query(struct output *o, const char *path)
{
	struct source s;
	struct buf text = { 0 };
	uint64_t used = 0, explained = 0;
	unsigned user_set = 0, count = 0;
	bool ok = false;

	if (!source_open(&s, path, &text))
		goto out;
	if (!is_name(s.name)) {
		(void)complain(&s, 1, "the file's name may have a-z, 0-9 and _ only", s.name);
		goto out;
	}
	if (!read_head(&s, &user_set, &explained) || !read_statement(&s, &used) ||
	    !count_parameters(&s, used, explained, &count))
		goto out;
	buf_add_format(&o->header, "extern const struct sql_query sql_%.*s;\n", SLICE_ARG(s.name));
	buf_add_format(&o->body, "const struct sql_query sql_%.*s = {\n\t.name = \"%.*s\",\n",
		       SLICE_ARG(s.name), SLICE_ARG(s.name));
	buf_add_format(&o->body, "\t.parameters = %u,\n\t.users = ", count);
	write_users(&o->body, user_set);
	buf_add_string(&o->body, ",\n\t.text =");
	write_text(&o->body, s.text);
	buf_add_string(&o->body, ",\n};\n\n");
	buf_add_format(&o->list, "\t&sql_%.*s,\n", SLICE_ARG(s.name));
	ok = true;
out:
	buf_release(&text);
	return ok;
}

static bool add_migration(struct output *o, const char *path, unsigned number)
{
	struct source s;
	struct buf text = { 0 };
	uint64_t numbered = 0;
	bool ok = false;

	if (!source_open(&s, path, &text))
		goto out;
	if (s.name.length < 6 || s.name.data[4] != '_' || !is_name(slice_from(s.name, 5)) ||
	    !slice_to_u64((struct slice){ s.name.data, 4 }, &numbered)) {
		(void)complain(&s, 1, "a migration is called NNNN_name.sql", s.name);
		goto out;
	}
	if (numbered != number) {
		(void)complain(&s, 1, "the numbers must be 0001, 0002, ... without a gap", s.name);
		goto out;
	}
	buf_add_format(&o->list,
		       "\t{\n\t\t.number = %u,\n\t\t.name = \"%.*s.sql\",\n\t\t.text =", number,
		       SLICE_ARG(s.name));
	write_text(&o->list, s.text);
	buf_add_string(&o->list, ",\n\t},\n");
	ok = true;
out:
	buf_release(&text);
	return ok;
}

static void begin(struct output *o, const char *header)
{
	buf_init(&o->header, 64 << 20);
	buf_init(&o->body, 64 << 20);
	buf_init(&o->list, 64 << 20);
	buf_add_format(&o->header,
		       "/* Made by src/tool/sqlc.c; changes are lost. */\n#pragma once\n"
		       "#include \"store/query.h\"\n\n");
	buf_add_format(
	    &o->body, "/* Made by src/tool/sqlc.c; changes are lost. */\n#include \"store/%s\"\n\n",
	    header);
}

static bool make_queries(struct output *o, int count, char **paths)
{
	bool ok = true;

	begin(o, "sql.h");
	for (int i = 0; i < count; i++)
		ok = add_query(o, paths[i]) && ok;
	buf_add_string(&o->header, "\nextern const struct sql_query *const sql_all[];\n"
				   "extern const unsigned sql_count;\n");
	buf_add_string(&o->body, "const struct sql_query *const sql_all[] = {\n");
	buf_add_slice(&o->body, buf_slice(&o->list));
	buf_add_format(&o->body, "};\nconst unsigned sql_count = %d;\n", count);
	return ok;
}

static bool make_migrations(struct output *o, int count, char **paths)
{
	bool ok = true;

	begin(o, "migrations.h");
	for (int i = 0; i < count; i++)
		ok = add_migration(o, paths[i], (unsigned)i + 1) && ok;
	buf_add_string(&o->header, "extern const struct sql_migration migrations[];\n"
				   "extern const unsigned migration_count;\n");
	buf_add_string(&o->body, "const struct sql_migration migrations[] = {\n");
	buf_add_slice(&o->body, buf_slice(&o->list));
	buf_add_format(&o->body, "};\nconst unsigned migration_count = %d;\n", count);
	return ok;
}

int main(int argc, char **argv)
{
	struct output o = { 0 };
	bool ok = false;

	if (argc >= 4 && strcmp(argv[1], "queries") == 0)
		ok = make_queries(&o, argc - 3, argv + 3);
	else if (argc >= 4 && strcmp(argv[1], "migrations") == 0)
		ok = make_migrations(&o, argc - 3, argv + 3);
	else
		fputs("usage: sqlc queries|migrations PREFIX FILE...\n", stderr);
	ok = ok && save(argv[2], ".c", &o.body) && save(argv[2], ".h", &o.header);
	buf_release(&o.header);
	buf_release(&o.body);
	buf_release(&o.list);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
