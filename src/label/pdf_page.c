/* Labels as PDF operators: text, and modules as filled rectangles. */
#include "label/pdf_page.h"

#define POINTS_PER_MM (72 / 25.4)

/* --- the page --- */

void pdf_page_begin(struct buf *out, const struct sheet *sheet, const struct printer *printer)
{
	struct buf dot;

	buf_init(&dot, 32);
	pdf_add_number(&dot, printer->dot_mm * POINTS_PER_MM, 9);
	buf_add_slice(out, buf_slice(&dot));
	buf_add_string(out, " 0 0 ");
	buf_add_slice(out, buf_slice(&dot));
	buf_add_string(out, " 0 ");
	pdf_add_number(out, (double)sheet->page_height / 1000 * POINTS_PER_MM, 4);
	buf_add_string(out, " cm\n0 g\n");
	buf_release(&dot);
}

static void add_integer(struct buf *out, int value)
{
	if (value < 0)
		buf_add_char(out, '-');
	buf_add_u64(out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void pdf_page_label_begin(struct buf *out, int x, int y)
{
	buf_add_string(out, "q\n1 0 0 1 ");
	add_integer(out, x);
	buf_add_char(out, ' ');
	add_integer(out, -y);
	buf_add_string(out, " cm\n");
}

void pdf_page_label_end(struct buf *out)
{
	buf_add_string(out, "Q\n");
}

/* --- text --- */

void pdf_page_text_begin(struct buf *out, double size)
{
	buf_add_string(out, "BT\n/F ");
	pdf_add_number(out, size, 3);
	buf_add_string(out, " Tf\n");
}

void pdf_page_line(struct buf *out, struct pdf_font *font, struct layout_place at,
		   struct slice text)
{
	/* from the label's corner, not from the line before: equal lines give equal bytes */
	buf_add_string(out, "1 0 0 1 ");
	add_integer(out, at.x);
	buf_add_char(out, ' ');
	add_integer(out, -at.y);
	buf_add_string(out, " Tm\n");
	pdf_font_add_text(font, text, out);
	buf_add_string(out, "Tj\n");
}

void pdf_page_text_end(struct buf *out)
{
	buf_add_string(out, "ET\n");
}

/* --- the symbol --- */

static void make_piece(struct pdf_piece *piece, double number, const char *after)
{
	struct buf text;

	buf_init(&text, sizeof(piece->text));
	pdf_add_number(&text, number, 4);
	buf_add_string(&text, after);
	memcpy(piece->text, text.data, text.length);
	piece->length = (uint8_t)text.length;
	buf_release(&text);
}

/*
 * A hair's breadth inside its dots on every side: a printer paints each dot that a shape only
 * touches (ISO 32000-1, 10.6), so that an edge a rounding error outside would make the module
 * one dot wider. Half a hundredth of a module makes the shortest numbers.
 */
static double hair_modules(unsigned dots)
{
	return dots <= 10 ? 0.005 : 0.05 / dots;
}

void pdf_pen_init(struct pdf_pen *pen, const struct printer *printer)
{
	double hair = hair_modules(printer->dots);

	*pen = (struct pdf_pen){ .dots = printer->dots, .hair = hair * printer->dots };
	for (unsigned i = 0; i < QR_SIZE_MOST; i++)
		make_piece(&pen->at[i], i, " ");
	for (unsigned i = 1; i <= QR_SIZE_MOST; i++) {
		make_piece(&pen->width[i], i - 2 * hair, " ");
		make_piece(&pen->height[i], i - 2 * hair, " re\n");
	}
}

static char *put(char *at, const struct pdf_piece *piece)
{
	memcpy(at, piece->text, sizeof(piece->text));
	return at + piece->length;
}

struct matrix {
	unsigned size;
	uint64_t rows[QR_SIZE_MOST]; /* bit x is column x */
};

static void read_matrix(const struct qr *qr, struct matrix *m)
{
	m->size = qr->size;
	for (unsigned y = 0; y < qr->size; y++) {
		uint64_t row = 0;

		for (unsigned x = 0; x < qr->size; x++)
			row |= (uint64_t)qr_dark(qr, x, y) << x;
		m->rows[y] = row;
	}
}

/*
 * How many rows the run `mask` of row y reaches down: to the last row below that has the very
 * same run, as long as every row between is dark there. Such runs are done: they leave `todo`.
 */
static unsigned take_down(const struct matrix *m, uint64_t *todo, uint64_t mask, unsigned y)
{
	uint64_t beside = (mask << 1 | mask >> 1) & ~mask;
	unsigned height = 1;

	for (unsigned below = y + 1; below < m->size && (m->rows[below] & mask) == mask; below++) {
		if ((m->rows[below] & beside) != 0)
			continue;
		todo[below] &= ~mask;
		height = below - y + 1;
	}
	return height;
}

static char *put_rectangles(char *at, const struct pdf_pen *pen, const struct matrix *m)
{
	uint64_t todo[QR_SIZE_MOST];

	memcpy(todo, m->rows, sizeof(todo));
	for (unsigned y = 0; y < m->size; y++)
		while (todo[y] != 0) {
			unsigned x = (unsigned)__builtin_ctzll(todo[y]);
			unsigned width = (unsigned)__builtin_ctzll(~(todo[y] >> x)), height;
			uint64_t mask = ((UINT64_C(1) << width) - 1) << x;

			todo[y] &= ~mask;
			height = take_down(m, todo, mask, y);
			at = put(at, &pen->at[x]);
			at = put(at, &pen->at[m->size - y - height]);
			at = put(at, &pen->width[width]);
			at = put(at, &pen->height[height]);
		}
	return at;
}

void pdf_page_symbol(struct buf *out, const struct pdf_pen *pen, const struct layout *l,
		     const struct qr *qr)
{
	/* runs in a row: at most every second module begins one */
	size_t most = (size_t)qr->size * (qr->size + 1) / 2 * 4 * sizeof(pen->at[0].text);
	unsigned quiet = QR_QUIET * pen->dots;
	struct matrix m;
	char *room;

	add_integer(out, (int)pen->dots);
	buf_add_string(out, " 0 0 ");
	add_integer(out, (int)pen->dots);
	buf_add_char(out, ' ');
	pdf_add_number(out, l->symbol_x + quiet + pen->hair, 4);
	buf_add_char(out, ' ');
	pdf_add_number(out, -(double)(l->symbol_y + l->symbol_side - quiet) + pen->hair, 4);
	buf_add_string(out, " cm\n");
	read_matrix(qr, &m);
	room = buf_reserve(out, most);
	if (room != NULL)
		out->length += (size_t)(put_rectangles(room, pen, &m) - room);
	buf_add_string(out, "f\n");
}
