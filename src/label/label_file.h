/*
 * Finished label files: from an order, its sheet and a range of codes to the bytes of one file. The
 * same order and codes give the same bytes for ever, so that whoever makes the files of a large
 * batch (a job) may stop after any of them and go on later.
 *
 *	label_setup_init()       once an order: what all its files share
 *	label_file_count()       how many files the batch becomes
 *	label_file_range()       the codes of file 0, 1, 2 …
 *	label_file_make()        its bytes
 *
 * Rows that are no batch of ours are added one by one to a struct label_writer.
 */
#ifndef SUYUAN_LABEL_LABEL_FILE_H
#define SUYUAN_LABEL_LABEL_FILE_H

#include "label/label_writer.h"
#include "model/batch.h"

enum { LABEL_FILE_NAME_SIZE = 48 };

/* The batch and what its labels say besides the code; borrowed, valid UTF-8, may be empty. */
struct label_batch {
	const struct batch *batch; /* batch_check() said BATCH_OK */
	struct slice product, lot, expiry, produced;
	/*
	 * NULL, or asked from time to time how many codes of a file are made, to show and to say
	 * whether to go on; false: LABEL_STOPPED.
	 */
	bool (*go_on)(void *whose, uint64_t made);
	void *whose;
};

uint64_t label_file_count(const struct label_setup *setup, uint64_t quantity);
/* `number` from 0, less than the count. */
void label_file_range(const struct label_setup *setup, uint64_t quantity, uint64_t number,
		      uint64_t *ret_index, uint64_t *ret_count);
/* "labels.pdf", or of several files "labels-0001.pdf"; zero-padded so that they sort. */
void label_file_name(const struct label_setup *setup, uint64_t number, uint64_t count,
		     char ret_name[LABEL_FILE_NAME_SIZE]);
const char *label_file_type(const struct label_setup *setup); /* media type */
/*
 * Codes index to index + count - 1 as one file, appended to `out`: a range of
 * label_file_range(), or a shorter one. The order's start position counts where index is 0. Adds to
 * `tally`.
 */
MUSTCHECK enum label_result label_file_make(const struct label_setup *setup,
					    const struct label_batch *batch, uint64_t index,
					    uint64_t count, struct buf *out,
					    struct label_tally *tally);
/*
 * A picture (PNG) of the first page of the batch's labels as it will be printed, or of its first
 * symbol where there are no pages; for people to look at before they order.
 */
MUSTCHECK enum label_result label_file_preview(const struct label_setup *setup,
					       const struct label_batch *batch, struct buf *out);

#endif
