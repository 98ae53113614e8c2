/* JSON lines on standard output, what every command prints with --json. */
#ifndef SUYUAN_CLI_JSON_LINE_H
#define SUYUAN_CLI_JSON_LINE_H

#include <jansson.h>

/* Writes one compact line and takes the reference. */
void json_line_print(json_t *taken);

#endif
