/* Writing ZPL II. */
#include "label/zpl.h"

#include <math.h>

#include "label/layout.h"

/*
 * Widths in the printer's scalable font 0 (CG Triumvirate Bold Condensed), in thousandths of its
 * height: a little more than they are, as nobody can measure inside the printer.
 */
static const struct {
	const char *letters;
	uint64_t width;
} font_0_widths[] = {
	{ "MW%@-m", 860 },
	{ "&+<=>w", 700 },
	{ "ABCDEFGHJKLNOPQRSTUVXYZ#~", 630 },
	{ "0123456789abcdeghknopqsuvxyz$?^_\"", 520 },
};
enum { NARROW_LETTER = 370 /* the others */ };

/* Where the printer puts the baseline: three quarters of the height under a field's origin. */
#define FONT_0_ASCENT 0.75

/* A line that is a graphic, kept because the labels of a batch differ in few lines. */
struct drawn_line {
	char text[LABEL_LINE_SIZE];
	double size;	    /* dots; 0: nothing is kept */
	unsigned ascent;    /* rows above the baseline */
	struct buf graphic; /* parameters of ^GFA */
};

struct zpl {
	struct zpl_setup setup;
	struct layout_room room;
	struct buf *out;
	struct raster symbol;  /* of `modules`, used again and again */
	unsigned modules;      /* of the label before; 0: there was none */
	struct layout layout;  /* of the label before */
	struct buf same_texts; /* what it said besides its serial */
	struct drawn_line drawn[LABEL_LINES_MOST];
	uint64_t place; /* of the next label on the page */
	uint64_t pages, without_code, shortened;
	uint32_t missing;
};

/* One label about to be written. */
struct label {
	const struct qr *qr;
	struct slice url;
	struct label_lines lines;
};

/* --- the file --- */

static uint64_t font_0_width(char c)
{
	for (size_t i = 0; i < COUNT_OF(font_0_widths); i++)
		if (strchr(font_0_widths[i].letters, c) != NULL)
			return font_0_widths[i].width;
	return NARROW_LETTER;
}

/* Characters beyond ASCII make their line a graphic, and are as wide as the typeface says. */
uint64_t zpl_measure(void *font, struct slice text)
{
	const struct typeface *typeface = font;
	uint64_t sum = 0;

	for (size_t i = 0; i < text.length;) {
		size_t length = 1;

		while (i + length < text.length &&
		       ((unsigned char)text.data[i + length] & 0xc0) == 0x80)
			length++;
		if (length == 1)
			sum += font_0_width(text.data[i]);
		else if (typeface != NULL)
			sum += typeface_width(typeface, (struct slice){ text.data + i, length });
		i += length;
	}
	return sum;
}

struct zpl *zpl_new(const struct zpl_setup *setup, struct buf *out)
{
	enum { TEXTS_MOST = 65536, GRAPHIC_MOST = 1 << 20 };
	struct zpl *z = calloc(1, sizeof(*z));

	if (z == NULL)
		return NULL;
	z->setup = *setup;
	z->out = out;
	z->room = (struct layout_room){
		.width = setup->sheet.label_width,
		.height = setup->sheet.label_height,
		.design = setup->design,
		.printer = setup->printer,
		.measure = zpl_measure,
		.font = setup->typeface,
		.ellipsis = "...",
	};
	z->place = setup->start % sheet_labels(&setup->sheet);
	buf_init(&z->same_texts, TEXTS_MOST);
	for (unsigned i = 0; i < LABEL_LINES_MOST; i++)
		buf_init(&z->drawn[i].graphic, GRAPHIC_MOST);
	return z;
}

void zpl_free(struct zpl *z)
{
	if (z == NULL)
		return;
	for (unsigned i = 0; i < LABEL_LINES_MOST; i++)
		buf_release(&z->drawn[i].graphic);
	buf_release(&z->same_texts);
	raster_release(&z->symbol);
	free(z);
}

/* --- where things are --- */

/* Has the label before said the same besides its serial? Remembers what this one says. */
static bool says_the_same(struct zpl *z, const struct label_text *text)
{
	const struct slice parts[] = { text->gtin, text->product, text->lot, text->expiry,
				       text->produced };
	struct slice before = buf_slice(&z->same_texts);
	bool same = true;

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		same = same && slice_starts(before, parts[i]) && before.length > parts[i].length &&
		       before.data[parts[i].length] == '\0';
		if (same)
			before = slice_from(before, parts[i].length + 1);
	}
	if (same && before.length == 0)
		return true;
	buf_clear(&z->same_texts);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		buf_add_slice(&z->same_texts, parts[i]);
		buf_add_char(&z->same_texts, '\0');
	}
	return false;
}

/* z->layout becomes the one for this label; false: its symbol is too big. */
static bool arrange(struct zpl *z, const struct qr *qr, const struct label_text *text)
{
	bool same = says_the_same(z, text) && z->modules == qr->size;

	if (same && layout_serves(&z->room, &z->layout, text->serial))
		return true;
	z->modules = 0;
	if (layout_make(&z->room, qr->size, text, &z->layout) != LAYOUT_OK)
		return false;
	z->modules = qr->size;
	return true;
}

static int dots(const struct zpl *z, uint64_t micrometres)
{
	return layout_dots(&z->setup.printer, (double)micrometres / 1000);
}

static struct layout_place corner_of_place(const struct zpl *z)
{
	return place_corner(&z->setup.sheet, &z->setup.printer, &z->setup.feed, z->place);
}

static bool is_ascii(const char *line)
{
	while (*line != '\0' && (unsigned char)*line < 0x80)
		line++;
	return *line == '\0';
}

/* Corner of a line of text, and the rows that a graphic has above its baseline. */
static struct layout_place corner_of_line(const struct zpl *z, unsigned i, const char *line,
					  struct layout_place label)
{
	const struct layout *l = &z->layout;
	double size = layout_size_dots(&z->room, l, i);
	uint64_t width = is_ascii(line) ? zpl_measure(z->room.font, slice_of(line))
					: typeface_width(z->setup.typeface, slice_of(line));
	struct layout_place at = layout_line(&z->room, l, i, width);
	double ascent = is_ascii(line) ? FONT_0_ASCENT * size : size;

	return (struct layout_place){ label.x + at.x, label.y + at.y - (int)lround(ascent) };
}

/* Coordinates in ZPL count from 0, and what is over the page's other edges is lost. */
static bool is_on_paper(const struct zpl *z, const struct label *label, struct layout_place corner)
{
	const struct sheet *s = &z->setup.sheet;
	int quiet = (int)(QR_QUIET * z->setup.printer.dots);
	int side = (int)z->layout.symbol_side - 2 * quiet;
	int x = corner.x + (int)z->layout.symbol_x + quiet;
	int y = corner.y + (int)z->layout.symbol_y + quiet;

	if (x < 0 || y < 0 || x + side > dots(z, s->page_width) ||
	    y + side > dots(z, s->page_height))
		return false;
	for (unsigned i = 0; i < label->lines.count; i++) {
		struct layout_place at = corner_of_line(z, i, label->lines.text[i], corner);

		if (at.x < 0 || at.y < 0)
			return false;
	}
	return true;
}

/* --- text --- */

/* '^' and '~' begin commands, '_' the hexadecimal codes that stand for them after ^FH. */
static void add_field(struct buf *out, struct slice text)
{
	static const char special[] = "^~_";
	bool plain = true;

	for (size_t i = 0; i < text.length; i++)
		plain = plain && strchr(special, text.data[i]) == NULL;
	buf_add_string(out, plain ? "^FD" : "^FH^FD");
	for (size_t i = 0; i < text.length; i++)
		if (strchr(special, text.data[i]) == NULL)
			buf_add_char(out, text.data[i]);
		else
			buf_add_format(out, "_%02X", (unsigned char)text.data[i]);
	buf_add_string(out, "^FS\n");
}

/*
 * A centred line is a block (^FB) of the room's width, as the printer alone knows how wide it
 * is. In blocks a backslash begins a command; a line with one stands where it would by our widths.
 */
static void add_text(const struct zpl *z, unsigned i, const char *line, struct layout_place label)
{
	const struct layout *l = &z->layout;
	struct layout_place at = corner_of_line(z, i, line, label);
	long height = lround(layout_size_dots(&z->room, l, i));
	bool block = !l->beside && strchr(line, '\\') == NULL;
	int left = layout_dots(&z->setup.printer, l->text_x);

	if (block && label.x + left < 0)
		block = false;
	buf_add_format(z->out, "^FO%d,%d^A0N,%ld,%ld", block ? label.x + left : at.x, at.y, height,
		       height);
	if (block)
		buf_add_format(z->out, "^FB%d,1,0,C",
			       layout_dots(&z->setup.printer, l->text_width));
	add_field(z->out, slice_of(line));
}

/* Draws the line unless the label before had the same. */
static bool draw_line(struct zpl *z, struct drawn_line *drawn, const char *line)
{
	double size = layout_size_dots(&z->room, &z->layout, (unsigned)(drawn - z->drawn));
	struct slice text = slice_of(line);
	struct raster r;
	bool good;

	if (drawn->size == size && strcmp(drawn->text, line) == 0)
		return true;
	drawn->size = 0;
	drawn->ascent = (unsigned)lround(size);
	if (!raster_init(
		&r,
		(unsigned)((double)typeface_width(z->setup.typeface, text) * size / 1000 + size),
		(unsigned)(size * 1.4) + 1))
		return false;
	good = typeface_draw(z->setup.typeface, text, size, 0, drawn->ascent, &r);
	buf_clear(&drawn->graphic);
	zpl_graphic(&r, &drawn->graphic);
	raster_release(&r);
	if (!good || !buf_ok(&drawn->graphic))
		return false;
	(void)snprintf(drawn->text, sizeof(drawn->text), "%s", line);
	drawn->size = size;
	return true;
}

static bool add_drawn_text(struct zpl *z, unsigned i, const char *line, struct layout_place label)
{
	struct layout_place at = corner_of_line(z, i, line, label);

	if (!draw_line(z, &z->drawn[i], line))
		return false;
	buf_add_format(z->out, "^FO%d,%d^GFA,", at.x, at.y);
	buf_add_slice(z->out, buf_slice(&z->drawn[i].graphic));
	buf_add_string(z->out, "^FS\n");
	return true;
}

/* The lines that have room, cut to it. */
static enum label_result make_lines(struct zpl *z, const struct label_text *text,
				    struct label_lines *lines)
{
	layout_lines(&z->layout, text, lines);
	z->missing = 0;
	for (unsigned i = 0; i < lines->count; i++) {
		char *line = lines->text[i];

		if (!is_ascii(line) && z->setup.typeface == NULL)
			return LABEL_NEEDS_FONT;
		if (!is_ascii(line))
			z->missing = typeface_missing(z->setup.typeface, slice_of(line));
		if (z->missing != 0)
			return LABEL_NO_GLYPH;
		if (lines->may_be_cut[i])
			(void)layout_cut(&z->room, &z->layout, i, line);
	}
	return LABEL_MADE;
}

/* --- symbols --- */

static bool is_alphanumeric(struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		if (memchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", text.data[i], 45) ==
		    NULL)
			return false;
	return true;
}

/*
 * ^BY first, as its height, which the printer remembers for ever, sinks what ^BQ draws. Manual
 * input (the second M) with character mode A, because automatic input may choose bytes, which make
 * a larger symbol.
 */
static void add_symbol_command(struct zpl *z, const struct label *label, int x, int y)
{
	char level = qr_level_letter(label->qr->level);
	struct buf data;

	buf_init(&data, 4096);
	buf_add_format(&data, is_alphanumeric(label->url) ? "%cM,A" : "%cA,", level);
	buf_add_slice(&data, label->url);
	buf_add_format(z->out, "^BY2,3,1^FO%d,%d^BQN,2,%u", x, y, z->setup.printer.dots);
	add_field(z->out, buf_slice(&data));
	z->out->failed |= !buf_ok(&data);
	buf_release(&data);
}

static bool add_symbol_graphic(struct zpl *z, const struct label *label, int x, int y)
{
	unsigned side = label->qr->size * z->setup.printer.dots;

	if (z->symbol.width != side) {
		raster_release(&z->symbol);
		if (!raster_init(&z->symbol, side, side))
			return false;
	}
	raster_clear(&z->symbol);
	raster_symbol(&z->symbol, label->qr, 0, 0, z->setup.printer.dots);
	buf_add_format(z->out, "^FO%d,%d^GFA,", x, y);
	zpl_graphic(&z->symbol, z->out);
	buf_add_string(z->out, "^FS\n");
	return true;
}

/* --- labels --- */

static void begin_page(struct zpl *z)
{
	const struct sheet *s = &z->setup.sheet;

	buf_add_format(z->out, "^XA^CI28^LH0,0^PW%d^LL%d", dots(z, s->page_width),
		       dots(z, s->page_height));
	if (z->setup.speed > 0)
		buf_add_format(z->out, "^PR%llu", (unsigned long long)z->setup.speed);
	buf_add_char(z->out, '\n');
	z->pages++;
}

static void end_page(struct zpl *z, uint64_t copies)
{
	buf_add_format(z->out, "^PQ%llu^XZ\n", (unsigned long long)copies);
}

static void add_cut_marks(struct zpl *z, struct layout_place corner)
{
	struct place_mark marks[PLACE_MARKS];

	place_cut_marks(&z->setup.sheet, &z->setup.printer, marks);
	for (unsigned i = 0; i < PLACE_MARKS; i++) {
		const struct place_mark *m = &marks[i];
		int thin = m->width < m->height ? m->width : m->height;

		buf_add_format(z->out, "^FO%d,%d^GB%d,%d,%d^FS\n", corner.x + m->x, corner.y + m->y,
			       m->width, m->height, thin);
	}
}

static bool add_label(struct zpl *z, const struct label *label, struct layout_place corner)
{
	int quiet = (int)(QR_QUIET * z->setup.printer.dots);
	int x = corner.x + (int)z->layout.symbol_x + quiet;
	int y = corner.y + (int)z->layout.symbol_y + quiet;

	if (z->setup.compact)
		add_symbol_command(z, label, x, y);
	else if (!add_symbol_graphic(z, label, x, y))
		return false;
	if (z->setup.design != NULL && z->setup.design->cut_marks)
		add_cut_marks(z, corner);
	for (unsigned i = 0; i < label->lines.count; i++) {
		const char *line = label->lines.text[i];

		if (line[0] == '\0')
			continue;
		if (is_ascii(line))
			add_text(z, i, line, corner);
		else if (!add_drawn_text(z, i, line, corner))
			return false;
	}
	return true;
}

/* One label into its place; `copies` of the page when it is the only one there. */
static bool place_label(struct zpl *z, const struct label *label, uint64_t copies)
{
	uint64_t places = sheet_labels(&z->setup.sheet);

	if (z->place == 0 || z->pages == 0)
		begin_page(z);
	if (!add_label(z, label, corner_of_place(z)))
		return false;
	z->place = (z->place + 1) % places;
	if (z->place == 0)
		end_page(z, copies);
	return buf_ok(z->out);
}

enum label_result zpl_add(struct zpl *z, const struct qr *qr, struct slice url,
			  const struct label_text *text, uint64_t copies)
{
	bool one = sheet_labels(&z->setup.sheet) == 1, good = true;
	struct label label = { .qr = qr, .url = url };
	enum label_result result;

	if (!arrange(z, qr, text))
		return LABEL_SYMBOL_TOO_BIG;
	result = make_lines(z, text, &label.lines);
	if (result != LABEL_MADE)
		return result;
	if (!is_on_paper(z, &label, corner_of_place(z)))
		return LABEL_OFF_PAPER;
	for (uint64_t i = 0; good && i < (one ? 1 : copies); i++)
		good = place_label(z, &label, one ? copies : 1);
	z->without_code += z->layout.size == 0 && z->layout.shortened;
	z->shortened += z->layout.size > 0 && z->layout.shortened;
	return good ? LABEL_MADE : LABEL_FAILED;
}

uint32_t zpl_missing(const struct zpl *z)
{
	return z->missing;
}

uint64_t zpl_pages(const struct zpl *z)
{
	return z->pages;
}

uint64_t zpl_labels_without_code(const struct zpl *z)
{
	return z->without_code;
}

uint64_t zpl_labels_shortened(const struct zpl *z)
{
	return z->shortened;
}

bool zpl_finish(struct zpl *z)
{
	if (z->place != 0 && z->pages > 0)
		end_page(z, 1);
	return buf_ok(z->out);
}
