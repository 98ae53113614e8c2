/* Where symbol and text stand on a label. */
#include "label/layout.h"

#include <math.h>

#include "base/utf8.h"
#include "model/serial.h"

#define MM_PER_TENTH (25.4 / 720) /* of a point */

static const double line_height = 1.2; /* of the font's size */
static const double beside_least = 18; /* mm of text width worth using beside the symbol */
static const double text_margin = 1;   /* mm between text and the label's edge */
/* Of text, in tenths of a point. */
static const unsigned sizes[] = { 200, 160, 140, 120, 100, 90, 80, 70, 65, 60, 55, 50, 45 };
static const double size_usual = 80; /* never too large */
static const double size_a_mm = 5;   /* for each mm of the symbol's side: text grows with it */

/* The lines of a label, GS1 text whole and split, and how wide they are. */
struct measured {
	struct label_lines lines[2];
	uint64_t width[2][LABEL_LINES_MOST]; /* of the lines that may not be cut; others 0 */
};

/* The lines and size chosen for one room; the symbol goes above or beside it. */
struct choice {
	unsigned size, lines;
	bool split;
	unsigned left_out; /* 0: everything has room */
};

static uint64_t measure(const struct layout_room *room, struct slice text)
{
	return room->measure(room->font, text);
}

static double mm(uint64_t micrometres)
{
	return (double)micrometres / 1000;
}

int layout_dots(const struct printer *printer, double millimetres)
{
	return (int)lround(millimetres / printer->dot_mm);
}

/* In tenths of a point. */
static unsigned size_of(const struct layout *l, unsigned number)
{
	return l->design == NULL ? l->size : l->design->parts[number].size;
}

void layout_lines(const struct layout *l, const struct label_text *text,
		  struct label_lines *ret_lines)
{
	if (l->design != NULL)
		label_lines_design(text, l->design, ret_lines);
	else
		label_lines_make(text, l->split, ret_lines);
	ret_lines->count = l->lines;
}

double layout_size_dots(const struct layout_room *room, const struct layout *l, unsigned number)
{
	return size_of(l, number) * MM_PER_TENTH / room->printer.dot_mm;
}

/* --- how wide --- */

static double width_mm(uint64_t width, unsigned size)
{
	return (double)width * size * MM_PER_TENTH / 1000;
}

/*
 * Wider than all but about one in thirty thousand serials of `length` random letters: the mean
 * and four standard deviations.
 */
static uint64_t usual_width(const struct layout_room *room, size_t length)
{
	static const char letters[] = SERIAL_ALPHABET;
	const double count = sizeof(letters) - 1, n = (double)length;
	double sum = 0, squares = 0, mean;

	for (size_t i = 0; i < sizeof(letters) - 1; i++) {
		double w = (double)measure(room, (struct slice){ letters + i, 1 });

		sum += w;
		squares += w * w;
	}
	mean = sum / count;
	return (uint64_t)(n * mean + 4 * sqrt(n * fmax(squares / count - mean * mean, 0)));
}

static void measure_lines(const struct layout_room *room, const struct label_text *text,
			  uint64_t spare, struct measured *ret)
{
	*ret = (struct measured){ 0 };
	for (unsigned split = 0; split < 2; split++) {
		struct label_lines *lines = &ret->lines[split];

		label_lines_make(text, split == 1, lines);
		for (unsigned i = 0; i < lines->count; i++)
			if (!lines->may_be_cut[i])
				ret->width[split][i] =
				    measure(room, slice_of(lines->text[i])) + spare;
	}
}

/* --- how many lines --- */

static unsigned lines_that_fit(const struct measured *m, unsigned split, unsigned size,
			       double width, double height)
{
	unsigned most = (unsigned)(height < 0 ? 0 : height / (size * line_height * MM_PER_TENTH));
	unsigned count = m->lines[split].count < most ? m->lines[split].count : most;

	for (unsigned i = 0; i < count; i++)
		if (width_mm(m->width[split][i], size) > width)
			return i;
	return count;
}

/* The largest size at which everything fits, else the most lines at the largest size for them. */
static struct choice choose(const struct measured *m, double most, double width, double height)
{
	struct choice best = { .left_out = LABEL_LINES_MOST };

	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (unsigned split = 0; split < 2 && sizes[i] <= most; split++) {
			unsigned count = lines_that_fit(m, split, sizes[i], width, height);

			if (count == m->lines[split].count)
				return (struct choice){ sizes[i], count, split == 1, 0 };
			if (count > best.lines)
				best = (struct choice){ sizes[i], count, split == 1,
							LABEL_LINES_MOST - count };
		}
	return best;
}

/* --- where --- */

static void place_beside(const struct layout_room *room, double side, struct layout *l)
{
	l->text_x = side;
	l->text_width = mm(room->width) - side - text_margin;
	l->baseline = (mm(room->height) - l->lines * l->step) / 2 + l->size * MM_PER_TENTH;
}

/* Symbol and lines together stand in the middle. Returns the symbol's upper end. */
static double place_under(const struct layout_room *room, double side, struct layout *l)
{
	double top = (mm(room->height) - side - l->lines * l->step) / 2;

	l->text_x = text_margin;
	l->text_width = mm(room->width) - 2 * text_margin;
	l->baseline = top + side + l->size * MM_PER_TENTH;
	return top;
}

static unsigned whole_dots(const struct layout_room *room, double millimetres)
{
	return millimetres <= 0 ? 0 : (unsigned)layout_dots(&room->printer, millimetres);
}

static void place(const struct layout_room *room, double side, struct choice choice, bool beside,
		  struct layout *l)
{
	double x = 0, y = (mm(room->height) - side) / 2;

	l->size = choice.lines == 0 ? 0 : choice.size;
	l->lines = choice.lines;
	l->split = choice.split;
	l->shortened = choice.left_out > 0;
	l->beside = beside;
	l->step = l->size * line_height * MM_PER_TENTH;
	if (beside)
		place_beside(room, side, l);
	else
		x = (mm(room->width) - side) / 2;
	if (!beside && l->lines > 0)
		y = place_under(room, side, l);
	l->symbol_x = whole_dots(room, x);
	l->symbol_y = whole_dots(room, y);
}

/* Under the symbol, or beside it where more lines fit there. */
static void arrange(const struct layout_room *room, double side, const struct measured *m,
		    struct layout *l)
{
	double width = mm(room->width), height = mm(room->height);
	double beside_width = width - side - text_margin;
	double most = fmax(size_usual, size_a_mm * side);
	struct choice under = choose(m, most, width - 2 * text_margin, height - side - text_margin);
	struct choice beside = { .left_out = LABEL_LINES_MOST };

	if (under.left_out > 0 && beside_width >= beside_least)
		beside = choose(m, most, beside_width, height - 2 * text_margin);
	if (beside.left_out < under.left_out)
		place(room, side, beside, true, l);
	else
		place(room, side, under, false, l);
}

static enum layout_result make_designed(const struct layout_room *room, struct layout *l,
					const struct label_text *text, struct layout *ret_layout)
{
	const struct label_design *d = room->design;

	l->design = d;
	l->symbol_x = whole_dots(room, mm(d->symbol_x));
	l->symbol_y = whole_dots(room, mm(d->symbol_y));
	l->lines = d->count;
	l->size = d->count > 0 ? d->parts[0].size : 0;
	l->beside = true;
	l->serial_length = text->serial.length;
	l->serial_most = UINT64_MAX;
	*ret_layout = *l;
	return LAYOUT_OK;
}

enum layout_result layout_make(const struct layout_room *room, unsigned modules,
			       const struct label_text *text, struct layout *ret_layout)
{
	struct layout l = { .symbol_side = (modules + 2 * QR_QUIET) * room->printer.dots };
	double side = l.symbol_side * room->printer.dot_mm;
	uint64_t usual = usual_width(room, text->serial.length), own = measure(room, text->serial);
	struct measured m;

	/* a hundredth of a millimetre, because makers round their labels' sizes */
	if (side > mm(room->width) + 0.01 || side > mm(room->height) + 0.01)
		return LAYOUT_TOO_BIG;
	if (room->design != NULL)
		return make_designed(room, &l, text, ret_layout);
	if (own <= usual) {
		l.serial_length = text->serial.length;
		l.serial_most = usual;
	}
	measure_lines(room, text, own <= usual ? usual - own : 0, &m);
	arrange(room, side, &m, &l);
	*ret_layout = l;
	return LAYOUT_OK;
}

bool layout_serves(const struct layout_room *room, const struct layout *l, struct slice serial)
{
	return serial.length == l->serial_length && measure(room, serial) <= l->serial_most;
}

/* --- one label's lines --- */

/* How many bytes of `text` have room in `width` mm. */
static size_t bytes_that_fit(const struct layout_room *room, const struct layout *l,
			     unsigned number, struct slice text, double width)
{
	uint64_t sum = 0;
	size_t end = 0;

	while (end < text.length) {
		struct slice next;

		for (size_t most = 1;
		     (next = utf8_prefix(slice_from(text, end), most)).length == 0;)
			if (++most > 4)
				return end;
		sum += measure(room, next);
		if (width_mm(sum, size_of(l, number)) > width)
			return end;
		end += next.length;
	}
	return end;
}

static double width_of_line(const struct layout *l, unsigned number)
{
	return l->design == NULL ? l->text_width : mm(l->design->parts[number].width);
}

bool layout_cut(const struct layout_room *room, const struct layout *l, unsigned number,
		char line[LABEL_LINE_SIZE])
{
	double most = width_of_line(l, number);
	unsigned size = size_of(l, number);
	struct slice text = slice_of(line);
	double ellipsis = width_mm(measure(room, slice_of(room->ellipsis)), size);

	if (width_mm(measure(room, text), size) <= most)
		return false;
	label_line_cut(line, bytes_that_fit(room, l, number, text, most - ellipsis),
		       room->ellipsis);
	return true;
}

/* The baseline is one size below the line's upper end, as without a design. */
static struct layout_place designed_line(const struct layout_room *room,
					 const struct design_part *part, uint64_t width)
{
	double spare = mm(part->width) - width_mm(width, part->size), x = mm(part->x);

	if (part->align != DESIGN_LEFT)
		x += part->align == DESIGN_RIGHT ? spare : spare / 2;
	return (struct layout_place){
		layout_dots(&room->printer, x),
		layout_dots(&room->printer, mm(part->y) + part->size * MM_PER_TENTH),
	};
}

struct layout_place layout_line(const struct layout_room *room, const struct layout *l,
				unsigned number, uint64_t width)
{
	double x = l->text_x;

	if (l->design != NULL)
		return designed_line(room, &l->design->parts[number], width);
	if (!l->beside)
		x += (l->text_width - width_mm(width, l->size)) / 2;
	return (struct layout_place){
		layout_dots(&room->printer, x),
		layout_dots(&room->printer, l->baseline + number * l->step),
	};
}

/* --- what of a design does not go where it shall --- */

struct box {
	double x, y, width, height; /* mm */
};

struct finding {
	struct design_fault *faults;
	unsigned count;
};

static const double tolerance = 0.01; /* mm, as makers round their labels' sizes */

static void find(struct finding *f, enum design_fault_kind kind, int part, unsigned other,
		 double by)
{
	if (by > tolerance && f->count < DESIGN_FAULTS_MOST)
		f->faults[f->count++] = (struct design_fault){ kind, part, other, by };
}

/* How far one would have to be moved, at least, to be beside the other; 0 or less: it is. */
static double overlap(const struct box *a, const struct box *b)
{
	double x = fmin(a->x + a->width, b->x + b->width) - fmax(a->x, b->x);
	double y = fmin(a->y + a->height, b->y + b->height) - fmax(a->y, b->y);

	return fmin(x, y);
}

static void find_beyond(struct finding *f, const struct layout_room *room, const struct box *box,
			int part)
{
	find(f, DESIGN_BEYOND_RIGHT, part, 0, box->x + box->width - mm(room->width));
	find(f, DESIGN_BEYOND_BOTTOM, part, 0, box->y + box->height - mm(room->height));
}

unsigned layout_faults(const struct layout_room *room, unsigned modules,
		       const struct label_text *text,
		       struct design_fault ret_faults[DESIGN_FAULTS_MOST])
{
	const struct label_design *d = room->design;
	double side = (modules + 2 * QR_QUIET) * room->printer.module_mm;
	struct box symbol = { mm(d->symbol_x), mm(d->symbol_y), side, side };
	struct box boxes[DESIGN_PARTS_MOST];
	struct finding f = { .faults = ret_faults };
	struct label_lines lines;

	label_lines_design(text, d, &lines);
	find_beyond(&f, room, &symbol, -1);
	for (unsigned i = 0; i < d->count; i++) {
		const struct design_part *part = &d->parts[i];

		boxes[i] = (struct box){ mm(part->x), mm(part->y), mm(part->width),
					 part->size * line_height * MM_PER_TENTH };
		find_beyond(&f, room, &boxes[i], (int)i);
		if (!lines.may_be_cut[i])
			find(&f, DESIGN_TOO_WIDE, (int)i, 0,
			     width_mm(measure(room, slice_of(lines.text[i])), part->size) -
				 mm(part->width));
		find(&f, DESIGN_ON_SYMBOL, (int)i, 0, overlap(&boxes[i], &symbol));
		for (unsigned j = 0; j < i; j++)
			find(&f, DESIGN_ON_PART, (int)i, j, overlap(&boxes[i], &boxes[j]));
	}
	return f.count;
}
