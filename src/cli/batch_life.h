/* What `suyuan batch` does with a batch there is: count it, close it, give it its lot. */
#ifndef SUYUAN_CLI_BATCH_LIFE_H
#define SUYUAN_CLI_BATCH_LIFE_H

#include "cli/command.h"

typedef int batch_verb(struct command_context *context, const struct command *command, int argc,
		       char **argv);

/* NULL: `word` is none of them. argv[0] of the function found is the word. */
batch_verb *batch_verb_named(const char *word);

#endif
