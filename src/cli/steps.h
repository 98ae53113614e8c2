/*
 * Steps in the life of codes, for `suyuan commission` and `suyuan code`: of every code of a batch
 * or of some places of it, or of single codes named by what is printed on them.
 */
#ifndef SUYUAN_CLI_STEPS_H
#define SUYUAN_CLI_STEPS_H

#include <jansson.h>

#include "cli/code_lines.h"

/* What is to happen: a value of code.state, and words for the public. */
struct step_order {
	const char *state;
	const json_t *reason; /* {"en": …}; empty: none */
	const char *batch;    /* NULL: the codes of `source` */
	uint64_t from, to;    /* places in the batch; 0: from its first, to its last */
	struct code_source source;
};

/*
 * Reports and gives the exit status: EXIT_REJECTED when some codes may not take the step from
 * where they are, or are not known (the others took it), EXIT_FAILED when none did.
 */
MUSTCHECK int steps_take(struct command_context *context, const struct step_order *order);

/* "--from" or "--to" as a parameter: NULL where it is 0. */
struct db_value steps_place(uint64_t place);

/* Reports db->error of a question about a batch in the words of SQL, or of the store. */
int steps_fail(const struct command_context *context, const struct db *db, const char *what);

#endif
