/*
 * A QR symbol as Encapsulated PostScript (EPSF 3.0, language level 2) for prepress: one vector
 * path in black of DeviceGray, the bounding box is the symbol with its quiet zone.
 */
#ifndef SUYUAN_LABEL_EPS_H
#define SUYUAN_LABEL_EPS_H

#include "label/printer.h"

/* A whole file. */
void eps_write(const struct qr *qr, const struct printer *printer, struct buf *out);

#endif
