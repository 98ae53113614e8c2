/*
 * Text that came from elsewhere (arguments, files, the database), printed so that it cannot command
 * the terminal: control characters, also those of U+0080 to U+009F, and bytes that are no UTF-8
 * become \xNN. Newlines and tabs stay.
 */
#ifndef SUYUAN_CLI_PLAIN_TEXT_H
#define SUYUAN_CLI_PLAIN_TEXT_H

#include <stdio.h>

#include "base/slice.h"

void plain_text_print(FILE *out, struct slice text);
/* As a JSON string, quotes included; bytes that are no UTF-8 become U+FFFD. */
void plain_text_print_json(FILE *out, struct slice text);

#endif
