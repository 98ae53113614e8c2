/* One JSON string (RFC 8259), escaped; for problem documents and the request log. */
#ifndef SUYUAN_WEB_JSON_TEXT_H
#define SUYUAN_WEB_JSON_TEXT_H

#include "base/buf.h"

/* With its quotes. Bytes that are not UTF-8 become U+FFFD. */
void json_add_text(struct buf *b, struct slice text);

#endif
