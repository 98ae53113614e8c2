/* Arguments that are pairs: "--name zh-CN=茶", "--contact url=https://…". */
#ifndef SUYUAN_CLI_ARGUMENTS_H
#define SUYUAN_CLI_ARGUMENTS_H

#include <jansson.h>

#include "cli/command.h"

/*
 * Adds "key=value" to `object`; with `languages` the key must look like a language tag (BCP 47),
 * else it must be one of `keys` (NULL at the end). False: reported as a wrong command line.
 */
MUSTCHECK bool arguments_add_words(const struct command *command, const char *option,
				   const char *pair, json_t *object);
MUSTCHECK bool arguments_add_pair(const struct command *command, const char *option,
				  const char *pair, const char *const *keys, json_t *object);
/* Compact JSON text, freed by the caller; NULL when memory is out. */
char *arguments_json(const json_t *value);
/* Writes one line of JSON and takes the reference. */
void print_json_line(json_t *taken);

#endif
