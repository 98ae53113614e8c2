/* Turns a template into rows of appends: literal text, fields, texts, blocks, other templates. */
#include "tool/templc/compile.h"

#include <ctype.h>

#include "tool/templc/place.h"

enum {
	SLOTS_MAX = 32,
	DEPTH_MAX = 24,
};

static struct name slots[SLOTS_MAX];
static unsigned slot_count;

const char *slot_name(unsigned number)
{
	return number < slot_count ? slots[number].text : NULL;
}

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
	buf_add_format(c->code, "#line %u \"%s\"\n", at.line, at.path);
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
	context = place_context(&c->place, v.field->type);
	flush(c);
	add_line(c);
	if (context == NULL)
		buf_add_format(c->code, "\tbuf_add_slice(w->out, %s);\n", v.c);
	else if (v.field->type == TYPE_NUMBER)
		buf_add_format(c->code, "\tbuf_add_u64(w->out, %s);\n", v.c);
	else if (v.field->type == TYPE_FIGURE)
		buf_add_format(c->code, "\tprint_figure(w, %s, %s);\n", context, v.c);
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
		buf_add_format(c->code, "%s.words%s = %s },\n",
			       v.field->type == TYPE_FIGURE ? ".is_figure = true, " : "",
			       v.field->type == TYPE_WORDS ? "" : ".text", v.c);
}

static void print_text(struct compiler *c, struct slice rest)
{
	struct slice key = next_word(&rest), word, names = slice_trim(rest);
	const char *context = place_context(&c->place, TYPE_TEXT);

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
	*s = (struct scope){ .line = at.line, .before = c->place };
	flush(c);
	add_line(c);
	return s;
}

static void begin_if(struct compiler *c, struct slice rest)
{
	static const char *const tests[TYPE_COUNT] = {
		[TYPE_TEXT] = ".length > 0", [TYPE_WORDS] = ".text.length > 0",
		[TYPE_URL] = ".length > 0",  [TYPE_FIGURE] = ".length > 0",
		[TYPE_NUMBER] = " != 0",     [TYPE_FLAG] = "",
		[TYPE_CSS] = ".length > 0",  [TYPE_JSON] = ".length > 0",
		[TYPE_LIST] = "_count > 0",  [TYPE_ONE] = " != NULL"
	};
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
	if (!place_same(&c->place, &c->scopes[c->depth - 1].before))
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
	place_step(&c->place, ch);
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
				at.line += body.data[i] == '\n';
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
			at.line += body.data[i] == '\n';
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

void compile_file(const char *path, struct buf *code, struct buf *prototypes)
{
	struct compiler c = { .code = code };
	struct name name;
	struct buf content;
	struct slice body;
	size_t head;

	source_open(path, &content);
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
		at.line = c.scopes[c.depth - 1].line;
		stop("this block has no {end}");
	}
	if (c.place.where != IN_TEXT)
		stop("the template ends inside a tag");
	flush(&c);
	buf_add_string(code, "}\n");
	buf_release(&c.literal);
	buf_release(&content);
}
