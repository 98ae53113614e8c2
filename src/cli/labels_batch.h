/* The labels of a batch, straight from the database: no CSV file between. */
#ifndef SUYUAN_CLI_LABELS_BATCH_H
#define SUYUAN_CLI_LABELS_BATCH_H

#include "cli/label_print.h"
#include "label/label_file.h"
#include "model/keyring.h"
#include "store/batch.h"

struct labels_batch {
	const char *id;
	uint64_t first, count; /* codes, from 1; count 0: all from there */
	/* its own */
	struct keyring ring;
	struct batch_row row;
	struct batch part; /* the codes wanted as a batch of their own */
	struct label_batch labels;
};

/* EXIT_OK, or the status to exit with: the reason was printed. */
MUSTCHECK int labels_batch_load(struct command_context *context, struct labels_batch *b);
void labels_batch_release(struct labels_batch *b); /* after loading, whatever came of it */
/*
 * Prints them all; each file has the codes that label_file_range() says, as the files of a job
 * have.
 */
MUSTCHECK int labels_batch_print(struct labels_batch *b, struct label_print *print);

#endif
