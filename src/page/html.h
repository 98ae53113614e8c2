/* The page of one product and lot, with places left open for what is the item's own. */
#ifndef SUYUAN_PAGE_HTML_H
#define SUYUAN_PAGE_HTML_H

#include "page/document.h"
#include "page/templates.h"

/*
 * Prints the page and leaves its slots marked in `w`. What is made on the way lives in `memory`;
 * when that runs out memory->failed says so. `css` goes into the page as it is, and so does
 * `linked_data`, the shared beginning of its data block.
 */
void html_print(struct writer *w, struct arena *memory, const struct document *d, struct slice css,
		struct slice linked_data);

/* The contact as the templates want it; NULL when there is none. */
const struct view_contact *html_contact(struct arena *memory, const struct contact *contact);

#endif
