/*
 * Looking at single codes: the print check, which marks what the camera read as printed, and the
 * story of a code. For `suyuan code`.
 */
#ifndef SUYUAN_CLI_CODE_CHECK_H
#define SUYUAN_CLI_CODE_CHECK_H

#include "cli/code_lines.h"

/*
 * An answer for each code. EXIT_REJECTED when some are no fresh prints of ours (duplicates, forged,
 * void …), EXIT_FAILED when none is.
 */
MUSTCHECK int code_check(struct command_context *context, const struct code_source *source);
/* Where each code stands and what happened to it. EXIT_FAILED when one was never issued. */
MUSTCHECK int code_show(struct command_context *context, const struct code_source *source);

#endif
