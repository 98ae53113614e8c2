/* The completion of command lines in bash, made from the tables behind --help. */
#ifndef SUYUAN_CLI_COMPLETION_H
#define SUYUAN_CLI_COMPLETION_H

#include <stdio.h>

/* A script for /usr/share/bash-completion/completions: of `suyuan` and of `suyuand`. */
void completion_print(FILE *out);

#endif
