/*
 * Characters that can be set one glyph after the other, from the left to the right, as labels set
 * their text: Latin, Cyrillic, Greek, Chinese, Japanese, Korean and others. Where letters join,
 * move or run to the left (Arabic, Hebrew, the scripts of India), that would be wrong text, not
 * plain text.
 */
#ifndef SUYUAN_LABEL_SCRIPT_H
#define SUYUAN_LABEL_SCRIPT_H

#include "base/base.h"

bool script_is_simple(uint32_t character);
/* The one character that two are (e and an acute accent: é), or 0; Unicode's composition. */
uint32_t script_compose(uint32_t first, uint32_t second);

#endif
