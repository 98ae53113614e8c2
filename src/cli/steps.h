/*
 * Steps in the life of codes, for `suyuan commission` and `suyuan code`: of every code of a batch,
 * or of single codes named by what is printed on them.
 */
#ifndef SUYUAN_CLI_STEPS_H
#define SUYUAN_CLI_STEPS_H

#include <jansson.h>

#include "cli/command.h"
#include "store/db.h"

/* What is to happen: a value of code.state, and words for the public. */
struct step_order {
	const char *state;
	const json_t *reason; /* {"en": …}; empty: none */
};

/*
 * Both report and give the exit status: EXIT_REJECTED when some codes may not take the step from
 * where they are (the others took it), EXIT_FAILED when none may or there is no such code.
 */
MUSTCHECK int steps_batch(struct command_context *context, struct db *db,
			  const struct step_order *order, const char *batch_id);
MUSTCHECK int steps_uris(struct command_context *context, struct db *db,
			 const struct step_order *order, int count, char **uris);

#endif
