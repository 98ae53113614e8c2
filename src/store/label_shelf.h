/*
 * The label sheets and printers that orders name (conf/sheets, conf/printers), read into memory at
 * once, because a confined server can read no file later; and an order joined with them, for every
 * door and for the job behind them alike.
 */
#ifndef SUYUAN_STORE_LABEL_SHELF_H
#define SUYUAN_STORE_LABEL_SHELF_H

#include "label/label_writer.h"
#include "model/batch.h"

struct shelf_file {
	char name[LABEL_NAME_SIZE]; /* without its extension */
	char *text;		    /* owned */
	size_t length;
};

struct shelf_list {
	struct shelf_file *files; /* owned, by name */
	size_t count;
};

struct label_shelf {
	struct shelf_list sheets, printers;
};

/*
 * Reads every NAME.sheet and NAME.printer of the folders. False: `why` names the file or folder.
 * A folder of printers there need not be.
 */
MUSTCHECK bool label_shelf_load(struct label_shelf *ret_shelf, const char *sheets,
				const char *printers, char *why, size_t why_size);
void label_shelf_release(struct label_shelf *shelf); /* accepts NULL and zeroed structs */

/*
 * Reads an order (members of label/order.def; "first" and "count", which say what is ordered, not
 * how it looks, are left to others) and joins it with its sheet and printer. Pictures come in
 * archives. False: `ret_refusal`; where its member is "", the limit is the whole sentence.
 */
MUSTCHECK bool label_shelf_setup(const struct label_shelf *shelf, const json_t *order,
				 const char *font_path, struct label_setup *ret_setup,
				 struct label_refusal *ret_refusal);
/* Whether the codes of such a batch fit the labels; of `batch` GTIN, length and stem count. */
MUSTCHECK bool label_shelf_fits(const struct label_setup *setup, const struct batch *batch,
				struct label_refusal *ret_refusal);

#endif
