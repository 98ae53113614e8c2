/* What stands in text on a label. */
#include "label/label_lines.h"

#include "base/utf8.h"
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

/* One character of `text` at `i`, as it can be printed; returns its length in `text`. */
static size_t add_printable(struct slice text, size_t i, struct buf *out)
{
	unsigned char c = (unsigned char)text.data[i];
	size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (length > text.length - i)
		length = text.length - i;
	if (c < 0x20 || c == 0x7f)
		buf_add_char(out, ' ');
	else if (length == 4)
		buf_add_string(out, "\xe2\x96\xa1");
	else
		buf_add(out, text.data + i, length);
	return length;
}

static void add_text(struct slice text, struct buf *out)
{
	enum { ENOUGH = LABEL_LINE_SIZE };

	for (size_t i = 0; i < text.length && out->length < ENOUGH;)
		i += add_printable(text, i, out);
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

static void make_lot(const struct label_text *text, struct label_lines *lines, struct buf *room)
{
	buf_clear(room);
	if (text->lot.length > 0) {
		buf_add_string(room, "LOT ");
		add_text(text->lot, room);
	}
	if (text->expiry.length > 0) {
		buf_add_string(room, room->length == 0 ? "EXP " : "  EXP ");
		add_text(text->expiry, room);
	}
	put_line(lines, room, true);
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
	make_lot(text, ret_lines, &room);
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
