/* Reads views.def: which fields each view has, and of what type. */
#include "tool/templc/views.h"

#include "base/slice.h"

enum {
	VIEWS_MAX = 400,
};

const struct type_words types[TYPE_COUNT] = {
	[TYPE_TEXT] = { "text", "struct slice" },
	[TYPE_WORDS] = { "words", "struct words" },
	[TYPE_URL] = { "url", "struct slice" },
	[TYPE_FIGURE] = { "figure", "struct slice" },
	[TYPE_NUMBER] = { "number", "uint64_t" },
	[TYPE_FLAG] = { "flag", "bool" },
	[TYPE_CSS] = { "css", "struct slice" },
	[TYPE_JSON] = { "json", "struct slice" },
	[TYPE_LIST] = { "list", "" },
	[TYPE_ONE] = { "one", "" },
};

static struct view views[VIEWS_MAX];
static unsigned count;

const struct view *view_at(unsigned number)
{
	return number < count ? &views[number] : NULL;
}

const struct view *find_view(struct name name)
{
	for (unsigned i = 0; i < count; i++)
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

const struct field *find_field(const struct view *v, struct slice name)
{
	for (unsigned i = 0; i < v->count; i++)
		if (slice_equal(name, slice_of(v->fields[i].name.text)))
			return &v->fields[i];
	return NULL;
}

static void read_field(enum type type, struct slice rest)
{
	struct view *v = &views[count - 1];
	struct field f = { .type = type };
	struct slice name;

	if (count == 0 || v->count == FIELDS_MAX)
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
	if (count == VIEWS_MAX)
		stop("more than %d views", VIEWS_MAX);
	views[count].name = name_of(next_word(&line));
	count++;
}

void views_read(const char *path)
{
	struct slice rest, line;
	struct buf content;

	source_open(path, &content);
	rest = buf_slice(&content);
	for (; slice_cut(&rest, '\n', &line); at.line++)
		read_view_line(line);
	buf_release(&content);
}
