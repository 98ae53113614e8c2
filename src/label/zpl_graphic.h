/*
 * Pictures in ZPL II: hexadecimal digits, compressed as printers have always read them (Zebra "ZPL
 * II Programming Guide", alternative data compression scheme). The other scheme, :Z64:, is refused
 * by some printers.
 */
#ifndef SUYUAN_LABEL_ZPL_GRAPHIC_H
#define SUYUAN_LABEL_ZPL_GRAPHIC_H

#include "label/raster.h"

/*
 * The parameters of ^GFA: byte count twice, bytes of a row, data. Printers reject counts that the
 * data do not fill. In the data G to Y repeat the next digit 1 to 19 times, g to z 20 to 400 times;
 * ',' fills the row with 0, '!' with 1, ':' repeats the row before.
 */
void zpl_graphic(const struct raster *r, struct buf *out);

#endif
