/* Where labels stand. */
#include "label/place.h"

static int edge(const struct printer *printer, uint64_t first, uint64_t length, double scale,
		double offset)
{
	double half = (double)length / 2000;

	if (scale == 0)
		scale = 1;
	return layout_dots(printer, ((double)first / 1000 + half) * scale - half + offset);
}

struct layout_place place_corner(const struct sheet *sheet, const struct printer *printer,
				 const struct feed *feed, uint64_t number)
{
	uint64_t x = sheet->left + number % sheet->columns * sheet->pitch_x;
	uint64_t y = sheet->top + number / sheet->columns * sheet->pitch_y;

	return (struct layout_place){
		edge(printer, x, sheet->label_width, feed->scale_x, feed->offset_x),
		edge(printer, y, sheet->label_height, feed->scale_y, feed->offset_y),
	};
}

void place_cut_marks(const struct sheet *sheet, const struct printer *printer,
		     struct place_mark ret_marks[PLACE_MARKS])
{
	int width = layout_dots(printer, (double)sheet->label_width / 1000);
	int height = layout_dots(printer, (double)sheet->label_height / 1000);
	int length = layout_dots(printer, 2), thin = layout_dots(printer, 0.1);

	if (thin < 1)
		thin = 1;
	for (int i = 0; i < 4; i++) {
		int right = i % 2, low = i / 2;
		int y = low ? height - thin : 0, x = right ? width - thin : 0;

		ret_marks[2 * i] =
		    (struct place_mark){ right ? width - length : 0, y, length, thin };
		ret_marks[2 * i + 1] =
		    (struct place_mark){ x, low ? height - length : 0, thin, length };
	}
}
