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
#include "tool/langc/check.h"
#include "tool/langc/po.h"
#include "tool/save.h"

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
		buf_add_format(b, " = %#x,\n", check_names(all[i]));
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
	const struct message *m = message_text(l, wanted);
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
			add_literal(b, message_text(&languages[i], all[j])->forms[0]);
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
	bool missing_is_error = false;
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
		po_read(argv[i]);
	if (!failed)
		check(missing_is_error);
	if (failed)
		return 1;
	return write_and_save(argv[at], ".h", write_header) &&
		       write_and_save(argv[at], ".c", write_source)
		   ? 0
		   : 1;
}
