/*
 * Label orders at the door of the API: a wrong one is refused here, with its member and limit, not
 * by the job behind it. The sheets and printers there are were read when the server started.
 */
#ifndef SUYUAN_WEB_LABEL_DOOR_H
#define SUYUAN_WEB_LABEL_DOOR_H

#include "model/batch.h"
#include "store/label_shelf.h"
#include "web/api.h"

/*
 * `label` is the order as it was sent; of `batch` GTIN, length and stem count, its key may be NULL.
 * False: answered with 400.
 */
MUSTCHECK bool label_door_check(struct api_call *call, const json_t *label,
				const struct batch *batch);

/* The sheets and printers there are. */
const struct label_shelf *label_door_shelf(void);

#endif
