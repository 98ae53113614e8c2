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
#include "tool/save.h"
#include "tool/templc/compile.h"
#include "tool/templc/views.h"

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
	const struct view *v;

	buf_add_string(b, "/* What the templates print. Made by templc from templates/. */\n"
			  "#ifndef SUYUAN_GEN_TEMPLATES_H\n#define SUYUAN_GEN_TEMPLATES_H\n\n"
			  "#include \"page/markup.h\"\n\nenum slot {\n");
	for (unsigned i = 0; slot_name(i) != NULL; i++)
		buf_add_format(b, "\tSLOT_%s,\n", slot_name(i));
	buf_add_string(b, "\tSLOT_COUNT\n};\n\n");
	for (unsigned i = 0; (v = view_at(i)) != NULL; i++) {
		buf_add_format(b, "struct view_%s {\n", v->name.text);
		for (unsigned j = 0; j < v->count; j++)
			write_field(b, &v->fields[j]);
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
			views_read(argv[i]);
		else
			compile_file(argv[i], &code, &prototypes);
	write_header(&header, &prototypes);
	ok = save(argv[1], ".c", &code) && save(argv[1], ".h", &header);
	buf_release(&code);
	buf_release(&prototypes);
	buf_release(&header);
	return ok ? 0 : 1;
}
