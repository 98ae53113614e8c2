/*
 * What `suyuan recall` and `suyuan hold` share: choosing, counting, starting and ending
 * (migrations/0025_recall.sql).
 */
#ifndef SUYUAN_CLI_HALT_H
#define SUYUAN_CLI_HALT_H

#include <jansson.h>

#include "cli/arguments.h"
#include "cli/command.h"

/* Which kinds of trace.halt a command is for. */
struct halt_command {
	const struct command *command;
	const char *kinds; /* with commas between them; the first is made where none is said */
	const char *word;  /* "recall" */
	bool needs_reason; /* to start one */
};

/* `VERB …`: count, start, end, approve, decline, list, show. The exit status. */
int halt_command_run(const struct halt_command *h, struct command_context *context, int argc,
		     char **argv);

#endif
