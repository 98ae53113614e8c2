/* Text in rasters through FreeType. */
#include "label/typeface.h"

#include <assert.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H
#include FT_OUTLINE_H

#include "label/script.h"

struct typeface {
	FT_Library library;
	FT_Face face;
};

struct typeface *typeface_open(const char *path)
{
	struct typeface *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	if (FT_Init_FreeType(&t->library) == 0 && FT_New_Face(t->library, path, 0, &t->face) == 0 &&
	    FT_IS_SCALABLE(t->face) && FT_Select_Charmap(t->face, FT_ENCODING_UNICODE) == 0)
		return t;
	typeface_close(t);
	return NULL;
}

void typeface_close(struct typeface *t)
{
	if (t == NULL)
		return;
	if (t->face != NULL)
		(void)FT_Done_Face(t->face);
	if (t->library != NULL)
		(void)FT_Done_FreeType(t->library);
	free(t);
}

/* Takes the next character off valid UTF-8. */
static bool next_character(struct slice *rest, FT_ULong *ret_code)
{
	unsigned char lead;
	unsigned length;
	FT_ULong code;

	if (rest->length == 0)
		return false;
	lead = (unsigned char)rest->data[0];
	length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	assert(length <= rest->length);
	code = length == 1 ? lead : lead & (0x7fU >> length);
	for (unsigned i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)rest->data[i] & 0x3f);
	*rest = slice_from(*rest, length);
	*ret_code = code;
	return true;
}

uint32_t typeface_missing(const struct typeface *t, struct slice text)
{
	FT_ULong code;

	while (next_character(&text, &code))
		if (!script_is_simple((uint32_t)code) || FT_Get_Char_Index(t->face, code) == 0)
			return (uint32_t)code;
	return 0;
}

/* In units of the font; 0 when it cannot say. */
static FT_Fixed advance_of(const struct typeface *t, FT_ULong code)
{
	FT_UInt glyph = FT_Get_Char_Index(t->face, code);
	FT_Fixed advance = 0;

	return FT_Get_Advance(t->face, glyph, FT_LOAD_NO_SCALE, &advance) == 0 ? advance : 0;
}

uint64_t typeface_width(const struct typeface *t, struct slice text)
{
	uint64_t sum = 0, em = t->face->units_per_EM;
	FT_ULong code;

	/* each is rounded up, so that the width of two texts is the sum of theirs */
	while (next_character(&text, &code))
		sum += ((uint64_t)advance_of(t, code) * 1000 + em - 1) / em;
	return sum;
}

/*
 * Outlines only: bitmaps in fonts are of one size and look different. Unhinted glyphs begin where
 * the layout says; at printer resolutions hinting would only make widths uneven.
 */
static bool draw_glyph(struct typeface *t, FT_ULong code, double x, int64_t y, struct raster *r)
{
	int64_t whole = (int64_t)x;
	FT_Vector shift = { (FT_Pos)((x - (double)whole) * 64), 0 };
	FT_GlyphSlot slot = t->face->glyph;

	FT_Set_Transform(t->face, NULL, &shift);
	if (FT_Load_Glyph(t->face, FT_Get_Char_Index(t->face, code),
			  FT_LOAD_NO_BITMAP | FT_LOAD_NO_HINTING) != 0 ||
	    FT_Render_Glyph(slot, FT_RENDER_MODE_MONO) != 0)
		return false;
	raster_stamp(r, slot->bitmap.buffer, (size_t)slot->bitmap.pitch, slot->bitmap.width,
		     slot->bitmap.rows, whole + slot->bitmap_left, y - slot->bitmap_top);
	return true;
}

bool typeface_draw(struct typeface *t, struct slice text, double size, double x, int64_t y,
		   struct raster *r)
{
	double unit = size / t->face->units_per_EM;
	FT_ULong code;

	/* the size in 64ths of a dot, at one dot a point */
	if (FT_Set_Char_Size(t->face, 0, (FT_F26Dot6)(size * 64), 72, 72) != 0)
		return false;
	while (next_character(&text, &code)) {
		if (!draw_glyph(t, code, x, y, r))
			return false;
		x += (double)advance_of(t, code) * unit;
	}
	return true;
}

/* --- outlines --- */

struct path {
	double x, y; /* of the glyph's origin, in dots */
	struct buf *out;
	bool open;
};

/* FreeType's y counts up, in 64ths of a dot. */
static void add_point(const struct path *p, char before, const FT_Vector *at)
{
	buf_add_format(p->out, "%c%.1f %.1f", before, p->x + (double)at->x / 64,
		       p->y - (double)at->y / 64);
}

static void close_path(struct path *p)
{
	if (p->open)
		buf_add_char(p->out, 'Z');
	p->open = false;
}

static int move_to(const FT_Vector *to, void *own)
{
	close_path(own);
	add_point(own, 'M', to);
	((struct path *)own)->open = true;
	return 0;
}

static int line_to(const FT_Vector *to, void *own)
{
	add_point(own, 'L', to);
	return 0;
}

static int conic_to(const FT_Vector *by, const FT_Vector *to, void *own)
{
	add_point(own, 'Q', by);
	add_point(own, ' ', to);
	return 0;
}

static int cubic_to(const FT_Vector *by, const FT_Vector *and, const FT_Vector *to, void *own)
{
	add_point(own, 'C', by);
	add_point(own, ' ', and);
	add_point(own, ' ', to);
	return 0;
}

bool typeface_outline(struct typeface *t, struct slice text, double size, double x, double y,
		      struct buf *out)
{
	static const FT_Outline_Funcs pens = { move_to, line_to, conic_to, cubic_to, 0, 0 };
	double unit = size / t->face->units_per_EM;
	FT_ULong code;

	if (FT_Set_Char_Size(t->face, 0, (FT_F26Dot6)(size * 64), 72, 72) != 0)
		return false;
	FT_Set_Transform(t->face, NULL, NULL);
	while (next_character(&text, &code)) {
		struct path path = { .x = x, .y = y, .out = out };

		if (FT_Load_Glyph(t->face, FT_Get_Char_Index(t->face, code),
				  FT_LOAD_NO_BITMAP | FT_LOAD_NO_HINTING) != 0 ||
		    FT_Outline_Decompose(&t->face->glyph->outline, &pens, &path) != 0)
			return false;
		close_path(&path);
		x += (double)advance_of(t, code) * unit;
	}
	return true;
}
