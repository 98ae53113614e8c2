/*
 * Label orders at the door of the API: a wrong one is refused here, with its member and limit, not
 * by the job behind it. The sheets and printers there are were read when the server started.
 */
#ifndef SUYUAN_WEB_LABEL_DOOR_H
#define SUYUAN_WEB_LABEL_DOOR_H

#include "model/batch.h"
#include "label/design_svg.h"
#include "store/label_shelf.h"
#include "web/api.h"

/*
 * `label` is the order as it was sent; of `batch` GTIN, length and stem count, its key may be NULL.
 * False: answered with 400.
 */
MUSTCHECK bool label_door_check(struct api_call *call, const json_t *label,
				const struct batch *batch);
/* The same with what the labels will say: a design must have room for all of it. */
MUSTCHECK bool label_door_check_text(struct api_call *call, const json_t *label,
				     const struct batch *batch, const struct label_text *text);

/* A sample that says itself what it is: its letters U are in no serial that is ever issued. */
enum { LABEL_SAMPLE_MOST = 32 };
void label_door_sample(unsigned length, char ret_serial[LABEL_SAMPLE_MOST]);
/* The font labels are printed with; NULL: none is installed. */
struct typeface *label_door_typeface(void);

/* The sheets and printers there are. */
const struct label_shelf *label_door_shelf(void);

#endif
