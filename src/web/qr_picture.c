/* Answers with a QR code. */
#include "web/qr_picture.h"

#include "base/buf.h"
#include "label/printer.h"
#include "label/svg.h"
#include "web/api.h"

enum { PICTURE_MOST = 1 << 18 };

void qr_picture_answer(struct api_call *call, struct slice text)
{
	struct answer a = { .status = 200, .content_type = "image/svg+xml" };
	struct printer printer;
	struct buf svg;
	struct qr qr;

	buf_init(&svg, PICTURE_MOST);
	if (printer_init(&printer, 300, 0, false) == PRINTER_OK &&
	    qr_make(text, QR_LEVEL_M, &qr) == QR_MADE)
		svg_write(&qr, &printer, &svg);
	a.body = buf_slice(&svg);
	if (buf_ok(&svg) && svg.length > 0)
		api_answer(call, &a);
	else
		api_no_memory(call);
	buf_release(&svg);
}
