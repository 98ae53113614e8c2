/*
 * Joining orders with sheets: everything about an order that can be refused before anything is
 * drawn, so it needs no picture library.
 */
#include "label/label_writer.h"

#include <stdarg.h>

#include "label/qr_shape.h"

static struct sheet own_roll(const struct label_order *order)
{
	struct sheet s = {
		.page_width = order->label.width,
		.page_height = order->label.height,
		.label_width = order->label.width,
		.label_height = order->label.height,
		.columns = 1,
		.rows = 1,
		.pitch_x = order->label.width,
		.pitch_y = order->label.height,
	};

	(void)snprintf(s.title, sizeof(s.title), "Roll: one label of %g x %g mm a page",
		       (double)s.label_width / 1000, (double)s.label_height / 1000);
	return s;
}

bool label_setup_init(struct label_setup *ret_setup, const struct label_order *order,
		      const struct sheet *sheet, const char *font_path,
		      struct label_refusal *ret_refusal)
{
	struct label_setup setup = { .order = *order,
				     .font_path = font_path,
				     .pages_a_file = LABEL_FILE_SHEETS };

	if (printer_init(&setup.printer, (unsigned)order->dpi, (unsigned)order->dots,
			 order->allow_small) != PRINTER_OK) {
		*ret_refusal = (struct label_refusal){ "dots", "was not checked" };
		return false;
	}
	if (label_order_has_labels(order)) {
		setup.sheet = order->grid.given	       ? order->grid.sheet
			      : order->label.width > 0 ? own_roll(order)
						       : *sheet;
		if (order->start > sheet_labels(&setup.sheet)) {
			ret_refusal->member = "start";
			(void)snprintf(ret_refusal->limit, sizeof(ret_refusal->limit),
				       "is 1 to %llu on this sheet",
				       (unsigned long long)sheet_labels(&setup.sheet));
			return false;
		}
	}
	*ret_setup = setup;
	return true;
}

/* --- the code on the label --- */

static void refuse(struct label_refusal *ret_refusal, const char *member, const char *format, ...)
    PRINTF(3, 4);
static void refuse(struct label_refusal *ret_refusal, const char *member, const char *format, ...)
{
	va_list args;

	ret_refusal->member = member;
	va_start(args, format);
	(void)vsnprintf(ret_refusal->limit, sizeof(ret_refusal->limit), format, args);
	va_end(args);
}

static bool has_room(const struct sheet *s, double side)
{
	double width = (double)s->label_width / 1000, height = (double)s->label_height / 1000;

	return side <= width + 0.01 && side <= height + 0.01; /* as label/layout.c */
}

bool label_setup_fits(const struct label_setup *setup, size_t length, bool alphanumeric,
		      struct label_refusal *ret_refusal)
{
	const struct label_order *order = &setup->order;
	struct qr_shape shape;
	double side;

	if (!qr_shape_choose(length, alphanumeric, order->level, &shape)) {
		refuse(ret_refusal, "level", "is too high for codes of %zu characters", length);
		return false;
	}
	side = (qr_shape_size(shape.version) + 2 * QR_QUIET) * setup->printer.module_mm;
	if (!label_order_has_labels(order) || has_room(&setup->sheet, side))
		return true;
	refuse(ret_refusal,
	       order->grid.given	? "grid.label_width"
	       : order->label.width > 0 ? "label"
					: "sheet",
	       "must have labels of at least %.2f mm each way: so large is the code at %u dots of "
	       "%u dpi a module, quiet zone counted",
	       side, setup->printer.dots, setup->printer.dpi);
	return false;
}
