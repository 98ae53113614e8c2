/* Compiles one template to a C function. */
#ifndef SUYUAN_TOOL_TEMPLC_COMPILE_H
#define SUYUAN_TOOL_TEMPLC_COMPILE_H

#include "base/buf.h"

/* Adds template_NAME() of "…/NAME.html" to `code` and its declaration to `prototypes`. */
void compile_file(const char *path, struct buf *code, struct buf *prototypes);

/* The name of the slot of that number, of all templates so far; NULL after the last. */
const char *slot_name(unsigned number);

#endif
