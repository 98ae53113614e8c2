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
