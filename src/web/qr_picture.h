/* A QR code as the answer to a request: SVG, as sharp on a screen as on paper. */
#ifndef SUYUAN_WEB_QR_PICTURE_H
#define SUYUAN_WEB_QR_PICTURE_H

#include "base/slice.h"

struct api_call;

/* Answers with the symbol of `text`, level M; where there is no memory, or the text is too long,
 * 503. */
void qr_picture_answer(struct api_call *call, struct slice text);

#endif
