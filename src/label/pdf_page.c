/* Labels as PDF operators: text, and modules as filled rectangles. */
#include "label/pdf_page.h"

#define POINTS_PER_MM (72 / 25.4)

/* --- the page --- */

static double dot_points(const struct printer *printer)
{
	return printer->dot_mm * POINTS_PER_MM;
}

double pdf_page_side(const struct printer *printer, uint64_t micrometres)
{
	return layout_dots(printer, (double)micrometres / 1000) * dot_points(printer);
}

void pdf_page_begin(struct buf *out, const struct sheet *sheet, const struct printer *printer)
{
	struct buf dot;

	buf_init(&dot, 32);
	pdf_add_number(&dot, dot_points(printer), 9);
	buf_add_slice(out, buf_slice(&dot));
	buf_add_string(out, " 0 0 ");
	buf_add_slice(out, buf_slice(&dot));
	buf_add_string(out, " 0 ");
	pdf_add_number(out, pdf_page_side(printer, sheet->page_height), 4);
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

void pdf_page_rectangle(struct buf *out, int x, int y, int width, int height)
{
	buf_add_format(out, "%d %d %d %d re f\n", x, -y - height, width, height);
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
	memcpy(at, piece, sizeof(*piece)); /* what is too much, the next one covers */
	return at + piece->length;
}

/* Columns of the symbol: bit y is row y. */
struct matrix {
	unsigned size;
	uint64_t columns[64];
};

/* Swaps the upper right and the lower left quarters of ever smaller squares. */
static void transpose(uint64_t lines[64], unsigned size)
{
	unsigned half = size <= 32 ? 16 : 32;
	uint64_t low = size <= 32 ? UINT64_C(0x0000ffff0000ffff) : UINT64_C(0x00000000ffffffff);

	for (unsigned side = 2 * half; half > 0; half /= 2, low ^= low << half)
		for (unsigned i = 0; i < side; i = ((i | half) + 1) & ~half) {
			uint64_t swap = ((lines[i] >> half) ^ lines[i | half]) & low;

			lines[i] ^= swap << half;
			lines[i | half] ^= swap;
		}
}

static void read_matrix(const struct qr *qr, struct matrix *m)
{
	*m = (struct matrix){ .size = qr->size };
	memcpy(m->columns, qr->rows, qr->size * sizeof(qr->rows[0]));
	transpose(m->columns, qr->size);
}

/*
 * How many columns the run `mask` of column x reaches over: to the last one that has the very
 * same run, as long as every column between is dark there. Such runs are done: they leave `todo`.
 */
static unsigned take_over(const struct matrix *m, uint64_t *todo, uint64_t mask, unsigned x)
{
	uint64_t ends = (mask << 1 | mask >> 1) & ~mask;
	unsigned width = 1;

	for (unsigned next = x + 1; next < m->size && (m->columns[next] & mask) == mask; next++) {
		if ((m->columns[next] & ends) != 0)
			continue;
		todo[next] &= ~mask;
		width = next - x + 1;
	}
	return width;
}

/*
 * Column by column, because that is how a symbol is filled (ISO/IEC 18004, 7.7.3): what the
 * texts of a batch have in common stands in the right half, and comes out as the same bytes for
 * every eighth label or so. Row by row a label takes 14 % more room.
 */
static char *put_rectangles(char *at, const struct pdf_pen *pen, const struct matrix *m)
{
	uint64_t todo[COUNT_OF(m->columns)];

	memcpy(todo, m->columns, sizeof(todo));
	for (unsigned x = 0; x < m->size; x++)
		while (todo[x] != 0) {
			unsigned y = (unsigned)__builtin_ctzll(todo[x]);
			unsigned height = (unsigned)__builtin_ctzll(~(todo[x] >> y));
			uint64_t mask = ((UINT64_C(1) << height) - 1) << y;

			todo[x] &= ~mask;
			at = put(at, &pen->at[x]);
			at = put(at, &pen->at[m->size - y - height]);
			at = put(at, &pen->width[take_over(m, todo, mask, x)]);
			at = put(at, &pen->height[height]);
		}
	return at;
}

void pdf_page_symbol(struct buf *out, const struct pdf_pen *pen, const struct layout *l,
		     const struct qr *qr)
{
	/* runs in a column: at most every second module begins one */
	size_t most = (size_t)qr->size * (qr->size + 1) / 2 * 4 * sizeof(struct pdf_piece);
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
