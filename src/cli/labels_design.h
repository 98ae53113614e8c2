/* Designs of labels that a brand's people made in the console, for `suyuan labels`. */
#ifndef SUYUAN_CLI_LABELS_DESIGN_H
#define SUYUAN_CLI_LABELS_DESIGN_H

#include <jansson.h>

#include "cli/labels_batch.h"

/*
 * The newest version of the design, by its id or name, of the brand that the batch is of, as a
 * label order (label/order.h); freed by the caller. EXIT_OK, or the status to exit with: the reason
 * was printed.
 */
MUSTCHECK int labels_design_load(struct command_context *context, const char *batch,
				 const char *wanted, json_t **ret_document);
/* The same where something of the first label has no room: what is too large is on all of them. */
MUSTCHECK int labels_design_check(struct command_context *context, struct labels_batch *batch,
				  const struct label_setup *setup);

/* `suyuan labels designs [--brand SLUG]`; argv[0] is "designs". */
MUSTCHECK int labels_design_list(struct command_context *context, int argc, char **argv);

#endif
