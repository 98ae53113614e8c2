/*
 * Embeds files in the program: assetc OUT assets/page.css … writes OUT.c and OUT.h. Each becomes an
 * asset with its content type and an entity tag made from its bytes. Style sheets and pictures as
 * text lose their remarks and indentation on the way.
 */
#include <ctype.h>

#include "base/file.h"
#include "tool/save.h"

enum { FILE_MAX = 16 << 20 };

static bool is_blank(char c)
{
	return isspace((unsigned char)c) != 0;
}

/* Takes every remark between `open` and `close` out. */
static void drop_remarks(struct buf *b, const char *open, const char *close)
{
	size_t to = 0;

	for (size_t i = 0; i < b->length;) {
		struct slice rest = { b->data + i, b->length - i };

		if (!slice_starts(rest, slice_of(open))) {
			b->data[to++] = b->data[i++];
			continue;
		}
		while (i < b->length &&
		       !slice_starts((struct slice){ b->data + i, b->length - i }, slice_of(close)))
			i++;
		i += i < b->length ? strlen(close) : 0;
	}
	b->length = to;
}

/* Makes one blank of many, and none of those beside one of `marks`. */
static void drop_blanks(struct buf *b, const char *marks)
{
	size_t to = 0;

	for (size_t i = 0; i < b->length; i++) {
		char c = is_blank(b->data[i]) ? ' ' : b->data[i];
		bool marked = c != ' ' && strchr(marks, c) != NULL;

		if (c == ' ' &&
		    (to == 0 || b->data[to - 1] == ' ' || strchr(marks, b->data[to - 1]) != NULL))
			continue;
		if (marked && to > 0 && b->data[to - 1] == ' ')
			to--;
		b->data[to++] = c;
	}
	b->length = to;
}

static void shorten_css(struct buf *b)
{
	size_t to = 0;

	drop_remarks(b, "/*", "*/");
	drop_blanks(b, "{};,");
	for (size_t i = 0; i < b->length; i++) {
		if (b->data[i] == ' ' && to > 0 && b->data[to - 1] == ':')
			continue;
		if (b->data[i] == '}' && to > 0 && b->data[to - 1] == ';')
			to--;
		b->data[to++] = b->data[i];
	}
	b->length = to;
}

static void shorten_svg(struct buf *b)
{
	drop_remarks(b, "<!--", "-->");
	drop_blanks(b, "<>");
}

static const struct {
	struct slice ending;
	const char *type;
	void (*shorten)(struct buf *b); /* may be NULL */
} kinds[] = {
	{ SLICE(".css"), "text/css; charset=utf-8", shorten_css },
	{ SLICE(".svg"), "image/svg+xml", shorten_svg },
	{ SLICE(".js"), "text/javascript; charset=utf-8", NULL },
	{ SLICE(".png"), "image/png", NULL },
	{ SLICE(".ico"), "image/x-icon", NULL },
	{ SLICE(".txt"), "text/plain; charset=utf-8", NULL },
};

/* FNV-1a, 64 bits: tells one version of an asset from the next. */
static uint64_t hash(struct slice s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.length; i++)
		h = (h ^ (unsigned char)s.data[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void add_bytes(struct buf *out, struct slice s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.length; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (i > 0 && i % 100 == 0)
			buf_add_string(out, "\"\n\t\t\"");
		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '?')
			buf_add_format(out, "\\%03o", c);
		else
			buf_add_char(out, s.data[i]);
	}
	buf_add_char(out, '"');
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool embed(const char *path, struct buf *source, struct buf *header)
{
	struct buf content;
	const char *name = file_name(path);
	size_t kind = 0;

	while (kind < COUNT_OF(kinds) && !slice_ends(slice_of(name), kinds[kind].ending))
		kind++;
	buf_init(&content, FILE_MAX);
	if (kind == COUNT_OF(kinds) || !file_read(path, &content)) {
		fprintf(stderr, "%s:1: %s\n", path,
			kind == COUNT_OF(kinds) ? "of a kind this program does not know"
						: "cannot be read");
		buf_release(&content);
		return false;
	}
	if (kinds[kind].shorten != NULL)
		kinds[kind].shorten(&content);
	buf_add_format(source, "\t{ \"%s\", \"%s\", \"\\\"%016llx\\\"\",\n\t\tSLICE(", name,
		       kinds[kind].type, (unsigned long long)hash(buf_slice(&content)));
	add_bytes(source, buf_slice(&content));
	buf_add_string(source, ") },\n");
	buf_add_string(header, "\tASSET_");
	for (; *name != '\0'; name++)
		buf_add_char(header, isalnum((unsigned char)*name) ? *name : '_');
	buf_add_string(header, ",\n");
	buf_release(&content);
	return true;
}

int main(int argc, char **argv)
{
	struct buf source, header;
	bool ok = true;

	if (argc < 3) {
		fputs("usage: assetc OUT FILE …\n", stderr);
		return 2;
	}
	buf_init(&source, 256 << 20);
	buf_init(&header, 1 << 20);
	buf_add_string(&source, "/* Files inside the program. Made by assetc from assets/. */\n"
				"#include \"page/assets.h\"\n\nconst struct asset assets[] = {\n");
	buf_add_string(
	    &header,
	    "/* Files inside the program. Made by assetc from assets/. */\n"
	    "#ifndef SUYUAN_GEN_ASSETS_H\n#define SUYUAN_GEN_ASSETS_H\n\n"
	    "#include \"base/slice.h\"\n\n"
	    "struct asset {\n\tconst char *name; /* \"icon.svg\" */\n\tconst char *content_type;\n"
	    "\tconst char *etag; /* with its quotes */\n\tstruct slice content;\n};\n\n"
	    "/* In this order; ASSET_COUNT of them. */\nextern const struct asset assets[];\n\n"
	    "enum asset_id {\n");
	for (int i = 2; i < argc; i++)
		ok = embed(argv[i], &source, &header) && ok;
	buf_add_string(&source, "};\n");
	buf_add_string(&header, "\tASSET_COUNT\n};\n\n#endif\n");
	ok = ok && save(argv[1], ".c", &source) && save(argv[1], ".h", &header);
	buf_release(&source);
	buf_release(&header);
	return ok ? 0 : 1;
}
