/*
 * What the page says of one item: label and sentence of the verdict with their values filled in,
 * and the view of it that the item's own templates print.
 */
#ifndef SUYUAN_PAGE_ANSWER_H
#define SUYUAN_PAGE_ANSWER_H

#include "page/document.h"
#include "page/item.h"
#include "page/templates.h"

/* What an answer takes from the documents; the same for every item. */
struct answer_ground {
	unsigned language;
	struct words brand, product;
	struct slice photo;	  /* SHA-256 in hexadecimal, or empty */
	struct slice best_before; /* "2026-09-01" or empty */
	const struct view_contact *contact;
};

struct answer {
	struct view_answer view;
	struct view_pointed pointed;
	struct arena memory; /* what the view points to */
};

void answer_init(struct answer *a, const struct answer_ground *ground,
		 const struct page_item *item);
void answer_release(struct answer *a);

#endif
