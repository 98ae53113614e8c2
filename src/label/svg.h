/* A QR symbol as SVG: real millimetres, one path, crisp edges, white quiet zone. */
#ifndef SUYUAN_LABEL_SVG_H
#define SUYUAN_LABEL_SVG_H

#include "label/printer.h"

/* A whole file. */
void svg_write(const struct qr *qr, const struct printer *printer, struct buf *out);

#endif
