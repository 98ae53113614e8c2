/* What stands in text on a label. */
#include "label/label_lines.h"

#include "base/utf8.h"
#include "label/script.h"
#include "model/batch.h"

static void put_line(struct label_lines *lines, const struct buf *text, bool may_be_cut)
{
	struct slice fitting = utf8_prefix(buf_slice(text), LABEL_LINE_SIZE - 1);

	if (!buf_ok(text) || fitting.length == 0)
		return;
	memcpy(lines->text[lines->count], fitting.data, fitting.length);
	lines->text[lines->count][fitting.length] = '\0';
	lines->may_be_cut[lines->count++] = may_be_cut;
}

/*
 * Characters that no font draws, but which turn the direction of others or hide between them:
 * what is printed must read as it is.
 */
static bool prints_nothing(uint32_t character)
{
	static const uint32_t ranges[][2] = {
		{ 0xad, 0xad },	      { 0x61c, 0x61c },	    { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x202a, 0x202e },   { 0x2060, 0x206f },   { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xe0000, 0xe007f }, { 0xe0100, 0xe01ef },
	};

	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (character >= ranges[i][0] && character <= ranges[i][1])
			return true;
	return false;
}

/* Controls, separators, and blanks of other widths, which few fonts have; not U+3000. */
static bool is_blank(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character <= 0xa0) ||
	       (character >= 0x2000 && character <= 0x200a) || character == 0x2028 ||
	       character == 0x2029 || character == 0x202f || character == 0x205f;
}

static void add_character(struct buf *out, uint32_t c)
{
	char bytes[UTF8_MOST];

	buf_add(out, bytes, utf8_write(c, bytes));
}

/* How many bytes of `text` are printed as they stand, whatever is before them. */
static size_t plain_length(struct slice text)
{
	size_t length = 0;

	while (length < text.length && text.data[length] >= ' ' && text.data[length] <= '~')
		length++;
	return length;
}

/* The character after `last`, which begins at `*at`: behind it, or as one with it. */
static uint32_t add_after(uint32_t last, uint32_t character, size_t *at, struct buf *out)
{
	uint32_t both = script_compose(last, character);

	if (both != 0 && buf_ok(out))
		out->length = *at;
	*at = out->length;
	add_character(out, both != 0 ? both : character);
	return both != 0 ? both : character;
}

static void add_text(struct slice text, struct buf *out)
{
	enum { ENOUGH = LABEL_LINE_SIZE };
	size_t at = out->length; /* where the last character begins */
	uint32_t last = 0;

	while (text.length > 0 && out->length < ENOUGH) {
		size_t plain = plain_length(text);
		uint32_t character;

		if (plain > 0) {
			buf_add(out, text.data, plain < ENOUGH ? plain : ENOUGH);
			at = out->length - 1;
			last = (unsigned char)text.data[plain - 1];
			text = slice_from(text, plain);
			continue;
		}
		character = utf8_next(&text);
		if (!prints_nothing(character))
			last = add_after(last, is_blank(character) ? ' ' : character, &at, out);
	}
}

static void make_code(const struct label_text *text, struct label_lines *lines, struct buf *room)
{
	buf_clear(room);
	serial_print_grouped(text->serial, room);
	put_line(lines, room, false);
}

static void make_gs1(const struct label_text *text, bool split, struct label_lines *lines,
		     struct buf *room)
{
	buf_clear(room);
	if (text->gtin.length > 0) {
		buf_add_string(room, "(01)");
		add_text(text->gtin, room);
	}
	if (split) {
		put_line(lines, room, false);
		buf_clear(room);
	}
	buf_add_string(room, "(21)");
	add_text(text->serial, room);
	put_line(lines, room, false);
}

static void make_product(const struct label_text *text, struct label_lines *lines, struct buf *room)
{
	buf_clear(room);
	add_text(text->product, room);
	put_line(lines, room, true);
}

static void make_lot(const struct label_text *text, bool split, struct label_lines *lines,
		     struct buf *room)
{
	buf_clear(room);
	if (text->lot.length > 0) {
		buf_add_string(room, "LOT ");
		add_text(text->lot, room);
	}
	if (split) {
		put_line(lines, room, false);
		buf_clear(room);
	}
	if (text->expiry.length > 0) {
		buf_add_string(room, room->length == 0 ? "EXP " : "  EXP ");
		add_text(text->expiry, room);
	}
	put_line(lines, room, false);
}

void label_lines_make(const struct label_text *text, bool split, struct label_lines *ret_lines)
{
	struct buf room;

	*ret_lines = (struct label_lines){ 0 };
	if (text->serial.length == 0)
		return;
	buf_init(&room, 4 * LABEL_LINE_SIZE);
	make_code(text, ret_lines, &room);
	make_gs1(text, split, ret_lines, &room);
	make_product(text, ret_lines, &room);
	make_lot(text, split, ret_lines, &room);
	buf_release(&room);
}

static void add_named(const struct design_part *part, const char *usual, struct slice value,
		      struct buf *room)
{
	if (value.length == 0)
		return;
	add_text(part->text[0] == '\0' ? slice_of(usual) : slice_of(part->text), room);
	if (part->text[0] != '\0')
		buf_add_char(room, ' ');
	add_text(value, room);
}

static void add_part(const struct label_text *text, const struct design_part *part,
		     struct buf *room)
{
	bool whole = part->what == DESIGN_GS1;

	switch (part->what) {
	case DESIGN_SERIAL:
		serial_print_grouped(text->serial, room);
		break;
	case DESIGN_GS1:
	case DESIGN_GTIN:
		if (text->gtin.length > 0)
			buf_add_format(room, "(01)%.*s", SLICE_ARG(text->gtin));
		if (whole)
			buf_add_string(room, "(21)");
		if (whole)
			add_text(text->serial, room);
		break;
	case DESIGN_PRODUCT:
		add_text(text->product, room);
		break;
	case DESIGN_LOT:
		add_named(part, "LOT ", text->lot, room);
		break;
	case DESIGN_PRODUCED:
		add_named(part, "PROD ", text->produced, room);
		break;
	case DESIGN_EXPIRY:
		add_named(part, "EXP ", text->expiry, room);
		break;
	default:
		add_text(slice_of(part->text), room);
	}
}

void label_lines_design(const struct label_text *text, const struct label_design *design,
			struct label_lines *ret_lines)
{
	struct buf room;

	*ret_lines = (struct label_lines){ .count = design->count };
	buf_init(&room, 4 * LABEL_LINE_SIZE);
	for (unsigned i = 0; i < design->count; i++) {
		struct slice fitting;

		buf_clear(&room);
		add_part(text, &design->parts[i], &room);
		fitting = utf8_prefix(buf_slice(&room), LABEL_LINE_SIZE - 1);
		if (buf_ok(&room))
			memcpy(ret_lines->text[i], fitting.data, fitting.length);
		ret_lines->may_be_cut[i] = design_may_cut(design->parts[i].what);
	}
	buf_release(&room);
}

bool label_lines_need_font(const struct label_lines *lines)
{
	for (unsigned i = 0; i < lines->count; i++)
		for (const char *p = lines->text[i]; *p != '\0'; p++)
			if ((unsigned char)*p >= 0x80)
				return true;
	return false;
}

void label_line_cut(char line[LABEL_LINE_SIZE], size_t bytes, const char *ellipsis)
{
	size_t size = strlen(ellipsis) + 1, most = LABEL_LINE_SIZE - size;
	struct slice kept;

	if (bytes >= strlen(line))
		return;
	kept = slice_trim(utf8_prefix(slice_of(line), bytes < most ? bytes : most));
	memmove(line, kept.data, kept.length);
	memcpy(line + kept.length, ellipsis, size);
}
