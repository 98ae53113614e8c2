/* Designs as pictures for a browser. */
#include "label/design_svg.h"

#include <math.h>

#include "label/place.h"
#include "label/zpl.h"

#define MARK_MM 4.0 /* the height of the line under the label */

static uint64_t measure_drawn(void *typeface, struct slice text)
{
	return typeface == NULL ? zpl_measure(NULL, text) : typeface_width(typeface, text);
}

static struct layout_room room_of(const struct design_look *look)
{
	const struct label_setup *s = look->setup;

	return (struct layout_room){
		.width = s->sheet.label_width,
		.height = s->sheet.label_height,
		.design = s->order.design.given ? &s->order.design : NULL,
		.printer = s->printer,
		.measure = s->order.format == LABEL_ZPL ? zpl_measure : measure_drawn,
		.font = look->typeface,
		.ellipsis = "...",
	};
}

static uint32_t missing_in(const struct design_look *look, const struct layout *l)
{
	struct label_lines lines;
	uint32_t missing = 0;

	layout_lines(l, look->text, &lines);
	for (unsigned i = 0; look->typeface != NULL && i < lines.count && missing == 0; i++)
		missing = typeface_missing(look->typeface, slice_of(lines.text[i]));
	return missing;
}

enum label_result design_look_at(const struct design_look *look, struct design_seen *ret_seen)
{
	struct layout_room room = room_of(look);
	struct design_seen seen = { .side_mm = 0 };
	struct layout l;

	switch (qr_make(look->url, look->setup->order.level, &seen.qr)) {
	case QR_MADE:
		break;
	case QR_FAILED:
		return LABEL_FAILED;
	default:
		return LABEL_BAD_CODE;
	}
	seen.side_mm = printer_side_mm(&room.printer, &seen.qr);
	if (room.design != NULL)
		seen.fault_count = layout_faults(&room, seen.qr.size, look->text, seen.faults);
	else if (layout_make(&room, seen.qr.size, look->text, &l) != LAYOUT_OK)
		return LABEL_SYMBOL_TOO_BIG;
	if (layout_make(&room, seen.qr.size, look->text, &l) == LAYOUT_OK)
		seen.missing = missing_in(look, &l);
	*ret_seen = seen;
	return LABEL_MADE;
}

/* --- drawing --- */

static void add_rectangle(struct buf *out, const char *attributes, double x, double y, double width,
			  double height)
{
	buf_add_format(out, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" %s/>", x, y, width,
		       height, attributes);
}

static void add_symbol(const struct design_look *look, const struct qr *qr, unsigned left,
		       unsigned top, struct buf *out)
{
	unsigned dots = look->setup->printer.dots, quiet = QR_QUIET * dots;

	buf_add_string(out, "<path shape-rendering=\"crispEdges\" d=\"");
	for (unsigned y = 0; y < qr->size; y++) {
		unsigned x = 0, length;

		while ((length = qr_run(qr, y, &x)) > 0) {
			buf_add_format(out, "M%u %uh%uv%uh-%uz", left + quiet + x * dots,
				       top + quiet + y * dots, length * dots, dots, length * dots);
			x += length;
		}
	}
	buf_add_string(out, "\"/>");
}

static void add_escaped(struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		switch (*p) {
		case '<':
			buf_add_string(out, "&lt;");
			break;
		case '&':
			buf_add_string(out, "&amp;");
			break;
		case '"':
			buf_add_string(out, "&quot;");
			break;
		default:
			if ((unsigned char)*p >= ' ')
				buf_add_char(out, *p);
		}
}

static bool add_words(struct typeface *typeface, const char *text, double size, double x, double y,
		      struct buf *out)
{
	bool good = true;

	if (typeface == NULL) {
		buf_add_format(out,
			       "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" "
			       "font-family=\"sans-serif\">",
			       x, y, size);
		add_escaped(out, text);
		buf_add_string(out, "</text>");
		return true;
	}
	buf_add_string(out, "<path d=\"");
	good = typeface_outline(typeface, slice_of(text), size, x, y, out);
	buf_add_string(out, "\"/>");
	return good;
}

static bool add_lines(const struct design_look *look, const struct layout_room *room,
		      const struct layout *l, struct buf *out)
{
	struct label_lines lines;
	bool good = true;

	layout_lines(l, look->text, &lines);
	for (unsigned i = 0; i < lines.count && good; i++) {
		struct layout_place at;

		if (lines.may_be_cut[i])
			(void)layout_cut(room, l, i, lines.text[i]);
		at =
		    layout_line(room, l, i, measure_drawn(look->typeface, slice_of(lines.text[i])));
		good = lines.text[i][0] == '\0' ||
		       add_words(look->typeface, lines.text[i], layout_size_dots(room, l, i), at.x,
				 at.y, out);
	}
	return good;
}

static void add_cut_marks(const struct design_look *look, struct buf *out)
{
	struct place_mark m[PLACE_MARKS];

	place_cut_marks(&look->setup->sheet, &look->setup->printer, m);
	for (unsigned i = 0; i < PLACE_MARKS; i++)
		add_rectangle(out, "", m[i].x, m[i].y, m[i].width, m[i].height);
}

static void add_fault(const struct layout_room *room, const struct layout *l, int part,
		      struct buf *out)
{
	static const char frame[] = "fill=\"none\" stroke=\"#c00\" stroke-width=\"2\" "
				    "stroke-dasharray=\"6 4\"";
	double dot = room->printer.dot_mm;
	const struct design_part *p;

	if (part < 0) {
		add_rectangle(out, frame, l->symbol_x, l->symbol_y, l->symbol_side, l->symbol_side);
		return;
	}
	p = &room->design->parts[part];
	add_rectangle(out, frame, (double)p->x / 1000 / dot, (double)p->y / 1000 / dot,
		      (double)p->width / 1000 / dot, p->size * 1.2 * 25.4 / 720 / dot);
}

/* What is off the label is shown as well, or nobody would see what is wrong. */
static void measure_picture(const struct layout_room *room, const struct layout *l, double *width,
			    double *height)
{
	double dot = room->printer.dot_mm;

	*width = fmax((double)room->width / 1000 / dot, l->symbol_x + l->symbol_side);
	*height = fmax((double)room->height / 1000 / dot, l->symbol_y + l->symbol_side);
	for (unsigned i = 0; room->design != NULL && i < room->design->count; i++) {
		const struct design_part *p = &room->design->parts[i];

		*width = fmax(*width, (double)(p->x + p->width) / 1000 / dot);
		*height =
		    fmax(*height, (double)p->y / 1000 / dot + p->size * 1.2 * 25.4 / 720 / dot);
	}
}

/* layout_make() refuses a symbol that is larger than the label; the picture shows it. */
static bool arrange(const struct layout_room *room, const struct design_look *look,
		    const struct design_seen *seen, struct layout *l)
{
	struct layout_room wide = *room;

	if (layout_make(room, seen->qr.size, look->text, l) == LAYOUT_OK)
		return true;
	wide.width = wide.height = UINT64_C(10000000);
	return room->design != NULL &&
	       layout_make(&wide, seen->qr.size, look->text, l) == LAYOUT_OK;
}

static bool draw(const struct design_look *look, const struct design_seen *seen,
		 const struct layout_room *room, const struct layout *l, struct buf *out)
{
	bool good;

	add_symbol(look, &seen->qr, l->symbol_x, l->symbol_y, out);
	good = add_lines(look, room, l, out);
	if (room->design != NULL && room->design->cut_marks)
		add_cut_marks(look, out);
	for (unsigned i = 0; i < seen->fault_count; i++)
		add_fault(room, l, seen->faults[i].part, out);
	return good;
}

enum label_result design_svg(const struct design_look *look, const struct design_seen *seen,
			     struct buf *out)
{
	struct layout_room room = room_of(look);
	double dot = room.printer.dot_mm, mark = MARK_MM / dot, width, height;
	char text[LABEL_LINE_SIZE];
	struct layout l;
	bool good;

	if (!arrange(&room, look, seen, &l))
		return LABEL_SYMBOL_TOO_BIG;
	measure_picture(&room, &l, &width, &height);
	buf_add_format(out,
		       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.2fmm\" "
		       "height=\"%.2fmm\" viewBox=\"0 0 %.1f %.1f\">",
		       width * dot, (height + mark) * dot, width, height + mark);
	add_rectangle(out, "fill=\"#fff\"", 0, 0, width, height + mark);
	add_rectangle(out, "fill=\"#fff\" stroke=\"#999\"", 0, 0, (double)room.width / 1000 / dot,
		      (double)room.height / 1000 / dot);
	good = draw(look, seen, &room, &l, out);
	(void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(look->mark));
	buf_add_string(out, "<g fill=\"#b00020\">");
	good = add_words(look->typeface, text, mark * 0.7, mark * 0.2, height + mark * 0.8, out) &&
	       good;
	buf_add_string(out, "</g></svg>\n");
	return good && buf_ok(out) ? LABEL_MADE : LABEL_FAILED;
}

/* --- in words --- */

static const char *part_name(const struct label_design *design, int part)
{
	return part < 0 ? "symbol" : design_what_name(design->parts[part].what);
}

void design_fault_words(const struct label_design *design, const struct design_fault *fault,
			char ret_words[DESIGN_WORDS_SIZE])
{
	static const char *const words[] = {
		[DESIGN_BEYOND_RIGHT] = "reaches %.2f mm beyond the right edge%s",
		[DESIGN_BEYOND_BOTTOM] = "reaches %.2f mm beyond the lower edge%s",
		[DESIGN_TOO_WIDE] = "is %.2f mm too wide for its place%s",
		[DESIGN_ON_SYMBOL] = "stands %.2f mm over the symbol and its quiet zone%s",
		[DESIGN_ON_PART] = "stands %.2f mm over %s",
	};
	const char *other =
	    fault->kind == DESIGN_ON_PART ? part_name(design, (int)fault->other) : "";
	char rest[DESIGN_WORDS_SIZE / 2];

	(void)snprintf(rest, sizeof(rest), words[fault->kind], fault->mm, other);
	(void)snprintf(ret_words, DESIGN_WORDS_SIZE, "%s %s", part_name(design, fault->part), rest);
}
