/*
 * What people type, character by character: input methods for Chinese give full-width letters and
 * digits, and what is printed in groups is typed with blanks or dashes between them.
 */
#ifndef SUYUAN_MODEL_TYPED_H
#define SUYUAN_MODEL_TYPED_H

#include "base/slice.h"

/* Full-width forms (U+FF01 to U+FF5E) as ASCII; every other character as it is. */
uint32_t typed_plain(uint32_t character);
/* Blanks of any width, tabs and line ends, zero-width ones too. */
bool typed_is_blank(uint32_t character);
/* Hyphens and dashes of any length. */
bool typed_is_dash(uint32_t character);

#endif
