/*
 * The same fields for machines: Suyuan's own JSON, and schema.org as JSON-LD. Both are written from
 * the structs the HTML page is made of, so no form can tell more than another.
 *
 * Each object is printed in two parts, so that the greater one is prepared once for all items: what
 * is the item's own and what the item shares. In JSON the item's part stands first, in JSON-LD
 * last; the first opens the object and the last closes it.
 */
#ifndef SUYUAN_PAGE_JSON_H
#define SUYUAN_PAGE_JSON_H

#include "page/document.h"
#include "page/templates.h"

/* {"suyuan":1,"language":"en","verdict":{…},"item":{…} */
void json_print_item(struct writer *w, const struct view_answer *answer);
/* ,"updated":time,"brand":{…},"product":{…},"lot":{…}} */
void json_print_shared(struct writer *w, const struct document *d);

/* "asked", "wrong", …: how data calls the state of an item's PIN, where it has one. */
const char *json_pin_state(const struct view_answer *answer);

/*
 * schema.org IndividualProduct; of a code that is not known to stand for an item, only Product.
 * `whole` adds every further field as additionalProperty; without it the block that stands in the
 * HTML page stays small.
 */
void jsonld_print_shared(struct writer *w, const struct document *d, bool whole);
void jsonld_print_item(struct writer *w, const struct view_answer *answer);

#endif
