/*
 * Compiles the texts of every language, lang/TAG.po (GNU gettext's PO files), to C tables:
 *
 *   langc [--missing=error] OUT lang/en.po lang/zh_CN.po …    writes OUT.c and OUT.h
 *
 * A msgid is a key ("facts.lot"); each language has one file, and adding a file adds a language.
 * Parts of the house may have texts of their own, lang/PART/NAME.TAG.po: those are wanted in the
 * languages that have such files, and in the others the default lends its text.
 * The first file is the default and lends its text where another has none. Messages of the context
 * "country" are names of countries by ISO 3166 code. `{name}` in a text is a place for a value: the
 * same names must stand in every language. A missing or fuzzy text is a warning, or an error with
 * --missing=error; anything malformed is an error with file and line.
 */
#include <ctype.h>

#include "base/file.h"
#include "tool/save.h"

enum {
	MESSAGES_MAX = 4096,
	LANGUAGES_MAX = 64,
	FORMS_MAX = 6,
	PARAMETERS_MAX = 32,
	FILE_MAX = 4 << 20,
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

static struct language languages[LANGUAGES_MAX];
static size_t language_count;
static char *parameters[PARAMETERS_MAX];
static size_t parameter_count;
static bool missing_is_error;
static bool failed;

static void PRINTF(3, 4) complain(const char *path, unsigned line, const char *format, ...)
{
	va_list args;

	failed = true;
	fprintf(stderr, "%s:%u: ", path, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void *must(void *memory)
{
	if (memory == NULL) {
		fputs("langc: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

/* --- reading one PO file --------------------------------------------------------------------- */

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

static bool same_message(const struct message *a, const struct message *b)
{
	return a->country == b->country && strcmp(a->id, b->id) == 0;
}

static struct message *find(const struct language *l, const struct message *wanted)
{
	for (size_t i = 0; i < l->count; i++)
		if (same_message(&l->messages[i], wanted))
			return &l->messages[i];
	return NULL;
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
	} else if (find(l, m) != NULL) {
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

/* The language of that tag: known already, or a new one unless only a part of it is there. */
static struct language *language_of(const char *tag, bool part)
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

static void read_file(const char *path)
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

/* --- checking ----------------------------------------------------------------------------------
 */

static unsigned parameter_bit(const char *name, size_t length)
{
	for (size_t i = 0; i < parameter_count; i++)
		if (strlen(parameters[i]) == length && memcmp(parameters[i], name, length) == 0)
			return 1u << i;
	if (parameter_count == PARAMETERS_MAX)
		return 0;
	parameters[parameter_count] = must(strndup(name, length));
	return 1u << parameter_count++;
}

/* The set of `{names}` in a text, as bits. */
static unsigned parameters_of(const struct message *m, const char *text)
{
	unsigned set = 0;

	for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at, '{')) {
		size_t length = strspn(++at, "abcdefghijklmnopqrstuvwxyz_");

		if (length == 0 || at[length] != '}')
			complain(m->path, m->line, "\"%s\": a brace that is no {name}", m->id);
		else
			set |= parameter_bit(at, length);
	}
	return set;
}

static bool is_complete(const struct language *l, const struct message *m)
{
	for (unsigned i = 0; i < (m->plural ? l->forms : 1); i++)
		if (m->forms[i] == NULL || m->forms[i][0] == '\0')
			return false;
	return !m->fuzzy;
}

/* A text usable for `wanted` in language l: its own, or the first complete one of another. */
static const struct message *text_of(const struct language *l, const struct message *wanted)
{
	const struct message *own = find(l, wanted);

	if (own != NULL && is_complete(l, own))
		return own;
	for (size_t i = 0; i < language_count; i++) {
		const struct message *m = find(&languages[i], wanted);

		if (m != NULL && is_complete(&languages[i], m))
			return m;
	}
	return NULL;
}

static void check_against(const struct message *wanted, unsigned set, const struct language *l)
{
	const struct message *m = find(l, wanted);

	if (m == NULL && wanted->in_part && !l->has_parts)
		return;
	if (m == NULL || !is_complete(l, m)) {
		fprintf(stderr, "%s:%u: %s: \"%s\" has no translation\n", l->path,
			m == NULL ? 1 : m->line, missing_is_error ? "error" : "warning",
			wanted->id);
		failed |= missing_is_error;
		return;
	}
	if (m->plural != wanted->plural)
		complain(m->path, m->line, "\"%s\": plural here, none elsewhere", m->id);
	for (unsigned i = 0; i < (m->plural ? l->forms : 1); i++)
		if (parameters_of(m, m->forms[i]) != set)
			complain(m->path, m->line, "\"%s\": other {names} than elsewhere", m->id);
}

/* All messages of all languages, each once, keys and countries sorted. */
static struct message **all;
static size_t all_count;

static int by_id(const void *a, const void *b)
{
	const struct message *x = *(struct message *const *)a, *y = *(struct message *const *)b;

	if (x->country != y->country)
		return x->country ? 1 : -1;
	return strcmp(x->id, y->id);
}

static bool is_known(const struct message *m)
{
	for (size_t i = 0; i < all_count; i++)
		if (same_message(all[i], m))
			return true;
	return false;
}

static void check_id(const struct message *m)
{
	size_t good =
	    m->country
		? strspn(m->id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		: strspn(m->id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._");

	if (m->id[good] != '\0' || (m->country && good != 2) || isdigit((unsigned char)m->id[0]))
		complain(m->path, m->line, "\"%s\" is no key", m->id);
}

static void collect(void)
{
	all = must(calloc(language_count * MESSAGES_MAX, sizeof(struct message *)));
	for (size_t i = 0; i < language_count; i++) {
		for (size_t j = 0; j < languages[i].count; j++) {
			struct message *m = &languages[i].messages[j];

			check_id(m);
			if (!is_known(m))
				all[all_count++] = m;
		}
	}
	qsort(all, all_count, sizeof(struct message *), by_id);
}

static unsigned set_of(const struct message *wanted)
{
	const struct message *m = text_of(&languages[0], wanted);

	return m == NULL ? 0 : parameters_of(m, m->forms[0]);
}

static void check(void)
{
	collect();
	for (size_t i = 0; i < all_count; i++) {
		unsigned set = set_of(all[i]);

		if (text_of(&languages[0], all[i]) == NULL)
			complain(languages[0].path, 1, "\"%s\" has no text at all", all[i]->id);
		for (size_t j = 0; j < language_count; j++)
			check_against(all[i], set, &languages[j]);
	}
}

/* --- writing C ---------------------------------------------------------------------------------
 */

static void add_symbol(struct buf *b, const char *id)
{
	for (; *id != '\0'; id++)
		buf_add_char(b, *id == '.' ? '_' : *id);
}

static void add_literal(struct buf *b, const char *text)
{
	buf_add_string(b, "SLICE(\"");
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == '"' || c == '\\' || c == '?' || c > 0x7e)
			buf_add_format(b, "\\%03o", c);
		else
			buf_add_char(b, *text);
	}
	buf_add_string(b, "\")");
}

static void write_header(struct buf *b)
{
	buf_add_string(b, "/* The texts of every language. Made by langc from lang/. */\n"
			  "#ifndef SUYUAN_GEN_TEXTS_H\n#define SUYUAN_GEN_TEXTS_H\n\n"
			  "#include \"base/slice.h\"\n\nenum text {\n");
	for (size_t i = 0; i < all_count && !all[i]->country; i++) {
		buf_add_string(b, "\tTEXT_");
		add_symbol(b, all[i]->id);
		buf_add_string(b, ",\n");
	}
	buf_add_string(b, "\tTEXT_COUNT\n};\n\n/* The {names} in a text. */\nenum {\n");
	for (size_t i = 0; i < parameter_count; i++)
		buf_add_format(b, "\tTEXT_NAMES_%s = 1 << %zu,\n", parameters[i], i);
	for (size_t i = 0; i < all_count && !all[i]->country; i++) {
		buf_add_string(b, "\tTEXT_WANTS_");
		add_symbol(b, all[i]->id);
		buf_add_format(b, " = %#x,\n", set_of(all[i]));
	}
	buf_add_format(
	    b,
	    "};\n\nenum { LANGUAGE_COUNT = %zu };\n\n"
	    "/* BCP 47; [0] is the default. */\n"
	    "extern const char *const page_languages[];\n"
	    "extern const unsigned page_language_count;\n\n"
	    "/* The text for the number `n`; texts without plural forms do not mind. */\n"
	    "struct slice text_for(unsigned language, enum text id, uint64_t n);\n"
	    "static inline struct slice text_in(unsigned language, enum text id)\n{\n"
	    "\treturn text_for(language, id, 1);\n}\n"
	    "/* By ISO 3166-1 alpha-2; the code itself when it is not in the list. */\n"
	    "struct slice country_name(unsigned language, struct slice code);\n\n#endif\n",
	    language_count);
}

static unsigned widest(void)
{
	unsigned forms = 1;

	for (size_t i = 0; i < language_count; i++)
		forms = languages[i].forms > forms ? languages[i].forms : forms;
	return forms;
}

static void write_text(struct buf *b, const struct language *l, const struct message *wanted)
{
	const struct message *m = text_of(l, wanted);
	unsigned forms = widest();

	buf_add_string(b, "\t\t{ ");
	for (unsigned i = 0; i < forms; i++) {
		/* borrowed from another language, there may be fewer: repeat the last */
		unsigned form = m->plural ? i : 0;

		while (m->forms[form] == NULL)
			form--;
		add_literal(b, m->forms[form]);
		buf_add_string(b, ", ");
	}
	buf_add_string(b, "},\n");
}

static void write_tables(struct buf *b)
{
	size_t known = 0;

	buf_add_format(b, "static const struct slice texts[LANGUAGE_COUNT][TEXT_COUNT][%u] = {\n",
		       widest());
	for (size_t i = 0; i < language_count; i++) {
		buf_add_string(b, "\t{\n");
		for (size_t j = 0; j < all_count && !all[j]->country; j++)
			write_text(b, &languages[i], all[j]);
		buf_add_string(b, "\t},\n");
	}
	buf_add_string(b, "};\n\nstatic const struct {\n\tchar code[3];\n"
			  "\tstruct slice names[LANGUAGE_COUNT];\n} countries[] = {\n");
	for (size_t j = 0; j < all_count; j++) {
		if (!all[j]->country)
			continue;
		known++;
		buf_add_format(b, "\t{ \"%s\", { ", all[j]->id);
		for (size_t i = 0; i < language_count; i++) {
			add_literal(b, text_of(&languages[i], all[j])->forms[0]);
			buf_add_string(b, ", ");
		}
		buf_add_string(b, "} },\n");
	}
	/* a last row that no search reaches: C wants at least one */
	buf_add_format(b, "\t{ \"\", { SLICE(\"\") } },\n};\nenum { COUNTRY_COUNT = %zu };\n\n",
		       known);
}

static void write_functions(struct buf *b)
{
	buf_add_string(b, "static unsigned plural_form(unsigned language, uint64_t n)\n{\n"
			  "\tswitch (language) {\n");
	for (size_t i = 0; i < language_count; i++)
		buf_add_format(b, "\tcase %zu:\n\t\t(void)n;\n\t\treturn (unsigned)(%s);\n", i,
			       languages[i].plural);
	buf_add_string(
	    b, "\t}\n\treturn 0;\n}\n\n"
	       "struct slice text_for(unsigned language, enum text id, uint64_t n)\n{\n"
	       "\tunsigned form = plural_form(language, n);\n\n"
	       "\treturn texts[language][id][form < COUNT_OF(texts[0][0]) ? form : 0];\n}\n\n"
	       "struct slice country_name(unsigned language, struct slice code)\n{\n"
	       "\tsize_t low = 0, high = COUNTRY_COUNT;\n\n"
	       "\tif (code.length != 2)\n\t\treturn code;\n"
	       "\twhile (low < high) {\n\t\tsize_t middle = (low + high) / 2;\n"
	       "\t\tint order = memcmp(code.data, countries[middle].code, 2);\n\n"
	       "\t\tif (order == 0)\n\t\t\treturn countries[middle].names[language];\n"
	       "\t\tif (order < 0)\n\t\t\thigh = middle;\n\t\telse\n\t\t\tlow = middle + 1;\n\t}\n"
	       "\treturn code;\n}\n");
}

static void write_source(struct buf *b)
{
	buf_add_string(b, "/* The texts of every language. Made by langc from lang/. */\n"
			  "#include \"page/texts.h\"\n\nconst char *const page_languages[] = {\n");
	for (size_t i = 0; i < language_count; i++)
		buf_add_format(b, "\t\"%s\",\n", languages[i].tag);
	buf_add_string(b, "};\nconst unsigned page_language_count = LANGUAGE_COUNT;\n\n");
	write_tables(b);
	write_functions(b);
}

static bool write_and_save(const char *out, const char *ending, void (*write)(struct buf *))
{
	struct buf b;
	bool ok;

	buf_init(&b, 64 << 20);
	write(&b);
	ok = save(out, ending, &b);
	buf_release(&b);
	return ok;
}

int main(int argc, char **argv)
{
	int at = 1;

	if (at < argc && strcmp(argv[at], "--missing=error") == 0) {
		missing_is_error = true;
		at++;
	}
	if (argc - at < 2) {
		fputs("usage: langc [--missing=error] OUT LANGUAGE.po … PART.LANGUAGE.po …\n",
		      stderr);
		return 2;
	}
	for (int i = at + 1; i < argc; i++)
		read_file(argv[i]);
	if (!failed)
		check();
	if (failed)
		return 1;
	return write_and_save(argv[at], ".h", write_header) &&
		       write_and_save(argv[at], ".c", write_source)
		   ? 0
		   : 1;
}
