/* Fonts in PDF: Helvetica by its name, or a subset of a TrueType font made by HarfBuzz. */
#include "label/pdf_font.h"

#include <assert.h>
#include <inttypes.h>
#include <harfbuzz/hb-ot.h>
#include <harfbuzz/hb-subset.h>

#include "base/siphash.h"
#include "base/utf8.h"
#include "label/script.h"

enum {
	ASCII = 128,
	CHARACTERS_MOST = 65535, /* that one font may show: its codes have 16 bits */
	TABLE_LEAST = 1024,	 /* slots, a power of two */
	NAME_SIZE = 64,
};

/* A character that was met. */
struct glyph {
	uint32_t character; /* in the table 0: an empty slot */
	uint32_t id;	    /* in the font file; 0: it has none, or one without ink */
	uint32_t width;	    /* thousandths of the size */
	uint32_t code;	    /* in this PDF; 0: not shown yet */
};

struct pdf_font {
	hb_face_t *face; /* NULL: Helvetica */
	hb_font_t *font;
	struct glyph ascii[ASCII]; /* character 0: not looked up yet */
	struct glyph *table;	   /* of the others; open addressing, at most half full */
	size_t slots, taken;
	struct buf shown; /* struct glyph each, by code from 1; codes not given are zero */
	bool failed;	  /* out of memory, or too many characters */
};

/* Widths of Helvetica from the blank to ~ (Adobe Core 14 metrics; ISO 32000-1, 9.6.2.2). */
static const uint16_t helvetica[] = {
	278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
};

/* --- making --- */

/* TrueType outlines, which are what this file embeds. */
static bool has_table(hb_face_t *face, hb_tag_t tag)
{
	hb_blob_t *table = hb_face_reference_table(face, tag);
	bool found = hb_blob_get_length(table) > 0;

	hb_blob_destroy(table);
	return found;
}

static enum pdf_font_result open_file(struct pdf_font *font, const char *path)
{
	hb_blob_t *file = hb_blob_create_from_file_or_fail(path);

	if (file == NULL)
		return PDF_FONT_BAD;
	font->face = hb_face_create(file, 0);
	hb_blob_destroy(file);
	if (hb_face_get_glyph_count(font->face) == 0 ||
	    !has_table(font->face, HB_TAG('g', 'l', 'y', 'f')) ||
	    !has_table(font->face, HB_TAG('c', 'm', 'a', 'p')))
		return PDF_FONT_BAD;
	font->font = hb_font_create(font->face);
	return PDF_FONT_OK;
}

enum pdf_font_result pdf_font_new(const char *path, struct pdf_font **ret_font)
{
	struct pdf_font *font = calloc(1, sizeof(*font));
	enum pdf_font_result result = PDF_FONT_NO_MEMORY;

	if (font == NULL)
		return result;
	font->slots = TABLE_LEAST;
	font->table = calloc(font->slots, sizeof(*font->table));
	buf_init(&font->shown, (CHARACTERS_MOST + 1) * sizeof(struct glyph));
	if (font->table != NULL)
		result = path == NULL ? PDF_FONT_OK : open_file(font, path);
	if (result != PDF_FONT_OK) {
		pdf_font_free(font);
		return result;
	}
	*ret_font = font;
	return PDF_FONT_OK;
}

void pdf_font_free(struct pdf_font *font)
{
	if (font == NULL)
		return;
	if (font->font != NULL)
		hb_font_destroy(font->font);
	if (font->face != NULL)
		hb_face_destroy(font->face);
	buf_release(&font->shown);
	free(font->table);
	free(font);
}

/* --- characters --- */

static bool leaves_ink(hb_font_t *font, uint32_t character, hb_codepoint_t id)
{
	hb_glyph_extents_t extents;

	if (hb_unicode_general_category(hb_unicode_funcs_get_default(), character) ==
	    HB_UNICODE_GENERAL_CATEGORY_SPACE_SEPARATOR)
		return true;
	return hb_font_get_glyph_extents(font, id, &extents) && extents.width != 0 &&
	       extents.height != 0;
}

/* As text in rasters is measured, so that both kinds of label are arranged alike. */
static uint32_t round_up(uint64_t advance, uint64_t em)
{
	return (uint32_t)((advance * 1000 + em - 1) / em);
}

static struct glyph look_up(const struct pdf_font *font, uint32_t character)
{
	struct glyph glyph = { .character = character };
	hb_codepoint_t id;

	if (font->face == NULL) {
		if (character >= ' ' && character <= '~') {
			glyph.id = character;
			glyph.width = helvetica[character - ' '];
		}
		return glyph;
	}
	if (!script_is_simple(character) ||
	    !hb_font_get_nominal_glyph(font->font, character, &id) ||
	    !leaves_ink(font->font, character, id))
		return glyph;
	glyph.id = id;
	glyph.width = round_up((uint32_t)hb_font_get_glyph_h_advance(font->font, id),
			       hb_face_get_upem(font->face));
	return glyph;
}

/* The slot that has the character, or the empty one where it belongs. */
static struct glyph *slot_of(struct glyph *table, size_t slots, uint32_t character)
{
	size_t at = character * UINT32_C(2654435761) & (slots - 1);

	while (table[at].character != 0 && table[at].character != character)
		at = (at + 1) & (slots - 1);
	return &table[at];
}

static bool grow(struct pdf_font *font)
{
	size_t slots = font->slots * 2;
	struct glyph *table = calloc(slots, sizeof(*table));

	if (table == NULL)
		return false;
	for (size_t i = 0; i < font->slots; i++)
		if (font->table[i].character != 0)
			*slot_of(table, slots, font->table[i].character) = font->table[i];
	free(font->table);
	font->table = table;
	font->slots = slots;
	return true;
}

static struct glyph *glyph_beyond_ascii(struct pdf_font *font, uint32_t character)
{
	struct glyph *glyph = slot_of(font->table, font->slots, character);

	if (glyph->character != 0)
		return glyph;
	if (2 * ++font->taken > font->slots) {
		if (!grow(font)) {
			font->failed = true;
			font->taken = 0;
			memset(font->table, 0, font->slots * sizeof(*font->table));
		}
		glyph = slot_of(font->table, font->slots, character);
	}
	*glyph = look_up(font, character);
	return glyph;
}

static struct glyph *glyph_of(struct pdf_font *font, uint32_t character)
{
	struct glyph *glyph;

	if (character >= ASCII)
		return glyph_beyond_ascii(font, character);
	glyph = &font->ascii[character];
	if (glyph->character == 0)
		*glyph = look_up(font, character);
	return glyph;
}

uint64_t pdf_font_measure(void *pointer, struct slice text)
{
	struct pdf_font *font = pointer;
	uint64_t width = 0;

	while (text.length > 0)
		width += glyph_of(font, utf8_next(&text))->width;
	return width;
}

bool pdf_font_has(struct pdf_font *font, struct slice text, uint32_t *ret_missing)
{
	while (text.length > 0) {
		uint32_t character = utf8_next(&text);

		if (glyph_of(font, character)->id == 0) {
			*ret_missing = character;
			return false;
		}
	}
	return true;
}

/* --- showing --- */

/* Bytes that a string would have to escape (ISO 32000-1, 7.3.4.2). */
static bool is_special(uint32_t byte)
{
	return byte == '(' || byte == ')' || byte == '\\' || byte == '\r';
}

/* The next code neither byte of which is special, so that strings need no escapes. */
static void give_code(struct pdf_font *font, struct glyph *glyph)
{
	static const struct glyph none;
	uint32_t code = (uint32_t)(font->shown.length / sizeof(none)) + 1;

	for (; is_special(code & 0xff) || is_special(code >> 8); code++)
		buf_add(&font->shown, (const char *)&none, sizeof(none));
	glyph->code = code;
	buf_add(&font->shown, (const char *)glyph, sizeof(*glyph));
	font->failed |= !buf_ok(&font->shown);
}

static void add_code(struct pdf_font *font, uint32_t character, struct buf *out)
{
	struct glyph *glyph = glyph_of(font, character);
	char bytes[2];

	assert(glyph->id != 0);
	if (glyph->code == 0)
		give_code(font, glyph);
	bytes[0] = (char)(glyph->code >> 8);
	bytes[1] = (char)(glyph->code & 0xff);
	buf_add(out, bytes, sizeof(bytes));
}

void pdf_font_add_text(struct pdf_font *font, struct slice text, struct buf *out)
{
	buf_add_char(out, '(');
	while (text.length > 0) {
		uint32_t character = utf8_next(&text);

		if (font->face != NULL) {
			add_code(font, character, out);
			continue;
		}
		if (is_special(character))
			buf_add_char(out, '\\');
		buf_add_char(out, (char)character);
	}
	buf_add_char(out, ')');
}

/* --- the font's objects --- */

static unsigned shown_count(const struct pdf_font *font)
{
	return (unsigned)(font->shown.length / sizeof(struct glyph));
}

static struct glyph shown_at(const struct pdf_font *font, unsigned code)
{
	struct glyph glyph;

	memcpy(&glyph, font->shown.data + (code - 1) * sizeof(glyph), sizeof(glyph));
	return glyph;
}

/* The tables a PDF needs (ISO 32000-1, 9.9); characters are found by our own map. */
static void keep_only_outlines(hb_face_t *face, hb_set_t *drop)
{
	static const char kept[][5] = { "glyf", "head", "hhea", "hmtx", "loca",
					"maxp", "cvt ", "fpgm", "prep" };
	hb_tag_t tags[64];
	unsigned count = COUNT_OF(tags), total = hb_face_get_table_tags(face, 0, &count, tags);

	hb_set_clear(drop);
	for (unsigned from = 0; from < total; from += count) {
		count = COUNT_OF(tags);
		(void)hb_face_get_table_tags(face, from, &count, tags);
		for (unsigned i = 0; i < count; i++)
			hb_set_add(drop, tags[i]);
	}
	for (size_t i = 0; i < COUNT_OF(kept); i++)
		hb_set_del(drop, hb_tag_from_string(kept[i], 4));
}

static hb_subset_plan_t *plan_subset(const struct pdf_font *font)
{
	hb_subset_input_t *input = hb_subset_input_create_or_fail();
	hb_subset_plan_t *plan;
	hb_set_t *glyphs;

	if (input == NULL)
		return NULL;
	glyphs = hb_subset_input_glyph_set(input);
	for (unsigned code = 1; code <= shown_count(font); code++)
		hb_set_add(glyphs, shown_at(font, code).id);
	keep_only_outlines(font->face, hb_subset_input_set(input, HB_SUBSET_SETS_DROP_TABLE_TAG));
	hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NO_HINTING);
	plan = hb_subset_plan_create_or_fail(font->face, input);
	hb_subset_input_destroy(input);
	return plan;
}

/* The PostScript name with six letters that stand for the glyphs kept (ISO 32000-1, 9.6.4). */
static void make_name(const struct pdf_font *font, char ret_name[NAME_SIZE])
{
	static const struct siphash_key key = { 0, 3 };
	uint64_t tag = siphash(&key, buf_slice(&font->shown));
	char name[NAME_SIZE - 7];
	unsigned size = sizeof(name), kept = 0;

	for (unsigned i = 0; i < 6; i++, tag /= 26)
		ret_name[i] = (char)('A' + tag % 26);
	ret_name[6] = '+';
	(void)hb_ot_name_get_utf8(font->face, HB_OT_NAME_ID_POSTSCRIPT_NAME, HB_LANGUAGE_INVALID,
				  &size, name);
	for (unsigned i = 0; i < size; i++) {
		bool plain = (name[i] >= 'a' && name[i] <= 'z') ||
			     (name[i] >= 'A' && name[i] <= 'Z') ||
			     (name[i] >= '0' && name[i] <= '9') || name[i] == '-';

		if (plain)
			ret_name[7 + kept++] = name[i];
	}
	if (kept == 0)
		memcpy(ret_name + 7, "Font", kept = 4);
	ret_name[7 + kept] = '\0';
}

static int thousandths(const struct pdf_font *font, int units)
{
	return (int)((int64_t)units * 1000 / hb_face_get_upem(font->face));
}

static void write_descriptor(const struct pdf_font *font, struct pdf_file *file, unsigned number,
			     const char *name, unsigned font_file)
{
	enum { BOX_AT = 36, BOX_END = 44 }; /* of table "head" */
	hb_blob_t *head = hb_face_reference_table(font->face, HB_TAG('h', 'e', 'a', 'd'));
	const uint8_t *bytes = (const uint8_t *)hb_blob_get_data(head, NULL);
	hb_font_extents_t extents = { 0 };
	hb_position_t capital = 0;

	(void)hb_font_get_h_extents(font->font, &extents);
	if (!hb_ot_metrics_get_position(font->font, HB_OT_METRICS_TAG_CAP_HEIGHT, &capital))
		capital = extents.ascender;
	pdf_file_begin(file, number);
	buf_add_format(&file->out, "<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [",
		       name);
	for (unsigned at = BOX_AT; at < BOX_END && hb_blob_get_length(head) >= BOX_END; at += 2)
		buf_add_format(&file->out, "%s%d", at > BOX_AT ? " " : "",
			       thousandths(font, (int16_t)(bytes[at] << 8 | bytes[at + 1])));
	buf_add_format(&file->out,
		       "]\n/ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV 80 "
		       "/FontFile2 %u 0 R >>",
		       thousandths(font, extents.ascender), thousandths(font, extents.descender),
		       thousandths(font, capital), font_file);
	pdf_file_end(file);
	hb_blob_destroy(head);
}

static void write_glyph_map(const struct pdf_font *font, struct pdf_file *file, unsigned number,
			    const hb_map_t *new_ids)
{
	struct buf map;

	buf_init(&map, 2 * (CHARACTERS_MOST + 1));
	buf_add(&map, "\0", 2); /* code 0 */
	for (unsigned code = 1; code <= shown_count(font); code++) {
		hb_codepoint_t id = hb_map_get(new_ids, shown_at(font, code).id);

		buf_add_char(&map, (char)(id >> 8));
		buf_add_char(&map, (char)(id & 0xff));
	}
	pdf_file_stream(file, number, "", buf_slice(&map));
	buf_release(&map);
}

/* UTF-16BE in hexadecimal. */
static void add_utf16(struct buf *out, uint32_t character)
{
	if (character < 0x10000)
		buf_add_format(out, "%04" PRIX32, character);
	else
		buf_add_format(out, "%04" PRIX32 "%04" PRIX32,
			       0xd800 + ((character - 0x10000) >> 10),
			       0xdc00 + ((character - 0x10000) & 0x3ff));
}

/* From code to character, so that text can be searched and copied (ISO 32000-1, 9.10.3). */
static void write_characters(const struct pdf_font *font, struct pdf_file *file, unsigned number)
{
	enum { TEXT_MOST = 4 << 20, A_BLOCK = 100 };
	unsigned count = shown_count(font);
	struct buf map;

	buf_init(&map, TEXT_MOST);
	buf_add_string(&map, "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
			     "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 "
			     ">> def\n"
			     "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
			     "1 begincodespacerange <0000> <FFFF> endcodespacerange\n");
	for (unsigned from = 1; from <= count; from += A_BLOCK) {
		unsigned end = count - from < A_BLOCK ? count + 1 : from + A_BLOCK, given = 0;

		for (unsigned code = from; code < end; code++)
			given += shown_at(font, code).code != 0;
		buf_add_format(&map, "%u beginbfchar\n", given);
		for (unsigned code = from; code < end; code++) {
			if (shown_at(font, code).code == 0)
				continue;
			buf_add_format(&map, "<%04X> <", code);
			add_utf16(&map, shown_at(font, code).character);
			buf_add_string(&map, ">\n");
		}
		buf_add_string(&map, "endbfchar\n");
	}
	buf_add_string(&map, "endcmap CMapName currentdict /CMap defineresource pop end end\n");
	pdf_file_stream(file, number, "", buf_slice(&map));
	buf_release(&map);
}

/* The descendant: widths, and which glyph a code means. */
static void write_cid_font(const struct pdf_font *font, struct pdf_file *file, unsigned number,
			   const char *name, unsigned descriptor, unsigned map)
{
	pdf_file_begin(file, number);
	buf_add_format(&file->out,
		       "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s\n"
		       "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>\n"
		       "/FontDescriptor %u 0 R /CIDToGIDMap %u 0 R /W [1 [",
		       name, descriptor, map);
	for (unsigned code = 1; code <= shown_count(font); code++)
		buf_add_format(&file->out, "%s%u", code > 1 ? " " : "", shown_at(font, code).width);
	buf_add_string(&file->out, "]] >>");
	pdf_file_end(file);
}

static void write_composite(const struct pdf_font *font, struct pdf_file *file, unsigned number,
			    hb_blob_t *subset, const hb_map_t *new_ids)
{
	unsigned descendant = pdf_file_reserve(file), descriptor = pdf_file_reserve(file),
		 font_file = pdf_file_reserve(file), map = pdf_file_reserve(file),
		 characters = pdf_file_reserve(file), length;
	char name[NAME_SIZE], length1[32];
	const char *data = hb_blob_get_data(subset, &length);

	make_name(font, name);
	pdf_file_begin(file, number);
	buf_add_format(&file->out,
		       "<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H\n"
		       "/DescendantFonts [%u 0 R] /ToUnicode %u 0 R >>",
		       name, descendant, characters);
	pdf_file_end(file);
	write_cid_font(font, file, descendant, name, descriptor, map);
	write_descriptor(font, file, descriptor, name, font_file);
	(void)snprintf(length1, sizeof(length1), " /Length1 %u", length);
	pdf_file_stream(file, font_file, length1, (struct slice){ data, length });
	write_glyph_map(font, file, map, new_ids);
	write_characters(font, file, characters);
}

static bool write_subset(struct pdf_font *font, struct pdf_file *file, unsigned number)
{
	hb_subset_plan_t *plan = plan_subset(font);
	hb_face_t *subset = plan == NULL ? NULL : hb_subset_plan_execute_or_fail(plan);
	hb_blob_t *blob = subset == NULL ? NULL : hb_face_reference_blob(subset);
	bool good = blob != NULL && hb_blob_get_length(blob) > 0;

	if (good)
		write_composite(font, file, number, blob,
				hb_subset_plan_old_to_new_glyph_mapping(plan));
	hb_blob_destroy(blob);
	hb_face_destroy(subset);
	if (plan != NULL)
		hb_subset_plan_destroy(plan);
	return good;
}

bool pdf_font_write(struct pdf_font *font, struct pdf_file *file, unsigned number)
{
	if (font->failed)
		return false;
	if (font->face != NULL && shown_count(font) > 0)
		return write_subset(font, file, number);
	pdf_file_begin(file, number);
	buf_add_string(&file->out, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
				   "/Encoding /WinAnsiEncoding >>");
	pdf_file_end(file);
	return true;
}
