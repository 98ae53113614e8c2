/* A QR symbol as PNG: one bit a pixel, one pixel a printer dot, the resolution in pHYs. */
#ifndef SUYUAN_LABEL_PICTURE_PNG_H
#define SUYUAN_LABEL_PICTURE_PNG_H

#include "label/printer.h"

/* A whole file. Out of room or memory shows in buf_ok(out). */
void picture_png_write(const struct qr *qr, const struct printer *printer, struct buf *out);

#endif
