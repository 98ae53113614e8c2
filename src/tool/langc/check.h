/* Checks the catalogue: keys, {names}, translations that are missing. */
#ifndef SUYUAN_TOOL_LANGC_CHECK_H
#define SUYUAN_TOOL_LANGC_CHECK_H

#include "tool/langc/catalogue.h"

enum { PARAMETERS_MAX = 32 };

/* All messages of all languages, each once: keys, then countries, both sorted. Filled by check().
 */
extern struct message **all;
extern size_t all_count;
/* The {names} of all texts; one stands for the bit of its place in sets. */
extern char *parameters[PARAMETERS_MAX];
extern size_t parameter_count;

/* Complains about what is wrong; a text that is missing is a warning unless it is to be an error.
 */
void check(bool missing_is_error);
/* The {names} of a message as a set. */
unsigned check_names(const struct message *wanted);

#endif
