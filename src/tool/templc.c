/*
 * Compiles HTML templates to C:
 *
 *   templc OUT templates/views.def templates/item.html …      writes OUT.c and OUT.h
 *
 * views.def (there may be several, NAME.def, read in the order given) lists what each template may
 * print; a name that is not there stops the build. Each template begins with {view NAME} and
 * becomes
 *
 *   template_FILE(struct writer *, const struct view_NAME *)
 *
 * which is a row of appends of literal text. What stands in braces:
 *
 *   {name} {m.name}                  a field, escaped by where it stands: the compiler knows that,
 *                                    authors do not
 *   {t:key} {t:key a=path …}         a text of lang/, its {a} filled with a field
 *   {if path} {if not path}          what follows only where the field is there, or is not
 *   {else} {end}
 *   {for m in list} {end}            once for each
 *   {include file}                   another template of the same view
 *   {include file path}              or of that one
 *   {slot name}                      a place filled for each item (page/markup.h)
 *   {# remark}
 *
 * Where data may stand: in text, in <title>, in a quoted attribute, as a JSON string in a data
 * block (<script type="application/ld+json">). Never in a tag's or attribute's name, a comment, a
 * style, an event handler; a link wants a field of type url, or text behind a literal beginning.
 * The end of a line and the indentation of the next print nothing (one blank inside a tag).
 */
#include <ctype.h>

#include "base/arena.h"
#include "base/file.h"
#include "tool/save.h"

enum {
	VIEWS_MAX = 400,
	FIELDS_MAX = 64,
	SLOTS_MAX = 32,
	DEPTH_MAX = 24,
	NAME_MAX_LENGTH = 39,
	FILE_MAX = 1 << 20,
};

struct name {
	char text[NAME_MAX_LENGTH + 1];
};

enum type {
	TYPE_TEXT,
	TYPE_WORDS,
	TYPE_URL,
	TYPE_NUMBER,
	TYPE_FLAG,
	TYPE_CSS,
	TYPE_JSON,
	TYPE_LIST,
	TYPE_ONE,
	TYPE_COUNT
};

static const struct {
	const char *name;
	const char *c; /* declaration, "" where views decide */
} types[TYPE_COUNT] = {
	[TYPE_TEXT] = { "text", "struct slice" },
	[TYPE_WORDS] = { "words", "struct words" },
	[TYPE_URL] = { "url", "struct slice" },
	[TYPE_NUMBER] = { "number", "uint64_t" },
	[TYPE_FLAG] = { "flag", "bool" },
	[TYPE_CSS] = { "css", "struct slice" },
	[TYPE_JSON] = { "json", "struct slice" },
	[TYPE_LIST] = { "list", "" },
	[TYPE_ONE] = { "one", "" },
};

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

static struct view views[VIEWS_MAX];
static unsigned view_count;
static struct name slots[SLOTS_MAX];
static unsigned slot_count;

/* The place in the source that is being read. */
static const char *at_path;
static unsigned at_line;

static void PRINTF(1, 2) __attribute__((noreturn)) stop(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", at_path, at_line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static struct name name_of(struct slice s)
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

/* The next word of `*rest`, which shrinks; empty at the end. */
static struct slice next_word(struct slice *rest)
{
	struct slice word;

	*rest = slice_trim(*rest);
	word = (struct slice){ rest->data, 0 };
	while (word.length < rest->length && !isspace((unsigned char)rest->data[word.length]))
		word.length++;
	*rest = slice_from(*rest, word.length);
	return word;
}

/* --- views.def ---------------------------------------------------------------------------------
 */

static const struct view *find_view(struct name name)
{
	for (unsigned i = 0; i < view_count; i++)
		if (strcmp(views[i].name.text, name.text) == 0)
			return &views[i];
	stop("there is no view \"%s\"", name.text);
}

static enum type type_named(struct slice word)
{
	for (enum type t = 0; t < TYPE_COUNT; t++)
		if (slice_equal(word, slice_of(types[t].name)))
			return t;
	stop("\"%.*s\" is not a type", SLICE_ARG(word));
}

static const struct field *find_field(const struct view *v, struct slice name)
{
	for (unsigned i = 0; i < v->count; i++)
		if (slice_equal(name, slice_of(v->fields[i].name.text)))
			return &v->fields[i];
	return NULL;
}

static void read_field(enum type type, struct slice rest)
{
	struct view *v = &views[view_count - 1];
	struct field f = { .type = type };
	struct slice name;

	if (view_count == 0 || v->count == FIELDS_MAX)
		stop("a field without a view, or too many");
	if (type == TYPE_LIST || type == TYPE_ONE) {
		f.view = name_of(next_word(&rest));
		(void)find_view(f.view); /* what is used stands before, so that C can declare it */
	}
	name = next_word(&rest);
	if (find_field(v, name) != NULL)
		stop("\"%.*s\" is there twice", SLICE_ARG(name));
	f.name = name_of(name);
	v->fields[v->count++] = f;
}

static void read_view_line(struct slice line)
{
	struct slice word;

	line.length = slice_find(line, '#');
	word = next_word(&line);
	if (word.length == 0)
		return;
	if (!slice_equal(word, S("view"))) {
		read_field(type_named(word), line);
		return;
	}
	if (view_count == VIEWS_MAX)
		stop("more than %d views", VIEWS_MAX);
	views[view_count].name = name_of(next_word(&line));
	view_count++;
}

static void open_file(const char *path, struct buf *content)
{
	at_path = path;
	at_line = 1;
	buf_init(content, FILE_MAX);
	if (!file_read(path, content))
		stop("cannot be read");
}

static void read_views(const char *path)
{
	struct slice rest, line;
	struct buf content;

	open_file(path, &content);
	rest = buf_slice(&content);
	for (; slice_cut(&rest, '\n', &line); at_line++)
		read_view_line(line);
	buf_release(&content);
}

/* --- where in the HTML we are ------------------------------------------------------------------
 */

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

static const char *const raw_tags[] = { "title", "textarea", "script", "style" };

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static void lengthen(struct name *n, char c)
{
	size_t length = strlen(n->text);

	if (length == NAME_MAX_LENGTH)
		stop("the name \"%s…\" is too long", n->text);
	n->text[length] = (char)tolower((unsigned char)c);
	n->text[length + 1] = '\0';
}

static void end_tag(struct place *p)
{
	bool raw = !p->closing && is_one_of(p->tag.text, raw_tags, COUNT_OF(raw_tags));

	p->where = raw ? IN_RAW : IN_TEXT;
	if (!raw)
		p->tag.text[0] = '\0';
	p->closing = false;
	p->attribute.text[0] = '\0';
}

static void step_opening(struct place *p, char c)
{
	if (c == '/' && p->tag.text[0] == '\0' && !p->closing)
		p->closing = true;
	else if (isalnum((unsigned char)c) || (c == '!' && p->tag.text[0] == '\0'))
		lengthen(&p->tag, c);
	else if (c == '-' && strcmp(p->tag.text, "!") == 0)
		p->where = IN_REMARK;
	else if (p->tag.text[0] == '\0')
		stop("'<' that begins no tag; write &lt;");
	else if (c == '>')
		end_tag(p);
	else
		p->where = IN_TAG;
}

static void step_tag(struct place *p, char c)
{
	if (c == '>') {
		end_tag(p);
	} else if (!isspace((unsigned char)c) && c != '/') {
		p->where = IN_ATTRIBUTE_NAME;
		p->attribute.text[0] = '\0';
		lengthen(&p->attribute, c);
	}
}

static void step_attribute_name(struct place *p, char c)
{
	if (c == '=') {
		p->where = IN_EQUALS;
	} else if (c == '>') {
		end_tag(p);
	} else if (isspace((unsigned char)c) || c == '/') {
		p->where = IN_TAG;
		p->attribute.text[0] = '\0';
	} else {
		lengthen(&p->attribute, c);
	}
}

static void step_raw_opening(struct place *p, char c)
{
	p->where = IN_RAW;
	if (c != '/')
		return;
	p->where = IN_OPENING;
	p->closing = true;
	p->data_block = false;
	p->tag.text[0] = '\0';
}

static void step(struct place *p, char c)
{
	switch (p->where) {
	case IN_TEXT:
		if (c == '<') {
			p->where = IN_OPENING;
			p->closing = false;
			p->tag.text[0] = '\0';
		}
		break;
	case IN_OPENING:
		step_opening(p, c);
		break;
	case IN_TAG:
		step_tag(p, c);
		break;
	case IN_ATTRIBUTE_NAME:
		step_attribute_name(p, c);
		break;
	case IN_EQUALS:
		if (c != '"')
			stop("the value of %s is not in double quotes", p->attribute.text);
		p->where = IN_VALUE;
		p->begun = false;
		p->first = '\0';
		break;
	case IN_VALUE:
		if (!p->begun)
			p->first = c;
		p->begun = true;
		if (c == '"') {
			p->where = IN_TAG;
			p->begun = false;
			p->attribute.text[0] = '\0';
		}
		break;
	case IN_RAW:
		if (c == '<')
			p->where = IN_RAW_OPENING;
		break;
	case IN_RAW_OPENING:
		step_raw_opening(p, c);
		break;
	case IN_REMARK:
		stop("an HTML comment; write {# … }");
	}
}

static bool same_place(const struct place *a, const struct place *b)
{
	return a->where == b->where && a->closing == b->closing && a->data_block == b->data_block &&
	       a->begun == b->begun && strcmp(a->tag.text, b->tag.text) == 0 &&
	       strcmp(a->attribute.text, b->attribute.text) == 0;
}

static const char *const url_attributes[] = { "href",	  "src",	"action",   "formaction",
					      "cite",	  "data",	"poster",   "ping",
					      "manifest", "background", "longdesc", "xlink:href" };
static const char *const closed_attributes[] = { "style",	"srcdoc",  "srcset",
						 "imagesrcset", "sandbox", "http-equiv" };

static const char *context_in_value(const struct place *p, enum type type)
{
	const char *name = p->attribute.text;

	if (strncmp(name, "on", 2) == 0 ||
	    is_one_of(name, closed_attributes, COUNT_OF(closed_attributes)))
		stop("no data may stand in %s", name);
	if (!is_one_of(name, url_attributes, COUNT_OF(url_attributes)))
		return "IN_ATTRIBUTE";
	/* a path, a query, http:, https:, mailto: or tel:, but no javascript: or data: */
	if (p->begun && p->first != '\0' && strchr("/?#hmt", p->first) == NULL)
		stop("the link in %s does not begin as a harmless one", name);
	if (p->begun)
		return "IN_URL_PART";
	if (type != TYPE_URL)
		stop("%s wants a field of type url, or a literal beginning", name);
	return "IN_URL";
}

static const char *context_in_raw(const struct place *p, enum type type)
{
	if (strcmp(p->tag.text, "style") == 0) {
		if (type != TYPE_CSS)
			stop("only a field of type css may stand in a style");
		return NULL;
	}
	if (strcmp(p->tag.text, "script") != 0)
		return "IN_ATTRIBUTE"; /* title and textarea know character references, not tags */
	if (!p->data_block)
		stop("no data may stand in a script that is no JSON data block");
	return type == TYPE_JSON ? NULL : "IN_JSON";
}

/* How a field of this type is escaped here: a name of enum context, or NULL for bytes as they are.
 */
static const char *context_of(const struct place *p, enum type type)
{
	const char *context;

	switch (p->where) {
	case IN_TEXT:
		context = "IN_TEXT";
		break;
	case IN_VALUE:
		context = context_in_value(p, type);
		break;
	case IN_RAW:
		context = context_in_raw(p, type);
		break;
	default:
		stop("no data may stand here, inside a tag");
	}
	if (context != NULL && (type == TYPE_CSS || type == TYPE_JSON))
		stop("a field of type %s may not stand here", types[type].name);
	return context;
}

/* --- compiling one template --------------------------------------------------------------------
 */

/* A block begun by {if} or {for}, and the variable it brings. */
struct scope {
	unsigned line;
	bool loop, has_else;
	struct place before; /* where the HTML was when it began */
	struct name variable;
	const struct view *view;
};

struct compiler {
	struct buf *code;
	struct buf literal; /* not yet written out */
	struct place place;
	const struct view *view;
	struct scope scopes[DEPTH_MAX];
	unsigned depth;
};

static void add_c_string(struct buf *b, struct slice s)
{
	buf_add_char(b, '"');
	for (size_t i = 0; i < s.length; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '?')
			buf_add_format(b, "\\%03o", c);
		else
			buf_add_char(b, s.data[i]);
	}
	buf_add_char(b, '"');
}

static void add_line(struct compiler *c)
{
	buf_add_format(c->code, "#line %u \"%s\"\n", at_line, at_path);
}

static void flush(struct compiler *c)
{
	if (c->literal.length == 0)
		return;
	buf_add_string(c->code, "\tbuf_add(w->out, ");
	add_c_string(c->code, buf_slice(&c->literal));
	buf_add_format(c->code, ", %zu);\n", c->literal.length);
	buf_clear(&c->literal);
}

/* A path such as "m.name" or "name": its field, and the C expression of it. */
struct value {
	const struct field *field; /* NULL: a loop variable itself */
	const struct view *view;   /* of a loop variable or a `one` */
	char c[256];
};

static const struct scope *variable_named(const struct compiler *c, struct slice name)
{
	for (unsigned i = c->depth; i-- > 0;)
		if (c->scopes[i].loop && slice_equal(name, slice_of(c->scopes[i].variable.text)))
			return &c->scopes[i];
	return NULL;
}

static struct value resolve(const struct compiler *c, struct slice path)
{
	struct value v = { .view = c->view };
	struct slice whole = path, part;
	size_t n;

	if (!slice_cut(&path, '.', &part) || part.length == 0)
		stop("a name is missing");
	if (variable_named(c, part) != NULL) {
		v.view = variable_named(c, part)->view;
		n = (size_t)snprintf(v.c, sizeof(v.c), "%.*s", SLICE_ARG(part));
		if (!slice_cut(&path, '.', &part))
			return v;
	} else {
		n = (size_t)snprintf(v.c, sizeof(v.c), "v");
	}
	for (;;) {
		v.field = v.view == NULL ? NULL : find_field(v.view, part);
		if (v.field == NULL)
			stop("\"%.*s\": there is no \"%.*s\" in the view", SLICE_ARG(whole),
			     SLICE_ARG(part));
		n += (size_t)snprintf(v.c + n, sizeof(v.c) - n, "->%s", v.field->name.text);
		v.view = v.field->type == TYPE_ONE || v.field->type == TYPE_LIST
			     ? find_view(v.field->view)
			     : NULL;
		if (v.field->type == TYPE_LIST && path.data != NULL)
			stop("\"%.*s\": a list has no fields", SLICE_ARG(whole));
		if (!slice_cut(&path, '.', &part))
			return v;
	}
}

static bool is_list(const struct value *v)
{
	return v->field != NULL && v->field->type == TYPE_LIST;
}

static void print_value(struct compiler *c, struct slice path)
{
	struct value v = resolve(c, path);
	const char *context;

	if (v.field == NULL || v.field->type >= TYPE_LIST || v.field->type == TYPE_FLAG)
		stop("\"%.*s\" cannot be printed", SLICE_ARG(path));
	context = context_of(&c->place, v.field->type);
	flush(c);
	add_line(c);
	if (context == NULL)
		buf_add_format(c->code, "\tbuf_add_slice(w->out, %s);\n", v.c);
	else if (v.field->type == TYPE_NUMBER)
		buf_add_format(c->code, "\tbuf_add_u64(w->out, %s);\n", v.c);
	else if (v.field->type == TYPE_WORDS)
		buf_add_format(c->code, "\tprint_words(w, %s, %s);\n", context, v.c);
	else
		buf_add_format(c->code, "\tprint(w, %s, %s);\n", context, v.c);
	c->place.begun = c->place.where == IN_VALUE;
}

static void add_key(struct buf *b, const char *prefix, struct slice key)
{
	buf_add_string(b, prefix);
	for (size_t i = 0; i < key.length; i++)
		buf_add_char(b, key.data[i] == '.' ? '_' : key.data[i]);
}

/* One `name=path` of a text, as a member of the array of values. */
static void add_text_value(struct compiler *c, struct slice argument)
{
	struct slice name;
	struct value v;

	if (!slice_cut(&argument, '=', &name) || argument.data == NULL)
		stop("\"%.*s\" is not name=path", SLICE_ARG(name));
	(void)name_of(name);
	v = resolve(c, argument);
	if (v.field == NULL || v.field->type > TYPE_NUMBER || v.field->type == TYPE_URL)
		stop("\"%.*s\" cannot stand in a text", SLICE_ARG(argument));
	buf_add_format(c->code, "\t\t{ .name = SLICE(\"%.*s\"), ", SLICE_ARG(name));
	if (v.field->type == TYPE_NUMBER)
		buf_add_format(c->code, ".is_number = true, .number = %s },\n", v.c);
	else
		buf_add_format(c->code, ".words%s = %s },\n",
			       v.field->type == TYPE_WORDS ? "" : ".text", v.c);
}

static void print_text(struct compiler *c, struct slice rest)
{
	struct slice key = next_word(&rest), word, names = slice_trim(rest);
	const char *context = context_of(&c->place, TYPE_TEXT);

	for (size_t i = 0; i < key.length; i++)
		if (!isalnum((unsigned char)key.data[i]) && key.data[i] != '.' &&
		    key.data[i] != '_')
			stop("\"%.*s\" is not a key", SLICE_ARG(key));
	flush(c);
	add_line(c);
	add_key(c->code, "\t_Static_assert(TEXT_WANTS_", key);
	buf_add_string(c->code, " == (0");
	for (struct slice left = names; (word = next_word(&left)).length > 0;)
		buf_add_format(c->code, " | TEXT_NAMES_%.*s", (int)slice_find(word, '='),
			       word.data);
	buf_add_string(c->code, "), \"the text wants other names\");\n");
	if (names.length == 0) {
		add_key(c->code, "\tprint_text(w, ", S(""));
		buf_add_format(c->code, "%s, ", context);
		add_key(c->code, "TEXT_", key);
		buf_add_string(c->code, ", NULL, 0);\n");
	} else {
		size_t count = 0;

		buf_add_string(c->code, "\t{\n\tconst struct text_value values[] = {\n");
		for (; (word = next_word(&names)).length > 0; count++)
			add_text_value(c, word);
		buf_add_format(c->code, "\t};\n\tprint_text(w, %s, ", context);
		add_key(c->code, "TEXT_", key);
		buf_add_format(c->code, ", values, %zu);\n\t}\n", count);
	}
	c->place.begun = c->place.where == IN_VALUE;
}

static struct scope *open_scope(struct compiler *c)
{
	struct scope *s = &c->scopes[c->depth];

	if (c->depth++ == DEPTH_MAX - 1)
		stop("blocks nested more than %d deep", DEPTH_MAX);
	*s = (struct scope){ .line = at_line, .before = c->place };
	flush(c);
	add_line(c);
	return s;
}

static void begin_if(struct compiler *c, struct slice rest)
{
	static const char *const tests[TYPE_COUNT] = { [TYPE_TEXT] = ".length > 0",
						       [TYPE_WORDS] = ".text.length > 0",
						       [TYPE_URL] = ".length > 0",
						       [TYPE_NUMBER] = " != 0",
						       [TYPE_FLAG] = "",
						       [TYPE_CSS] = ".length > 0",
						       [TYPE_JSON] = ".length > 0",
						       [TYPE_LIST] = "_count > 0",
						       [TYPE_ONE] = " != NULL" };
	struct slice word = next_word(&rest);
	bool negative = slice_equal(word, S("not"));
	struct value v = resolve(c, negative ? next_word(&rest) : word);

	if (v.field == NULL || slice_trim(rest).length > 0)
		stop("{if} wants one field");
	(void)open_scope(c);
	buf_add_format(c->code, "\tif (%s(%s%s)) {\n", negative ? "!" : "", v.c,
		       tests[v.field->type]);
}

static void begin_for(struct compiler *c, struct slice rest)
{
	struct name variable = name_of(next_word(&rest));
	bool in = slice_equal(next_word(&rest), S("in"));
	struct value v = resolve(c, slice_trim(rest));
	struct scope *s;

	if (!in || !is_list(&v))
		stop("{for} wants: NAME in LIST");
	s = open_scope(c);
	s->loop = true;
	s->variable = variable;
	s->view = v.view;
	buf_add_format(
	    c->code, "\tfor (const struct view_%s *%s = %s; %s < %s + %s_count; %s++) {\n",
	    v.view->name.text, variable.text, v.c, variable.text, v.c, v.c, variable.text);
}

static void turn_else(struct compiler *c)
{
	struct scope *s = c->depth == 0 ? NULL : &c->scopes[c->depth - 1];
	struct place ended = c->place;

	if (s == NULL || s->loop || s->has_else)
		stop("{else} without {if}");
	flush(c);
	buf_add_string(c->code, "\t} else {\n");
	c->place = s->before;
	s->before = ended; /* both branches must end in the same place */
	s->has_else = true;
}

static void end_scope(struct compiler *c)
{
	if (c->depth == 0)
		stop("{end} without {if} or {for}");
	if (!same_place(&c->place, &c->scopes[c->depth - 1].before))
		stop("this block does not end where it began in the HTML");
	flush(c);
	buf_add_string(c->code, "\t}\n");
	c->depth--;
}

static void include(struct compiler *c, struct slice rest)
{
	struct name file = name_of(next_word(&rest));
	struct value v = { .c = "v" };

	if (c->place.where != IN_TEXT)
		stop("{include} belongs in text");
	if (slice_trim(rest).length > 0) {
		v = resolve(c, slice_trim(rest));
		if (v.view == NULL || is_list(&v))
			stop("\"%.*s\" is not a view", SLICE_ARG(rest));
	}
	flush(c);
	add_line(c);
	if (v.field != NULL)
		buf_add_format(c->code, "\tif (%s != NULL)\n\t", v.c);
	buf_add_format(c->code, "\ttemplate_%s(w, %s);\n", file.text, v.c);
}

static void slot(struct compiler *c, struct slice rest)
{
	struct name name = name_of(slice_trim(rest));
	bool known = false;

	if (c->place.where != IN_TEXT && !(c->place.where == IN_RAW && c->place.data_block))
		stop("{slot} belongs in text or in a JSON data block");
	for (unsigned i = 0; i < slot_count; i++)
		known |= strcmp(slots[i].text, name.text) == 0;
	if (!known && slot_count == SLOTS_MAX)
		stop("more than %d slots", SLOTS_MAX);
	if (!known)
		slots[slot_count++] = name;
	flush(c);
	buf_add_format(c->code, "\tmark_slot(w, SLOT_%s);\n", name.text);
}

static const struct {
	struct slice word;
	void (*compile)(struct compiler *c, struct slice rest);
} statements[] = {
	{ SLICE("if"), begin_if },
	{ SLICE("for"), begin_for },
	{ SLICE("include"), include },
	{ SLICE("slot"), slot },
};

static void add_literal_char(struct compiler *c, char ch)
{
	bool in_tag = c->place.where != IN_RAW;

	buf_add_char(&c->literal, ch);
	step(&c->place, ch);
	if (in_tag && c->place.where == IN_RAW)
		c->place.data_block =
		    slice_ends(buf_slice(&c->literal), S("<script type=\"application/ld+json\">"));
}

static void compile_braces(struct compiler *c, struct slice inside)
{
	struct slice rest = slice_trim(inside), word;

	if (slice_starts(rest, S("#")))
		return;
	/* a name cannot be put together from pieces: what it would become could not be told */
	if (c->place.where == IN_ATTRIBUTE_NAME || c->place.where == IN_OPENING)
		add_literal_char(c, ' ');
	if (slice_starts(rest, S("t:"))) {
		print_text(c, slice_from(rest, 2));
		return;
	}
	word = next_word(&rest);
	if (slice_equal(word, S("else"))) {
		turn_else(c);
		return;
	}
	if (slice_equal(word, S("end"))) {
		end_scope(c);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(statements); i++) {
		if (slice_equal(word, statements[i].word)) {
			statements[i].compile(c, rest);
			return;
		}
	}
	if (slice_trim(rest).length > 0)
		stop("{%.*s} is not understood", SLICE_ARG(inside));
	print_value(c, word);
}

/* The blanks at `s` that hold the end of a line, and how many bytes they are; 0 when none do. */
static size_t line_end(struct slice s)
{
	size_t n = 0;
	bool newline = false;

	while (n < s.length && isspace((unsigned char)s.data[n]))
		newline |= s.data[n++] == '\n';
	return newline ? n : 0;
}

static void compile_body(struct compiler *c, struct slice body)
{
	for (size_t i = 0; i < body.length;) {
		struct slice rest = slice_from(body, i);
		size_t n = line_end(rest), close;

		if (n > 0) {
			if (c->place.where == IN_TAG || c->place.where == IN_ATTRIBUTE_NAME ||
			    c->place.where == IN_OPENING)
				add_literal_char(c, ' ');
			for (; n > 0; n--, i++)
				at_line += body.data[i] == '\n';
			continue;
		}
		if (body.data[i] != '{') {
			add_literal_char(c, body.data[i++]);
			continue;
		}
		close = slice_find(rest, '}');
		if (close == rest.length)
			stop("a brace that is not closed");
		compile_braces(c, (struct slice){ rest.data + 1, close - 1 });
		for (close++; close > 0; close--, i++)
			at_line += body.data[i] == '\n';
	}
}

/* "templates/item.html" is template_item. */
static struct name template_name(const char *path)
{
	struct slice s = slice_of(path);
	const char *slash = strrchr(path, '/');

	if (slash != NULL)
		s = slice_of(slash + 1);
	s.length = slice_find(s, '.');
	return name_of(s);
}

static void compile_file(const char *path, struct buf *code, struct buf *prototypes)
{
	struct compiler c = { .code = code };
	struct name name;
	struct buf content;
	struct slice body;
	size_t head;

	open_file(path, &content);
	name = template_name(path);
	body = buf_slice(&content);
	head = slice_find(body, '}');
	if (!slice_starts(body, S("{view ")) || head == body.length)
		stop("a template begins with {view NAME}");
	c.view = find_view(name_of(slice_trim((struct slice){ body.data + 6, head - 6 })));
	buf_init(&c.literal, FILE_MAX);
	buf_add_format(prototypes, "void template_%s(struct writer *w, const struct view_%s *v);\n",
		       name.text, c.view->name.text);
	buf_add_format(
	    code, "\nvoid template_%s(struct writer *w, const struct view_%s *v)\n{\n\t(void)v;\n",
	    name.text, c.view->name.text);
	compile_body(&c, slice_from(body, head + 1));
	if (c.depth > 0) {
		at_line = c.scopes[c.depth - 1].line;
		stop("this block has no {end}");
	}
	if (c.place.where != IN_TEXT)
		stop("the template ends inside a tag");
	flush(&c);
	buf_add_string(code, "}\n");
	buf_release(&c.literal);
	buf_release(&content);
}

/* --- writing C ---------------------------------------------------------------------------------
 */

static void write_field(struct buf *b, const struct field *f)
{
	if (f->type == TYPE_LIST)
		buf_add_format(b, "\tconst struct view_%s *%s;\n\tsize_t %s_count;\n", f->view.text,
			       f->name.text, f->name.text);
	else if (f->type == TYPE_ONE)
		buf_add_format(b, "\tconst struct view_%s *%s; /* may be NULL */\n", f->view.text,
			       f->name.text);
	else
		buf_add_format(b, "\t%s %s;\n", types[f->type].c, f->name.text);
}

static void write_header(struct buf *b, const struct buf *prototypes)
{
	buf_add_string(b, "/* What the templates print. Made by templc from templates/. */\n"
			  "#ifndef SUYUAN_GEN_TEMPLATES_H\n#define SUYUAN_GEN_TEMPLATES_H\n\n"
			  "#include \"page/markup.h\"\n\nenum slot {\n");
	for (unsigned i = 0; i < slot_count; i++)
		buf_add_format(b, "\tSLOT_%s,\n", slots[i].text);
	buf_add_string(b, "\tSLOT_COUNT\n};\n\n");
	for (unsigned i = 0; i < view_count; i++) {
		buf_add_format(b, "struct view_%s {\n", views[i].name.text);
		for (unsigned j = 0; j < views[i].count; j++)
			write_field(b, &views[i].fields[j]);
		buf_add_string(b, "};\n\n");
	}
	buf_add_slice(b, buf_slice(prototypes));
	buf_add_string(b, "\n#endif\n");
}

int main(int argc, char **argv)
{
	struct buf code, prototypes, header;
	bool ok;

	if (argc < 4) {
		fputs("usage: templc OUT VIEWS.def … TEMPLATE.html …\n", stderr);
		return 2;
	}
	buf_init(&code, 64 << 20);
	buf_init(&prototypes, 1 << 20);
	buf_init(&header, 1 << 20);
	buf_add_string(&code, "/* The templates. Made by templc from templates/. */\n"
			      "#include \"page/templates.h\"\n\n#include \"page/texts.h\"\n");
	for (int i = 2; i < argc; i++)
		if (slice_ends(slice_of(argv[i]), S(".def")))
			read_views(argv[i]);
		else
			compile_file(argv[i], &code, &prototypes);
	write_header(&header, &prototypes);
	ok = save(argv[1], ".c", &code) && save(argv[1], ".h", &header);
	buf_release(&code);
	buf_release(&prototypes);
	buf_release(&header);
	return ok ? 0 : 1;
}
